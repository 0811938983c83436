"""PDEBench with a group 0000, 0001, ... for every sample: diffusion-sorption; in 2-D reaction-diffusion, shallow water.

Each has `data` (time, x, channel) or (time, x, y, channel), and `grid/x`, `grid/y`, `grid/t`. Not periodic: x and y are
the centres of cells between walls or open ends. The channels have no names. Takamoto et al., PDEBench, NeurIPS 2022.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.content import Content, Grid, Samples, left_out, one_of

AXES = ("t", "x", "y", "z")
UNKNOWNS = "uvw"
"""Names of up to three channels."""


def _names(file: h5py.File) -> list[str]:
    return sorted(name for name, item in file.items() if name.isdigit() and isinstance(item, h5py.Group))


def recognises(file: h5py.File) -> bool:
    """Whether it has a group with a number for its name, and `data` in it."""
    names = _names(file)
    return bool(names) and "data" in file[names[0]]


def read(file: h5py.File, path: Path, field: str | None) -> Content:
    """All channels, or channel `field`, by its number from 0 or its name."""
    names = _names(file)
    first = file[names[0]]
    data = first["data"]
    axes = [axis for axis in AXES if axis in "tx" or f"grid/{axis}" in first]
    for axis in axes:
        if f"grid/{axis}" not in first:
            raise DataError(f"{path}: its group {names[0]!r} has no dataset 'grid/{axis}'.")
    order = ", ".join(["time", *axes[1:], "channel"])
    if data.ndim != len(axes) + 1:
        raise DataError(f"{path}: 'data' of group {names[0]!r} has shape {data.shape}; expected ({order}).")
    unknowns = channel_names(data.shape[-1])
    channels = [str(i) for i in range(data.shape[-1])]
    chosen = channels
    warnings: tuple[str, ...] = ()
    if field is not None:
        label = channels[unknowns.index(field)] if field in unknowns else field
        chosen = [one_of(channels, label, "channel", path)]
        warnings = left_out(chosen[0], [other for other in channels if other not in chosen])
    places = [int(channel) for channel in chosen]
    points = [np.asarray(first[f"grid/{axis}"], dtype=np.float64) for axis in axes]
    if data.shape[:-1] != tuple(map(len, points)):
        counts = ", ".join([f"{len(points[0])} times", *(f"{len(own)} points" for own in points[1:])])
        raise DataError(f"{path}: 'data' has shape {data.shape}, but there are {' and '.join(counts.rsplit(', ', 1))}.")
    elsewhere = [
        i
        for i, name in enumerate(names)
        if file[name]["data"].shape != data.shape
        or not all(np.array_equal(file[name][f"grid/{axis}"], first[f"grid/{axis}"]) for axis in axes)
    ]
    return Content(
        layout="PDEBench, a group for every sample",
        values=Samples(len(names), lambda i: file[names[i]]["data"][..., places[0] : places[-1] + 1]),
        grids=tuple(
            Grid(axis, own, f"grid/{axis}", None if axis == "t" else False)
            for axis, own in zip(axes, points, strict=True)
        ),
        unknowns=tuple(unknowns[place] for place in places),
        labels=tuple(chosen),
        what="channels",
        elsewhere=tuple(elsewhere),
        warnings=warnings,
        reading=f"channels {', '.join(chosen)} of 'data' {data.shape} are {', '.join(unknowns[i] for i in places)}"
        if len(channels) > 1
        else None,
    )


def channel_names(count: int) -> list[str]:
    """u, v, w, or u1, u2, ... for channels without names."""
    return list(UNKNOWNS[:count]) if count <= len(UNKNOWNS) else [f"u{i + 1}" for i in range(count)]
