from __future__ import annotations

import os
import pickle
import urllib.error
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from symgen.exceptions import DataError, UsageError
from symgen.image.datasets import ImageData, load_images
from symgen.image.labelled import Labelled


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))


def picture(path, seed=0, size=(5, 4), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (*size, 3) if mode == "RGB" else (*size, 4) if mode == "RGBA" else size
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


@pytest.fixture
def divided(tmp_path):
    """train/<class> and test/<class> of PNG images, and their pixels."""
    root, pixels = tmp_path / "animals", {}
    for split, count in (("train", 3), ("test", 2)):
        for k, name in enumerate(("cat", "dog")):
            for i in range(count):
                pixels[split, name, i] = picture(root / split / name / f"{i}.png", seed=10 * k + i + len(split))
    return root, pixels


def test_divided_folder_gives_the_pixels(divided):
    root, pixels = divided
    data = load_images(root)
    assert (data.name, data.classes, data.size) == ("animals", ("cat", "dog"), (5, 4))
    assert data.train.images.shape == (6, 3, 5, 4)
    assert data.train.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert data.test.labels.tolist() == [0, 0, 1, 1]
    assert np.array_equal(data.train.images[4].permute(1, 2, 0), pixels["train", "dog", 1])
    assert np.array_equal(data.test.images[1].permute(1, 2, 0), pixels["test", "cat", 1])


def test_second_time_comes_from_the_cache_until_a_file_changes(divided, monkeypatch):
    root, _ = divided
    first = load_images(root)
    with monkeypatch.context() as patch:
        patch.setattr("symgen.image.folder._decode", lambda *_: 1 / 0)
        again = load_images(root)
    assert again.sha256 == first.sha256
    assert torch.equal(again.train.images, first.train.images)
    picture(root / "train/cat/0.png", seed=99)
    assert load_images(root).sha256 != first.sha256


def test_same_content_has_the_same_digest_wherever_it_lies(divided, tmp_path):
    root, _ = divided
    first = load_images(root)
    assert ImageData.of("other", first.train, first.test, first.classes).sha256 == first.sha256
    assert load_images(root.rename(tmp_path / "moved")).sha256 == first.sha256


def test_damaged_cache_entry_is_made_again(divided, tmp_path):
    root, _ = divided
    first = load_images(root)
    (entry,) = (tmp_path / "cache/images").iterdir()
    content = bytearray(entry.read_bytes())
    content[-1] ^= 1
    entry.write_bytes(content)
    assert load_images(root).sha256 == first.sha256
    assert entry.read_bytes() != bytes(content)


def test_plain_folder_is_divided_by_seed_class_by_class(tmp_path):
    root = tmp_path / "plain"
    for k, name in enumerate("ab"):
        for i in range(10):
            picture(root / name / f"{i}.png", seed=20 * k + i)
    data = load_images(root, test_share=0.3)
    assert data.train.labels.bincount().tolist() == [7, 7]
    assert data.test.labels.bincount().tolist() == [3, 3]
    everything = torch.cat([data.train.images, data.test.images]).flatten(1)
    assert len(everything.unique(dim=0)) == 20
    assert torch.equal(load_images(root, test_share=0.3).test.images, data.test.images)
    assert not torch.equal(load_images(root, seed=1, test_share=0.3).test.images, data.test.images)
    with pytest.raises(UsageError, match="between 0 and 1"):
        load_images(root, test_share=1)


def test_progress_ends_at_the_number_of_images(divided):
    seen = []
    load_images(divided[0], progress=lambda *state: seen.append(state))
    assert seen[-1] == (10, 10)


def test_transparent_images_are_converted_only_on_demand(divided):
    root, _ = divided
    pixels = picture(root / "train/cat/1.png", mode="RGBA").astype(int)
    with pytest.raises(DataError, match=r"1\.png is RGB with transparency, not RGB.*to_rgb"):
        load_images(root)
    converted = load_images(root, to_rgb=True).train.images[1].permute(1, 2, 0).numpy()
    assert np.abs(converted - pixels[..., :3] * pixels[..., 3:] / 255).max() <= 1


def test_grey_images_among_others_are_repeated_in_the_channels(divided):
    root, pixels = divided
    grey = picture(root / "train/cat/1.png", mode="L")
    Image.fromarray(grey > 99).save(root / "train/cat/2.png")
    images = load_images(root).train.images
    assert (images[1].numpy() == grey).all()
    assert (images[2].numpy() == 255 * (grey > 99)).all()
    assert np.array_equal(images[0].permute(1, 2, 0), pixels["train", "cat", 0])


def test_other_modes_are_refused(divided):
    root, _ = divided
    Image.new("CMYK", (4, 5)).save(root / "train/cat/1.jpg")
    with pytest.raises(DataError, match=r"1\.jpg is an image of mode CMYK"):
        load_images(root, to_rgb=True)


def test_mixed_sizes_are_refused_with_both_and_the_file(divided):
    root, _ = divided
    picture(root / "test/dog/1.png", size=(6, 7))
    with pytest.raises(DataError, match=r"dog/1\.png has 7 x 6 pixels, .*cat/0\.png has 4 x 5"):
        load_images(root)


def test_unreadable_image_is_named(divided):
    root, _ = divided
    (root / "train/dog/2.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"2\.png cannot be read as an image"):
        load_images(root)
    whole = root / "train/cat/0.png"
    whole.write_bytes(whole.read_bytes()[:60])
    (root / "train/dog/2.png").unlink()
    with pytest.raises(DataError, match=r"cat/0\.png cannot be read as an image"):
        load_images(root)


def test_empty_class_and_single_class_and_nothing(divided, tmp_path):
    root, _ = divided
    (root / "train/eel").mkdir()
    with pytest.raises(DataError, match=r"train/eel is an empty class"):
        load_images(root)
    (root / "train/eel").rmdir()
    (root / "test/eel").mkdir()
    picture(root / "test/eel/0.png")
    with pytest.raises(DataError, match="class 'eel' is in only one of train and test"):
        load_images(root)
    with pytest.raises(DataError, match="no such file or folder"):
        load_images(tmp_path / "nowhere")
    (tmp_path / "void").mkdir()
    with pytest.raises(DataError, match="no subfolders"):
        load_images(tmp_path / "void")
    picture(tmp_path / "one/cat/0.png")
    with pytest.raises(DataError, match="one class only, 'cat'"):
        load_images(tmp_path / "one")
    picture(tmp_path / "one/dog/0.png")
    with pytest.raises(DataError, match="too few to set some aside"):
        load_images(tmp_path / "one")


@pytest.fixture
def offline(monkeypatch):
    def refuse(*_, **__):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr("urllib.request.urlopen", refuse)


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_no_dataset_and_no_network(name, offline, tmp_path):
    with pytest.raises(DataError, match=rf"{name} could not be downloaded .*no route to host.*Put cifar-.*tar\.gz"):
        load_images(name)
    with pytest.raises(DataError, match="was not downloaded"):
        load_images(name, download=False)


def test_damaged_download_is_refused_by_checksum(offline, tmp_path):
    archive = tmp_path / "cache/downloads/cifar-10-python.tar.gz"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"cut short")
    with pytest.raises(DataError, match=r"python\.tar\.gz is incomplete or damaged: its checksum does not match"):
        load_images("cifar10")


def test_foreign_pickles_under_cifars_names_are_never_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta"):
        (folder / name).write_bytes(pickle.dumps(Trap()))
    for path in (folder, tmp_path):
        with pytest.raises(DataError, match="incomplete or damaged"):
            load_images(path)
    assert not (tmp_path / "sprung").exists()
    with pytest.raises(DataError, match="Rename it to cifar-10-batches-py"):
        load_images(folder.rename(tmp_path / "batches"))


def test_published_files_are_found_by_folder(tmp_path, monkeypatch):
    import hashlib

    from torchvision.datasets import CIFAR10

    folder = tmp_path / CIFAR10.base_folder
    folder.mkdir()
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 256, (4, 3072), dtype=np.uint8)

    def put(name, content):
        (folder / name).write_bytes(pickle.dumps(content))
        return [name, hashlib.md5((folder / name).read_bytes()).hexdigest()]

    files = [put(name, {"data": pixels, "labels": [0, 1, 1, 0]}) for name in ("data_batch_1", "test_batch")]
    name, md5 = put("batches.meta", {"label_names": ["cat", "dog"]})
    monkeypatch.setattr(CIFAR10, "train_list", files[:1])
    monkeypatch.setattr(CIFAR10, "test_list", files[1:])
    monkeypatch.setattr(CIFAR10, "meta", {"filename": name, "key": "label_names", "md5": md5})
    data = load_images(folder)
    assert data.classes == ("cat", "dog")
    assert np.array_equal(data.train.images.flatten(1), pixels)


