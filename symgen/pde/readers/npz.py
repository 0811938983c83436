"""Arrays u, x and t of numpy.savez: u is (sample, time, x), or (time, x) for one trajectory."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.content import Content, Samples


def read(path: Path, field: str | None) -> Content:
    """Trajectories of the array u, or of the array `field`. Arrays of Python objects are refused, never unpickled."""
    name = field or "u"
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = [wanted for wanted in (name, "x", "t") if wanted not in file.files]
            if missing:
                raise DataError(
                    f"{path} has no array {' or '.join(map(repr, missing))}, but {', '.join(file.files) or 'none'}. "
                    "Save it with np.savez(FILE, u=u, x=x, t=t)."
                )
            u, x, t = file[name], file["x"], file["t"]
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, KeyError) as error:
        raise DataError(f"{path} is damaged, or has arrays that are not numbers ({error}).") from error
    for wanted, array, dimensions in ((name, u, (2, 3)), ("x", x, (1,)), ("t", t, (1,))):
        if array.ndim not in dimensions or not np.issubdtype(array.dtype, np.number) or np.iscomplexobj(array):
            shape = "(sample, time, x)" if wanted == name else f"({wanted},)"
            raise DataError(f"{path}: {wanted!r} is {array.dtype} of shape {array.shape}; expected numbers {shape}.")
    u = u[None] if u.ndim == 2 else u
    if u.shape[1:] != (len(t), len(x)):
        raise DataError(f"{path}: {name!r} has shape {u.shape}, but there are {len(t)} times and {len(x)} points.")
    return Content("numpy arrays", Samples(len(u), lambda i: u[i]), x.astype(np.float64), t.astype(np.float64))
