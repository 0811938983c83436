"""Which axis of an array is t, x, y or z."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations, product

from symgen.pde.readers.coordinates import Coordinate, of_array
from symgen.pde.readers.table import ROLES, Table, has_role, named


@dataclass(frozen=True)
class Reading:
    """One way to lay coordinates on the axes of an array, by their roles t, x, y, z."""

    coordinates: Mapping[str, Coordinate]
    axes: Mapping[str, int]

    def is_swapped(self, first: Reading) -> bool:
        """Whether it has x and t of another the other way round, and nothing in the file says which is right."""
        if set(self.axes) != {"t", "x"} or (self.axes["x"], self.axes["t"]) != (first.axes["t"], first.axes["x"]):
            return False
        mine, others = self.coordinates, first.coordinates
        exchanged = (mine["x"].name, mine["t"].name) == (others["t"].name, others["x"].name)
        return self.same_coordinates(first) or (exchanged and mine["x"].guessed and mine["t"].guessed)

    def same_coordinates(self, other: Reading) -> bool:
        """Whether only the axes can be others."""
        return self.coordinates.keys() == other.coordinates.keys() and all(
            _points(self.coordinates[role]) is _points(other.coordinates[role]) for role in self.coordinates
        )

    def sample_axis(self, dimensions: int) -> int | None:
        """The axis that has no coordinate, if there is one."""
        return next((axis for axis in range(dimensions) if axis not in self.axes.values()), None)

    def order(self, dimensions: int) -> str:
        """The axes of the array in words, such as sample, t, x."""
        roles = {axis: role for role, axis in self.axes.items()}
        return ", ".join(roles.get(axis, "sample") for axis in range(dimensions))


def _points(coordinate: Coordinate) -> object:
    """What tells it from others: its points, or where a range comes from."""
    return coordinate.source if coordinate.values is None else coordinate.values


def readings(shape: tuple[int, ...], candidates: Mapping[str, Sequence[Coordinate]]) -> Iterator[Reading]:
    """All ways to lay one candidate for each role on an array of that shape, the most likely one first."""
    roles = [role for role in ROLES if role in candidates]
    slowest_first = sorted(roles, key=lambda role: role == "t")
    for chosen in product(*(candidates[role] for role in slowest_first)):
        coordinates = dict(zip(slowest_first, chosen, strict=True))
        names = [coordinate.name for coordinate in chosen if coordinate.name is not None]
        if len(set(names)) < len(names):
            continue
        for axes in _orders(len(shape), len(roles)):
            laid = dict(zip(roles, axes, strict=True))
            if all(coordinates[role].fits(shape, axis) for role, axis in laid.items()):
                yield Reading(coordinates, laid)


def _orders(dimensions: int, roles: int) -> Iterator[tuple[int, ...]]:
    """Axes of an array for each role, where one may be left for samples; (sample, t, x) is most frequent."""
    if dimensions == roles:
        yield from permutations(range(roles))
    elif dimensions == roles + 1:
        for sample in (0, dimensions - 1, *range(1, dimensions - 1)):
            yield from permutations([axis for axis in range(dimensions) if axis != sample])


def bound(table: Table, name: str, candidates: Sequence[Coordinate], role: str) -> list[Coordinate]:
    """Candidates for a coordinate, bound to axes of the array where the file names these, the most likely one first."""
    array = table.arrays[name]
    shape = array.squeeze().shape
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
    shape = table.arrays[name].squeeze().shape
    if len(shape) > 3:
        return len(shape) - 2
    by_name = sum(any(has_role(axis, role) for role in "xyz") for axis in _long_axes(table, name))
    by_length = sure and len(shape) == 3 and name not in table.axes and _second(table, shape)
    return max(by_name, 2 if by_length else 1, _scattered(table, shape))


def _scattered(table: Table, shape: tuple[int, ...]) -> int:
    """Dimensions of points (n, 2) or (n, 3) that are named like x, for an array with an axis of length n; else 0."""
    points = [array.squeeze().shape for name, array in table.arrays.items() if has_role(name, "x")]
    return max((p[1] for p in points if len(p) == 2 and p[1] in (2, 3) and p[0] in shape), default=0)


def _second(table: Table, shape: tuple[int, ...]) -> bool:
    """Whether there is a coordinate with the name of another dimension, as long as some axis of that shape."""
    grids = [of_array(other, table.arrays[other]) for role in "yz" for other in named(table, role)]
    return any(grid.fits(shape, axis) for grid in grids if grid for axis in range(len(shape)))
