"""HDF5 with arrays of any names, in groups or not."""

from __future__ import annotations

from pathlib import Path

import h5py

from symgen.pde.readers.hdf5_file import axis_labels, values_of
from symgen.pde.readers.size import Room
from symgen.pde.readers.table import Table, is_numeric


def read_hdf5(file: h5py.File, path: Path) -> Table:
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
        arrays[name] = values_of(item, room)
        labels = tuple(axis_labels(item))
        if labels and all(labels) and len(set(labels)) == len(labels):
            axes[name] = labels
        if isinstance(item.attrs.get("units"), str):
            units[name] = str(item.attrs["units"])

    file.visititems(visit)
    return Table(path, "HDF5", arrays, refused, axes, units, file.attrs.get("symgen"))
