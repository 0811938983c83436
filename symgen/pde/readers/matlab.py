"""MATLAB: up to version 7 by scipy, version 7.3 (HDF5) by h5py. Cells and structs become dotted names."""

from __future__ import annotations

import math
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.hdf5_file import read_whole
from symgen.pde.readers.size import Room
from symgen.pde.readers.table import Table, is_numeric

MOST_DEPTH = 8
HEADER, COMPRESSED, BLOCK = 128, 15, 2**16
"""Of files of versions 5 to 7: bytes before the first part, and the type of a part that is compressed."""
INTERNAL = ("#refs#", "#subsystem#")


def read(path: Path) -> Table:
    """A file up to version 7; cells are counted from 1."""
    from scipy.io import loadmat

    room = Room(path)
    try:
        for name, size in _unpacked_sizes(path):
            room.claim(name, size)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of function handles and objects, which are left out
            content = loadmat(path)
    except DataError:
        raise
    except Exception as error:  # damage: scipy raises almost anything
        raise DataError(f"{path} is damaged, or no MATLAB file ({error}). Copy it anew.") from error
    arrays: dict[str, np.ndarray] = {}
    refused: dict[str, str] = {}
    for name, value in content.items():
        if not name.startswith("__"):
            _collect(name, value, arrays, refused, room)
    return Table(path, "MATLAB", arrays, refused)


def _unpacked_sizes(path: Path) -> Iterator[tuple[str, int]]:
    """Bytes of the parts of a file up to version 7, more and more of each until it is unpacked."""
    with open(path, "rb") as handle:
        start = handle.read(HEADER)
        order: Literal["little", "big"] = "little" if start[126:128] == b"IM" else "big"
        while len(tag := handle.read(8)) == 8:
            kind, left = int.from_bytes(tag[:4], order), int.from_bytes(tag[4:], order)
            if kind != COMPRESSED:
                return  # this version does not compress
            unpack = zlib.decompressobj()
            while left > 0 and (packed := handle.read(min(left, BLOCK))):
                left -= len(packed)
                while packed:
                    yield "a compressed array", len(unpack.decompress(packed, 16 * BLOCK))
                    packed = unpack.unconsumed_tail


def _collect(
    name: str, value: Any, arrays: dict[str, np.ndarray], refused: dict[str, str], room: Room, depth: int = 0
) -> None:
    """Add the arrays in a value of scipy.io: cells are arrays of objects, structs arrays with named fields."""
    if hasattr(value, "toarray"):  # sparse
        room.claim(name, math.prod(value.shape) * value.dtype.itemsize)
        value = value.toarray()
    if not isinstance(value, np.ndarray) or depth > MOST_DEPTH:
        refused[name] = "it is no array"
    elif value.dtype == object:
        for place, item in enumerate(value.ravel(order="F"), 1):
            _collect(name if value.size == 1 else f"{name}.{place}", item, arrays, refused, room, depth + 1)
    elif value.dtype.names:
        for place, item in enumerate(value.ravel(order="F"), 1):
            own = name if value.size == 1 else f"{name}.{place}"
            for field in value.dtype.names:
                _collect(f"{own}.{field}", item[field], arrays, refused, room, depth + 1)
    elif is_numeric(value.dtype):
        arrays[name] = value
    else:
        refused[name] = f"it is {value.dtype}, not numbers"


def recognises(file: h5py.File) -> bool:
    """Whether an HDF5 file was written by MATLAB: its datasets and groups say of which class they are."""
    return any("MATLAB_class" in item.attrs for item in file.values())


def read_hdf5(file: h5py.File, path: Path) -> Table:
    """A file of version 7.3; h5py sees its arrays transposed."""
    arrays: dict[str, np.ndarray] = {}
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


def _walk(file: h5py.File, name: str, item: Any, depth: int, room: Room) -> Iterator[tuple[str, np.ndarray | str]]:
    if depth > MOST_DEPTH:
        yield name, "it is nested too deeply"
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
        values = read_whole(item, room)
        yield name, (values["real"] + 1j * values["imag"]).T
    elif is_numeric(item.dtype):
        yield name, read_whole(item, room).T
    else:
        yield name, f"it is {item.dtype}, not numbers"
