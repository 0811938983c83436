"""The benchmark of few rotated digits, on tiny data."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from symgen.benchmark import digits as experiment
from symgen.benchmark.digits import ARMS, cases, digits, leading, measure_arm
from symgen.generators.inner_product import field_matrix, norms
from symgen.image.fields import random_fields
from symgen.image.labelled import Labelled
from symgen.image.warp import pixel_grid

SMOKE = {case.subject: case for case in cases("smoke")}


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def copy(monkeypatch, tmp_path):
    """A small local copy of MNIST: 12 and 3 images of every class, all of them different."""
    draw = np.random.default_rng(0)
    arrays = {}
    for split, each in (("train", 12), ("test", 3)):
        arrays[f"{split}_images"] = np.zeros((10 * each, 28, 28), np.uint8)
        arrays[f"{split}_images"][:, 8:20, 8:20] = draw.integers(0, 255, (10 * each, 12, 12))
        arrays[f"{split}_labels"] = np.arange(10 * each) % 10
    np.savez(tmp_path / "mnist.npz", **arrays)
    monkeypatch.setenv(experiment.SOURCE, str(tmp_path / "mnist.npz"))
    return arrays


def known(part: Labelled) -> set[bytes]:
    return {image.numpy().tobytes() for image in part.images}


def test_digits_are_few_turned_and_apart(copy):
    sample, test = digits("mnist", per_class=4, validation=5, seed=0)
    assert sample.train.labels.bincount().tolist() == [4] * 10
    assert sample.test.labels.bincount().tolist() == [5] * 10
    assert test.labels.tolist() == copy["test_labels"].tolist()
    parts = [known(part) for part in (sample.train, sample.test, test)]
    assert [len(part) for part in parts] == [40, 50, 30]
    assert len(set.union(*parts)) == 120
    upright = {np.repeat(image[None], 3, 0).tobytes() for images in copy.values() for image in images if image.ndim > 1}
    assert len(set.union(*parts) & upright) < 3
    again, other = (digits("mnist", 4, 5, seed=seed)[0] for seed in (0, 1))
    assert sample.sha256 == again.sha256 != other.sha256


@pytest.mark.parametrize(
    ("defects", "approximate", "used"),
    [
        ([0.1, 0.5, 0.6, 0.7], 2, 1),
        ([0.3, 0.32, 0.9, 0.95], 3, 2),
        ([0.3, 0.32, 0.9, 2.5], 2, 2),  # the widest gap lies beyond what is called a symmetry
        ([0.1, 0.5], 0, 1),
        ([0.1, 0.11, 0.15], 3, 3 - 1),
    ],
)
def test_generators_before_the_widest_gap_are_used(defects, approximate, used):
    records = [SimpleNamespace(defect=validity) for validity in defects]
    metadata = SimpleNamespace(generators=records, approximate=approximate)
    assert leading(SimpleNamespace(metadata=metadata)) == used


@pytest.fixture
def faked(monkeypatch):
    """Training and discovery that take no time: accuracies on validation and test digits by scale."""
    points = pixel_grid(16, 16).double().flatten(0, 1)
    weight = torch.exp(-points.square().sum(1))
    weight = weight / weight.mean()
    learned = random_fields(2, points, weight, seed=5).generators
    records = [SimpleNamespace(defect=v) for v in (0.1, 0.9)]
    metadata = SimpleNamespace(generators=records, approximate=1)
    artifact = SimpleNamespace(points=points, weight=weight, generators=learned, metadata=metadata)
    accuracies = {0.1: (0.5, 0.9), 1.8: (0.6, 0.2), None: (0.4, 0.3)}
    seen = []

    def trained(sample, settings, device, augmentation=None):
        scale = None if augmentation is None else augmentation.scale
        seen.append(augmentation)
        validation, test = accuracies[scale]

        def accuracy(part):
            return validation if part is sample.test else test

        info = SimpleNamespace(accuracy=validation)
        return SimpleNamespace(info=info, accuracy=accuracy), {"seconds": 1.0, "cpu": 1.0}

    monkeypatch.setattr(experiment, "trained", trained)
    monkeypatch.setattr(experiment, "discovered", lambda *_: artifact)
    return SimpleNamespace(artifact=artifact, accuracies=accuracies, seen=seen)


@pytest.mark.parametrize("arm", [arm for arm in ARMS if arm != "none"])
def test_every_arm_has_the_scale_that_validation_chooses(arm, faked):
    found = measure_arm(**SMOKE[arm].settings, seed=0, device="cpu")
    assert (found["scale"], found["validation"], found["accuracy"]) == (1.8, 0.6, 0.2)  # not what the test would choose
    faked.accuracies[0.1] = faked.accuracies[1.8]
    assert measure_arm(**SMOKE[arm].settings, seed=0, device="cpu")["scale"] == 0.1
    assert found["fields"] == 1


def test_fields_are_unit_fields_and_those_of_their_arm(faked):
    fields = {}
    for arm in ("random", "learned", "rotation"):
        found = measure_arm(**SMOKE[arm].settings, seed=3, device="cpu")
        fields[arm] = field_matrix(faked.seen[-1].generators, faked.artifact.points, weight=faked.artifact.weight)
        assert norms(fields[arm]).tolist() == pytest.approx([1], abs=1e-6)
        assert (found["angle"] < 1e-3) == (arm == "rotation")
    first = field_matrix(faked.artifact.generators, faked.artifact.points, weight=faked.artifact.weight)[:, :1]
    torch.testing.assert_close(fields["learned"], first, rtol=0, atol=1e-6)


def test_none_is_trained_once_and_without_fields(faked):
    found = measure_arm(**SMOKE["none"].settings, seed=0, device="cpu")
    assert faked.seen == [None]
    assert (found["validation"], found["accuracy"], found["images"]) == (0.4, 0.3, 96)


@pytest.mark.slow
def test_smoke(run, terminal):
    code, out, err = run("benchmark", "digits", "--preset", "smoke", "--json")
    assert (code, err) == (0, "")
    results = json.loads(out)["results"]
    assert list(results) == [f"{arm}-96" for arm in ARMS]
    for (result,) in results.values():
        assert 0 <= result["accuracy"] <= 1
        assert result["images"] == 96
