"""How much a file may make of itself: what it says of its arrays is judged before any is read.

Compression makes a thousand bytes of one at most where there is nothing in them, and a header can say anything. Real
data of tens of GB pass: what counts is the ratio to the bytes that are there, and what is in memory at one time.
"""

from __future__ import annotations

from pathlib import Path

from symgen.cost import machine_memory
from symgen.exceptions import DataError
from symgen.words import in_bytes

SMALL = 2**28
"""Bytes (256 MiB) that any file may hold, however small it is."""
MOST_RATIO = 500
"""Of the bytes of all arrays of a larger file to those of the file: fields compress tenfold, masks a hundredfold."""
MOST_CHUNK = 2**29
"""Bytes (512 MiB) of a compressed chunk: it is unpacked whole, whatever is read of it."""


class Room:
    """Counts what the arrays of a file take, before they are read; `path` is a file, or a folder of `stored` bytes."""

    def __init__(self, path: Path, stored: int | None = None) -> None:
        self.path, self.stored = path, path.stat().st_size if stored is None else stored
        self.claimed = self.read = 0

    def claim(self, name: str, size: int) -> None:
        """An array of `size` bytes is said to be in the file; DataError where the file is too small for that."""
        self.claimed += size
        if size < 0 or self.claimed > max(SMALL, MOST_RATIO * self.stored):
            raise DataError(
                f"{self.path} says that it holds {in_bytes(self.claimed)} with {name!r}, but has "
                f"{in_bytes(self.stored)}: it is damaged, or has next to nothing in it. If it is right, save it "
                "without compression, or fewer of its values."
            )

    def take(self, name: str, size: int) -> None:
        """An array of `size` bytes is about to be read whole; DataError where it and those before are too many."""
        self.read += size
        if self.read > machine_memory():
            raise DataError(
                f"{self.path} has {in_bytes(self.read)} with {name!r}, more than the memory of this machine, "
                f"{in_bytes(machine_memory())}, and such a file is read at once. Save fewer samples in one file, or in "
                "HDF5 as `symgen simulate` does, which is read sample by sample."
            )

    def take_sample(self, size: int) -> None:
        """A sample of an array that is read sample by sample has `size` bytes; as `take` does."""
        self.read += size
        if self.read > machine_memory():
            raise DataError(
                f"{self.path} has {in_bytes(self.read)} in each sample, more than the memory of this machine, "
                f"{in_bytes(machine_memory())}. Leave out times or points, or read one unknown with --u NAME."
            )
