"""HDF5 files that are written whole or not at all, also where the disk gets full.

HDF5 cannot close a file that it could not write: it crashes the process. So it writes through an object that always
succeeds, and tells of what failed afterwards. Ctrl-C waits for it, too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import h5py

from symgen import stopping
from symgen.atomic import Draft, draft


class Sink:
    """A file as h5py's driver `fileobj` wants it. Once a write fails, that and all later ones are held in memory."""

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self.failed: OSError | None = None
        self._held: list[tuple[int, bytes]] = []
        """Pieces, with where they belong, in the order in which they came."""
        self._place = 0
        self._end = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, and say which."""
        self._place = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._end}[whence]
        return self._place

    def tell(self) -> int:
        """The place where the next piece goes, or comes from."""
        return self._place

    def write(self, data: memoryview) -> int:
        """Take everything."""
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            if not self.failed:
                self._file.seek(self._place)
            while left and not self.failed:
                done = self._file.write(left)
                self._place += done
                left = left[done:]
        except OSError as error:
            self.failed = error
        if left:
            self._held.append((self._place, bytes(left)))
            self._place += len(left)
        self._end = max(self._end, self._place)
        return size

    def readinto(self, buffer: memoryview) -> int:
        """Fill a buffer -> the number of bytes, fewer at the end."""
        into = memoryview(buffer).cast("B")
        done = 0
        self._file.seek(self._place)
        while more := self._file.readinto(into[done:]):
            done += more
        for start, held in self._held:
            first, last = max(start, self._place), min(start + len(held), self._place + len(into))
            if first < last:
                into[first - self._place : last - self._place] = held[first - start : last - start]
                done = max(done, last - self._place)
        self._place += done
        return done

    def truncate(self, size: int | None = None) -> int:
        """Cut or lengthen the file."""
        self._end = self._place if size is None else size
        try:
            if not self.failed:
                self._file.truncate(self._end)
        except OSError as error:
            self.failed = error
        return self._end

    def flush(self) -> None:
        """There is nothing in between."""


CALLED = frozenset(
    each.__code__ for each in (Sink.seek, Sink.tell, Sink.write, Sink.readinto, Sink.truncate, Sink.flush)
)
"""What HDF5 calls."""


class Hdf5Draft:
    """An HDF5 file that is being written."""

    def __init__(self, file: h5py.File, made: Draft, sink: Sink, answer: Callable[[], None]) -> None:
        self.file, self._made, self._sink, self._answer = file, made, sink, answer

    @property
    def final(self) -> Path:
        """Where it is to be found afterwards, see `symgen.atomic.draft`."""
        return self._made.final

    def require_written(self) -> None:
        """Raise OSError if something could not be written, and KeyboardInterrupt if a signal came meanwhile."""
        self._answer()
        if self._sink.failed:
            raise self._sink.failed


@contextmanager
def hdf5_draft(path: str | Path, force: bool = False, inputs: Iterable[str | Path | None] = ()) -> Iterator[Hdf5Draft]:
    """A new HDF5 file that becomes `path` if the block succeeds; raises as `symgen.atomic.draft` does."""
    with (
        stopping.not_within(CALLED) as answer,
        draft(path, force, inputs) as made,
        open(made.path, "r+b", buffering=0) as own,
    ):
        sink = Sink(own)
        with h5py.File(made.path, "w", driver="fileobj", fileobj=sink) as file:
            written = Hdf5Draft(file, made, sink, answer)
            yield written
        written.require_written()
