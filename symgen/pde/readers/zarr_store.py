"""Zarr, as a folder or in a zip file; the names of axes are those of xarray, where it has them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from symgen.exceptions import DataError, UsageError
from symgen.pde.readers.size import Room
from symgen.pde.readers.stored import Array, Stored, stays
from symgen.pde.readers.table import PICKLED, Table, is_numeric
from symgen.readable import require_readable

AXES = "_ARRAY_DIMENSIONS"
"""The attribute with the names of axes in version 2, as xarray writes it."""


def read(path: Path) -> Table:
    """Its arrays of numbers. Raises UsageError where zarr is missing."""
    try:
        import zarr
    except ImportError as error:
        raise UsageError(f"{path} is zarr, which needs the package zarr: pip install 'symgen[zarr]'.") from error
    arrays: dict[str, Array] = {}
    refused: dict[str, str] = {}
    axes: dict[str, tuple[str, ...]] = {}
    units: dict[str, str] = {}

    def collect(name: str, item: Any) -> None:
        if hasattr(item, "members"):
            for inner, member in sorted(item.members()):
                collect(f"{name}/{inner}" if name else inner, member)
            return
        name = name or "u"
        if not isinstance(item.dtype, np.dtype) or not is_numeric(item.dtype):
            refused[name] = PICKLED if getattr(item.dtype, "hasobject", False) else f"it is {item.dtype}, not numbers"
            return
        if any("pickle" in str(codec).lower() for codec in _codecs(item)):
            refused[name] = PICKLED
            return
        room.claim(name, item.nbytes)
        if stays(item.shape, item.nbytes):
            arrays[name] = Stored.of(path, item)
        else:
            room.take(name, item.nbytes)
            arrays[name] = np.asarray(item[...])
        labels = getattr(item.metadata, "dimension_names", None) or item.attrs.get(AXES)
        if labels and all(labels):
            axes[name] = tuple(map(str, labels))
        if "units" in item.attrs:
            units[name] = str(item.attrs["units"])

    room = Room(path, _stored(path))
    try:
        root = zarr.open(_store(zarr, path), mode="r")
        collect("", root)
        attribute = root.attrs.get("symgen")
    except DataError:
        raise
    except Exception as error:  # damage: zarr raises almost anything
        raise DataError(f"{path} is damaged, or no zarr store ({error}). Copy it anew.") from error
    return Table(path, "zarr", arrays, refused, axes, units, attribute)


def _codecs(item: Any) -> list[Any]:
    """All that is applied to the bytes of an array."""
    found = [getattr(item, name, None) for name in ("filters", "compressors", "serializer")]
    return [codec for each in found for codec in (each if isinstance(each, tuple | list) else [each])]


def _stored(path: Path) -> int:
    """Bytes of a file, or of all files of a folder; DataError for a pipe or the like in it."""
    if not path.is_dir():
        return path.stat().st_size
    size, seen = 0, set()
    for folder, folders, names in os.walk(path, followlinks=True):  # parts of it may be on other disks
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        for file in (os.path.join(folder, name) for name in names):
            if os.path.islink(file) or not os.path.isfile(file):  # else it is soon clear: there may be a million
                require_readable(file)
            size += os.path.getsize(file) if os.path.exists(file) else 0
    return size


def _store(zarr: Any, path: Path) -> Any:
    if path.is_dir():
        return str(path)
    return zarr.storage.ZipStore(str(path), mode="r")
