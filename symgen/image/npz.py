"""Images in a file of numpy.savez, told from trajectories by the names and shapes of its arrays."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from symgen.exceptions import DataError
from symgen.image.arrays import Images, Part, from_arrays
from symgen.pde.readers.numpy_files import stored_arrays

WHOLE = ("images", "labels")
TRAIN = (("train_images", "train_labels"), ("x_train", "y_train"))
TESTS = ("test", "val", "valid", "validation")
"""Splits that may serve as the test, the best first."""


def recognises(path: Path) -> bool:
    """Whether a file holds images: has a pair of WHOLE or TRAIN, in capitals or not, labels of fewer dimensions.

    Pairs x_train, y_train of functions, as for operators, have as many dimensions. Only headers are read.
    """
    shapes = _shapes(path)
    pair = _training_pair(shapes)
    return pair is not None and len(shapes[pair[1]]) < len(shapes[pair[0]])


def read(path: Path, test_share: float = 0.2, seed: int = 0) -> Images:
    """The images of a file that `recognises` accepts. Raises DataError where they cannot be used."""
    shapes = _shapes(path)
    pair = _training_pair(shapes)
    assert pair is not None, "asked before"
    pairs, note = [pair], ""
    if pair[0].lower() != WHOLE[0]:
        names = {name.lower(): name for name in shapes}
        for split in TESTS:
            others = [name.lower().replace("train", split) for name in pair]
            present = [names[name] for name in others if name in names]
            if len(present) == 1:
                raise DataError(f"{path} has {present[0]}, but not both of {' and '.join(others)}. Add the other.")
            if present:
                pairs.append((present[0], present[1]))
                note = f"The test images are {path}: {present[0]}." if split != TESTS[0] else ""
                break
    found = from_arrays([_part(path, *pair) for pair in pairs], test_share, seed)
    return replace(found, notes=(*found.notes, note)) if note else found


def _training_pair(shapes: dict[str, tuple[int, ...]]) -> tuple[str, str] | None:
    names = {name.lower(): name for name in shapes}
    return next(((names[a], names[b]) for a, b in (*TRAIN, WHOLE) if a in names and b in names), None)


def _part(path: Path, images: str, labels: str) -> Part:
    arrays, refused = stored_arrays(path, (images, labels))
    for name in refused:
        raise DataError(
            f"{path}: {name} holds pickled objects, which are never opened. Save it as numbers of one shape (labels "
            "also as text)."
        )
    return Part(arrays[images], arrays[labels], f"{path}: {images}", f"{path}: {labels}")


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Of all arrays, by name, from their headers; empty for a file of another kind or one that is damaged."""
    shapes = {}
    try:
        with zipfile.ZipFile(path) as file:
            for member in file.namelist():
                if member.endswith(".npy"):
                    with file.open(member) as handle:
                        version = np.lib.format.read_magic(handle)
                        header = np.lib.format.read_array_header_1_0
                        header = header if version == (1, 0) else np.lib.format.read_array_header_2_0
                        shapes[member.removesuffix(".npy")] = header(handle)[0]
    except Exception:  # damage: numpy and zipfile raise almost anything; the readers of trajectories will say so
        return {}
    return shapes
