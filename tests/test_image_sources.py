"""Where images come from: rotated datasets, named ones, local files of every kind."""

from __future__ import annotations

import gzip
import struct
import urllib.error

import numpy as np
import pytest
import torch

from symgen.exceptions import DataError, UsageError
from symgen.image import npz
from symgen.image.datasets import ImageData, is_images, load_images
from symgen.image.labelled import Labelled
from symgen.image.rotated import rotated


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))


def bars(n=40, size=9, ground=0, width=None):
    """Upright bars on a ground, the marked end up: the colour of the marked end is the class."""
    images = torch.full((n, 3, size, width or size), ground, dtype=torch.uint8)
    labels = torch.arange(n) % 2
    middle = images.shape[3] // 2
    images[:, :, 1:-1, middle] = 100
    images[:, :, 1:3, middle] = torch.where(labels == 0, 200, 250).to(torch.uint8)[:, None, None]
    return Labelled(images, labels)


@pytest.fixture
def upright():
    return ImageData.of("bars", bars(), bars(10), ("dim", "bright"))


def test_rotated_images_keep_labels_and_are_repeatable(upright):
    first, again, other = rotated(upright), rotated(upright), rotated(upright, seed=1)
    assert (first.name, first.classes) == ("rotated-bars", upright.classes)
    assert torch.equal(first.train.labels, upright.train.labels)
    assert torch.equal(first.test.labels, upright.test.labels)
    assert first.sha256 == again.sha256 != other.sha256
    assert first.sha256 != upright.sha256
    assert not torch.equal(first.train.images[:10], first.test.images)  # angles are not drawn anew for the test


def test_every_other_image_makes_a_dataset(upright):
    part = Labelled(upright.train.images[::2], upright.train.labels[::2])
    copy = Labelled(part.images.clone(), part.labels.clone())
    classes = upright.classes
    assert ImageData.of("a", part, part, classes).sha256 == ImageData.of("b", copy, copy, classes).sha256


@pytest.mark.parametrize("ground", [0, 30, 255])
def test_what_turns_in_has_the_background(ground):
    data = ImageData.of("bars", bars(400, ground=ground), bars(4, ground=ground), ("dim", "bright"))
    images = rotated(data).train.images
    assert (images[:, :, (0, 0, -1, -1), (0, -1, 0, -1)] == ground).all()


def test_angles_are_uniform(upright):
    data = ImageData.of("bars", bars(4000, size=15), bars(4, size=15), ("dim", "bright"))
    images = rotated(data).train.images[:, 0].double()
    axis = torch.linspace(-1, 1, 15, dtype=torch.float64)
    bright = (images - 100).clamp_min(0)  # the marked end only
    x, y = (bright * axis).sum((1, 2)), (bright * axis[:, None]).sum((1, 2))
    angles = torch.atan2(y, x).sort().values
    uniform = torch.linspace(-torch.pi, torch.pi, len(angles), dtype=torch.float64)
    assert (angles - uniform).abs().max() < 0.03 * 2 * torch.pi  # Kolmogorov's distance, 1e-3 by chance


def test_turning_is_rigid_in_pixels_of_any_shape():
    """The marked end stays as far from the centre, whatever the shape of the image."""
    wide = ImageData.of("bars", bars(200, 11, width=21), bars(4, 11, width=21), ("dim", "bright"))
    images = (rotated(wide).train.images[:, 0].double() - 100).clamp_min(0)
    x, y = torch.arange(21) - 10.0, torch.arange(11)[:, None] - 5.0
    mass = images.sum((1, 2))
    radius = torch.hypot((images * x).sum((1, 2)) / mass, (images * y).sum((1, 2)) / mass)
    assert radius.mean() == pytest.approx(3.5, abs=0.3)
    assert radius.std() < 0.3


