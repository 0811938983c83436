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
from symgen.pde.readers.content import Content, Samples, only

GRIDS = ("x-coordinate", "t-coordinate")
EQUATIONS: dict[tuple[str, ...], tuple[str, Callable[..., dict[str, float]]]] = {
    ("beta",): ("u_t + beta*u_x", lambda beta: {"beta": beta}),
    ("Nu",): ("u_t + u*u_x - nu*u_xx", lambda nu: {"nu": nu / math.pi}),
    ("Nu", "rho"): ("u_t - nu*u_xx - rho*u*(1 - u)", lambda nu, rho: {"nu": nu, "rho": rho}),
}


def recognises(file: h5py.File) -> bool:
    """Whether it has one of the datasets."""
    return any(name in file for name in ("tensor", *GRIDS))


def read(file: h5py.File, path: Path, field: str | None) -> Content:
    """Trajectories of `tensor`, or of the dataset `field`."""
    named = [name for name, item in file.items() if isinstance(item, h5py.Dataset)]
    others = [name for name in named if name not in GRIDS and file[name].ndim >= 3]
    name = only(others, field, "field", path) if field or ("tensor" not in file and others) else "tensor"
    missing = [wanted for wanted in (name, *GRIDS) if wanted not in named]
    if missing:
        raise DataError(
            f"{path} has no dataset {' or '.join(repr(m) for m in missing)}: "
            "expected 'tensor' (sample, time, x), 'x-coordinate' and 't-coordinate'."
        )
    data = file[name]
    x, t = (np.asarray(file[grid], dtype=np.float64) for grid in GRIDS)
    leading = data.ndim == 4 and data.shape[0] == 1
    shape = data.shape[1:] if leading else data.shape
    if len(shape) != 3 or not np.issubdtype(data.dtype, np.floating):
        raise DataError(f"{path}: {name!r} is {data.dtype} of shape {data.shape}; expected floats (sample, time, x).")
    if len(t) == shape[1] + 1:
        t = t[:-1]
    if shape[1:] != (len(t), len(x)):
        raise DataError(f"{path}: {name!r} has shape {data.shape}, but there are {len(t)} times and {len(x)} points.")
    equation, parameters = _equation(file)
    return Content(
        layout="PDEBench" if "symgen" not in file.attrs else "symgen",
        u=Samples(shape[0], lambda i: data[0, i] if leading else data[i]),
        x=x,
        t=t,
        grids=GRIDS,
        attribute=file.attrs.get("symgen"),
        equation=equation,
        parameters=parameters,
    )


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
