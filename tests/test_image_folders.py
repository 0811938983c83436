"""Folders of pictures as people have them: parts, hidden files, grey ones."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from symgen.exceptions import DataError
from symgen.image.datasets import load_images


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))


def pictures(root, count=5, size=4, mode="RGB", start=0):
    for k, name in enumerate(("cat", "dog")):
        (root / name).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            pixels = np.full((size, size, 3), 100 * k + start + i, np.uint8)
            Image.fromarray(pixels).convert(mode).save(root / name / f"{i}.png")


@pytest.mark.parametrize(
    ("folders", "used", "said"),
    [
        (("train", "test"), "test", ()),
        (("train", "val"), "val", ("those of", "val")),
        (("train", "valid"), "valid", ("valid",)),
        (("train", "validation"), "validation", ("validation",)),
        (("train", "val", "test"), "test", ("test", "val/ not used")),
        (("Training", "Testing"), "Testing", ("Testing",)),
        (("train",), None, ("20% of every class",)),
    ],
)
def test_parts_of_folders(tmp_path, folders, used, said):
    for k, name in enumerate(folders):
        pictures(tmp_path / "animals" / name, start=10 * k)
    data = load_images(tmp_path / "animals")
    assert (len(data.train), len(data.test)) == ((10, 10) if used else (8, 2))
    if used:
        assert data.test.images[0].unique().tolist() == [10 * folders.index(used)]
    assert len(data.notes) == (said != ())
    for text in said:
        assert text in data.notes[0]
    assert load_images(tmp_path / "animals").notes == data.notes  # from the cache


def test_what_is_hidden_or_no_image_counts_for_nothing(tmp_path):
    root = tmp_path / "animals"
    pictures(root / "train")
    pictures(root / "test")
    first = load_images(root)
    for extra in (".git", "__MACOSX", "train/.ipynb_checkpoints", "train/cat/.ipynb_checkpoints", "val"):
        (root / extra).mkdir()
        Image.new("RGB", (9, 9)).save(root / extra / "0-checkpoint.png")
    for extra in ("README.md", "train/labels.csv", "train/cat/notes.txt", "train/dog/._0.png", "test/cat/.DS_Store"):
        (root / extra).write_text("no image")
    again = load_images(root)
    assert (again.sha256, again.classes, again.notes) == (first.sha256, first.classes, first.notes)


def test_classes_one_level_deeper_are_pointed_at(tmp_path):
    pictures(tmp_path / "animals/all")
    with pytest.raises(DataError, match=r"one class only, 'all'.* or give .*animals/all where its subfolders are"):
        load_images(tmp_path / "animals")


def test_grey_folders_need_no_option(tmp_path):
    pictures(tmp_path / "grey", mode="L")
    pictures(tmp_path / "colour")
    assert load_images(tmp_path / "grey").sha256 == load_images(tmp_path / "colour").sha256
