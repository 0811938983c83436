"""Arrays of images and of labels, as files hold them, made into labelled RGB images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from symgen.exceptions import DataError
from symgen.image.division import divide
from symgen.image.labelled import Labelled

WHITE = 1 + 1e-3
"""The largest value of floats in [0, 1], a little overshoot of an interpolation included."""
BRIGHT = 128
"""What floats in 0..255 reach at least somewhere."""


@dataclass(frozen=True)
class Images:
    """Training and test images of a source, RGB, the names of their classes, and what was assumed in reading them."""

    train: Labelled
    test: Labelled
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def named(self, classes: tuple[str, ...]) -> Images:
        """The same with other names of classes."""
        return replace(self, classes=classes)


@dataclass(frozen=True)
class Part:
    """Arrays of images and of their labels, and what each is called in messages."""

    images: np.ndarray
    labels: np.ndarray
    name: str
    labels_name: str


def from_arrays(parts: Sequence[Part], test_share: float, seed: int) -> Images:
    """Images of a part for training and one for the test, or of a single one that is then divided by class.

    Images (N, H, W), (N, H, W, C) or (N, C, H, W), C = 1 or 3; grey is repeated in the three channels. Values are
    0..255, floats also in [0, 1]. Labels (N,) or (N, 1): whole numbers or text. Raises DataError for everything else,
    and for classes that are in one part only.
    """
    planes = [_planes(part) for part in parts]
    sizes = [tuple(plane.shape[1:3]) for plane in planes]
    if len(set(sizes)) > 1:
        (h, w), (height, width) = sizes
        raise DataError(
            f"{parts[1].name} has {height} x {width} pixels, {parts[0].name} {h} x {w}. Make all images of one size."
        )
    pixels = _eight_bits(planes, parts)
    classes, labels = _classes(parts)
    whole = [Labelled(_rgb(p), torch.from_numpy(y)) for p, y in zip(pixels, labels, strict=True)]
    if len(whole) > 1:
        return Images(whole[0], whole[1], classes)
    train, test = divide(whole[0].labels, [f"class {c!r} of {parts[0].name}" for c in classes], test_share, seed)
    of_train, of_test = (Labelled(whole[0].images[rows], whole[0].labels[rows]) for rows in (train, test))
    note = f"{parts[0].name} has no test images of its own: {test_share:.0%} of every class are set aside for it."
    return Images(of_train, of_test, classes, (note,))


def _planes(part: Part) -> np.ndarray:
    """(N, H, W, C), of whatever type."""
    shape = part.images.shape
    if part.images.ndim == 3:
        planes = part.images[..., None]
    elif part.images.ndim == 4 and (shape[1] in (1, 3)) != (shape[3] in (1, 3)):
        planes = part.images if shape[3] in (1, 3) else part.images.transpose(0, 2, 3, 1)
    else:
        both = part.images.ndim == 4 and shape[1] in (1, 3)
        why = "could have its channels second or last" if both else "is none of images"
        raise DataError(
            f"{part.name} has the shape {shape}, which {why}. Give (N, H, W), or (N, H, W, C) or (N, C, H, W) with "
            "1 or 3 channels: use reshape, and leave out transparency."
        )
    if not planes.size:
        raise DataError(f"{part.name} has the shape {shape}: there are no images in it.")
    return planes


def _eight_bits(planes: Sequence[np.ndarray], parts: Sequence[Part]) -> list[np.ndarray]:
    """uint8, white being the same value in all parts."""
    whites = [_white(plane, part.name) for plane, part in zip(planes, parts, strict=True)]
    if len(set(whites)) > 1:
        raise DataError(
            f"White is {whites[0]} in {parts[0].name}, {whites[1]} in {parts[1].name}. Scale both to 0..255."
        )
    return [
        np.rint(255 / white * plane.clip(0, white)).astype(np.uint8) if white == 1 else np.rint(plane).astype(np.uint8)
        for plane, white in zip(planes, whites, strict=True)
    ]


def _white(plane: np.ndarray, name: str) -> int:
    """1 or 255, by type and range of the values."""
    kind = plane.dtype.kind
    if kind not in "buif":
        raise DataError(f"{name} is an array of {plane.dtype}. Give numbers: uint8, or floats in [0, 1].")
    if kind == "f" and not np.isfinite(plane).all():
        raise DataError(f"{name} has values that are not finite (NaN or infinity). Replace or remove them.")
    if kind == "b":
        return 1
    low, high = float(plane.min()), float(plane.max())
    if kind == "f" and low >= 1 - WHITE and high <= WHITE:
        return 1
    if low < 0 or high > 255 or high < (BRIGHT if kind == "f" else 2):
        raise DataError(
            f"The values of {name} go from {low:g} to {high:g}: neither from 0 to 255 nor, as floats, from 0 to 1. "
            "Scale them to one of these."
        )
    return 255


def _classes(parts: Sequence[Part]) -> tuple[tuple[str, ...], list[np.ndarray]]:
    """Names of the classes, sorted by their labels, and the index of every image's, int64."""
    labels = [_labels(part) for part in parts]
    values = np.unique(np.concatenate(labels))
    names = tuple(str(value) for value in values.tolist())
    for own, part in zip(labels, parts, strict=True):
        absent = np.setdiff1d(values, own)
        if len(absent):
            raise DataError(f"The class {str(absent[0])!r} is not in {part.labels_name}. Give all classes to both.")
    if len(names) < 2:
        raise DataError(
            f"{parts[0].labels_name} has one class only, {names[0]!r}. Features are learned from two or more."
        )
    return names, [np.searchsorted(values, own).astype(np.int64) for own in labels]


def _labels(part: Part) -> np.ndarray:
    """(N,), whole numbers or text."""
    labels, count = part.labels, len(part.images)
    if labels.shape == (count, 1):
        labels = labels[:, 0]
    if labels.shape != (count,):
        advice = " Use argmax(1) where a row has a 1 for its class." if labels.shape[:1] == (count,) else ""
        raise DataError(
            f"{part.labels_name} has the shape {labels.shape}, but {part.name} has {count} images. Give one label "
            f"for each.{advice}"
        )
    whole = labels.dtype.kind == "f" and np.isfinite(labels).all() and (labels == np.rint(labels)).all()
    if whole or labels.dtype.kind in "iu":
        return labels.astype(np.int64)
    if labels.dtype.kind not in "bUS":
        raise DataError(f"{part.labels_name} is of {labels.dtype}. Give labels that are whole numbers or text.")
    try:
        return np.char.decode(labels, "utf-8") if labels.dtype.kind == "S" else labels
    except UnicodeDecodeError as error:
        raise DataError(f"{part.labels_name} has text that is not in UTF-8. Give labels as text or numbers.") from error


def _rgb(pixels: np.ndarray) -> torch.Tensor:
    """uint8 (N, H, W, C) -> (N, 3, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))).expand(-1, 3, -1, -1).contiguous()