def write_idx(path, array, compress=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    content = b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
    path.write_bytes(gzip.compress(content) if compress else content)


def digits(n, seed=0, size=28):
    """Grey images uint8 (n, size, size) of ten classes, each with a block of its own brightness."""
    labels = np.arange(n, dtype=np.uint8) % 10
    images = np.random.default_rng(seed).integers(0, 20, (n, size, size), dtype=np.uint8)
    images[:, 8:20, 8:20] += (20 * labels)[:, None, None]
    return images, labels


def idx_folder(folder, end="", joint="-", test=True):
    for split, count in (("train", 40), ("t10k", 20))[: 1 + test]:
        images, labels = digits(count, seed=count)
        write_idx(folder / f"{split}-images{joint}idx3-ubyte{end}", images, bool(end))
        write_idx(folder / f"{split}-labels{joint}idx1-ubyte{end}", labels, bool(end))
    return folder


@pytest.mark.parametrize(
    ("place", "end", "joint"), [("mine", "", "-"), ("mine/raw", ".gz", "-"), ("mine/MNIST/raw", "", ".")]
)
def test_idx_files(tmp_path, place, end, joint):
    idx_folder(tmp_path / place, end, joint)
    data = load_images(tmp_path / "mine")
    images, labels = digits(40, seed=40)
    assert data.train.images.shape == (40, 3, 28, 28)
    assert (data.train.images.numpy() == images[:, None]).all()
    assert data.train.labels.tolist() == labels.tolist()
    assert len(data.test) == 20
    assert data.classes == tuple("0123456789")
    assert data.name == ("MNIST" if "MNIST" in place else "mine")
    file = tmp_path / place / f"train-images{joint}idx3-ubyte{end}"
    assert load_images(file).sha256 == data.sha256


def test_damaged_idx_files_are_named(tmp_path):
    folder = idx_folder(tmp_path / "mine")
    file = folder / "t10k-labels-idx1-ubyte"
    whole = file.read_bytes()
    for content, said in (
        (whole[:-1], r"t10k-labels-idx1-ubyte has 19 values where its header says \(20,\)"),
        (b"P5 28 28", "is no IDX file of bytes"),
        (b"", "is no IDX file of bytes"),
        (b"\0\0\x0d\x01" + whole[4:], "is no IDX file of bytes"),
        (gzip.compress(whole)[:-9], "is damaged"),
    ):
        file.write_bytes(content)
        with pytest.raises(DataError, match=said):
            load_images(folder)
    file.unlink()
    with pytest.raises(DataError, match="lacks t10k-labels-idx1-ubyte, beside the others"):
        load_images(folder)
    (folder / "t10k-images-idx3-ubyte").unlink()
    data = load_images(folder)
    assert (len(data.train), len(data.test)) == (30, 10)
    assert "has no test images of its own: 20% of every class" in data.notes[0]


def test_torchvisions_folders_side_by_side_are_told_apart_by_name(tmp_path):
    idx_folder(tmp_path / "MNIST/raw")
    idx_folder(tmp_path / "FashionMNIST/raw", test=False)
    with pytest.raises(DataError, match=r"has IDX files in .*FashionMNIST.* and in .*MNIST"):
        load_images(tmp_path)
    assert len(load_images("mnist", data=tmp_path).test) == 20
    fashion = load_images("fashion-mnist", data=tmp_path)
    assert (len(fashion.test), fashion.classes[9]) == (10, "Ankle boot")


KERAS = ("x_train", "y_train", "x_test", "y_test")
OURS = ("train_images", "train_labels", "test_images", "test_labels")


def arrays(n=40, test=20, **changed):
    images, labels = digits(n)
    others, their_labels = digits(test, seed=1)
    return {**dict(zip(OURS, (images, labels, others, their_labels), strict=True)), **changed}


@pytest.mark.parametrize("names", [OURS, KERAS, tuple(name.upper() for name in KERAS)])
def test_npz_by_the_names_of_its_arrays(tmp_path, names):
    content = arrays()
    np.savez(tmp_path / "a.npz", **dict(zip(names, content.values(), strict=True)), unrelated=np.zeros(3))
    data = load_images(tmp_path / "a.npz")
    assert (data.train.images.numpy() == content["train_images"][:, None]).all()
    assert (data.test.images.numpy() == content["test_images"][:, None]).all()
    assert data.test.labels.tolist() == content["test_labels"].tolist()
    assert (data.name, data.classes, data.notes) == ("a", tuple("0123456789"), ())


def test_npz_without_a_test_part(tmp_path):
    images, labels = digits(40)
    np.savez(tmp_path / "pair.npz", images=images, labels=labels)
    np.savez(tmp_path / "train.npz", x_train=images, y_train=labels)
    np.savez(tmp_path / "val.npz", x_train=images, y_train=labels, x_val=images[:20], y_val=labels[:20])
    for name in ("pair", "train"):
        data = load_images(tmp_path / f"{name}.npz")
        assert data.train.labels.bincount().tolist() == [3] * 10
        assert data.test.labels.bincount().tolist() == [1] * 10
        assert "20% of every class are set aside" in data.notes[0]
    data = load_images(tmp_path / "val.npz")
    assert len(data.test) == 20
    assert "x_val" in data.notes[0]


RGB = np.random.default_rng(5).integers(0, 256, (40, 28, 28, 3), dtype=np.uint8)
GREY = digits(40)[0]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (GREY[..., None], GREY[:, None]),
        (GREY[:, None], GREY[:, None]),
        (RGB, RGB.transpose(0, 3, 1, 2)),
        (RGB.transpose(0, 3, 1, 2), RGB.transpose(0, 3, 1, 2)),
        (RGB / 255, RGB.transpose(0, 3, 1, 2)),
        ((RGB / 255).astype(np.float16), None),
        (RGB.astype(np.float32), RGB.transpose(0, 3, 1, 2)),
        (RGB.astype(np.int64), RGB.transpose(0, 3, 1, 2)),
        (GREY > 99, 255 * (GREY[:, None] > 99)),
    ],
    ids=["NHW1", "N1HW", "NHW3", "N3HW", "[0,1]", "half", "floats 0..255", "int64", "bool"],
)
def test_layouts_and_types(tmp_path, given, meant):
    np.savez(tmp_path / "a.npz", images=given, labels=digits(40)[1])
    data = load_images(tmp_path / "a.npz")
    found = torch.cat([data.train.images, data.test.images]).numpy()
    if meant is None:
        assert found.shape == (40, 3, 28, 28)
        return
    meant = np.broadcast_to(meant, found.shape).astype(np.uint8)
    assert np.array_equal(np.sort(found.sum((1, 2, 3))), np.sort(meant.sum((1, 2, 3))))
    (same,) = (meant == found[0]).all((1, 2, 3)).nonzero()
    assert len(same) >= 1


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (digits(40)[1][:, None], tuple("0123456789")),
        (digits(40)[1].astype(float), tuple("0123456789")),
        (np.array([4, 7] * 20), ("4", "7")),
        (np.array(["cat", "dog"] * 20), ("cat", "dog")),
        (np.array([b"cat", b"dog"] * 20), ("cat", "dog")),
        (np.array(["kočka".encode(), b"pes"] * 20), ("kočka", "pes")),
        (np.array([False, True] * 20), ("False", "True")),
    ],
)
def test_labels(tmp_path, labels, classes):
    np.savez(tmp_path / "a.npz", images=GREY, labels=labels)
    assert load_images(tmp_path / "a.npz").classes == classes


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"train_images": GREY.reshape(40, 784)}, r"\(40, 784\), which is none of images.*reshape"),
        ({"train_images": RGB[:, :3, :, :]}, r"\(40, 3, 28, 3\), which could have its channels second or last"),
        ({"train_images": np.zeros((40, 28, 28, 4), np.uint8)}, "leave out transparency"),
        ({"train_images": GREY[:0], "train_labels": np.zeros(0, int)}, "there are no images in it"),
        ({"train_images": GREY[:, :20]}, r"test_images has 28 x 28 pixels, .*train_images 20 x 28"),
        ({"train_images": GREY / 127.5 - 1}, "go from -1 to .*Scale them"),
        ({"train_images": GREY.astype(np.uint16) * 257}, "neither from 0 to 255 nor"),
        ({"train_images": GREY / 40}, "neither from 0 to 255 nor"),
        ({"train_images": (GREY > 99).astype(np.uint8)}, "go from 0 to 1: neither"),
        ({"train_images": np.where(GREY > 99, np.nan, 0.5)}, "not finite"),
        ({"train_images": GREY / 255}, "White is 1 in .*train_images, 255 in .*test_images"),
        ({"train_images": GREY + 0j}, "is an array of complex128"),
        ({"train_labels": np.eye(10)[digits(40)[1]]}, r"\(40, 10\), but .* 40 images.*argmax"),
        ({"train_labels": digits(39)[1]}, r"\(39,\), but .* 40 images"),
        ({"train_labels": np.linspace(0, 1, 40)}, "whole numbers or text"),
        ({"train_labels": np.where(digits(40)[1] > 3, np.inf, 1.0)}, "whole numbers or text"),
        ({"train_labels": np.array([b"\xff", b"a"] * 20)}, "not in UTF-8"),
        ({"train_labels": digits(40)[1] + 1}, "The class '0' is not in .*train_labels"),
        ({"train_labels": np.zeros(40, int), "test_labels": np.zeros(20, int)}, "one class only, '0'"),
        ({"train_images": np.array([object()] * 40)}, "pickled objects, which are never opened"),
        ({"train_labels": np.array(["a", 1] * 20, object)}, "pickled objects, which are never opened"),
    ],
)
def test_arrays_that_cannot_be_used_say_why(tmp_path, changed, said):
    np.savez(tmp_path / "a.npz", **arrays(**changed))
    with pytest.raises(DataError, match=said):
        npz.read(tmp_path / "a.npz")


