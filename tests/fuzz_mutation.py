"""Changes to bytes that break readers: cut, flip, splice, repeat, and lengths and numbers that are hostile."""

from __future__ import annotations

import re
import struct

import numpy as np

NUMBERS = (
    0,
    1,
    2,
    3,
    7,
    8,
    127,
    128,
    255,
    256,
    2**15,
    2**16 - 1,
    2**20,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**40,
    2**62,
    2**63,
    2**64 - 1,
)
WORDS = (
    b"nan", b"inf", b"-inf", b"1e300", b"-1", b"0", b"1e-320", b"9" * 30, b"null", b"[]", b"{}", b'""', b"true", b"\0",
    b"\x1b[2J", b"..", b"/dev/zero", b"[[[[[[[[", b"((((((((", b"**", b"__import__('os')", b"\xff\xfe", b"\r", b",,,",
)  # fmt: skip


def mutated(seed: bytes, draw: np.random.Generator) -> bytes:
    """One to six changes, most of them within the first bytes, where headers are."""
    data = bytearray(seed)
    for _ in range(int(draw.integers(1, 7))):
        if not data:
            return b""
        CHANGES[int(draw.integers(len(CHANGES)))](data, draw)
    return bytes(data)


def _place(data: bytearray, draw: np.random.Generator) -> int:
    near = draw.random() < 0.5
    return int(draw.integers(min(len(data), 400) if near else len(data)))


def _flip(data, draw):
    data[_place(data, draw)] ^= 1 << int(draw.integers(8))


def _byte(data, draw):
    data[_place(data, draw)] = int(draw.choice([0, 1, 0x7F, 0x80, 0xFF, int(draw.integers(256))]))


def _number(data, draw):
    """A whole number of 1 to 8 bytes, in either order, that says how much there is."""
    size, place = int(draw.choice([1, 2, 4, 8])), _place(data, draw)
    value = NUMBERS[int(draw.integers(len(NUMBERS)))] % 2 ** (8 * size)
    data[place : place + size] = value.to_bytes(size, str(draw.choice(["little", "big"])))


def _near(data, draw):
    """A number that is there, a little larger or smaller, or many times as large."""
    place = _place(data, draw)
    if place + 4 <= len(data):
        (value,) = struct.unpack_from("<I", data, place)
        value = int(draw.choice([value + 1, value - 1, 2 * value, value << 8, value << 16])) % 2**32
        struct.pack_into("<I", data, place, value)


def _digits(data, draw):
    """A number in text."""
    found = [*re.finditer(rb"\d+", bytes(data[:20000]))]
    if found:
        one = found[int(draw.integers(len(found)))]
        data[one.start() : one.end()] = str(NUMBERS[int(draw.integers(len(NUMBERS)))]).encode()


def _word(data, draw):
    place = _place(data, draw)
    data[place : place + int(draw.integers(4))] = WORDS[int(draw.integers(len(WORDS)))]


def _cut(data, draw):
    del data[_place(data, draw) :]


def _remove(data, draw):
    place = _place(data, draw)
    del data[place : place + int(draw.integers(1, 64))]


def _splice(data, draw):
    """Bytes from elsewhere in it, over others or between."""
    source, place, size = _place(data, draw), _place(data, draw), int(draw.integers(1, 128))
    data[place : place + size * int(draw.integers(2))] = data[source : source + size]


def _repeat(data, draw):
    place, size = _place(data, draw), int(draw.integers(1, 32))
    data[place:place] = bytes(data[place : place + size]) * int(draw.choice([2, 16, 256]))


CHANGES = (_flip, _byte, _number, _near, _digits) * 2 + (_number, _word, _cut, _remove, _splice, _repeat)
