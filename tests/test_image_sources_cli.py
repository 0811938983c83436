"""`symgen discover` on images from every kind of source, and on what is none."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from symgen.generators.artifact import load
from symgen.image.extractor import Extractor, ExtractorInfo

pytestmark = pytest.mark.usefixtures("module_cache", "terminal")
QUICK = (
    "--method", "spectral", "--n-generators", "3", "--degree", "1", "--no-figures", "--json", "--device", "cpu",
    "--force",
)  # fmt: skip


def digits(n, size=28):
    """Bars that stand or lie, and labels from 0 to 9 that say how bright they are."""
    labels = np.arange(n, dtype=np.uint8) % 10
    images = np.zeros((n, size, size), np.uint8)
    images[:, size // 4 : -size // 4, size // 2 - 2 : size // 2 + 2] = (25 * labels + 20)[:, None, None]
    return images, labels


@pytest.fixture(scope="module")
def extractor(tmp_path_factory):
    """An untrained network for ten classes."""
    info = ExtractorInfo(width=1, classes=tuple("0123456789"), mean=(0.4, 0.4, 0.4), std=(0.3, 0.3, 0.3))
    path = tmp_path_factory.mktemp("extractor") / "extractor.safetensors"
    Extractor.untrained(info).save(path)
    return str(path)


@pytest.fixture
def file():
    images, labels = digits(80)
    np.savez("mine.npz", train_images=images, train_labels=labels, test_images=images[:40], test_labels=labels[:40])
    return "mine.npz"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("mine.npz",), "mine"),
        (("--data", "mine.npz"), "mine"),
        (("mnist", "--data", "mine.npz"), "mnist"),
        (("--data", "mine.npz", "rotated-mnist"), "rotated-mnist"),
    ],
)
def test_npz_of_images(run, file, extractor, arguments, name):
    code, out, err = run("discover", *arguments, "--extractor", extractor, *QUICK)
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["name"] == name
    assert document["file"] == f"{name}-generators.safetensors"
    domain = load(document["file"]).metadata.image
    assert (domain.name, domain.height, domain.classes) == (name, 28, 10)


@pytest.mark.slow
def test_chance_is_a_warning_for_people_and_programs(run):
    draw = np.random.default_rng(0)
    images, labels = draw.integers(0, 256, (60, 8, 8), dtype=np.uint8), np.arange(60) % 2
    np.savez("noise.npz", images=images, labels=labels)
    train = ("discover", "noise.npz", "--extractor-width", "1", *QUICK)
    code, out, err = run(*(option for option in train if option != "--json"))
    assert code == 0
    assert "symgen: warning: The extractor is right for" in err
    assert "noise.npz: images has no test images of its own: 20% of every class" in err
    assert "trained in batches of 12: there are 48 images" in err
    assert "approximate symmetry" not in out
    code, out, err = run(*train)
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert "nothing is called a symmetry" in document["warnings"][0]
    assert document["approximate"] == 0
    assert "nothing is called a symmetry" in json.loads(run("inspect", document["file"], "--json")[1])["warnings"][0]


def test_a_folder_under_its_name(run, extractor, tmp_path):
    draw = np.random.default_rng(0)
    for split in ("train", "val"):
        for k in range(10):
            folder = tmp_path / "copy" / split / f"class{k}"
            folder.mkdir(parents=True)
            for i in range(3):
                Image.fromarray(draw.integers(0, 26, (32, 32), dtype=np.uint8) + np.uint8(23 * k)).save(
                    folder / f"{i}.png"
                )
    code, out, err = run("discover", "cifar10", "--data", "copy", "--extractor", extractor, *QUICK)
    assert (code, err) == (0, "")
    assert json.loads(out)["name"] == "cifar10"
    notes = load("cifar10-generators.safetensors").metadata.data.notes
    assert notes == ("The test images are those of copy/val.",)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("mnits",), 2, "Did you mean 'mnist'?"),
        (("rotated_mnist",), 2, "Did you mean 'rotated-mnist'?"),
        (("mnist", "--data", "missing.npz"), 3, "missing.npz: no such file"),
        (("--data", "missing.npz"), 3, "missing.npz: no such file"),
        (("missing/",), 3, "missing/: no such file"),
        (("mnist", "--data", "waves.npz"), 3, "waves.npz holds no images that symgen reads. Give a folder"),
        (("mnist", "--data", "void"), 3, "void is a folder without images"),
        (("void",), 3, "void is a folder without images"),
        (("cifar10", "--data", "mine.npz"), 3, "mine.npz is no copy of cifar10"),
        (("kdv", "--data", "mine.npz"), 2, "mine.npz holds images, and kdv is an equation"),
        (("digits", "--data", "mine.npz"), 2, "There is no equation 'digits'"),
        (("mine.npz", "--data", "mine.npz"), 2, "mine.npz is a file. Give one file of data"),
        (("mine.npz", "--equation", "u_t=u_xx"), 2, "--equation makes no sense for images"),
        (("mine.npz", "--x", "0:1"), 2, "--x makes no sense for images"),
        (("mine.npz", "--method", "network"), 2, "--method network is not for this kind of data"),
        (("mine.npz", "--extractor", "e.safetensors", "--extractor-batch", "8"), 2, "--extractor-batch is of an"),
        (("waves.npz", "--extractor-batch", "8"), 2, "--extractor-batch makes no sense for equations"),
        (("flat.npz",), 3, "(80, 784), which is none of images"),
        (("pickled.npz",), 3, "pickled objects, which are never opened"),
    ],
)
def test_what_cannot_be_says_so(run, file, tmp_path, arguments, code, said):
    images, labels = digits(80)
    (tmp_path / "void").mkdir()
    np.savez("waves.npz", u=np.zeros((3, 20, 16)), x=np.arange(16.0), t=np.arange(20.0))
    np.savez("flat.npz", x_train=images.reshape(80, -1), y_train=labels)
    np.savez("pickled.npz", images=images, labels=np.array([None] * 80))
    got, _, err = run("discover", *arguments)
    assert (got, said in err) == (code, True), err
    assert "Traceback" not in err


def test_inspect_counts_and_draws_images(run, file):
    code, out, _ = run("inspect", file, "--figures", "pictures", "--json")
    document = json.loads(out)
    assert code == 0
    assert document["figures"] == ["pictures/images.png"]
    counted = sum(one["train"] + one["test"] for one in document["classes"].values())
    assert counted == document["train"] + document["test"]
    assert (document["height"], document["width"]) == (28, 28)
    code, out, _ = run("inspect", file)
    assert code == 0
    assert "symgen discover mine.npz" in out
    code, _, err = run("inspect", file, "--against", "affine")
    assert code == 2
    assert "--against makes no sense for images" in err