def test_half_a_test_part_is_named(tmp_path):
    content = arrays()
    del content["test_labels"]
    np.savez(tmp_path / "a.npz", **content)
    with pytest.raises(DataError, match="test_images, but not both of test_images and test_labels"):
        load_images(tmp_path / "a.npz")


def test_images_are_told_from_trajectories(tmp_path):
    u = np.zeros((3, 20, 16))
    for name, content, images in (
        ("trajectories", {"u": u, "x": np.arange(16.0), "t": np.arange(20.0)}, False),
        ("functions", {"x_train": u, "y_train": u, "x_test": u, "y_test": u}, False),
        ("lines", {"x_train": u[0], "y_train": u[0]}, False),
        ("images", {"images": GREY, "labels": digits(40)[1]}, True),
        ("flat", {"x_train": GREY.reshape(40, 784), "y_train": digits(40)[1]}, True),
    ):
        np.savez(tmp_path / f"{name}.npz", **content)
        assert is_images(tmp_path / f"{name}.npz") is images
    np.save(tmp_path / "u.npy", u)
    (tmp_path / "cut.npz").write_bytes((tmp_path / "images.npz").read_bytes()[:200])
    for name in ("u.npy", "cut.npz"):
        assert not is_images(tmp_path / name)
        with pytest.raises(DataError, match="holds no images that symgen reads"):
            load_images(tmp_path / name)


