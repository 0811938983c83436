"""From named arrays to solutions: which arrays are unknowns and which coordinates, and which axis is which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from symgen.exceptions import DataError, UsageError
from symgen.pde.readers.axes import Reading, bound, dimensions_of_space, readings
from symgen.pde.readers.blocks import Rows
from symgen.pde.readers.candidates import Open, candidates
from symgen.pde.readers.content import Choice, Content, Grid, Samples, quoted, side_by_side
from symgen.pde.readers.coordinates import Coordinate, equally_spaced
from symgen.pde.readers.long_form import on_grid
from symgen.pde.readers.size import Room
from symgen.pde.readers.stored import Array, Stored
from symgen.pde.readers.table import ROLES, SAMPLE, Table, has_role, is_derivative, is_version, key
from symgen.pde.readers.unknowns import (
    fields,
    find_unknowns,
    formula_names,
    not_alike,
    not_read,
    with_real_parts,
    with_shapes,
)

IN_SPACE: tuple[tuple[str, ...], ...] = (("t", "x", "y", "z"), ("t", "x", "y"), ("t", "x", "z"), ("t", "y", "z"))
"""Roles of the axes of fields in several dimensions of space."""


@dataclass(frozen=True)
class Laid:
    """A table with the coordinates that may lie on the axes of its arrays, by their roles."""

    table: Table
    coordinates: dict[str, list[Coordinate]]
    given: frozenset[str] = frozenset()
    """Roles of those that the user names."""

    def shape(self, name: str) -> tuple[int, ...]:
        """Of an array, without axes of length one."""
        return self.table.arrays[name].squeeze().shape

    def is_plane(self, name: str) -> bool:
        """Whether an array has several dimensions of space."""
        if self.given & {"y", "z"}:
            return len(self.shape(name)) > 2
        sure = any(not coordinate.guessed for coordinate in self.coordinates["x"])
        return dimensions_of_space(self.table, name, sure) > 1

    def ways(self, name: str) -> list[Reading]:
        """All to read an array of partial differential equations, the most likely one first."""
        choices: tuple[tuple[str, ...], ...] = (("t", "x"),)
        if self.is_plane(name):
            choices = tuple(roles for roles in IN_SPACE if self.given.issubset(roles))
        return next((found for roles in choices if (found := self.ways_with(name, roles))), [])

    def ways_with(self, name: str, roles: Sequence[str]) -> list[Reading]:
        """All to read an array as a function of these."""
        own = {role: bound(self.table, name, self.coordinates[role], role) for role in roles}
        return list(readings(self.shape(name), own)) if all(own.values()) else []

    def of_time(self) -> list[str]:
        """Arrays (sample, time) or (time,) where no coordinate of space is known: trajectories of ordinary equations.

        Not where there is an array named like u, or of more axes: they lack x.
        """
        times = [time for time in self.coordinates["t"] if not time.guessed]
        found = [name for name in self.table.arrays if self._is_of_time(name, times)]
        space = [c for role in "xyz" for c in self.coordinates[role] if c.name not in found]
        unnamed = [name for name in self.table.arrays if name not in self.table.axes and len(self.shape(name)) > 1]
        unclear = any(has_role(name, "u") or len(self.shape(name)) > 2 for name in unnamed)
        return [] if space or unclear or not times else found

    def _is_of_time(self, name: str, times: list[Coordinate]) -> bool:
        shape, array = self.shape(name), self.table.arrays[name]
        if any(time.name == name for time in times) or key(name) in SAMPLE or len(shape) not in (1, 2):
            return False
        if (
            len(shape) == 1
            and any(has_role(name, role) for role in ROLES)
            and equally_spaced(np.asarray(array).squeeze())
        ):
            return False
        return any(reading.axes["t"] == len(shape) - 1 for reading in self.ways_with(name, ("t",)))


def interpret(table: Table, choice: Choice, open_table: Open) -> Content:
    """The solutions in named arrays, on coordinates found by name, by length, or as the user says.

    `open_table` reads another file that is given for x or t. Raises DataError where arrays are missing, do not fit each
    other, or hold what is not supported, and says which option chooses.
    """
    scalars = {name: np.reshape(array, ()) for name, array in table.arrays.items() if array.size == 1}
    if scalars and len(scalars) == len(table.arrays):
        raise DataError(
            f"{table.path} holds a single value of {', '.join(list(scalars)[:6])}. Solutions need a row for every time."
        )
    table = on_grid(replace(table, arrays={k: v for k, v in table.arrays.items() if v.size > 1}), choice)
    table = with_real_parts(table)
    given = choice.coordinates
    candidates_of = {role: candidates(table, scalars, given.get(role), role, open_table) for role in ROLES}
    laid = Laid(table, candidates_of, frozenset(given))
    content = _interpreted(laid, choice)
    axes = [grid.name for grid in content.grids]
    for role in given:
        if role not in axes:
            raise UsageError(
                f"--{role} {given[role]}: {table.path} is read as {content.described}, which has no axis for {role}. "
                f"Leave --{role} out, or choose another array with --u NAME. The file has {table.seen}."
            )
    return content


def _interpreted(laid: Laid, choice: Choice) -> Content:
    table = laid.table
    fitting = {name for name in table.arrays if laid.ways(name)}
    large = fields(table)
    if fitting.isdisjoint(large) and (found := laid.of_time()):
        return _of_time(laid, choice, found)
    planes = [name for name in large if laid.is_plane(name)]
    if not fitting.isdisjoint(planes):
        fitting.intersection_update(planes)
    elif planes and choice.u is None and fitting.isdisjoint(large):
        raise DataError(_plane(table, planes[0]))
    names, notes, warnings = find_unknowns(table, choice.u, fitting)
    for name in names:
        if not laid.ways(name):
            raise DataError(_plane(table, name) if name in planes else _misfit(laid, name))
    return _content(laid, names, laid.ways(names[0]), notes, warnings)


def _of_time(laid: Laid, choice: Choice, found: list[str]) -> Content:
    """Trajectories of ordinary differential equations."""
    table = laid.table
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    names = [a for a in found if not any(is_derivative(a, b) or is_version(a, b) for b in found)]
    if choice.u is not None:
        names, notes, warnings = find_unknowns(table, choice.u, set(found))
        for name in names:
            if name not in found:
                raise DataError(
                    f"{table.path}: {name!r} {table.arrays[name].shape} is no function of t. The file has {table.seen}."
                )
    first = laid.shape(names[0])
    other = next((name for name in names if laid.shape(name) != first), None)
    if other:
        seen = " and ".join(with_shapes(table, [names[0], other]))
        raise DataError(f"{table.path}: {seen} are not on one grid. Choose one with --u NAME.")
    ways = [way for way in laid.ways_with(names[0], ("t",)) if way.axes["t"] == len(first) - 1]
    if len(first) == 2 and names[0] not in table.axes:
        warnings = (
            *warnings,
            "No coordinate of space is known: the data are taken as trajectories (sample, time) of ordinary "
            f"differential equations, with {first[0]} samples. --x FROM:TO says otherwise."
            + (" If its rows are unknowns, store each as an array of its own." if len(names) == 1 else ""),
        )
    left = [name for name in found if name not in names] if choice.u is None else []
    times = [coordinate.name for coordinate in laid.coordinates["t"]]
    large = [name for name, array in table.arrays.items() if array.squeeze().ndim > 1 and name not in (*found, *times)]
    notes = (*notes, *not_read(left), *(not_alike(table, names[0], large) if choice.u is None else ()))
    return _content(laid, names, ways, notes, warnings)


def _content(
    laid: Laid, names: list[str], found: list[Reading], notes: tuple[str, ...], warnings: tuple[str, ...]
) -> Content:
    first = found[0]
    table = laid.table
    notes = (*table.notes, *notes)
    for name in names:
        if name in table.small_imaginary:
            how = table.small_imaginary[name]
            notes = (*notes, f"{name!r} is complex with an imaginary part {how}, which is left out.")
    swapped = next((reading for reading in found[1:] if reading.is_swapped(first)), None)
    if set(first.axes) != {"t", "x"}:
        more, doubts = _doubts(laid, names[0], found)
        notes, warnings = (*notes, *more), (*warnings, *doubts)
    content = _read(laid, names, first, notes, warnings)
    return replace(content, alternative=_read(laid, names, swapped, notes, warnings) if swapped else None)


def _doubts(laid: Laid, name: str, found: list[Reading]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Notes and warnings where an array may be read in several orders of its axes; DataError where none is usual."""
    first, dimensions = found[0], len(laid.shape(name))
    others = [reading for reading in found[1:] if reading.same_coordinates(first) and reading.axes != first.axes]
    order = first.order(dimensions)
    usual = ", ".join(["sample"] * (dimensions > len(first.axes)) + [role for role in ROLES if role in first.axes])
    if not others:
        return (), ()
    if all(reading.axes["t"] == first.axes["t"] and _same_sample(reading, first, dimensions) for reading in others):
        space = " and ".join(role for role in ROLES[1:] if role in first.axes)
        text = f"The axes of {space} have the same length; the order ({order}) is assumed."
        return ((text,), ()) if order == usual else ((), (text,))
    if order == usual:
        return (), (f"The lengths of the axes fit other orders too; the usual one, ({order}), is assumed.",)
    seen = "; ".join(f"({reading.order(dimensions)})" for reading in found[:4])
    raise DataError(
        f"{laid.table.path}: {with_shapes(laid.table, [name])[0]} can be read in several orders of its axes: {seen}. "
        f"Store it as ({usual})."
    )


