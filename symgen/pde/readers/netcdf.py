"""NetCDF, through xarray."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from symgen.exceptions import DataError, UsageError
from symgen.pde.readers.table import Table, is_numeric


def read(path: Path) -> Table:
    """Its variables and coordinates, with the names of their dimensions. Raises UsageError where xarray is missing."""
    try:
        import xarray
    except ImportError as error:
        raise UsageError(f"{path} is NetCDF, which needs xarray: pip install 'symgen[netcdf]'.") from error
    try:
        with xarray.open_dataset(path, decode_times=False) as opened:
            data = opened.load()
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} cannot be read as NetCDF: {str(error).splitlines()[0]}.") from error
    arrays, refused, axes, units = {}, {}, {}, {}
    for label, variable in data.variables.items():
        name = str(label)
        dimensions = tuple(map(str, variable.dims))
        if len(set(dimensions)) < len(dimensions):
            refused[name] = f"two of its dimensions have the same name: {', '.join(dimensions)}"
            continue
        values = np.asarray(variable.values)
        if not is_numeric(values.dtype):
            refused[name] = f"it is {values.dtype}, not numbers"
            continue
        arrays[name] = values
        axes[name] = dimensions
        if "units" in variable.attrs:
            units[name] = str(variable.attrs["units"])
    return Table(path, "NetCDF", arrays, refused, axes, units, data.attrs.get("symgen"))