def test_one_dataset_has_one_digest_wherever_it_comes_from(tmp_path):
    np.savez(tmp_path / "a.npz", **arrays())
    content = arrays()
    for split, name in (("train", "train"), ("t10k", "test")):
        write_idx(tmp_path / f"mine/{split}-images-idx3-ubyte", content[f"{name}_images"])
        write_idx(tmp_path / f"mine/{split}-labels-idx1-ubyte", content[f"{name}_labels"])
    upright = load_images("mnist", data=tmp_path / "a.npz")
    assert upright.name == "mnist"
    assert upright.sha256 == load_images("mnist", data=tmp_path / "mine").sha256
    turned = load_images("rotated-mnist", data=tmp_path / "mine")
    assert turned.name == "rotated-mnist"
    assert turned.sha256 == rotated(upright).sha256 != upright.sha256


def test_a_copy_under_a_name_must_be_one(tmp_path):
    np.savez(tmp_path / "a.npz", **arrays())
    with pytest.raises(DataError, match=r"no copy of cifar10: its images have 28 x 28 .* 32 x 32 and 10"):
        load_images("cifar10", data=tmp_path / "a.npz")
    with pytest.raises(UsageError, match="cats is none of cifar10"):
        load_images("cats", data=tmp_path / "a.npz")
    with pytest.raises(DataError, match="no such file or folder"):
        load_images("mnist", data=tmp_path / "b.npz")


@pytest.mark.parametrize("name", ["mnist", "rotated-fashion-mnist"])
def test_named_digits_without_a_network(monkeypatch, name, tmp_path):
    def refuse(*_, **__):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path))
    with pytest.raises(DataError, match=r"mnist could not be downloaded .*no route to host.*Put train-images-idx3-ub"):
        load_images(name)
    with pytest.raises(DataError, match="was not downloaded"):
        load_images(name, download=False)


def test_an_interrupted_download_is_not_taken_for_all(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path))
    idx_folder(tmp_path / "downloads/MNIST/raw", test=False)
    with pytest.raises(DataError, match="incomplete or damaged"):
        load_images("mnist", download=False)


@pytest.mark.parametrize("inside", ["", "FashionMNIST"])
def test_another_dataset_with_the_same_files_is_refused(tmp_path, inside):
    idx_folder(tmp_path / "FashionMNIST/raw")
    with pytest.raises(DataError, match="holds FashionMNIST, not mnist"):
        load_images("mnist", data=tmp_path / inside)


def test_parts_with_labels_of_other_types(tmp_path):
    images, labels = digits(40)
    parts = {"train_images": images, "train_labels": labels.astype(np.uint64)}
    np.savez(tmp_path / "a.npz", **parts, test_images=images, test_labels=labels.astype(np.int64))
    assert load_images(tmp_path / "a.npz").classes == tuple("0123456789")


def test_named_digits_once_downloaded(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path))
    folder = idx_folder(tmp_path / "downloads/MNIST/raw")
    assert len(load_images("mnist").train) == 40
    assert load_images("rotated-mnist").sha256 == rotated(load_images("mnist")).sha256
    for entry in (tmp_path / "images").iterdir():
        entry.unlink()
    (folder / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01")
    with pytest.raises(DataError, match="train-labels-idx1-ubyte is no IDX file of bytes"):
        load_images("mnist")
