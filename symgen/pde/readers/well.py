"""The Well, in any number of dimensions, and symgen's own files of more than u(x, t).

Coordinates in `dimensions` (time and the names of its attribute `spatial_dims`), scalar fields in `t0_fields` (sample,
time, *space), vectors in `t1_fields` and tensors in `t2_fields`, with one or two axes more for their components, and
boundary conditions in `boundary_conditions`. The attributes sample_varying, time_varying and dim_varying say which of
these axes an array has. Components are named by the coordinates: velocity_x. Ohana et al., The Well, NeurIPS 2024.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import h5py
import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.content import Content, Grid, Samples, left_out, one_of, side_by_side
from symgen.pde.readers.covered import covered_times

GROUPS = ("t0_fields", "t1_fields", "t2_fields")
"""By the number of indices of their fields."""


@dataclass(frozen=True)
class Component:
    """One unknown: a scalar field, or a component of another."""

    label: str
    data: h5py.Dataset
    index: tuple[int, ...]
    """Along the last axes of the dataset."""
    sampled: bool
    shape: tuple[int, ...]
    """(time, *space), 1 along axes that the dataset does not have."""

    def read(self, sample: int, shape: tuple[int, ...]) -> np.ndarray:
        """One sample, (time, *space)."""
        own = self.data[(*[sample] * self.sampled, ..., *self.index)]
        return np.broadcast_to(own.reshape(self.shape), shape)


def recognises(file: h5py.File) -> bool:
    """Whether it has dimensions and fields."""
    return "dimensions" in file and any(group in file for group in GROUPS)


def read(file: h5py.File, path: Path, field: str | None, everything: bool = False) -> Content:
    """All fields that vary in time, or `field` alone, which names one of them or a component.

    Of files of `symgen augment` what is covered everywhere, see `covered_times`, or `everything`.
    """
    dimensions = file["dimensions"]
    space = [_text(name) for name in np.atleast_1d(dimensions.attrs.get("spatial_dims", ["x"]))]
    mine = "symgen" in file.attrs
    axes = [*["time"] * ("time" in dimensions or not mine), *space]
    for name in axes:
        if name not in dimensions:
            raise DataError(f"{path}: 'dimensions' lacks {name!r}, of {', '.join(axes)}.")
    points = [np.asarray(dimensions[name], dtype=np.float64) for name in axes]
    shape = tuple(own.shape[-1] for own in points)
    own, static = _fields(file, path, axes, shape)
    names = list(own)
    warnings: tuple[str, ...] = ()
    if field is not None:
        whole = [name for name in names if own[name].data.name.rpartition("/")[2] == field]
        chosen = whole if field not in names and whole else [one_of(names, field, "field", path)]
        warnings = left_out(chosen[0], [other for other in names if other not in whole and other != field])
        names = chosen
    if not names:
        raise DataError(f"{path} has no field that varies in time, (sample, time, {', '.join(space)}).")
    components = [own[name] for name in names]
    counts = {component.data.shape[0] for component in components if component.sampled} or {1}
    samples = min(counts)
    if len(counts) > 1 or any(own.ndim == 2 and len(own) != samples for own in points):
        raise DataError(f"{path}: its fields and dimensions have different numbers of samples.")
    notes = (f"Not read, as they do not vary in time: {', '.join(static)}.",) if static and len(space) > 1 else ()
    kept, times = list(range(samples)), slice(None)
    if axes[0] == "time" and not everything:
        kept, times, missing = covered_times(file, path, samples, shape[0])
        notes, points[0] = (*notes, *missing), points[0][..., times]
    return Content(
        layout="The Well",
        values=Samples(len(kept), lambda i: side_by_side([each.read(kept[i], shape) for each in components])[times]),
        grids=tuple(
            Grid("t" if name == "time" else name, own, f"dimensions/{name}", _periodic(file, name, space))
            for name, own in zip(axes, points, strict=True)
        ),
        unknowns=tuple(names),
        labels=tuple(component.label for component in components),
        what="fields",
        attribute=file.attrs["symgen"] if mine else None,
        warnings=warnings,
        notes=notes,
    )


def _fields(
    file: h5py.File, path: Path, axes: Sequence[str], shape: tuple[int, ...]
) -> tuple[dict[str, Component], list[str]]:
    """Components by their names, and fields that do not vary in time; DataError for shapes that do not fit."""
    found: dict[str, Component] = {}
    static = []
    space = [name for name in axes if name != "time"]
    timed = len(axes) - len(space)
    for indices, group in enumerate(GROUPS):
        for name in _listed(file, group):
            data = file[group][name]
            if timed and not data.attrs.get("time_varying", True):
                static.append(name)
                continue
            sampled = bool(data.attrs.get("sample_varying", True))
            varies = np.resize(np.asarray(data.attrs.get("dim_varying", True), bool), len(space))
            varying = [*[True] * timed, *varies]
            grid = tuple(size if v else 1 for size, v in zip(shape, varying, strict=True))
            fits = data.shape[sampled : data.ndim - indices] == tuple(
                n for n, v in zip(grid, varying, strict=True) if v
            )
            if not fits or any(size != len(space) for size in data.shape[data.ndim - indices :]):
                expected = [*["sample"] * sampled, *(d for d, v in zip(axes, varying, strict=True) if v)]
                counts = [f"{n} {'times' if name == 'time' else 'points'}" for name, n in zip(axes, shape, strict=True)]
                raise DataError(
                    f"{path}: {data.name!r} has shape {data.shape}, but there are {', '.join(counts)}; expected "
                    f"({', '.join(expected + ['component'] * indices)})."
                )
            for index in product(range(len(space)), repeat=indices):
                suffix = "".join(space[i] if len(space[i]) == 1 else f"_{space[i]}" for i in index)
                label = f"{name}_{suffix.lstrip('_')}" if len(space) > 1 and indices else name
                if label in found:
                    raise DataError(f"{path} has two fields {label!r}. Rename one of them.")
                found[label] = Component(label, data, index, sampled, grid)
    return found, static


def _listed(file: h5py.File, group: str) -> list[str]:
    """Datasets of a group, in the order of its attribute field_names."""
    there = [name for name, item in file.get(group, {}).items() if isinstance(item, h5py.Dataset)]
    named = [_text(name) for name in np.atleast_1d(file[group].attrs.get("field_names", []))] if there else []
    return sorted(there, key=lambda name: named.index(name) if name in named else len(named))


def _periodic(file: h5py.File, name: str, space: Sequence[str]) -> bool | None:
    """Whether all boundary conditions of an axis are periodic; None where there are none, and in time."""
    kinds = []
    for item in file.get("boundary_conditions", {}).values():
        of = [_text(each) for each in np.atleast_1d(item.attrs.get("associated_dims", []))] or list(space)
        if name in of:
            kinds.append(_text(item.attrs.get("bc_type", "")).upper())
    return all(kind == "PERIODIC" for kind in kinds) if kinds else None


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
