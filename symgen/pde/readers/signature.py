"""What kind of file it is, by its first bytes and not by its name."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

from symgen.readable import require_readable

Kind = Literal["HDF5", "NetCDF", "npy", "npz", "torch", "pickle", "MATLAB", "zarr", "text", "generators"]

HDF5, ZIP, NETCDF3, NPY, PICKLE = b"\x89HDF", b"PK\x03\x04", b"CDF", b"\x93NUMPY", b"\x80"
MATLAB, MATLAB_HDF5 = b"MATLAB", b"MATLAB 7.3"
LOOK = 4096
MOST_ACCENTS = 0.2
"""Share of bytes beyond ASCII in text, as in headers and comments."""
TEXT_CONTROLS = set(b"\t\n\r\f\x1a")
ZARR = ("zarr.json", ".zgroup", ".zarray", ".zattrs", ".zmetadata")


def kind_of(path: Path) -> Kind | None:
    """The kind of a file (or of a zarr folder); None where no reader knows it, DataError for what is no file."""
    require_readable(path)
    if path.is_dir():
        return "zarr" if any((path / name).is_file() for name in ZARR) else None
    with open(path, "rb") as handle:
        start = handle.read(LOOK)
    if _is_safetensors(start, path.stat().st_size):  # first: the length of its header may begin like any other
        return "generators"
    if start.startswith((HDF5, MATLAB_HDF5)):
        return "HDF5"
    if start.startswith(ZIP):
        return _kind_of_zip(path)
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            return kind
    if _is_text(start):
        return "text"
    return "MATLAB" if path.suffix == ".mat" else None  # version 4 has no signature


_SIGNATURES: tuple[tuple[bytes, Kind], ...] = (
    (NETCDF3, "NetCDF"),
    (NPY, "npy"),
    (MATLAB, "MATLAB"),
    (PICKLE, "pickle"),
)


def _kind_of_zip(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as file:
            names = file.namelist()
    except Exception:  # damage: zipfile raises almost anything; the reader will say so
        return "npz"
    last = {name.rsplit("/", 1)[-1] for name in names}
    return "torch" if "data.pkl" in last else "zarr" if last & set(ZARR) else "npz"


def _is_safetensors(start: bytes, size: int) -> bool:
    """Its header is JSON after its length in 8 bytes."""
    return len(start) > 8 and start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= size


def _is_text(start: bytes) -> bool:
    if not start:
        return False
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if b"\x7f" in start or not all(byte >= 32 or byte in TEXT_CONTROLS for byte in start):
        return False
    return sum(byte > 127 for byte in start) <= MOST_ACCENTS * len(start)