def _same_sample(a: Reading, b: Reading, dimensions: int) -> bool:
    return a.sample_axis(dimensions) == b.sample_axis(dimensions)


def _read(laid: Laid, names: list[str], reading: Reading, notes: tuple[str, ...], warnings: tuple[str, ...]) -> Content:
    table = laid.table
    roles = [role for role in ROLES if role in reading.axes]
    ordered: list[Array] = []
    said, room = [*notes], None
    alike: dict[str, list[str]] = {}
    for name in names:
        own = _same_way(laid, name, reading)
        array = table.arrays[name].squeeze()
        sample = own.sample_axis(array.ndim)
        alike.setdefault(f"{table.arrays[name].shape} are functions of ({own.order(array.ndim)})", []).append(name)
        array = array.transpose(*([] if sample is None else [sample]), *(own.axes[role] for role in roles))
        if isinstance(array, Stored):
            room = room or Room(table.path)
            room.take_sample(array.nbytes if sample is None else array.nbytes // len(array))
        ordered.append(array if sample is not None else np.asarray(array)[None])
    grids, labels = [], {}
    for role in sorted(roles, key=lambda role: role == "t"):
        coordinate = reading.coordinates[role]
        labels[role] = coordinate.name or coordinate.source
        points = coordinate.points(ordered[0].shape[1 + roles.index(role)])
        grids.append(Grid(role, points, labels[role]))
        if coordinate.guessed:
            said.append(f"{coordinate.source} is taken as {role}, by its length. --{role} says otherwise.")
    shape = laid.shape(names[0])
    sample, order = reading.sample_axis(len(shape)), reading.order(len(shape))
    width = len(reading.coordinates["x"].points(shape[reading.axes["x"]])) if "x" in reading.axes else 0
    if sample is not None and roles == ["t", "x"] and order != "sample, t, x" and shape[sample] == width:
        warnings = (
            *warnings,
            f"One of the axes of {names[0]!r} {table.arrays[names[0]].shape} is taken as that of samples. If it is a "
            "second dimension of space, whose coordinate the file lacks, no result means anything.",
        )
    unknowns = formula_names(names)
    scalar = roles == ["t", "x"] and len(names) == 1
    units = {role: table.units[label] for role, label in labels.items() if label in table.units}
    by_unknown = dict(zip(("u",) if scalar else unknowns, names, strict=True))
    units |= {own: table.units[name] for own, name in by_unknown.items() if name in table.units}
    where = ", ".join(f"{role} is {reading.coordinates[role].source}" for role in ("x", "y", "z", "t") if role in roles)
    if len(names) == 1:
        what = f"{names[0]!r} {table.arrays[names[0]].shape} is {next(iter(by_unknown))}({order})"
    else:
        what = "; ".join(f"{', '.join(own)} {described}" for described, own in alike.items())
    whole = [own.removesuffix("_r") for own, name in by_unknown.items() if name.removesuffix("_r") in table.complex]
    rows = Rows(ordered)
    return Content(
        layout=table.layout,
        values=Samples(len(ordered[0]), lambda i: side_by_side(rows[i])),
        grids=tuple(sorted(grids, key=lambda grid: ROLES.index(grid.name))),
        unknowns=unknowns,
        labels=tuple(with_shapes(table, names)),
        seen=table.seen,
        complex=tuple(name for name in whole if {f"{name}_r", f"{name}_i"} <= set(unknowns)),
        attribute=table.attribute,
        notes=tuple(said),
        warnings=warnings,
        units=units,
        reading=f"{what}; {where}",
    )


def _same_way(laid: Laid, name: str, reading: Reading) -> Reading:
    """How to read an array on the coordinates that another is read on; DataError where that cannot be."""
    found = [way for way in laid.ways_with(name, tuple(reading.axes)) if way.same_coordinates(reading)]
    same = next((way for way in found if way.axes == reading.axes), next(iter(found), None))
    if same is None:
        raise DataError(
            f"{laid.table.path}: {with_shapes(laid.table, [name])[0]} does not lie on the coordinates of the others. "
            "Choose one with --u NAME."
        )
    return same


def _plane(table: Table, name: str) -> str:
    return (
        f"{table.path}: {quoted(with_shapes(table, [name])[0])} has two or more dimensions of space, or several "
        "unknowns in one array, and there are no coordinates that fit. Give each unknown an array (sample, t, x, y), "
        f"and one each to t, x and y, or say where these are with --t, --x and --y. The file has {table.seen}."
    )


def _misfit(laid: Laid, name: str) -> str:
    """Why an array has no way to be read: coordinates are missing, or have other lengths."""
    table, array = laid.table, laid.table.arrays[name]
    own = {role: laid.coordinates[role] for role in ("x", "t")}
    missing = [role for role, found in own.items() if all(coordinate.guessed for coordinate in found)]
    shape = laid.shape(name)
    if not missing:
        points, times = (
            " or ".join(dict.fromkeys(str(len(c.values)) if c.values is not None else "any" for c in own[role]))
            for role in ("x", "t")
        )
        return (
            f"{table.path}: {name!r} has shape {array.shape}, but there are {times} times and {points} points: t is "
            f"{' or '.join(c.source for c in own['t'])}, x is {' or '.join(c.source for c in own['x'])}. Choose others "
            "with --u, --x or --t."
        )
    options = " ".join(f"--{role} FROM:TO" for role in missing)
    order = f", taken as (sample, time, x): {shape[1]} times, {shape[2]} points" if len(shape) == 3 else ""
    return (
        f"{table.path}: {name!r} has shape {array.shape}{order}, but nothing says where {' and '.join(missing)} "
        f"{'begin and end' if len(missing) > 1 else 'begins and ends'}. Add {options} with the first and the last "
        f"point, such as --{missing[0]} 0:1, or give the name of an array or a file for FROM:TO. The file has "
        f"{table.seen}."
    )
