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
from torchvision.datasets import ImageFolder

from symgen.exceptions import DataError, UsageError
from symgen.image.labelled import Labelled

CONVERTIBLE = ("1", "L", "LA", "P", "PA", "RGBA")
"""Pillow's modes that convert to RGB without guessing; CMYK or 16 bits do not."""
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

    def key(self, to_rgb: bool) -> str:
        """Changes whenever a file does: names, sizes and times of all of them, and how they are read."""
        lines = [f"{to_rgb} {self.classes}"]
        for split, samples in (("train", self.train), ("test", self.test)):
            for path, label in samples:
                status = os.stat(path)
                lines.append(f"{split} {label} {os.path.abspath(path)} {status.st_size} {status.st_mtime_ns}")
        return "\n".join(lines)

    def read(
        self, to_rgb: bool, progress: Callable[[int, int], None] | None = None
    ) -> tuple[Labelled, Labelled, tuple[str, ...]]:
        """Decode all images; raises DataError, with the file's name, for one that cannot be used."""
        samples = self.train + self.test
        first = _decode(samples[0][0], to_rgb)
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
        return Labelled(planes[:cut], labels[:cut]), Labelled(planes[cut:], labels[cut:]), self.classes


def list_images(root: Path, test_share: float = 0.2, seed: int = 0) -> Listing:
    """Find train/<class>/* and test/<class>/*, or <class>/* and divide it, `test_share` of every class drawn by `seed`.

    Raises DataError for fewer than two classes, an empty one or classes that differ between train and test, and
    UsageError for a share outside of (0, 1).
    """
    parts = [root / "train", root / "test"]
    if all(part.is_dir() for part in parts):
        (classes, train), (others, test) = (_samples(part) for part in parts)
        if classes != others:
            odd = sorted(set(classes) ^ set(others))
            raise DataError(f"{root}: the class {odd[0]!r} is in only one of train and test. Add it to the other.")
        return Listing(root, classes, train, test)
    if not 0 < test_share < 1:
        raise UsageError(f"The share of test images lies between 0 and 1; {test_share} does not.")
    classes, samples = _samples(root)
    draw = torch.Generator().manual_seed(seed)
    train, test = [], []
    for label, name in enumerate(classes):
        members = [sample for sample in samples if sample[1] == label]
        held = max(1, round(test_share * len(members)))
        if held >= len(members):
            raise DataError(
                f"{root / name} has {len(members)} images: too few to set some aside for the test. Add images."
            )
        order = torch.randperm(len(members), generator=draw).tolist()
        test += [members[i] for i in sorted(order[:held])]
        train += [members[i] for i in sorted(order[held:])]
    return Listing(root, classes, train, test)


def _samples(root: Path) -> tuple[tuple[str, ...], Samples]:
    try:
        found = ImageFolder(root, allow_empty=True)
    except FileNotFoundError as error:
        raise DataError(f"{root} has no subfolders. Put the images of every class into one of its own.") from error
    counts = np.bincount(found.targets, minlength=len(found.classes)) if found.samples else [0] * len(found.classes)
    for name, count in zip(found.classes, counts, strict=True):
        if not count:
            raise DataError(f"{root / name} is an empty class: it has no image files. Add images or remove the folder.")
    if len(found.classes) < 2:
        raise DataError(f"{root} has one class only, {found.classes[0]!r}. Features are learned from two or more.")
    return tuple(found.classes), found.samples


def _decode(path: str, to_rgb: bool) -> np.ndarray:
    """(H, W, 3) uint8."""
    try:
        with Image.open(path) as image:
            image.load()
            if image.mode == "RGB":
                return np.asarray(image)
            if image.mode not in CONVERTIBLE:
                raise DataError(f"{path} is an image of mode {image.mode}, not RGB. Convert it first.")
            if not to_rgb:
                kind = {"L": "grey", "RGBA": "RGB with transparency"}.get(image.mode, f"of mode {image.mode}")
                raise DataError(
                    f"{path} is {kind}, not RGB. Convert the images first, or have it done with to_rgb (--to-rgb): "
                    "grey is repeated in the three channels, transparency laid over black."
                )
            opaque = image.convert("RGBA")
            black = Image.new("RGBA", opaque.size, (0, 0, 0, 255))
            return np.asarray(Image.alpha_composite(black, opaque).convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} cannot be read as an image ({error}). Replace or remove it.") from error
