"""MATLAB: versions 5 to 7 by `mat5`, 4 by scipy, 7.3 (HDF5) by h5py. Cells and structs become dotted names."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.hdf5_file import read_whole, values_of
from symgen.pde.readers.mat5 import MOST_DEPTH, read_mat5
from symgen.pde.readers.signature import MATLAB
from symgen.pde.readers.size import Room
from symgen.pde.readers.stored import Array
from symgen.pde.readers.table import Table, is_numeric

INTERNAL = ("#refs#", "#subsystem#")


def read(path: Path) -> Table:
    """A file up to version 7; cells are counted from 1."""
    try:
        with open(path, "rb") as handle:
            first = handle.read(len(MATLAB))
        found = dict(read_mat5(path) if first == MATLAB else _read_mat4(path))
    except DataError:
        raise
    except Exception as error:  # damage: scipy raises almost anything
        raise DataError(f"{path} is damaged, or no MATLAB file ({error}). Copy it anew.") from error
    arrays = {name: value for name, value in found.items() if not isinstance(value, str)}
    return Table(path, "MATLAB", arrays, {name: value for name, value in found.items() if isinstance(value, str)})


def _read_mat4(path: Path) -> Iterator[tuple[str, np.ndarray | str]]:
    """Version 4 has matrices alone, and no signature."""
    from scipy.io import loadmat
    from scipy.io.matlab import matfile_version

    if matfile_version(path)[0] != 0:
        raise ValueError("it does not begin as one")
    room = Room(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that come twice
        content = loadmat(path)
    for name, value in content.items():
        if hasattr(value, "toarray"):  # sparse
            room.claim(name, math.prod(value.shape) * value.dtype.itemsize)
            value = value.toarray()
        if not name.startswith("__"):
            yield name, value if is_numeric(value.dtype) else f"it is {value.dtype}, not numbers"


def recognises(file: h5py.File) -> bool:
    """Whether an HDF5 file was written by MATLAB: its datasets and groups say of which class they are."""
    return any("MATLAB_class" in item.attrs for item in file.values() if item is not None)


def read_hdf5(file: h5py.File, path: Path) -> Table:
    """A file of version 7.3; h5py sees its arrays transposed."""
    arrays: dict[str, Array] = {}
    refused: dict[str, str] = {}
    room = Room(path)
    for own, item in file.items():
        name = own if isinstance(own, str) else own.decode("utf-8", "replace")  # h5py gives bytes that are no text
        if name not in INTERNAL:
            for found, value in _walk(file, name, item, 0, room):
                if isinstance(value, str):
                    refused[found] = value
                else:
                    arrays[found] = value
    return Table(path, "MATLAB 7.3", arrays, refused)


def _walk(file: h5py.File, name: str, item: Any, depth: int, room: Room) -> Iterator[tuple[str, Array | str]]:
    if depth > MOST_DEPTH:
        yield name, "it is nested too deeply"
    elif item is None:
        yield name, "it is a link to nothing"
    elif isinstance(item, h5py.Group):
        for field, inner in item.items():
            yield from _walk(file, f"{name}.{field}", inner, depth + 1, room)
    elif "MATLAB_empty" in item.attrs:
        yield name, "it is empty"
    elif h5py.check_ref_dtype(item.dtype) is not None:
        references = read_whole(item, room).T.ravel(order="F")
        for place, reference in enumerate(references, 1):
            own = name if len(references) == 1 else f"{name}.{place}"
            if reference:
                yield from _walk(file, own, file[reference], depth + 1, room)
    elif item.attrs.get("MATLAB_class") in (b"char", "char", b"logical", "logical"):
        yield name, "it is text or logical, not numbers"
    elif item.dtype.names == ("real", "imag"):
        yield name, values_of(item, room, _complex).transpose()
    elif is_numeric(item.dtype):
        yield name, values_of(item, room).transpose()
    else:
        yield name, f"it is {item.dtype}, not numbers"


def _complex(values: np.ndarray) -> np.ndarray:
    return np.asarray(values["real"] + 1j * values["imag"])
