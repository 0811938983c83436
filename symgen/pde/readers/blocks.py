"""Rows of arrays along their first axis, read from their files in blocks.

Compressed chunks are unpacked whole, whatever is read of them. So the rows that share chunks are read together and kept
until others are wanted: who goes through the rows in order unpacks every chunk once, or a few times where so many rows
share it that they would be too large. Likewise with arrays mapped to memory whose rows lie all over the file.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from threading import RLock

import numpy as np

from symgen.pde.readers.stored import Array, Stored

BLOCK = 256 * 2**20
"""Bytes of rows that are read together, at most; a single row may have more."""
PIECE = 16 * 2**20
"""Bytes of rows of no chunks that are looked at together."""
KEPT = 512 * 2**20
"""Bytes of blocks that are kept, of all files together: who reads rows here and there finds those of few data again."""

_numbers = count()


class Rows:
    """Rows of arrays of one length: `[i]` reads one of each."""

    def __init__(self, arrays: Sequence[Array]) -> None:
        self.arrays = [_in_its_file(array) for array in arrays]
        self.in_blocks = any(_shared(array) > 1 for array in arrays)
        self.number = next(_numbers)
        weakref.finalize(self, _last.forget, self.number)

    def __getitem__(self, i: int) -> list[np.ndarray]:
        if not self.in_blocks:
            return [np.asarray(array[i]) for array in self.arrays]
        span = _span(self.arrays, i)
        block = _last.get(self.number, span)
        if block is None:
            _last.make_room(len(span) * sum(array.nbytes // len(array) for array in self.arrays))
            block = [_copied(array, span) for array in self.arrays]
            _last.keep(self.number, span, block)
        return [part[i - span.start].copy() for part in block]  # else whoever keeps it keeps the block


class _Last:
    """The blocks that were used last, by whose they are and where they begin."""

    def __init__(self) -> None:
        self.blocks: OrderedDict[tuple[int, int], list[np.ndarray]] = OrderedDict()
        self.lock = RLock()

    def get(self, number: int, span: range) -> list[np.ndarray] | None:
        with self.lock:
            found = self.blocks.get((number, span.start))
            if found is not None:
                self.blocks.move_to_end((number, span.start))
            return found

    def make_room(self, size: int) -> None:
        """Forget those that were used longest ago, so that so many bytes can be kept."""
        with self.lock:
            while self.blocks and self.size + size > KEPT:
                self.blocks.popitem(last=False)

    def keep(self, number: int, span: range, block: list[np.ndarray]) -> None:
        with self.lock:
            self.blocks[number, span.start] = block

    def forget(self, number: int) -> None:
        """Those of one that is gone."""
        with self.lock:
            for key in [key for key in self.blocks if key[0] == number]:
                del self.blocks[key]

    @property
    def size(self) -> int:
        return sum(part.nbytes for block in list(self.blocks.values()) for part in block)


_last = _Last()


def blocks(*arrays: Array) -> Iterator[tuple[np.ndarray, ...]]:
    """All rows of arrays of one length, some at a time."""
    start, length = 0, len(arrays[0])
    few = PIECE // max(1, sum(array.nbytes for array in arrays) // max(1, length))
    while start < length:
        stop = start + max(1, few) if max(map(_shared, arrays)) == 1 else _span(arrays, start).stop
        yield tuple(np.asarray(array[start:stop]) for array in arrays)
        start = stop


def _in_its_file(array: Array) -> Array:
    """One that is mapped to memory as one in a file, so that it is seen when that is written anew."""
    name = array.filename if isinstance(array, np.memmap) else None
    return array if name is None else Stored.of(Path(name), array)


def _span(arrays: Sequence[Array], i: int) -> range:
    """The rows that are read together with one: those of its chunk, or of one of equal parts of that which fit."""
    length, shared = len(arrays[0]), max(map(_shared, arrays))
    fitting = max(1, BLOCK // max(1, sum(array.nbytes // length for array in arrays)))
    parts = -(-shared // fitting)
    step = -(-shared // parts)
    first = i // shared * shared
    start = first + (i - first) // step * step
    return range(start, min(start + step, first + shared, length))


def _shared(array: Array) -> int:
    """Rows that share chunks, or the pages of a file."""
    source, first = (array.source, array.axes[0]) if isinstance(array, Stored) else (array, 0)
    chunks = getattr(source, "shards", None) or getattr(source, "chunks", None)
    if chunks is not None:
        return min(int(chunks[first]), len(array))
    mapped = isinstance(source, np.ndarray) and (isinstance(array, Stored) or isinstance(source, np.memmap))
    if not mapped:
        return 1
    steps = [step for step, size in zip(source.strides, source.shape, strict=True) if size > 1]
    return len(array) if source.strides[first] < max(steps, default=0) else 1


def _copied(array: Array, span: range) -> np.ndarray:
    values = np.asarray(array[span.start : span.stop])
    in_file = isinstance(array, Stored) and not isinstance(array.source, np.ndarray)
    return values if in_file else values.copy()
