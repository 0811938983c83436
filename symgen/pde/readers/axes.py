"""Which axis of an array is x and which is t."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from symgen.pde.readers.coordinates import Coordinate, of_array
from symgen.pde.readers.table import Table, has_role, named

ORDERS = {2: [(0, 1), (1, 0)], 3: [(1, 2), (2, 1), (0, 1), (1, 0), (0, 2), (2, 0)]}
"""Axes of t and x among those longer than one; (sample, t, x) is what files have most often."""


@dataclass(frozen=True)
class Reading:
    """One way to lay coordinates on the axes of an array."""

    x: Coordinate
    t: Coordinate
    x_axis: int
    t_axis: int

    def is_swapped(self, first: Reading) -> bool:
        """Whether it has the axes of another the other way round, and nothing in the file says which is right."""
        if (self.x_axis, self.t_axis) != (first.t_axis, first.x_axis):
            return False
        exchanged = (self.x.name, self.t.name) == (first.t.name, first.x.name)
        return (self.x is first.x and self.t is first.t) or (exchanged and self.x.guessed and self.t.guessed)


def readings(shape: tuple[int, ...], x: Sequence[Coordinate], t: Sequence[Coordinate]) -> Iterator[Reading]:
    """All ways to lay candidates for x and t on an array of that shape, the most likely one first."""
    for in_x in x:
        for in_t in t:
            if in_x.name is not None and in_x.name == in_t.name:
                continue
            for t_axis, x_axis in ORDERS.get(len(shape), ()):
                if in_x.fits(shape, x_axis) and in_t.fits(shape, t_axis):
                    yield Reading(in_x, in_t, x_axis, t_axis)


def bound(table: Table, name: str, candidates: Sequence[Coordinate], role: str) -> list[Coordinate]:
    """Candidates for x or t, bound to axes of the array where the file names these, the most likely one first."""
    array = table.arrays[name]
    shape = np.squeeze(array).shape
    kept = _long_axes(table, name)
    own = [place for place, axis in enumerate(kept) if has_role(axis, role)]
    result = []
    for candidate in sorted(candidates, key=lambda c: _group(c.name) != _group(name)):  # those beside it first
        place = kept.index(candidate.name) if candidate.name in kept else own[0] if len(own) == 1 else None
        result.append(candidate if place is None else replace(candidate, shape=shape, axis=place))
    return [candidate for candidate in result if candidate.shape == shape] or result  # these leave no doubt


def _group(name: str | None) -> str:
    """What a name is in: the group of a path or the struct of a dotted name."""
    return re.split(r"[./][^./]*$", name or "")[0] if re.search(r"[./]", name or "") else ""


def _long_axes(table: Table, name: str) -> list[str]:
    """Names of the axes longer than one, if the file gives them."""
    axes = table.axes.get(name, ())
    return [axis for axis, size in zip(axes, table.arrays[name].shape, strict=False) if size > 1]


def dimensions_of_space(table: Table, name: str, sure: bool) -> int:
    """How many an array has at least; `sure` if its coordinate x has a name that says so."""
    shape = np.squeeze(table.arrays[name]).shape
    if len(shape) > 3:
        return len(shape) - 2
    by_name = sum(has_role(axis, "x") or has_role(axis, "y") for axis in _long_axes(table, name))
    by_length = sure and len(shape) == 3 and name not in table.axes and _second(table, shape)
    return max(by_name, 2 if by_length else 1)


def _second(table: Table, shape: tuple[int, ...]) -> bool:
    """Whether there is a coordinate with the name of a second dimension, as long as some axis of that shape."""
    grids = [of_array(other, table.arrays[other]) for other in named(table, "y")]
    return any(grid.fits(shape, axis) for grid in grids if grid for axis in range(len(shape)))