def test_balanced_subset():
    labels = torch.arange(30) % 3
    images = torch.arange(30, dtype=torch.uint8).reshape(30, 1, 1, 1)
    data = Labelled(images, labels)
    chosen = data.balanced(4, seed=1)
    assert chosen.labels.tolist() == [0, 1, 2] * 4
    assert len(chosen.images.unique()) == 12
    assert torch.equal(chosen.images.flatten().long() % 3, chosen.labels)
    assert torch.equal(data.balanced(4, seed=1).images, chosen.images)
    assert not torch.equal(data.balanced(4, seed=2).images, chosen.images)
    with pytest.raises(UsageError, match="class 0 has 10"):
        data.balanced(11)
    rare = Labelled(images[:4], labels[:4])  # two of class 0, one of the others
    assert rare.balanced(9, fewer=True).labels.tolist() == [0, 1, 2, 0]


def test_a_folder_may_have_the_name_of_a_dataset(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("cat", "dog"):
        (tmp_path / "cifar10" / name).mkdir(parents=True)
        for i in range(5):
            Image.fromarray(np.full((4, 4, 3), 20 * i, np.uint8)).save(tmp_path / "cifar10" / name / f"{i}.png")
    assert load_images(Path("cifar10"), download=False).classes == ("cat", "dog")


def test_real_cifar10(cifar10):
    assert (len(cifar10.train), len(cifar10.test), cifar10.size) == (50_000, 10_000, (32, 32))
    assert cifar10.train.labels.bincount().tolist() == [5000] * 10
    assert cifar10.classes[0] == "airplane"
    assert cifar10.train.images.float().mean((0, 2, 3)).div(255).tolist() == pytest.approx(
        [0.491, 0.482, 0.447], abs=3e-3
    )
