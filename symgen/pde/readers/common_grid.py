"""Samples with grids of their own, interpolated to a grid that all of them have."""

from __future__ import annotations

from dataclasses import replace
from math import comb, floor

import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.content import Content, Samples

NODES = 10
"""Points of the grid that each interpolated value is made from: the error is of that order in the step."""
ROUNDING = 1e-6
"""Grids that differ by less, relative to their largest value, are the same: they may be in single precision."""
UNIFORM = 1e-3
"""Of a step: how unequal the steps of a grid may be."""


def on_common_grid(content: Content) -> Content:
    """The content with grids (n,), where it had some by sample, (sample, n).

    Where these differ, the samples are interpolated to the window that is common to them, with the coarsest of their
    steps, by polynomials of degree 9 on the nearest points. They are periodic no more then. Raises DataError where
    there is no such window.
    """
    if all(grid.points.ndim == 1 for grid in content.grids):
        return content
    old = [np.atleast_2d(grid.points) for grid in content.grids]
    if all(map(_same, old)):
        grids = tuple(replace(grid, points=own[0]) for grid, own in zip(content.grids, old, strict=True))
        return replace(content, grids=grids)
    failed = [i for i in range(len(content.values)) if not all(own[i % len(own)].any() for own in old)]
    new = [_common(own[own.any(1)], grid.label) for grid, own in zip(content.grids, old, strict=True)]

    def get(i: int) -> np.ndarray:
        sample = np.asarray(content.values[i], dtype=np.float64)
        for place, (own, common) in enumerate(zip(old, new, strict=True)):
            matrix = lagrange_matrix(own[i % len(own)], common)
            sample = np.moveaxis(np.tensordot(matrix, sample, (1, place)), 0, place)
        return sample

    space = [grid.name for grid in content.grids if grid.name != "t"]
    windows = [f"{g.name} from {own[0]:.6g} to {own[-1]:.6g}" for g, own in zip(content.grids, new, strict=True)]
    note = (
        "The samples have grids of their own; they are interpolated to the window that all have, "
        f"{' and '.join(windows)}." + (f" So they are not periodic in {', '.join(space)}." if space else "")
    )
    return replace(
        content,
        values=Samples(len(content.values), get),
        grids=tuple(
            replace(grid, points=own, periodic=None if grid.name == "t" else False)
            for grid, own in zip(content.grids, new, strict=True)
        ),
        without_grid=tuple(failed),
        notes=(*content.notes, note),
    )


def lagrange_matrix(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Weights (m, n) of values on a uniform grid (n,) in the polynomials through the nearest points, at points (m,)."""
    nodes = min(NODES, len(old))
    place = (new - old[0]) / (old[-1] - old[0]) * (len(old) - 1)
    matrix = np.zeros((len(new), len(old)))
    signs = np.array([(-1) ** k * comb(nodes - 1, k) for k in range(nodes)])
    for row, at in zip(matrix, place, strict=True):
        start = min(max(floor(at) - nodes // 2 + 1, 0), len(old) - nodes)
        distance = at - start - np.arange(nodes)
        nearest = int(np.abs(distance).argmin())
        if abs(distance[nearest]) < 1e-12:
            row[start + nearest] = 1
        else:  # the second barycentric form, Berrut and Trefethen, SIAM Review 46 (2004) 501
            weights = signs / distance
            row[start : start + nodes] = weights / weights.sum()
    return matrix


def _same(grids: np.ndarray) -> bool:
    return bool(np.abs(grids - grids[0]).max() <= ROUNDING * np.abs(grids[0]).max())


def _common(grids: np.ndarray, name: str) -> np.ndarray:
    steps = np.diff(grids)
    mean = steps.mean(1, keepdims=True)
    if not (np.isfinite(grids).all() and (mean > 0).all() and (np.abs(steps - mean) <= UNIFORM * mean).all()):
        raise DataError(f"{name!r} has grids that are not equally spaced and increasing. Interpolate the data first.")
    low, high, step = grids[:, 0].max(), grids[:, -1].min(), mean.max()
    count = floor((high - low) / step * (1 + 1e-9)) + 1
    if count < 2:
        raise DataError(f"The samples have no common window in {name!r}: it would go from {low:g} to {high:g}.")
    return low + step * np.arange(count)
