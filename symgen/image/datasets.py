"""Labelled images of one size, loaded once and kept as one uint8 array in the cache folder.

What can be loaded: `cifar10` and `cifar100` by name, a folder with train/<class>/* and test/<class>/*, and any
folder <class>/*, which is then divided into training and test images.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from symgen import tensor_file
from symgen.cache import cache_folder
from symgen.exceptions import DataError
from symgen.image import cifar, folder
from symgen.image.labelled import Labelled

CACHE_VERSION = 1


@dataclass(frozen=True)
class ImageData:
    """Training and test images of the same classes and size, RGB."""

    name: str
    train: Labelled
    test: Labelled
    classes: tuple[str, ...]
    sha256: str
    """Over the images, labels and class names."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.train.images.shape[2], self.train.images.shape[3]

    @classmethod
    def of(cls, name: str, train: Labelled, test: Labelled, classes: tuple[str, ...]) -> ImageData:
        """A dataset in memory."""
        return cls(name, train, test, classes, tensor_file.digest(_header(classes), _tensors(train, test)))


def load_images(
    source: str | Path,
    seed: int = 0,
    test_share: float = 0.2,
    to_rgb: bool = False,
    download: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> ImageData:
    """Images by name (`cifar10`, `cifar100`) or from a folder; from the cache where they are in it.

    A folder without train/ and test/ gives `test_share` of every class, drawn with `seed`, for the test.
    Images must be RGB and of one size. With `to_rgb` others are converted: grey is repeated in the three channels,
    transparency laid over black. `progress` is called with the images read and their number; downloads show their
    own. Raises DataError for images that are not there or cannot be used, UsageError for an impossible share.
    """
    if str(source) in cifar.DATASETS:
        name = str(source)
        return _cached(name, name, lambda: cifar.load(name, cache_folder() / "downloads", download))
    path = Path(source)
    if not path.is_dir():
        raise DataError(
            f"{path}: no such folder. Give {' or '.join(cifar.DATASETS)}, a folder with train/<class>/ and "
            "test/<class>/, or one with <class>/."
        )
    python_files = cifar.find(path)
    if python_files:
        name, root = python_files
        return _cached(name, name, lambda: cifar.load(name, root, download=False))
    listing = folder.list_images(path, test_share, seed)
    return _cached(path.resolve().name, listing.key(to_rgb), lambda: listing.read(to_rgb, progress))


def _cached(name: str, content: str, load: Callable[[], tuple[Labelled, Labelled, tuple[str, ...]]]) -> ImageData:
    """What `load` gives, kept under a key of `content`; a damaged entry is made again."""
    key = hashlib.sha256(f"{CACHE_VERSION} {content}".encode()).hexdigest()[:16]
    path = cache_folder() / "images" / f"{name}-{key}.safetensors"
    try:
        text, tensors, checksum = tensor_file.read(path, "It will be made again.")
    except DataError:
        train, test, classes = load()
        path.parent.mkdir(parents=True, exist_ok=True)
        checksum = tensor_file.write(path, _header(classes), _tensors(train, test), force=True)
        return ImageData(name, train, test, classes, checksum)
    train, test = (Labelled(tensors[f"{split}.images"], tensors[f"{split}.labels"]) for split in ("train", "test"))
    return ImageData(name, train, test, tuple(json.loads(text)["classes"]), checksum)


def _header(classes: tuple[str, ...]) -> str:
    return json.dumps({"schema_version": CACHE_VERSION, "classes": classes})


def _tensors(train: Labelled, test: Labelled) -> dict[str, torch.Tensor]:
    tensors = {"train.images": train.images, "train.labels": train.labels}
    return tensors | {"test.images": test.images, "test.labels": test.labels}
