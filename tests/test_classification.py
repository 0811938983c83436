from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from torchvision import tv_tensors

from symgen.augmentation import RandomFlipAndCrop
from symgen.benchmark import classification
from symgen.benchmark.classification import cases, measure_arm, training_sample
from symgen.exceptions import UsageError
from symgen.image import training
from symgen.image.labelled import Labelled

ARMS = list(cases("smoke"))


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))


def test_flip_and_crop_of_a_known_image():
    image = torch.arange(24.0).reshape(1, 4, 6) + 1
    params = {
        "rows": torch.tensor([2, 0, 4]),  # with a padding of 2: as it is, down by 2, up by 2
        "columns": torch.tensor([2, 3, 2]),  # as it is, left by 1, as it is
        "mirrored": torch.tensor([False, False, True]),
    }
    found = RandomFlipAndCrop(padding=2).transform(image.expand(3, 1, 4, 6), params)
    down_left, up = torch.zeros(4, 6), torch.zeros(4, 6)
    down_left[2:, :5] = image[0, :2, 1:]
    up[:2] = image[0, 2:]
    assert torch.equal(found[:, 0], torch.stack([image[0], down_left, up.flip(1)]))


def test_flip_and_crop_draws_for_every_image():
    image = torch.rand(3, 8, 8)
    torch.manual_seed(0)
    batch = RandomFlipAndCrop()(image.expand(512, -1, -1, -1))
    different = {tuple(moved.flatten().tolist()) for moved in batch}
    assert len(different) > 140  # of 9 x 9 x 2
    whole = image.reshape(3, -1).sort(1).values
    kept = [moved for moved in batch if torch.equal(moved.reshape(3, -1).sort(1).values, whole)]
    assert {torch.equal(moved, image) for moved in kept} == {True, False}  # unshifted, mirrored or not


def test_sample_is_balanced_and_apart_from_its_validation_images():
    data = classification.load("synthetic", 0)
    sample = training_sample(data, 24, 8, seed=3)
    assert sample.train.labels.bincount().tolist() == [24] * 8
    assert sample.test.labels.bincount().tolist() == [8] * 8

    def known(part: Labelled) -> set[bytes]:
        return {image.numpy().tobytes() for image in part.images}

    assert not known(sample.train) & known(sample.test)
    assert known(sample.train) | known(sample.test) <= known(data.train)
    assert not torch.equal(sample.train.images, training_sample(data, 24, 8, seed=4).train.images)
    everything = training_sample(data, 40, 0, seed=0)
    assert known(everything.train) == known(everything.test) == known(data.train)


def test_flip_and_crop_moves_batches_of_images_alone():
    batch = torch.rand(2, 3, 8, 8)
    flip = RandomFlipAndCrop()
    with pytest.raises(TypeError, match="does not move Mask"):
        flip(tv_tensors.Image(batch), tv_tensors.Mask(batch[:, 0]))
    with pytest.raises(TypeError, match="numpy"):
        flip(batch.numpy())
    with pytest.raises(TypeError, match="no image"):
        flip([])
    for wrong in (batch[0], batch[:, 0], batch[None]):
        with pytest.raises(UsageError, match="batches"):
            flip(wrong)
    with pytest.raises(UsageError, match="one length"):
        flip(tv_tensors.Image(batch), tv_tensors.Image(batch[:1]))
    with pytest.raises(UsageError, match="empty"):
        flip(batch[:0])


@pytest.mark.slow
def test_arms_differ_in_augmentation_alone(monkeypatch):
    first, batches = [], []
    fit, prepare = training._fit, training._prepare

    def spied_fit(extractor, *others):
        first.append([p.detach().clone() for p in extractor.parameters()])
        batches.append([])
        fit(extractor, *others)

    def spied_prepare(images, *others):
        batches[-1].append(images.clone())
        return prepare(images, *others)

    monkeypatch.setattr(training, "_fit", spied_fit)
    monkeypatch.setattr(training, "_prepare", spied_prepare)
    accuracies = {case.name: measure_arm(**case.settings, seed=0, device="cpu")["validation"] for case in ARMS}
    assert list(accuracies) == list(classification.ARMS)
    assert len(first) == len(ARMS)  # the extractor is the classifier without augmentation, trained once
    for weights, seen in zip(first, batches, strict=True):
        assert all(map(torch.equal, weights, first[0]))
        assert len(seen) == 12
        assert all(map(torch.equal, seen, batches[0]))


@pytest.mark.slow
def test_no_test_image_is_seen(monkeypatch, tmp_path):
    (case,) = (case for case in ARMS if case.name == "learned")
    data = classification.load("synthetic", 0)
    black = replace(data, test=Labelled(torch.zeros_like(data.test.images), data.test.labels))
    results, files = [], []
    for given in (data, black):
        monkeypatch.setattr(classification, "load", lambda *_, given=given: given)
        results.append(measure_arm(**case.settings, seed=0, device="cpu"))
        files.append(sorted(path.name for path in (tmp_path / "cache").rglob("*.safetensors")))
    assert results[0]["validation"] == results[1]["validation"]
    assert results[1]["accuracy"] == 1 / 8  # all of them the same
    assert files[0] == files[1]  # nothing was trained or found anew
    assert len(files[0]) == 2


@pytest.mark.slow
def test_smoke(run, terminal):
    code, out, err = run("benchmark", "classification", "--preset", "smoke", "--json")
    assert (code, err) == (0, "")
    results = json.loads(out)["results"]
    assert list(results) == list(classification.ARMS)
    for (result,) in results.values():
        assert 0 <= result["accuracy"] <= 1
        assert result["images"] == 192
    trained = {name: result["accuracy"] for name, (result,) in results.items()}
    assert len(set(trained.values())) > 1
