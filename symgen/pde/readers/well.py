"""The Well in one dimension.

Coordinates in `dimensions` (time and the names of its attribute `spatial_dims`), scalar fields in `t0_fields`, vectors
in `t1_fields`, boundary conditions in `boundary_conditions`. The attributes sample_varying and time_varying say whether
an array has these axes. Ohana et al., The Well, NeurIPS 2024.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.content import Content, Samples, only


def recognises(file: h5py.File) -> bool:
    """Whether it has dimensions and scalar or vector fields."""
    return "dimensions" in file and ("t0_fields" in file or "t1_fields" in file)


def read(file: h5py.File, path: Path, field: str | None) -> Content:
    """Trajectories of the only field that varies in time, or of `field`."""
    dimensions = file["dimensions"]
    names = [_text(name) for name in np.atleast_1d(dimensions.attrs.get("spatial_dims", ["x"]))]
    if len(names) != 1:
        raise DataError(f"{path} has {len(names)} space dimensions ({', '.join(names)}); only one is supported yet.")
    if "time" not in dimensions or names[0] not in dimensions:
        raise DataError(f"{path}: 'dimensions' lacks 'time' or {names[0]!r}.")
    fields = {
        name: item
        for group in ("t0_fields", "t1_fields")
        for name, item in file.get(group, {}).items()
        if isinstance(item, h5py.Dataset) and item.attrs.get("time_varying", True)
    }
    name, warnings = only(list(fields), field, "field", path)
    data = fields[name]
    varies = bool(data.attrs.get("sample_varying", True))
    vector = data.parent.name == "/t1_fields"
    axes = 2 + varies + vector
    if data.ndim != axes or (vector and data.shape[-1] != 1):
        raise DataError(f"{path}: {data.name!r} has shape {data.shape}; expected (sample, time, x).")
    count = data.shape[0] if varies else 1
    x, t = (np.asarray(dimensions[name], dtype=np.float64) for name in (names[0], "time"))
    nt, nx = t.shape[-1], x.shape[-1]
    if data.shape[varies : varies + 2] != (nt, nx) or any(len(g) != count for g in (x, t) if g.ndim == 2):
        raise DataError(f"{path}: {data.name!r} has shape {data.shape}, but there are {nt} times, {nx} points.")

    def get(i: int) -> np.ndarray:
        sample = data[i] if varies else data[...]
        return sample[..., 0] if vector else sample

    return Content(
        layout="The Well",
        u=Samples(count, get),
        x=x,
        t=t,
        grids=(f"dimensions/{names[0]}", "dimensions/time"),
        periodic=_periodic(file),
        warnings=warnings,
    )


def _periodic(file: h5py.File) -> bool | None:
    """Whether all boundary conditions are periodic; None where there are none."""
    conditions = file.get("boundary_conditions", {})
    kinds = [_text(item.attrs.get("bc_type", "")).upper() for item in conditions.values()]
    return all(kind == "PERIODIC" for kind in kinds) if kinds else None


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
