"""Files in IDX, the format of MNIST and its kin: four of them in a folder, compressed or not.

A file begins with two zeros, a byte for the type (8: uint8) and one for the number of dimensions; then come the
dimensions, 32 bits each, the first byte the highest, and the values (LeCun, Cortes and Burges,
yann.lecun.com/exdb/mnist).
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from symgen.exceptions import DataError
from symgen.image.arrays import Images, Part, from_arrays
from symgen.pde.readers.size import Room
from symgen.readable import require_readable

GZIP = b"\x1f\x8b"
SPLITS = ("train", "t10k")
KINDS = ("images-idx3-ubyte", "labels-idx1-ubyte")


def find(path: Path) -> Path | None:
    """The folder with IDX files of training images: `path`, raw/ in it, or MNIST/raw/ (torchvision's); else None.

    A file of them stands for its folder. Raises DataError where there are several.
    """
    if path.name in FILES and path.is_file():
        path = path.parent
    around = (path, path / "raw", *sorted(path.glob("*MNIST/raw"))) if path.is_dir() else ()
    found = [folder for folder in around if _file(folder, SPLITS[0], KINDS[0])]
    if len(found) > 1:
        raise DataError(f"{path} has IDX files in {found[0]} and in {found[1]}. Give one of these folders.")
    return found[0] if found else None


def read(folder: Path, test_share: float = 0.2, seed: int = 0) -> Images:
    """The images of a folder that `find` gave; without files of the test (t10k) some are set aside for it.

    Raises DataError for files that are missing or damaged.
    """
    parts: list[Part] = []
    for split in SPLITS:
        images, labels = (_file(folder, split, kind) for kind in KINDS)
        if images is None and labels is None and parts:
            continue
        if images is None or labels is None:
            kind = KINDS[0] if images is None else KINDS[1]
            raise DataError(f"{folder} lacks {split}-{kind}, beside the others. Add it, compressed (.gz) or not.")
        parts.append(Part(_array(images), _array(labels), str(images), str(labels)))
    return from_arrays(parts, test_share, seed)


def _names(split: str, kind: str) -> list[str]:
    """As published, as in some copies with a dot; compressed or not."""
    return [f"{split}-{name}{end}" for name in (kind, kind.replace("-", ".", 1)) for end in ("", ".gz")]


FILES = frozenset(name for split in SPLITS for kind in KINDS for name in _names(split, kind))


def _file(folder: Path, split: str, kind: str) -> Path | None:
    return next((folder / name for name in _names(split, kind) if (folder / name).is_file()), None)


def _array(path: Path) -> np.ndarray:
    require_readable(path)
    room, no_idx = Room(path), DataError(f"{path} is no IDX file of bytes. Copy or download it anew.")
    with open(path, "rb") as handle:
        packed = handle.read(len(GZIP)) == GZIP
    try:
        with gzip.open(path) if packed else open(path, "rb") as handle:
            start = handle.read(4)
            if len(start) < 4 or start[:3] != b"\0\0\x08":
                raise no_idx
            sizes = handle.read(4 * start[3])
            if len(sizes) < 4 * start[3]:
                raise no_idx
            shape = struct.unpack(f">{start[3]}I", sizes)
            size = math.prod(shape)
            room.claim("its values", size)
            room.take("its values", size)
            content = handle.read(size + 1)  # one more than there should be, and to the end of what is compressed
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} is damaged ({error}). Copy or download it anew.") from error
    if size != len(content):
        count = "more" if len(content) > size else str(len(content))
        raise DataError(f"{path} has {count} values where its header says {shape}. Copy or download it anew.")
    return np.frombuffer(content, np.uint8).reshape(shape)
