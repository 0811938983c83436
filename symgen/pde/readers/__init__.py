"""Readers of trajectories, one for each layout; which one is chosen by what is in the file, not by its name."""

from __future__ import annotations

from pathlib import Path

import h5py

from symgen.exceptions import DataError, SymgenError
from symgen.pde.readers import groups, lpsda, netcdf, npz, tensor, well
from symgen.pde.readers.common_grid import on_common_grid
from symgen.pde.readers.content import Content, Samples

__all__ = ["Content", "Samples", "is_data", "read"]

HDF5, ZIP, NETCDF3, NPY = b"\x89HDF", b"PK\x03\x04", b"CDF", b"\x93NUMPY"
LAYOUTS = (tensor, well, lpsda, groups)


def is_data(path: Path) -> bool:
    """Whether a file begins like one that holds trajectories."""
    with open(path, "rb") as handle:
        return handle.read(8).startswith((HDF5, ZIP, NETCDF3, NPY))


def read(path: Path, field: str | None = None) -> Content:
    """What is in a file, on one grid; `field` names one of several fields.

    Raises DataError for a file that is damaged or of no known layout.
    """
    return on_common_grid(_read(path, field))


def _read(path: Path, field: str | None) -> Content:
    with open(path, "rb") as handle:
        start = handle.read(8)
    if start.startswith(ZIP):
        return npz.read(path, field)
    if start.startswith(NETCDF3):
        return netcdf.read(path, field)
    if start.startswith(NPY):
        raise DataError(f"{path} is one array without coordinates. Save np.savez(FILE, u=u, x=x, t=t) instead.")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        cause = "is truncated" if "truncated" in str(error) else "is not an HDF5 file, nor .npz or NetCDF"
        raise DataError(f"{path} {cause}. Make it again with `symgen simulate`, or copy it anew.") from error
    try:
        if "_NCProperties" in file.attrs:
            file.close()
            return netcdf.read(path, field)
        for layout in LAYOUTS:
            if layout.recognises(file):
                return layout.read(file, path, field)
        names = ", ".join(list(file)[:8]) or "nothing"
    except SymgenError:
        raise
    except Exception as error:  # damage inside a file whose header is sound: h5py raises almost anything
        raise DataError(f"{path} is damaged ({error}). Make it again or copy it anew.") from error
    raise DataError(
        f"{path} is of no layout that symgen knows: it has {names}. Expected 'tensor' (sample, time, x), "
        "'x-coordinate' and 't-coordinate', or save u, x and t as .npz."
    )
