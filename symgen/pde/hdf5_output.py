"""HDF5 files that are written whole or not at all, also where the disk gets full.

HDF5 cannot close a file that it could not write: it crashes the process. So it writes through an object that always
succeeds, and tells of what failed afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from symgen.atomic import Draft, draft


class Sink:
    """A file as h5py's driver `fileobj` wants it. Once a write fails, that and all later ones are held in memory."""

    def __init__(self, handle: int) -> None:
        self.handle = handle
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
            while left and not self.failed:
                done = os.pwrite(self.handle, left, self._place)
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
        while done < len(into) and (piece := os.pread(self.handle, len(into) - done, self._place + done)):
            into[done : done + len(piece)] = piece
            done += len(piece)
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
                os.ftruncate(self.handle, self._end)
        except OSError as error:
            self.failed = error
        return self._end

    def flush(self) -> None:
        """There is nothing in between."""


class Hdf5Draft:
    """An HDF5 file that is being written."""

    def __init__(self, file: h5py.File, made: Draft, sink: Sink) -> None:
        self.file, self._made, self._sink = file, made, sink

    @property
    def final(self) -> Path:
        """Where it is to be found afterwards, see `symgen.atomic.draft`."""
        return self._made.final

    def require_written(self) -> None:
        """Raise OSError if something could not be written: work that goes on would be for nothing."""
        if self._sink.failed:
            raise self._sink.failed


@contextmanager
def hdf5_draft(path: str | Path, force: bool = False, inputs: Iterable[str | Path | None] = ()) -> Iterator[Hdf5Draft]:
    """A new HDF5 file that becomes `path` if the block succeeds; raises as `symgen.atomic.draft` does."""
    with draft(path, force, inputs) as made:
        handle = os.open(made.path, os.O_RDWR)
        try:
            sink = Sink(handle)
            with h5py.File(made.path, "w", driver="fileobj", fileobj=sink) as file:
                written = Hdf5Draft(file, made, sink)
                yield written
            written.require_written()
        finally:
            os.close(handle)
