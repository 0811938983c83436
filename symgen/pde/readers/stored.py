"""Large arrays that stay in their files: parts are read as they are needed, a block at a time.

Compressed chunks are unpacked whole, whatever is read of them. So the rows that share chunks are read together and kept
until another block is wanted: who goes through the rows in order unpacks every chunk once, or a few times where a block
would be too large.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from symgen.exceptions import DataError, SymgenError

LARGE = 64 * 2**20
"""Bytes of arrays that stay on disk."""
BLOCK = 32 * 2**20
"""Bytes of rows that are read together, at most; a single row may have more."""


Decode = Callable[[np.ndarray], np.ndarray]
"""Makes values of what is in a file, each by itself."""


def as_it_is(values: np.ndarray) -> np.ndarray:
    """What there is to do with the values of most files."""
    return values


def damaged(path: Path, error: Exception) -> DataError:
    """That something within a file cannot be read."""
    if isinstance(error, MemoryError):
        return DataError(f"{path} does not fit into memory. Save fewer samples in one file.")
    return DataError(f"{path} is damaged ({error}). Make it again or copy it anew.")


@dataclass(frozen=True, eq=False)
class Stored:
    """An array in a file, with as much of numpy's arrays as is needed to see its form and to read parts of it.

    Reading raises DataError where the file is damaged.
    """

    path: Path
    source: Any
    """A dataset of HDF5, an array of zarr, or one mapped to memory."""
    axes: tuple[int, ...]
    """Those of the source in the order of this array's; others have length one."""
    decode: Decode = as_it_is

    @classmethod
    def of(cls, path: Path, source: Any, decode: Decode = as_it_is) -> Stored:
        """All of a source, its axes as they are."""
        return cls(path, source, tuple(range(len(source.shape))), decode)

    @property
    def shape(self) -> tuple[int, ...]:
        """As numpy's."""
        return tuple(int(self.source.shape[axis]) for axis in self.axes)

    @property
    def ndim(self) -> int:
        """As numpy's."""
        return len(self.axes)

    @property
    def size(self) -> int:
        """As numpy's."""
        return prod(self.shape)

    @property
    def dtype(self) -> np.dtype:
        """Of the values once decoded; whole numbers of which some are missing are floats."""
        return self.decode(np.empty(0, self.source.dtype)).dtype

    @property
    def nbytes(self) -> int:
        """Of all values."""
        return self.size * max(self.dtype.itemsize, self.source.dtype.itemsize)

    def __len__(self) -> int:
        return self.shape[0]

    def squeeze(self) -> Stored:
        """Without axes of length one."""
        return replace(self, axes=tuple(axis for axis in self.axes if self.source.shape[axis] > 1))

    def transpose(self, *order: int) -> Stored:
        """With its axes in that order, or the last first."""
        order = order or tuple(reversed(range(self.ndim)))
        return replace(self, axes=tuple(self.axes[place] for place in order))

    @property
    def real(self) -> Stored:
        """Real parts."""
        return replace(self, decode=lambda values: self.decode(values).real)

    @property
    def imag(self) -> Stored:
        """Imaginary parts."""
        return replace(self, decode=lambda values: self.decode(values).imag)

    def __getitem__(self, index: int | slice | tuple[int | slice, ...]) -> np.ndarray:
        """Parts as of numpy's arrays, by whole numbers and slices of step one."""
        wanted = index if isinstance(index, tuple) else (index,)
        places = dict(zip(self.axes, wanted, strict=False))
        own = tuple(places.get(axis, slice(None) if axis in self.axes else 0) for axis in range(len(self.source.shape)))
        own = tuple(
            int(each) % size if isinstance(each, int | np.integer) else each
            for each, size in zip(own, self.source.shape, strict=True)
        )
        left = [axis for axis, each in enumerate(own) if isinstance(each, slice)]
        try:
            values = np.asarray(self.source[own])
            return self.decode(values.transpose([left.index(axis) for axis in self.axes if axis in left]))
        except SymgenError:
            raise
        except Exception as error:  # damage inside a file whose header is sound: h5py and zarr raise almost anything
            raise damaged(self.path, error) from error

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[(slice(None),) * self.ndim], dtype)

    def __iter__(self) -> Iterator[np.ndarray]:
        for block in blocks(self):
            yield from block


Array = np.ndarray | Stored
"""In memory or mapped to it, or in a file."""


def stays(shape: Sequence[int], size: int) -> bool:
    """Whether an array of `size` bytes stays in its file: a large one, but for those along a single axis."""
    return size > LARGE and sum(length > 1 for length in shape) > 1


def of_mapped(path: Path, mapped: np.ndarray, decode: Decode = as_it_is) -> Array:
    """An array that is mapped to memory, decoded."""
    return Stored.of(path, mapped, decode) if stays(mapped.shape, mapped.nbytes) else decode(np.asarray(mapped))


def rows_of(array: Array) -> Callable[[int], np.ndarray]:
    """What reads a row along the first axis, and keeps the block that the last one was in."""
    together = _together(array)
    if together == 1:
        return lambda i: np.asarray(array[i])
    kept = (-1, np.empty(0))

    def row(i: int) -> np.ndarray:
        nonlocal kept
        number, place = divmod(i, together)
        own = kept  # as threads may change it
        if own[0] != number:
            kept = own = (-1, np.empty(0))  # so that there is one at a time
            kept = own = (number, np.array(array[number * together : (number + 1) * together]))
        return own[1][place].copy()  # else whoever keeps it keeps the block

    return row


def blocks(*arrays: Array) -> Iterator[Any]:
    """Rows of an array along the first axis, (at most some, ...) at a time; those of several of one shape in tuples."""
    together = max(map(_together, arrays))
    more = min(BLOCK // max(1, _row_bytes(array) * together) for array in arrays)
    step = together * max(1, more)
    for start in range(0, len(arrays[0]), step):
        parts = tuple(array[start : start + step] for array in arrays)
        yield parts if len(parts) > 1 else parts[0]


def _together(array: Array) -> int:
    """Rows read together: those of a chunk, or as many as fit where each lies all over a file mapped to memory."""
    source, first = (array.source, array.axes[0]) if isinstance(array, Stored) else (array, 0)
    fitting = max(1, BLOCK // max(1, _row_bytes(array)))
    chunks = getattr(source, "shards", None) or getattr(source, "chunks", None)
    if chunks is not None:
        return min(int(chunks[first]), fitting)
    mapped = isinstance(array, Stored) or isinstance(source, np.memmap)
    apart = mapped and isinstance(source, np.ndarray) and source.strides[first] < max(source.strides)
    return min(len(array), fitting) if apart else 1


def _row_bytes(array: Array) -> int:
    return array.nbytes // max(1, len(array))
