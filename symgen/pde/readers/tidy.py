"""Grids put right where there is only one way to: decreasing ones, and those written with few decimals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from symgen.pde.readers.content import Content, Samples
from symgen.pde.readers.coordinates import monotone

MOST_DIGITS = 12
ROUNDED = 0.06
"""Of a step: the largest last decimal of points that are taken as those of a grid."""


def tidied(content: Content) -> Content:
    """The content with increasing grids, and with equal steps where rounding hides them; what changed is noted."""
    if any(grid.points.ndim != 1 for grid in content.grids):
        return content
    notes, down, grids = list(content.notes), [], []
    for grid in reversed(content.grids):
        points = grid.points
        down.append(monotone(points) and bool(points[0] > points[-1]))
        if down[-1]:
            notes.append(f"{grid.name} is decreasing in the file; it is turned round, and {_all(content)} with it.")
        rising = np.ascontiguousarray(points[::-1]) if down[-1] else points
        grids.append(replace(grid, points=unrounded(rising)))
        if grids[-1].points is not rising:
            notes.append(f"{grid.name} is written with few decimals; it is taken as equally spaced.")
    values = content.values
    if any(down):
        turned = tuple(slice(None, None, -1 if each else 1) for each in reversed(down))
        values = Samples(len(content.values), lambda i: content.values[i][turned])
    other = tidied(content.alternative) if content.alternative else None
    return replace(content, values=values, grids=tuple(reversed(grids)), notes=tuple(notes), alternative=other)


def _all(content: Content) -> str:
    scalar = len(content.unknowns) == 1 and [grid.name for grid in content.grids] == ["t", "x"]
    return "u" if scalar else ", ".join(content.unknowns)


def unrounded(values: np.ndarray) -> np.ndarray:
    """Points (n,) that are a grid's, written with few decimals, as that grid; others as they are.

    With k decimals a point and the ends of the grid are off by half of 10^-k at most. Equal steps are put back only
    where that is a small part of a step, so that no other grid can be meant.
    """
    if len(values) < 3 or not monotone(values) or not np.isfinite(values).all():
        return values
    grid = np.linspace(values[0], values[-1], len(values))
    off, step = np.abs(values - grid).max(), (values[-1] - values[0]) / (len(values) - 1)
    if off <= 1e-6 * step:
        return values
    for digits in range(MOST_DIGITS):
        unit = 10.0**-digits
        if unit <= ROUNDED * step and np.abs(np.round(values, digits) - values).max() <= 1e-6 * unit:
            return grid if off <= 1.01 * unit else values
    return values
