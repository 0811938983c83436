"""PDEBench's diffusion-sorption: a group 0000, 0001, ... for every sample.

Each has `data` (time, x, channel), `grid/x` and `grid/t`. Not periodic. Takamoto et al., PDEBench, NeurIPS 2022.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.content import Content, Samples, only


def _names(file: h5py.File) -> list[str]:
    return sorted(name for name, item in file.items() if name.isdigit() and isinstance(item, h5py.Group))


def recognises(file: h5py.File) -> bool:
    """Whether it has a group with a number for its name, and `data` in it."""
    names = _names(file)
    return bool(names) and "data" in file[names[0]]


def read(file: h5py.File, path: Path, field: str | None) -> Content:
    """Trajectories of the only channel, or of channel `field`, counted from 0."""
    names = _names(file)
    first = file[names[0]]
    data = first["data"]
    if "grid/y" in first:
        raise DataError(
            f"{path}: 'data' of group {names[0]!r} has shape {data.shape}, in two dimensions of space. Only u(x, t) is "
            "supported yet."
        )
    for wanted in ("grid/x", "grid/t"):
        if wanted not in first:
            raise DataError(f"{path}: its group {names[0]!r} has no dataset {wanted!r}.")
    if data.ndim != 3:
        raise DataError(f"{path}: 'data' of group {names[0]!r} has shape {data.shape}; expected (time, x, channel).")
    name, warnings = only([str(i) for i in range(data.shape[2])], field, "channel", path)
    channel = int(name)
    x, t = (np.asarray(first[wanted], dtype=np.float64) for wanted in ("grid/x", "grid/t"))
    if data.shape[:2] != (len(t), len(x)):
        raise DataError(f"{path}: 'data' has shape {data.shape}, but there are {len(t)} times and {len(x)} points.")
    elsewhere = [
        i
        for i, name in enumerate(names)
        if file[name]["data"].shape != data.shape
        or not np.array_equal(file[name]["grid/x"], first["grid/x"])
        or not np.array_equal(file[name]["grid/t"], first["grid/t"])
    ]
    return Content(
        layout="PDEBench, a group for every sample",
        u=Samples(len(names), lambda i: file[names[i]]["data"][:, :, channel]),
        x=x,
        t=t,
        grids=("grid/x", "grid/t"),
        periodic=False,
        elsewhere=tuple(elsewhere),
        warnings=warnings,
    )
