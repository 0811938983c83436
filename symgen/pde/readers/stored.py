"""Large arrays that stay in their files: parts are read as they are needed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from symgen.exceptions import DataError, SymgenError

LARGE = 64 * 2**20
"""Bytes of arrays that stay on disk."""


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


Version = tuple[int, int, int]
"""Of a file, as it is seen from outside."""


def version_of(path: Path) -> Version | None:
    """By which it is told whether a file is written anew; None for folders and what is gone."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


@dataclass(frozen=True, eq=False)
class Stored:
    """An array in a file, with as much of numpy's arrays as is needed to see its form and to read parts of it.

    Reading raises DataError where the file is damaged, or was written anew: a mapped one would have other values, or
    end the process. Of one that was replaced by another of its name the old values are still there.
    """

    path: Path
    source: Any
    """A dataset of HDF5, an array of zarr, or one mapped to memory."""
    axes: tuple[int, ...]
    """Those of the source in the order of this array's; others have length one."""
    decode: Decode
    version: Version | None
    """Of the file when it was opened."""

    @classmethod
    def of(cls, path: Path, source: Any, decode: Decode = as_it_is) -> Stored:
        """All of a source, its axes as they are."""
        return cls(path, source, tuple(range(len(source.shape))), decode, version_of(path))

    @property
    def is_mapped(self) -> bool:
        """Whether its values as they are lie in memory that is mapped."""
        return isinstance(self.source, np.ndarray) and self.decode is as_it_is

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
        """Real parts, without the others in memory."""
        return replace(self, decode=lambda values: np.ascontiguousarray(self.decode(values).real))

    @property
    def imag(self) -> Stored:
        """Imaginary parts, without the others in memory."""
        return replace(self, decode=lambda values: np.ascontiguousarray(self.decode(values).imag))

    def __getitem__(self, index: int | slice | tuple[int | slice, ...]) -> np.ndarray:
        """Parts as of numpy's arrays, by whole numbers and slices of step one."""
        wanted = index if isinstance(index, tuple) else (index,)
        places = dict(zip(self.axes, wanted, strict=False))
        own = tuple(places.get(axis, slice(None) if axis in self.axes else 0) for axis in range(len(self.source.shape)))
        own = tuple(map(_place, own, self.source.shape))
        left = [axis for axis, each in enumerate(own) if isinstance(each, slice)]
        now = version_of(self.path)
        if now and self.version and now[0] == self.version[0] and now != self.version:
            raise DataError(f"{self.path} was written anew while it was in use. Load it again.")
        try:
            values = np.asarray(self.source[own])
            return self.decode(values.transpose([left.index(axis) for axis in self.axes if axis in left]))
        except SymgenError:
            raise
        except Exception as error:  # damage inside a file whose header is sound: h5py and zarr raise almost anything
            raise damaged(self.path, error) from error

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[(slice(None),) * self.ndim], dtype)


def _place(index: int | slice, size: int) -> int | slice:
    """From the first on; IndexError where there is none, which ends loops."""
    if isinstance(index, slice):
        return index
    if not -size <= index < size:
        raise IndexError(index)
    return int(index) % size


Array = np.ndarray | Stored
"""In memory or mapped to it, or in a file."""


def stays(shape: Sequence[int], size: int) -> bool:
    """Whether an array of `size` bytes stays in its file: a large one, but for those along a single axis."""
    return size > LARGE and sum(length > 1 for length in shape) > 1


def of_mapped(path: Path, mapped: np.ndarray, decode: Decode = as_it_is) -> Array:
    """An array that is mapped to memory, decoded."""
    return Stored.of(path, mapped, decode) if stays(mapped.shape, mapped.nbytes) else decode(np.asarray(mapped))
