"""MATLAB files of versions 5 to 7, read here, as the reader of scipy crashes on damage.

Parts follow a header of 128 bytes. Each has a type and a count of bytes, and is a matrix or, compressed, one matrix. A
matrix has flags, dimensions, a name and its values; those of cells and structs are matrices (MathWorks, "MAT-File
Format", 2023). Every count is compared with the bytes that are there.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symgen.pde.readers.size import Room

HEADER, TAG, BLOCK = 128, 8, 2**20
MATRIX, COMPRESSED = 14, 15
STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""Types of numbers."""
CELL, STRUCT, OBJECT, CHAR, SPARSE, FUNCTION = 1, 2, 3, 4, 5, 16
NUMBERS = range(6, 16)
"""Classes of matrices."""
COMPLEX, LOGICAL = 0x800, 0x200
MOST_DEPTH, MOST_AXES = 8, 32
Found = Iterator[tuple[str, np.ndarray | str]]
"""Arrays by dotted names, or why one is not read."""


def read_mat5(path: Path) -> Found:
    """All arrays of a file, cells counted from 1. Raises ValueError or zlib.error where it is damaged."""
    room = Room(path)
    room.take("its arrays", room.stored)
    with open(path, "rb") as handle:
        start = handle.read(HEADER)
        order = "<" if start[126:128] == b"IM" else ">"
        whole = _Part(handle.read(), order, room)
    while whole.left >= TAG:
        kind, content = whole.element(padded=False)
        if kind == COMPRESSED:
            kind, content = _Part(_unpacked(content, room), order, room).element()
        elif whole.left:
            whole.skip(-len(content) % TAG)
        if kind == MATRIX and len(content):
            yield from _matrix(_Part(content, order, room), "", 0)


def _unpacked(content: memoryview, room: Room) -> bytes:
    unpack, found = zlib.decompressobj(), bytearray()
    packed: bytes | memoryview = content
    while not unpack.eof and len(packed):
        piece = unpack.decompress(packed, BLOCK)
        room.claim("a compressed array", len(piece))
        room.take("a compressed array", len(piece))
        found += piece
        packed = unpack.unconsumed_tail
    return bytes(found)


@dataclass
class _Part:
    """Bytes, read from the first on."""

    content: bytes | memoryview
    order: str
    room: Room
    place: int = 0

    @property
    def left(self) -> int:
        return len(self.content) - self.place

    def skip(self, count: int) -> memoryview:
        """The next bytes; ValueError where there are fewer."""
        if count > self.left:
            raise ValueError(f"{count} bytes are said to follow, and there are {self.left}")
        self.place += count
        return memoryview(self.content)[self.place - count : self.place]

    def element(self, padded: bool = True) -> tuple[int, memoryview]:
        """The next part: its type and its bytes, which fill up to 8 if `padded`."""
        first, count = np.frombuffer(self.skip(TAG), self.order + "u4").tolist()
        if first >> 16:  # a small one: its bytes are in its tag
            self.place -= 4
            content = self.skip(4)
            if first >> 16 > len(content):
                raise ValueError(f"{first >> 16} bytes are said to be in a part that has 4")
            return first & 0xFFFF, content[: first >> 16]
        content = self.skip(count)
        if padded:
            self.skip(min(-count % TAG, self.left))
        return first, content

    def numbers(self) -> np.ndarray:
        """The next part as numbers (n,), in native order."""
        kind, content = self.element()
        if kind not in STORED:
            raise ValueError(f"numbers of the type {kind}")
        values = np.frombuffer(content, self.order + STORED[kind])
        return values.astype(values.dtype.newbyteorder("="))

    def text(self) -> str:
        return bytes(self.element()[1]).decode("latin-1").rstrip("\0")


def _matrix(part: _Part, name: str, depth: int) -> Found:
    """The arrays in one matrix, called `name`, or as it says itself where it is in nothing else."""
    if not part.left:
        yield name, "it is empty"
        return
    if depth > MOST_DEPTH:
        yield name, "it is nested too deeply"
        return
    flags = int(part.numbers()[0])
    own = flags & 0xFF
    if own not in (CELL, STRUCT, OBJECT, CHAR, SPARSE, *NUMBERS):
        if own == FUNCTION:
            part.numbers()  # dimensions, which objects of classes do not have
        yield name or part.text(), "it is no array"
        return
    shape = tuple(part.numbers().tolist())
    if min(shape, default=-1) < 0 or len(shape) > MOST_AXES:
        raise ValueError(f"an array of shape {shape}")
    name = part.text() if not depth else (part.text(), name)[1]
    if not name:
        return  # where MATLAB keeps what functions refer to
    if own == CELL:
        yield from _cells(part, name, math.prod(shape), depth)
    elif own in (STRUCT, OBJECT):
        yield from _structs(part, name, math.prod(shape), depth, own == OBJECT)
    elif own == CHAR:
        yield name, "it is <U1, not numbers"
    elif own == SPARSE and flags & LOGICAL:
        yield name, "it is bool, not numbers"
    elif own == SPARSE:
        yield name, _sparse(part, name, shape, flags)
    else:
        yield name, _values(part, bool(flags & COMPLEX), math.prod(shape)).reshape(shape, order="F")


def _values(part: _Part, is_complex: bool, count: int) -> np.ndarray:
    real = part.numbers()
    values = real + 1j * part.numbers() if is_complex else real
    if len(values) != count:
        raise ValueError(f"{len(values)} values where {count} are said to be")
    return values


def _sparse(part: _Part, name: str, shape: tuple[int, ...], flags: int) -> np.ndarray:
    """As a full array; rows of the values, and where each column begins among them, come first."""
    rows, starts = part.numbers(), part.numbers().astype(np.int64)
    if len(shape) != 2 or len(starts) != shape[1] + 1 or starts[0] != 0 or (np.diff(starts) < 0).any():
        raise ValueError("a sparse array whose columns do not fit")
    count = int(starts[-1])
    values = part.numbers()[:count]
    if flags & COMPLEX:
        values = values + 1j * part.numbers()[:count]
    used = rows[:count]
    if len(values) != count or len(used) != count or (used < 0).any() or (used >= shape[0]).any():
        raise ValueError("a sparse array whose rows do not fit")
    part.room.claim(name, math.prod(shape) * values.dtype.itemsize)
    full = np.zeros(shape, values.dtype)
    full[used, np.repeat(np.arange(shape[1]), np.diff(starts))] = values
    return full


def _cells(part: _Part, name: str, count: int, depth: int) -> Found:
    for place in range(1, count + 1):
        yield from _inner(part, name if count == 1 else f"{name}.{place}", depth)


def _structs(part: _Part, name: str, count: int, depth: int, is_object: bool) -> Found:
    if is_object:
        part.text()  # its class
    length = int(part.numbers()[0])
    text = bytes(part.element()[1])
    if length < 1 or len(text) % length:
        raise ValueError("a struct whose names of fields do not fit")
    fields = [text[at : at + length].split(b"\0")[0].decode("latin-1") for at in range(0, len(text), length)]
    if not fields:
        return
    for place in range(1, count + 1):
        for field in fields:
            yield from _inner(part, f"{name if count == 1 else f'{name}.{place}'}.{field}", depth)


def _inner(part: _Part, name: str, depth: int) -> Found:
    kind, content = part.element()
    if kind != MATRIX:
        raise ValueError(f"a part of the type {kind} where an array should be")
    yield from _matrix(_Part(content, part.order, part.room), name, depth + 1)
