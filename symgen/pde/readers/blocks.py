"""Rows of arrays along their first axis, read from their files in blocks.

Compressed chunks are unpacked whole, whatever is read of them. So the rows that share chunks are read together and kept
until others are wanted: who goes through the rows in order unpacks every chunk once, or a few times where so many rows
share it that they would be too large. Likewise with arrays mapped to memory whose rows lie all over the file.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from symgen.pde.readers.stored import Array, Stored

BLOCK = 256 * 2**20
"""Bytes of rows that are read together, at most; a single row may have more."""


class Rows:
    """Rows of arrays of one length: `[i]` reads one of each.

    Of all such in a process one has its last block in memory, so that this does not grow with the files that are open.
    """

    holder: ClassVar[weakref.ref[Rows] | None] = None

    def __init__(self, arrays: Sequence[Array]) -> None:
        self.arrays = arrays
        self.in_blocks = any(_shared(array) > 1 for array in arrays)
        self.kept: tuple[range, list[np.ndarray]] = range(0), []

    def __getitem__(self, i: int) -> list[np.ndarray]:
        if not self.in_blocks:
            return [np.asarray(array[i]) for array in self.arrays]
        span, block = self.kept  # which another thread may change
        if i not in span:
            span = _span(self.arrays, i)
            block = self._read(span)
        return [part[i - span.start].copy() for part in block]  # else whoever keeps it keeps the block

    def _read(self, span: range) -> list[np.ndarray]:
        before = Rows.holder and Rows.holder()
        if before:
            before.kept = range(0), []
        block = [_copied(array, span) for array in self.arrays]
        Rows.holder, self.kept = weakref.ref(self), (span, block)
        return block


def blocks(*arrays: Array) -> Iterator[tuple[np.ndarray, ...]]:
    """All rows of arrays of one length, some at a time."""
    start = 0
    while start < len(arrays[0]):
        span = _span(arrays, start)
        yield tuple(np.asarray(array[span.start : span.stop]) for array in arrays)
        start = span.stop


def _span(arrays: Sequence[Array], i: int) -> range:
    """The rows that are read together with one: those of its chunk, or of one of equal parts of that which fit."""
    count, shared = len(arrays[0]), max(map(_shared, arrays))
    fitting = max(1, BLOCK // max(1, sum(array.nbytes // count for array in arrays)))
    parts = -(-shared // fitting)
    step = -(-shared // parts)
    first = i // shared * shared
    start = first + (i - first) // step * step
    return range(start, min(start + step, first + shared, count))


def _shared(array: Array) -> int:
    """Rows that share chunks, or the pages of a file."""
    source, first = (array.source, array.axes[0]) if isinstance(array, Stored) else (array, 0)
    chunks = getattr(source, "shards", None) or getattr(source, "chunks", None)
    if chunks is not None:
        return min(int(chunks[first]), len(array))
    mapped = isinstance(source, np.ndarray) and (isinstance(array, Stored) or isinstance(source, np.memmap))
    return len(array) if mapped and source.strides[first] < max(source.strides) else 1


def _copied(array: Array, span: range) -> np.ndarray:
    values = np.asarray(array[span.start : span.stop])
    in_file = isinstance(array, Stored) and not isinstance(array.source, np.ndarray)
    return values if in_file else values.copy()
