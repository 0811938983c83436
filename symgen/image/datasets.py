"""Labelled images of one size, loaded once; what takes long to read is kept as one uint8 array in the cache folder.

What can be loaded: datasets by name (`symgen.image.published`), folders with <class>/* or train/<class>/* and
test/<class>/*, folders with IDX files, and .npz with images and labels.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from symgen import tensor_file
from symgen.cache import cache_folder, keep
from symgen.exceptions import DataError, UsageError
from symgen.image import folder, idx, npz, published
from symgen.image.arrays import Images
from symgen.image.labelled import ImageData, Labelled
from symgen.image.rotated import rotated
from symgen.readable import require_readable

__all__ = ["ImageData", "is_images", "load_images"]

CACHE_VERSION = 2
KINDS = (
    "a folder with <class>/, or train/<class>/ and test/<class>/, or IDX files; or an .npz with train_images, "
    "train_labels, test_images and test_labels, with x_train, y_train, x_test and y_test, or with images and labels"
)


def load_images(
    source: str | Path,
    seed: int = 0,
    test_share: float = 0.2,
    to_rgb: bool = False,
    download: bool = True,
    progress: Callable[[int, int], None] | None = None,
    data: Path | None = None,
) -> ImageData:
    """Images by name (a string), or of a folder or file; from the cache where they are in it.

    `data` is a local copy of what is named. Images without a test part give `test_share` of every class, drawn with
    `seed`; so are the angles of `rotated-` datasets. Images must be of one size. Grey is repeated in the three
    channels; with `to_rgb` palettes are converted and transparency laid over black. `progress` is called with the
    images read and their number; downloads show their own. Raises DataError for images that are not there or cannot be
    used, UsageError for an impossible share or a local copy of what has no name.
    """
    name = str(source)
    if isinstance(source, Path) or name not in published.NAMES:  # a folder may be called cifar10, too
        if data is not None:
            raise UsageError(f"{name} is none of {', '.join(published.NAMES)}, which {data} could be a copy of.")
        return _local(Path(source), test_share, seed, to_rgb, progress)
    upright = name.removeprefix(published.ROTATED)
    if data is None:
        found = _cached(upright, upright, lambda: published.load(upright, cache_folder() / "downloads", download))
    else:
        local = _local(published.within(upright, data), test_share, seed, to_rgb, progress)
        copy = Images(local.train, local.test, local.classes, local.notes)
        found = _in_memory(upright, published.under_name(upright, copy, data))
    return rotated(found, seed) if name != upright else found


def is_images(path: Path) -> bool:
    """Whether a file or folder is one of images, not of trajectories: any folder, and see `npz.recognises`."""
    require_readable(path)
    return path.is_dir() or idx.find(path) is not None or npz.recognises(path)


def _local(
    path: Path, test_share: float, seed: int, to_rgb: bool, progress: Callable[[int, int], None] | None
) -> ImageData:
    """The images of a folder or file, named after it."""
    require_readable(path)
    if not path.exists():
        raise DataError(f"{path}: no such file or folder. Give one of {', '.join(published.NAMES)}; {KINDS}.")
    if not is_images(path):
        raise DataError(f"{path} holds no images that symgen reads. Give {KINDS}.")
    if path.is_file() and not idx.find(path):
        return _in_memory(path.stem, npz.read(path, test_share, seed))
    if files := idx.find(path.resolve()):
        return _in_memory((files.parent if files.name == "raw" else files).name, idx.read(files, test_share, seed))
    python_files = published.find(path)
    if python_files:
        name, root = python_files
        return _cached(name, name, lambda: published.load(name, root, download=False))
    listing = folder.list_images(path, test_share, seed)
    name = path.resolve().name
    return _cached(name, listing.key(to_rgb), lambda: listing.read(to_rgb, progress), listing.notes)


def _in_memory(name: str, images: Images) -> ImageData:
    return ImageData.of(name, images.train, images.test, images.classes, images.notes)


def _cached(name: str, content: str, load: Callable[[], Images], notes: tuple[str, ...] = ()) -> ImageData:
    """What `load` gives, kept under a key of `content`; a damaged entry is made again."""
    key = hashlib.sha256(f"{CACHE_VERSION} {content}".encode()).hexdigest()[:16]
    path = cache_folder() / "images" / f"{name}-{key}.safetensors"
    try:
        text, tensors, checksum = tensor_file.read(path, "It will be made again.")
    except (DataError, OSError):
        made = _in_memory(name, load())
        keep(path, lambda path: tensor_file.write(path, made.header, made.tensors, force=True))
        return made
    train, test = (Labelled(tensors[f"{split}.images"], tensors[f"{split}.labels"]) for split in ("train", "test"))
    return ImageData(name, train, test, tuple(json.loads(text)["classes"]), checksum, notes)
