"""Arrays of numpy: .npz (numpy.savez) and .npy (numpy.save). Objects are never unpickled."""

from __future__ import annotations

import math
import re
import struct
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO

import numpy as np

from symgen.exceptions import DataError, SymgenError
from symgen.pde.readers import stored
from symgen.pde.readers.long_form import long_columns
from symgen.pde.readers.size import Room
from symgen.pde.readers.table import PICKLED, Table, has_role, is_numeric

LENGTHS = 26
"""Where in its header the lengths of what follows, up to the bytes of a member of a zip archive, are said."""
BLOCK = 2**20


def read_npz(path: Path) -> Table:
    """Its arrays of numbers; large ones that are not compressed are read as they are used."""
    arrays, refused = stored_arrays(path, mapped=True)
    others = {name: f"it is {a.dtype}, not numbers" for name, a in arrays.items() if not is_numeric(a.dtype)}
    numbers = {name: array for name, array in arrays.items() if name not in others}
    return Table(path, "numpy arrays", numbers, {**refused, **others})


def stored_arrays(
    path: Path, wanted: Collection[str] | None = None, mapped: bool = False
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """All arrays of a file of numpy.savez, or those `wanted`, also of text and truth values; those of objects by name
    with the reason. If `mapped`, large ones that are not compressed are mapped to memory."""
    arrays: dict[str, np.ndarray] = {}
    refused: dict[str, str] = {}
    try:
        with zipfile.ZipFile(path) as file:
            members = [name for name in file.namelist() if name.endswith(".npy")]
            twice = sorted({name for name in members if members.count(name) > 1})
            if twice:
                raise DataError(f"{path} has the array {twice[0].removesuffix('.npy')!r} twice. Save it anew.")
            chosen = [each for each in members if wanted is None or each.removesuffix(".npy") in wanted]
            room = Room(path)
            for member in chosen:
                name = member.removesuffix(".npy")
                room.claim(name, file.getinfo(member).file_size)
                with file.open(member) as handle:
                    if (size := _size(handle, file.getinfo(member).file_size)) is None:
                        refused[name] = PICKLED
                        continue
                if mapped and size > stored.LARGE and file.getinfo(member).compress_type == zipfile.ZIP_STORED:
                    arrays[name] = _mapped_member(path, file, member)
                    continue
                room.take(name, size)
                with file.open(member) as handle:
                    arrays[name] = np.lib.format.read_array(handle, allow_pickle=False)
    except SymgenError:
        raise
    except Exception as error:  # damage: numpy and zipfile raise almost anything
        raise DataError(f"{path} is damaged, or no file of numpy.savez ({error}).") from error
    if not members:
        raise DataError(f"{path} is a zip archive without arrays of numpy. Save a sheet as CSV, arrays with np.savez.")
    return arrays, refused


def _mapped_member(path: Path, file: zipfile.ZipFile, member: str) -> np.ndarray:
    """The array of a member that is not compressed, where it lies; its bytes are looked through once for damage."""
    info = file.getinfo(member)
    with file.open(member) as handle:
        shape, fortran, dtype = _header(handle)
        offset = handle.tell()
        while handle.read(BLOCK):  # to the end, where zipfile compares the checksum
            pass
    with open(path, "rb") as whole:
        whole.seek(info.header_offset + LENGTHS)
        start = whole.tell() + 4 + sum(struct.unpack("<2H", whole.read(4)))
    return np.memmap(path, dtype, "r", start + offset, shape, "F" if fortran else "C")


def read_npy(path: Path) -> Table:
    """The array of one file as u; x and t from files of their own beside it, where their names go together."""
    array = _numbers(path)
    columns = long_columns(array)
    if columns:
        return Table(path, "numpy array", columns)
    beside = {role: _beside(path, role) for role in ("x", "t")} if array.ndim > 1 else {}
    found = {role: _numbers(path.with_name(name)) for role, name in beside.items() if name}
    fitting = {role: points for role, points in found.items() if points.size in array.shape}
    notes = tuple(f"{role} is read from {beside[role]} beside it." for role in fitting)
    return Table(path, "numpy array", {"u": array, **fitting}, notes=notes)


def _beside(path: Path, role: str) -> str | None:
    """The name of the file of x or t in a set such as NAME_u.npy, NAME_x.npy, NAME_t.npy, or u.npy, x.npy, t.npy."""
    start = re.match(r"(.*[_.-])?[^_.-]*$", path.stem)
    for name in (f"{(start and start[1]) or ''}{role}.npy", f"{path.stem}_{role}.npy"):
        alone = name == f"{role}.npy"
        if path.with_name(name).is_file() and (not alone or has_role(path.stem, "u")):
            return name
    return None


def _numbers(path: Path) -> np.ndarray:
    array = stored_array(path, mapped=True)
    if not is_numeric(array.dtype):
        raise DataError(f"{path} is an array of {array.dtype}, not of numbers.")
    return array


def stored_array(path: Path, mapped: bool = False) -> np.ndarray:
    """The array of a file of numpy.save, of any type but objects; if `mapped`, it is read as it is used."""
    try:
        with open(path, "rb") as handle:
            size = _size(handle, path.stat().st_size)
        if size is None:
            raise DataError(f"{path} cannot be read: {PICKLED}. Save its numbers with np.savez(FILE, u=u, x=x, t=t).")
        if not mapped:
            Room(path).take("its array", size)
        return np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except SymgenError:
        raise
    except Exception as error:  # damage: numpy and zipfile raise almost anything
        raise DataError(f"{path} is damaged, or no file of numpy.save ({error}).") from error


def _size(handle: IO[bytes], whole: int) -> int | None:
    """Bytes of an array by its header, which alone is read; None where its data are pickled.

    Raises ValueError for a header of more than the `whole` bytes that are there.
    """
    shape, _, dtype = _header(handle)
    if dtype.hasobject:
        return None
    size = math.prod(map(int, shape)) * dtype.itemsize
    if min(shape, default=0) < 0 or size > whole:
        raise ValueError(f"its header says {shape} of {dtype}, and there are {whole} bytes")
    return size


def _header(handle: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether it is in the order of Fortran, and type."""
    version = np.lib.format.read_magic(handle)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return header(handle)
