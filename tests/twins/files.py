"""Twins as files, in the ways in which such data are passed around."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import scipy.io
import torch

from twins.twin import Twin


def write_mat(twin: Twin, folder: Path) -> dict[str, str]:
    """MATLAB, u as (x, t) in complex numbers without imaginary part, t as a column."""
    scipy.io.savemat(folder / "data.mat", {"usol": twin.u.T + 0j, "x": twin.x, "t": twin.t[:, None]})
    return {"path": "data.mat"}


def write_mat_with_end(twin: Twin, folder: Path) -> dict[str, str]:
    """MATLAB, with the end of the period stored too."""
    u, x = np.c_[twin.u, twin.u[:, 0]], np.append(twin.x, 2 * twin.x[-1] - twin.x[-2])
    scipy.io.savemat(folder / "data.mat", {"uu": u.T, "x": x[:, None], "tt": twin.t})
    return {"path": "data.mat"}


def write_npz(twin: Twin, folder: Path) -> dict[str, str]:
    """numpy, u as (x, t) with coordinates on a mesh."""
    x, t = np.meshgrid(twin.x, twin.t, indexing="ij")
    np.savez(folder / "data.npz", U=twin.u.T, X=x, T=t)
    return {"path": "data.npz"}


def write_npy(twin: Twin, folder: Path) -> dict[str, str]:
    """A file for every array."""
    for name, array in (("u", twin.u), ("x", twin.x), ("t", twin.t)):
        np.save(folder / f"{name}.npy", array)
    return {"path": "u.npy", "x": str(folder / "x.npy"), "t": str(folder / "t.npy")}


def write_long_csv(twin: Twin, folder: Path) -> dict[str, str]:
    """Text with a row for every point."""
    x, t = np.meshgrid(twin.x, twin.t)
    rows = np.stack([t, x, twin.u], -1).reshape(-1, 3)
    np.savetxt(folder / "data.csv", rows, delimiter=",", header="t,x,u", comments="", fmt="%.17g")
    return {"path": "data.csv"}


def write_matrix(twin: Twin, folder: Path) -> dict[str, str]:
    """Text with a matrix and no coordinates."""
    np.savetxt(folder / "data.txt", twin.u, fmt="%.17g")
    return {"path": "data.txt"} | {
        name: f"{float(grid[0])!r}:{float(grid[-1])!r}" for name, grid in (("x", twin.x), ("t", twin.t))
    }


def write_hdf5(twin: Twin, folder: Path) -> dict[str, str]:
    """HDF5 with plain arrays."""
    with h5py.File(folder / "data.h5", "w") as file:
        file["u"], file["x"], file["time"] = twin.u, twin.x, twin.t
    return {"path": "data.h5"}


def write_torch(twin: Twin, folder: Path) -> dict[str, str]:
    """A dict of tensors."""
    arrays = {"u": twin.u[None], "x": twin.x, "t": twin.t}
    torch.save({name: torch.from_numpy(array) for name, array in arrays.items()}, folder / "data.pt")
    return {"path": "data.pt"}


FORMATS = {
    "mat": write_mat,
    "mat with end": write_mat_with_end,
    "npz": write_npz,
    "npy": write_npy,
    "long csv": write_long_csv,
    "matrix": write_matrix,
    "hdf5": write_hdf5,
    "torch": write_torch,
}
"""Functions that write a twin into a folder, and say which file and options of discovery read it."""
