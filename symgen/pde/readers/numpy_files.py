"""Arrays of numpy: .npz (numpy.savez) and .npy (numpy.save). Objects are never unpickled."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.long_form import long_columns
from symgen.pde.readers.table import PICKLED, Table, is_numeric

DAMAGE = (ValueError, OSError, EOFError, zipfile.BadZipFile, zipfile.LargeZipFile, KeyError, NotImplementedError)


def read_npz(path: Path) -> Table:
    """Its arrays of numbers."""
    arrays: dict[str, np.ndarray] = {}
    refused: dict[str, str] = {}
    try:
        with zipfile.ZipFile(path) as file:
            members = [name for name in file.namelist() if name.endswith(".npy")]
            twice = sorted({name for name in members if members.count(name) > 1})
            if twice:
                raise DataError(f"{path} has the array {twice[0].removesuffix('.npy')!r} twice. Save it anew.")
            for member in members:
                name = member.removesuffix(".npy")
                with file.open(member) as handle:
                    if _holds_objects(handle):
                        refused[name] = PICKLED
                        continue
                with file.open(member) as handle:
                    array = np.lib.format.read_array(handle, allow_pickle=False)
                if is_numeric(array.dtype):
                    arrays[name] = array
                else:
                    refused[name] = f"it is {array.dtype}, not numbers"
    except DAMAGE as error:
        raise DataError(f"{path} is damaged, or no file of numpy.savez ({error}).") from error
    return Table(path, "numpy arrays", arrays, refused)


def read_npy(path: Path) -> Table:
    """The array of one file as u; x and t from NAME_x.npy and NAME_t.npy, where these lie beside NAME_u.npy."""
    array = _load(path)
    columns = long_columns(array)
    if columns:
        return Table(path, "numpy array", columns)
    arrays = {"u": array}
    notes = []
    stem = path.stem
    if stem.lower() == "u" or stem.lower().endswith(("_u", "-u", ".u")):
        for role in ("x", "t"):
            beside = path.with_name(f"{stem[:-1]}{role}.npy")
            if beside.is_file():
                arrays[role] = _load(beside)
                notes.append(f"{role} is read from {beside.name} beside it.")
    return Table(path, "numpy array", arrays, notes=tuple(notes))


def _load(path: Path) -> np.ndarray:
    try:
        with open(path, "rb") as handle:
            if _holds_objects(handle):
                raise DataError(
                    f"{path} cannot be read: {PICKLED}. Save its numbers with np.savez(FILE, u=u, x=x, t=t)."
                )
        array = np.load(path, allow_pickle=False)
    except DAMAGE as error:
        raise DataError(f"{path} is damaged, or no file of numpy.save ({error}).") from error
    if not is_numeric(array.dtype):
        raise DataError(f"{path} is an array of {array.dtype}, not of numbers.")
    return array


def _holds_objects(handle: object) -> bool:
    """Whether the header says that the data are pickled; only the header is read."""
    version = np.lib.format.read_magic(handle)  # type: ignore[arg-type]
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return bool(header(handle)[2].hasobject)  # type: ignore[arg-type]
