"""PDEBench (advection, Burgers, reaction-diffusion; CFD in one to three dimensions) and symgen's files of u(x, t).

Datasets `tensor` (sample, time, x), in old files (1, sample, time, x), `x-coordinate` (x,) and `t-coordinate`
(time,), which may have one entry more than there are times. Files of CFD have one dataset for each of several fields
instead of `tensor`, (sample, time, x, y, z) with `y-coordinate` and `z-coordinate` in more dimensions. Root attributes
may give the coefficients: beta (advection), Nu (Burgers, diffusivity Nu / pi), Nu and rho (reaction-diffusion).
Takamoto et al., PDEBench, NeurIPS 2022.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.blocks import Rows
from symgen.pde.readers.content import Content, Grid, Samples, left_out, one_of, side_by_side
from symgen.pde.readers.covered import covered_times
from symgen.pde.readers.stored import Stored
from symgen.pde.readers.table import is_numeric

GRIDS = ("x-coordinate", "t-coordinate")
EQUATIONS: dict[tuple[str, ...], tuple[str, Callable[..., dict[str, float]]]] = {
    ("beta",): ("u_t + beta*u_x", lambda beta: {"beta": beta}),
    ("Nu",): ("u_t + u*u_x - nu*u_xx", lambda nu: {"nu": nu / math.pi}),
    ("Nu", "rho"): ("u_t - nu*u_xx - rho*u*(1 - u)", lambda nu, rho: {"nu": nu, "rho": rho}),
}


def recognises(file: h5py.File) -> bool:
    """Whether it has coordinates of x and t and something on them."""
    return all(_is_dataset(file, name) for name in GRIDS) and bool(_fields(file))


def read(file: h5py.File, path: Path, field: str | None) -> Content:
    """Solutions of `tensor`, or of the dataset `field`; without both, of all fields."""
    fields = _fields(file)
    axes = ["t", "x", *(axis for axis in "yz" if _is_dataset(file, f"{axis}-coordinate"))]
    if field is None and "tensor" in fields:
        names = ["tensor"]
        others = [other for other in fields if other != "tensor" and file[other].shape == file["tensor"].shape]
        warnings = left_out("tensor", others)
    elif field is None:
        names, warnings = fields, ()
    else:
        names = [one_of(fields, field, "field", path)]
        warnings = left_out(field, [other for other in fields if other != field])
    shapes = {name: _shape(file, path, name, axes) for name in names}
    first = names[0]
    other = next((name for name in names if shapes[name] != shapes[first]), None)
    if other:
        raise DataError(
            f"{path}: {first!r} has shape {shapes[first]}, but {other!r} has {shapes[other]}. Choose one with --u NAME."
        )
    shape = shapes[first]
    points = [np.asarray(file[f"{axis}-coordinate"], dtype=np.float64) for axis in axes]
    if len(points[0]) == shape[1] + 1:
        points[0] = points[0][:-1]
    if shape[1:] != tuple(map(len, points)):
        counts = [f"{len(points[0])} times", *(f"{len(own)} points" for own in points[1:])]
        raise DataError(
            f"{path}: {first!r} has shape {file[first].shape}, but there are {', '.join(counts[:-1])} and {counts[-1]}."
        )
    kept, times, notes = covered_times(file, path, shape[0], shape[1])
    points[0] = points[0][times]
    equation, parameters = _equation(file) if len(names) == 1 and axes == ["t", "x"] else (None, {})
    sample = _samples(path, [file[name] for name in names], shape)
    return Content(
        layout="PDEBench" if "symgen" not in file.attrs else "symgen",
        values=Samples(len(kept), lambda i: side_by_side([own[times] for own in sample(kept[i])])),
        grids=tuple(Grid(axis, own, f"{axis}-coordinate") for axis, own in zip(axes, points, strict=True)),
        unknowns=tuple("u" if name == "tensor" else name for name in names),
        labels=tuple(names),
        what="fields",
        attribute=file.attrs.get("symgen"),
        equation=equation,
        parameters=parameters,
        warnings=warnings,
        notes=notes,
    )


def _is_dataset(file: h5py.File, name: str) -> bool:
    return isinstance(file.get(name), h5py.Dataset)


def _fields(file: h5py.File) -> list[str]:
    """Datasets that can be unknowns: tensor, and others (sample, time, x, y, z)."""
    named = [name for name in file if _is_dataset(file, name) and not name.endswith("-coordinate")]
    return [name for name in named if name == "tensor" or file[name].ndim >= 3]


def _shape(file: h5py.File, path: Path, name: str, axes: Sequence[str]) -> tuple[int, ...]:
    """That of (sample, time, x, y, z) with the axes there are; DataError for another."""
    data = file[name]
    shape = data.shape[1:] if data.ndim == len(axes) + 2 and data.shape[0] == 1 else data.shape
    shape = (1, *shape) if len(shape) == len(axes) else shape
    if len(shape) > len(axes) + 1 and axes == ["t", "x"]:
        raise DataError(
            f"{path}: {name!r} has shape {data.shape}, with more than one dimension of space, but there is no "
            "'y-coordinate'. Only u(x, t) is supported yet without it."
        )
    if len(shape) != len(axes) + 1 or not is_numeric(data.dtype):
        expected = ", ".join(["sample", "time", *axes[1:]])
        raise DataError(f"{path}: {name!r} is {data.dtype} of shape {data.shape}; expected numbers ({expected}).")
    return shape


def _samples(path: Path, sets: Sequence[h5py.Dataset], shape: tuple[int, ...]) -> Callable[[int], list[np.ndarray]]:
    """What reads one sample of each dataset, whose axes are the last of its own."""
    if shape[0] == 1:
        return lambda i: [data[()].reshape(shape[1:]) for data in sets]
    return Rows(
        [replace(Stored.of(path, data), axes=tuple(range(data.ndim - len(shape), data.ndim))) for data in sets]
    ).__getitem__


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
