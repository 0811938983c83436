"""PDEBench in one dimension (advection, Burgers, reaction-diffusion, CFD) and symgen's own files.

Datasets `tensor` (sample, time, x), in old files (1, sample, time, x), `x-coordinate` (x,) and `t-coordinate`
(time,), which may have one entry more than there are times. Files of CFD have one dataset for each of several fields
instead of `tensor`. Root attributes may give the coefficients: beta (advection), Nu (Burgers, diffusivity Nu / pi),
Nu and rho (reaction-diffusion). Takamoto et al., PDEBench, NeurIPS 2022.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.content import Content, Samples, left_out, only
from symgen.pde.readers.table import is_numeric

GRIDS = ("x-coordinate", "t-coordinate")
EQUATIONS: dict[tuple[str, ...], tuple[str, Callable[..., dict[str, float]]]] = {
    ("beta",): ("u_t + beta*u_x", lambda beta: {"beta": beta}),
    ("Nu",): ("u_t + u*u_x - nu*u_xx", lambda nu: {"nu": nu / math.pi}),
    ("Nu", "rho"): ("u_t - nu*u_xx - rho*u*(1 - u)", lambda nu, rho: {"nu": nu, "rho": rho}),
}


def recognises(file: h5py.File) -> bool:
    """Whether it has both coordinates and something on them."""
    return all(_is_dataset(file, name) for name in GRIDS) and bool(_fields(file))


def read(file: h5py.File, path: Path, field: str | None) -> Content:
    """Trajectories of `tensor`, or of the dataset `field`."""
    fields = _fields(file)
    if field is None and "tensor" in fields:
        name = "tensor"
        warnings = left_out(
            name, [other for other in fields if other != name and file[other].shape == file[name].shape]
        )
    else:
        name, warnings = only(fields, field, "field", path)
    data = file[name]
    x, t = (np.asarray(file[grid], dtype=np.float64) for grid in GRIDS)
    shape = data.shape[1:] if data.ndim == 4 and data.shape[0] == 1 else data.shape
    shape = (1, *shape) if len(shape) == 2 else shape
    if len(shape) > 3 or "y-coordinate" in file:
        raise DataError(
            f"{path}: {name!r} has shape {data.shape}, with more than one dimension of space. Only u(x, t) is "
            "supported yet."
        )
    if len(shape) != 3 or not is_numeric(data.dtype):
        raise DataError(f"{path}: {name!r} is {data.dtype} of shape {data.shape}; expected numbers (sample, time, x).")
    if len(t) == shape[1] + 1:
        t = t[:-1]
    if shape[1:] != (len(t), len(x)):
        raise DataError(f"{path}: {name!r} has shape {data.shape}, but there are {len(t)} times and {len(x)} points.")
    kept, times, notes = _covered(file, path, shape)
    equation, parameters = _equation(file)
    return Content(
        layout="PDEBench" if "symgen" not in file.attrs else "symgen",
        u=Samples(len(kept), lambda i: _sample(data, kept[i])[times]),
        x=x,
        t=t[times],
        grids=GRIDS,
        attribute=file.attrs.get("symgen"),
        equation=equation,
        parameters=parameters,
        warnings=warnings,
        notes=notes,
    )


def _is_dataset(file: h5py.File, name: str) -> bool:
    return isinstance(file.get(name), h5py.Dataset)


def _fields(file: h5py.File) -> list[str]:
    """Datasets that can be u: tensor, and others (sample, time, x)."""
    named = [name for name in file if _is_dataset(file, name) and name not in GRIDS]
    return [name for name in named if name == "tensor" or file[name].ndim >= 3]


def _sample(data: h5py.Dataset, i: int) -> np.ndarray:
    if data.ndim == 2:
        return data[()]
    return data[0, i] if data.ndim == 4 else data[i]


def _covered(file: h5py.File, path: Path, shape: tuple[int, ...]) -> tuple[list[int], slice, tuple[str, ...]]:
    """Samples and times that are read, with a note where these are not all.

    In files of `symgen augment` moved copies cover the times that `valid` (sample, 2) says, the first and the one after
    the last; the window of times is taken that keeps most values.
    """
    samples, nt = shape[:2]
    if "valid" not in file or "symgen" not in file.attrs:
        return list(range(samples)), slice(0, nt), ()
    valid = file["valid"][()] if _is_dataset(file, "valid") else np.empty(0)
    fits = valid.shape == (samples, 2) and np.issubdtype(valid.dtype, np.integer)
    if not fits or not ((valid[:, 0] >= 0) & (valid[:, 0] <= valid[:, 1]) & (valid[:, 1] <= nt)).all():
        raise DataError(f"{path}: its datasets 'tensor' and 'valid' do not fit each other. Make it again.")
    starts = np.zeros((nt + 1, nt + 1), dtype=int)
    np.add.at(starts, tuple(valid.astype(int).T), 1)
    covering = starts[:, ::-1].cumsum(1)[:, ::-1].cumsum(0)  # samples that start at a time or before, and end after
    ends = np.arange(nt + 1)
    first, end = np.unravel_index(int(np.argmax(covering * np.maximum(ends - ends[:, None], 0))), covering.shape)
    kept = np.flatnonzero((valid[:, 0] <= first) & (valid[:, 1] >= end)).tolist()
    note = (
        f"Moved copies do not cover all times: {len(kept)} of {samples} samples are read, at the {end - first} times "
        f"of {nt} that all of these cover."
    )
    return kept, slice(int(first), int(end)), (note,) if len(kept) < samples or end - first < nt else ()


def _equation(file: h5py.File) -> tuple[str | None, dict[str, float]]:
    """What the root attributes say; nothing where they are missing or no numbers."""
    names = tuple(name for name in ("beta", "Nu", "rho") if name in file.attrs)
    if names not in EQUATIONS:
        return None, {}
    formula, parameters = EQUATIONS[names]
    try:
        values = [float(np.asarray(file.attrs[name]).reshape(())) for name in names]
    except (TypeError, ValueError):
        return None, {}
    return formula, parameters(*values)
