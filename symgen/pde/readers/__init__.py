"""Readers of solutions, one for each layout; which one is chosen by what is in the file, not by its name."""

from __future__ import annotations

import os
from pathlib import Path

from symgen.data_files import files_of
from symgen.exceptions import DataError, SymgenError
from symgen.pde.readers import (
    groups,
    lpsda,
    matlab,
    netcdf,
    numpy_files,
    plain_hdf5,
    tensor,
    text,
    torch_file,
    well,
    zarr_store,
)
from symgen.pde.readers.arrays import interpret
from symgen.pde.readers.common_grid import on_common_grid
from symgen.pde.readers.content import Choice, Content, Samples
from symgen.pde.readers.hdf5_file import open_hdf5
from symgen.pde.readers.signature import kind_of
from symgen.pde.readers.stored import Stored, damaged
from symgen.pde.readers.table import Table
from symgen.pde.readers.tidy import tidied

__all__ = ["Choice", "Content", "Samples", "is_data", "named_arrays", "read"]

LAYOUTS = (tensor, well, lpsda, groups)
TABLES = {
    "NetCDF": netcdf.read,
    "npz": numpy_files.read_npz,
    "npy": numpy_files.read_npy,
    "torch": torch_file.read,
    "pickle": torch_file.read,
    "MATLAB": matlab.read,
    "zarr": zarr_store.read,
    "text": text.read,
}
"""Readers of files that hold named arrays."""
KINDS = "HDF5, MATLAB, numpy (.npz, .npy), torch (.pt), NetCDF, zarr, or a table of numbers as text"


def is_data(path: Path) -> bool:
    """Whether a file is one for these readers, sound or not, or a glob of files; of folders those of zarr or with HDF5
    files, and no generators.
    """
    if not os.path.exists(path):
        return bool(files_of(path))
    kind = kind_of(path)
    return kind == "zarr" or bool(files_of(path)) if path.is_dir() else kind != "generators"


def read(path: Path, choice: Choice | None = None) -> Content:
    """What is in a file, on one grid; `choice` says what the file does not.

    Raises DataError for a file that is damaged, or does not hold solutions.
    """
    choice = choice or Choice()
    if kind_of(path) != "HDF5":
        return tidied(interpret(named_arrays(path), choice, named_arrays))
    file = open_hdf5(path)
    try:
        if not choice.coordinates and not netcdf.recognises(file):
            for layout in LAYOUTS:
                if layout.recognises(file):
                    return on_common_grid(tidied(layout.read(file, path, choice.u)))
    except SymgenError:
        raise
    except Exception as error:  # damage inside a file whose header is sound: h5py raises almost anything
        raise damaged(path, error) from error
    file.close()
    return tidied(interpret(named_arrays(path), choice, named_arrays))


def named_arrays(path: Path) -> Table:
    """The named arrays of a file of any kind; large ones stay in it, and so it stays open."""
    kind = kind_of(path)
    if kind == "generators":
        raise DataError(f"{path} is a safetensors file, as generators are. Data can be {KINDS}.")
    if kind is None:
        empty = path.is_file() and not path.stat().st_size
        raise DataError(
            f"{path} is {'empty' if empty else 'of no kind that symgen reads'}: "
            f"it is not an HDF5 file, nor {KINDS.removeprefix('HDF5, ')}. Copy it anew, or save it as one of these."
        )
    if kind != "HDF5":
        return TABLES[kind](path)
    file, stays = open_hdf5(path), False
    try:
        reader = next((own for own in (netcdf, matlab) if own.recognises(file)), plain_hdf5)
        table = reader.read_hdf5(file, path)
        stays = any(isinstance(array, Stored) for array in table.arrays.values())
    except SymgenError:
        raise
    except Exception as error:
        raise damaged(path, error) from error
    finally:
        if not stays:
            file.close()
    return table
