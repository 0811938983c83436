"""HDF5 with arrays of any names, in groups or not."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from symgen.pde.readers.hdf5_file import axis_labels, read_whole
from symgen.pde.readers.size import Room
from symgen.pde.readers.table import Table, is_numeric

LARGE = 64 * 2**20
"""Bytes of datasets that stay on disk, where they lie there in one piece."""


def _mapped(item: h5py.Dataset, path: Path, room: Room) -> np.ndarray:
    """The values of a dataset, read when they are used if they lie in the file as they are."""
    offset = item.id.get_offset() if item.chunks is None else None
    if offset is None:
        return read_whole(item, room)
    return np.memmap(path, item.dtype, "r", offset, item.shape)


def read(file: h5py.File, path: Path) -> Table:
    """All its datasets of numbers."""
    arrays, refused, axes, units = {}, {}, {}, {}
    room = Room(path)

    def visit(own: str | bytes, item: object) -> None:
        name = own if isinstance(own, str) else own.decode("utf-8", "replace")  # h5py gives bytes that are no text
        if not isinstance(item, h5py.Dataset):
            return
        if not is_numeric(item.dtype) or item.shape is None:
            refused[name] = f"it is {item.dtype}, not numbers"
            return
        arrays[name] = _mapped(item, path, room) if item.nbytes > LARGE else read_whole(item, room)
        labels = tuple(axis_labels(item))
        if labels and all(labels) and len(set(labels)) == len(labels):
            axes[name] = labels
        if isinstance(item.attrs.get("units"), str):
            units[name] = str(item.attrs["units"])

    file.visititems(visit)
    return Table(path, "HDF5", arrays, refused, axes, units, file.attrs.get("symgen"))
