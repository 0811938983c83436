"""NetCDF, through xarray: a variable with the dimensions x and t or time, and at most one more for samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from symgen.exceptions import DataError, UsageError
from symgen.pde.readers.content import Content, Samples, only

TIMES = ("t", "time")


def read(path: Path, field: str | None) -> Content:
    """Trajectories of the only variable on x and t, or of `field`. Raises UsageError where xarray is missing."""
    try:
        import xarray
    except ImportError as error:
        raise UsageError(f"{path} is NetCDF, which needs xarray: pip install 'symgen[netcdf]'.") from error
    try:
        with xarray.open_dataset(path, decode_times=False) as opened:
            data = opened.load()
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} cannot be read as NetCDF: {str(error).splitlines()[0]}.") from error
    time = next((name for name in TIMES if name in data.dims), None)
    if time is None or "x" not in data.dims:
        raise DataError(f"{path} has the dimensions {', '.join(map(str, data.dims))}; expected x and t or time.")
    for name in ("x", time):
        if name not in data.coords:
            raise DataError(f"{path} has no coordinate {name!r}, so its grid is not known.")
    fields = [str(n) for n, v in data.data_vars.items() if {"x", time} <= set(v.dims) and v.ndim <= 3]
    variable = data[only(fields, field, "variable", path)]
    ordered = variable.transpose(..., time, "x")
    u = np.asarray(ordered.values)
    if not np.issubdtype(u.dtype, np.number):
        raise DataError(f"{path}: {variable.name!r} is {u.dtype}; expected numbers.")
    u = u[None] if u.ndim == 2 else u
    given = {"x": data["x"], "t": data[time], "u": variable}
    return Content(
        layout="NetCDF",
        u=Samples(len(u), lambda i: u[i]),
        x=np.asarray(data["x"].values, dtype=np.float64),
        t=np.asarray(data[time].values, dtype=np.float64),
        grids=("x", time),
        attribute=data.attrs.get("symgen"),
        units={name: str(item.attrs["units"]) for name, item in given.items() if "units" in item.attrs},
    )
