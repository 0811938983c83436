"""Folders of images, one subfolder to a class: found, checked and read."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from symgen.exceptions import DataError
from symgen.image.arrays import Images
from symgen.image.division import divide
from symgen.image.labelled import Labelled
from symgen.pde.readers.size import Room
from symgen.readable import require_readable

FORMATS = ("JPEG", "PNG", "PPM", "BMP", "DIB", "TIFF", "WEBP", "GIF")
"""Those of photographs: Pillow knows others, one of which runs another program."""
GREY = ("1", "L")
"""Pillow's modes without colours: they are repeated in the three channels."""
CONVERTIBLE = ("LA", "P", "PA", "RGBA")
"""Those that convert to RGB without guessing, but lose something; CMYK or 16 bits do not."""
TRAIN = ("train", "training")
TESTS = ("test", "testing", "val", "valid", "validation")
"""Folders that may serve as the test, the best first."""
REPORTED = 256

Samples = list[tuple[str, int]]
"""Paths and indices of classes."""


@dataclass(frozen=True)
class Listing:
    """The image files of a dataset."""

    root: Path
    classes: tuple[str, ...]
    train: Samples
    test: Samples
    notes: tuple[str, ...] = ()
    """What was assumed in finding them."""

    def key(self, to_rgb: bool) -> str:
        """Changes whenever a file does: names, sizes and times of all of them, and how they are read."""
        lines = [f"{to_rgb} {self.classes}"]
        for split, samples in (("train", self.train), ("test", self.test)):
            for path, label in samples:
                status = os.stat(path)
                lines.append(f"{split} {label} {os.path.abspath(path)} {status.st_size} {status.st_mtime_ns}")
        return "\n".join(lines)

    def read(self, to_rgb: bool, progress: Callable[[int, int], None] | None = None) -> Images:
        """Decode all images; raises DataError, with the file's name, for one that cannot be used."""
        samples = self.train + self.test
        first = _decode(samples[0][0], to_rgb)
        Room(self.root).take(f"{len(samples)} images", 2 * len(samples) * first.size)  # as they are, and by planes
        images = np.empty((len(samples), *first.shape), np.uint8)

        def place(i: int) -> None:
            image = _decode(samples[i][0], to_rgb)
            if image.shape != first.shape:
                one, other = (f"{a.shape[1]} x {a.shape[0]}" for a in (first, image))
                raise DataError(
                    f"{samples[i][0]} has {other} pixels, {samples[0][0]} has {one}. "
                    "All images must be of one size: resize them first."
                )
            images[i] = image

        with ThreadPoolExecutor() as pool:
            for start in range(0, len(samples), REPORTED):
                block = range(start, min(start + REPORTED, len(samples)))
                list(pool.map(place, block))
                if progress:
                    progress(block.stop, len(samples))
        planes = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
        labels = torch.tensor([label for _, label in samples])
        cut = len(self.train)
        train, test = Labelled(planes[:cut], labels[:cut]), Labelled(planes[cut:], labels[cut:])
        return Images(train, test, self.classes, self.notes)


def list_images(root: Path, test_share: float = 0.2, seed: int = 0) -> Listing:
    """Find train/<class>/* and test/<class>/*, or <class>/* and divide it, `test_share` of every class drawn by `seed`.

    For names of both parts see TRAIN and TESTS; without any of the latter train/ is divided. Hidden files and folders
    count for nothing, nor do files that are no images. Raises DataError for fewer than two classes, an empty one or
    classes that differ between train and test, and UsageError for a share outside of (0, 1).
    """
    parts = {folder.name.lower(): folder for folder in _visible(root) if _visible(folder)}
    train = next((parts[name] for name in TRAIN if name in parts), None)
    tests = [parts[name] for name in TESTS if name in parts]
    if train and tests:
        (classes, samples), (others, held) = (_samples(part) for part in (train, tests[0]))
        if classes != others:
            odd = sorted(set(classes) ^ set(others))
            raise DataError(
                f"{root}: the class {odd[0]!r} is in only one of {train.name} and {tests[0].name}. Add it to the other."
            )
        unused = f", {' and '.join(f'{part.name}/' for part in tests[1:])} not used" if tests[1:] else ""
        note = f"The test images are those of {tests[0]}{unused}."
        return Listing(root, classes, samples, held, (note,) if unused or tests[0].name != TESTS[0] else ())
    whole = train or root
    classes, samples = _samples(whole)
    labels = torch.tensor([label for _, label in samples])
    rows = divide(labels, [str(whole / name) for name in classes], test_share, seed)
    of_train, of_test = ([samples[row] for row in part] for part in rows)
    note = f"{root} has no folder of test images: {test_share:.0%} of every class are set aside for it."
    return Listing(root, classes, of_train, of_test, (note,))


def _visible(root: Path) -> list[Path]:
    """Subfolders, sorted; without hidden ones, and those that programs make for themselves (__MACOSX)."""
    return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith((".", "__")))


def _samples(root: Path) -> tuple[tuple[str, ...], Samples]:
    classes = _visible(root)
    if not classes:
        raise DataError(
            f"{root} is a folder without images: it has no IDX files, and no subfolders. "
            "Put the images of every class into a subfolder of its own."
        )
    samples: Samples = []
    for label, folder in enumerate(classes):
        own = _image_files(folder)
        if not own:
            raise DataError(f"{folder} is an empty class: it has no image files. Add images or remove the folder.")
        samples += [(str(path), label) for path in own]
    if len(classes) < 2:
        deeper = f", or give {classes[0]} where its subfolders are the classes" if _visible(classes[0]) else ""
        raise DataError(
            f"{root} has one class only, {classes[0].name!r}. Features are learned from two or more: add one{deeper}."
        )
    return tuple(folder.name for folder in classes), samples


def _image_files(folder: Path) -> list[Path]:
    """In the folder and in those within it, sorted."""
    from torchvision.datasets.folder import IMG_EXTENSIONS  # takes long to import

    own = sorted(path for path in folder.iterdir() if not path.is_dir() and not path.name.startswith("."))
    images = [path for path in own if path.suffix.lower() in IMG_EXTENSIONS]
    for path in images:
        require_readable(path)
    return images + [path for deeper in _visible(folder) for path in _image_files(deeper)]


def _decode(path: str, to_rgb: bool) -> np.ndarray:
    """(H, W, 3) uint8."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            image.load()
            if image.mode in ("RGB", *GREY):
                return np.asarray(image.convert("RGB"))
            if image.mode not in CONVERTIBLE:
                raise DataError(f"{path} is an image of mode {image.mode}, not RGB. Convert it first.")
            if not to_rgb:
                names = {"RGBA": "RGB with transparency", "LA": "grey with transparency", "P": "of a palette"}
                raise DataError(
                    f"{path} is {names.get(image.mode, f'of mode {image.mode}')}, not RGB. Convert the images first, "
                    "or have it done with to_rgb (--to-rgb): transparency is laid over black."
                )
            opaque = image.convert("RGBA")
            black = Image.new("RGBA", opaque.size, (0, 0, 0, 255))
            return np.asarray(Image.alpha_composite(black, opaque).convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} cannot be read as an image ({error}). Replace or remove it.") from error
