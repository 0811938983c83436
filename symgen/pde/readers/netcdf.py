"""NetCDF: version 4, which is HDF5, by h5py; the classic formats by scipy.

Both give arrays with the names of their dimensions; values are scaled as the attributes scale_factor and add_offset
say, and those equal to _FillValue or missing_value are NaN, by the conventions of NetCDF.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.hdf5_file import axis_labels, axis_scales, is_scale, values_of
from symgen.pde.readers.size import Room
from symgen.pde.readers.stored import Array, Decode, of_mapped
from symgen.pde.readers.table import Table, is_numeric

NO_VARIABLE = "This is a netCDF dimension but not a netCDF variable"
"""Begins the NAME of a dimension without coordinates."""


def recognises(file: h5py.File) -> bool:
    """Whether an HDF5 file is NetCDF: its root says so, or its dimensions are numbered."""
    return "_NCProperties" in file.attrs or any(
        "_Netcdf4Dimid" in item.attrs for item in file.values() if item is not None
    )


def read(path: Path) -> Table:
    """The variables and coordinates of a classic file."""
    from scipy.io import netcdf_file

    result = Variables()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of arrays that outlive the file, which is mapped to memory as long
            with netcdf_file(path, "r", mmap=True) as file:
                for name, variable in file.variables.items():
                    data, attributes = variable.data, getattr(variable, "_attributes", {})
                    read = partial(of_mapped, path, data)
                    result.add(name, tuple(variable.dimensions), data, attributes, read)
                attribute = getattr(file, "symgen", None)
    except Exception as error:  # damage, or version 5, which scipy does not know: it raises almost anything
        raise DataError(f"{path} cannot be read as NetCDF: {_first_line(error)}. Save it as NetCDF-4.") from error
    return result.table(path, attribute)


def read_hdf5(file: h5py.File, path: Path) -> Table:
    """The variables and coordinates of a file of version 4, those in groups by their paths."""
    result, room = Variables(), Room(path)
    for name in _in_order(file):
        item = file[name]
        if isinstance(item, h5py.Dataset) and not _text(item.attrs.get("NAME", "")).startswith(NO_VARIABLE):
            result.add(name, _dimensions(name, item), item, dict(item.attrs), partial(values_of, item, room))
    return result.table(path, file.attrs.get("symgen"))


class Variables:
    """What a file holds, as it is read."""

    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}
        self.refused: dict[str, str] = {}
        self.axes: dict[str, tuple[str, ...]] = {}
        self.units: dict[str, str] = {}

    def add(
        self,
        name: str,
        dimensions: tuple[str, ...],
        data: Any,
        attributes: Mapping[str, Any],
        read: Callable[[Decode], Array],
    ) -> None:
        """One variable; `data` need not be numbers, and `read` gives them, decoded."""
        if len(set(dimensions)) < len(dimensions):
            self.refused[name] = f"two of its dimensions have the same name: {', '.join(dimensions)}"
            return
        if not is_numeric(data.dtype) or data.shape is None:
            self.refused[name] = f"it is {data.dtype}, not numbers"
            return
        self.arrays[name] = read(partial(_decoded, attributes=attributes))
        if dimensions:
            self.axes[name] = dimensions
        if "units" in attributes:
            self.units[name] = _text(attributes["units"])

    def table(self, path: Path, attribute: object) -> Table:
        """All of it."""
        text = _text(attribute) if isinstance(attribute, bytes) else attribute
        return Table(path, "NetCDF", self.arrays, self.refused, self.axes, self.units, text)


def _in_order(file: h5py.File) -> list[str]:
    """All paths in the order in which they were written, as NetCDF keeps it; else by name."""
    kept = file["/"].id.get_create_plist().get_link_creation_order() & h5py.h5p.CRT_ORDER_INDEXED
    names: list[bytes] = []
    file.id.links.visit(names.append, idx_type=h5py.h5.INDEX_CRT_ORDER if kept else h5py.h5.INDEX_NAME)
    return [name.decode() for name in names]


def _dimensions(name: str, item: h5py.Dataset) -> tuple[str, ...]:
    """Names of the axes: those of their scales, of which a coordinate is its own."""
    if is_scale(item) and item.ndim == 1:
        return (name,)
    named = [scale or label for scale, label in zip(axis_scales(item), axis_labels(item), strict=True)]
    return tuple(named) if all(named) else ()


def _decoded(values: np.ndarray, attributes: Mapping[str, Any]) -> np.ndarray:
    """In native byte order, scaled, with NaN where values are missing."""
    values = values.astype(values.dtype.newbyteorder("="))
    missing = [np.asarray(attributes[name]).ravel() for name in ("_FillValue", "missing_value") if name in attributes]
    absent = np.isin(values, np.concatenate(missing)) if missing else np.zeros((), bool)
    if absent.any():
        values = np.where(absent, np.nan, values)
    for name, apply in (("scale_factor", np.multiply), ("add_offset", np.add)):
        if name in attributes:
            values = apply(values, np.asarray(attributes[name], np.float64).ravel()[0])
    return values


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
