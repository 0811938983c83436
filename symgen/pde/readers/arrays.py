"""From named arrays to trajectories: which array is u, x and t, and which axis is which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from symgen.exceptions import DataError, UsageError
from symgen.pde.readers.axes import Reading, bound, dimensions_of_space, readings
from symgen.pde.readers.content import Choice, Content, Samples
from symgen.pde.readers.coordinates import (
    Coordinate,
    equally_spaced,
    find_name,
    of_array,
    of_range,
    of_step,
)
from symgen.pde.readers.long_form import on_grid
from symgen.pde.readers.table import OF_WAVES, STEPS, Table, has_role, key, named
from symgen.pde.readers.unknowns import find_u, real

Open = Callable[[Path], Table]


def interpret(table: Table, choice: Choice, open_table: Open) -> Content:
    """The trajectories in named arrays, on coordinates found by name, by length, or as the user says.

    `open_table` reads another file that is given for x or t. Raises DataError where arrays are missing, do not fit each
    other, or hold what is not supported, and says which option chooses.
    """
    scalars = {name: array.reshape(()) for name, array in table.arrays.items() if array.size == 1}
    table = on_grid(replace(table, arrays={k: v for k, v in table.arrays.items() if v.size > 1}), choice)
    x, t = (_candidates(table, scalars, given, role, open_table) for role, given in (("x", choice.x), ("t", choice.t)))
    shapes = {name: np.squeeze(array).shape for name, array in table.arrays.items()}

    def ways(name: str) -> list[Reading]:
        return list(readings(shapes[name], bound(table, name, x, "x"), bound(table, name, t, "t")))

    name, notes, warnings = find_u(table, choice.u, {name for name in table.arrays if ways(name)})
    u, more = real(table, name, np.squeeze(table.arrays[name]))
    if dimensions_of_space(table, name, sure=any(not coordinate.guessed for coordinate in x)) > 1:
        raise DataError(
            f"{table.path}: {name!r} {table.arrays[name].shape} has two or more dimensions of space, or several "
            f"unknowns in one array. Only one unknown u(x, t) is supported yet. The file has {table.seen}."
        )
    found = ways(name)
    if not found:
        missing = [role for role, own in (("x", x), ("t", t)) if all(coordinate.guessed for coordinate in own)]
        raise DataError(_ask(table, name, missing) if missing else _misfit(table, name, x, t))
    swapped = next((reading for reading in found[1:] if reading.is_swapped(found[0])), None)
    notes = (*table.notes, *notes, *more)
    content = _content(table, name, u, found[0], notes, warnings)
    other = _content(table, name, u, swapped, notes, warnings) if swapped else None
    return replace(content, alternative=other)


def _candidates(
    table: Table, scalars: Mapping[str, np.ndarray], given: str | None, role: str, open_table: Open
) -> list[Coordinate]:
    """What can be the coordinate, the most likely one first."""
    if given is not None:
        return [_given(table, given, role, open_table)]
    by_name = [_of(table, name) for name in named(table, role)]
    found = [coordinate for coordinate in by_name if coordinate]
    if found:
        return found
    steps = [name for name in scalars if key(name) in STEPS[role] and not np.iscomplexobj(scalars[name])]
    if len(steps) == 1 and float(scalars[steps[0]]) > 0:
        return [of_step(steps[0], float(scalars[steps[0]]))]
    other = "t" if role == "x" else "x"
    rest = [name for name in table.arrays if name not in named(table, other) and not has_role(name, "u")]
    rest = [name for name in rest if key(name) not in OF_WAVES]
    guesses = [(name, _of(table, name)) for name in rest]
    return [
        replace(guess, guessed=True)
        for _, guess in guesses
        if guess and guess.axis is None and guess.values is not None and equally_spaced(guess.values)
    ]


def _of(table: Table, name: str) -> Coordinate | None:
    return of_array(name, table.arrays[name])


def _given(table: Table, given: str, role: str, open_table: Open) -> Coordinate:
    """What --x or --t means: the name of an array, a range, or a file."""
    name = find_name(given, table.arrays)
    if name is not None:
        found = _of(table, name)
        if found is None:
            raise DataError(f"{table.path}: {name!r} {table.arrays[name].shape} has no points of {role} on a line.")
        return found
    ranged = of_range(given)
    if ranged:
        return ranged
    path = Path(given)
    if not path.is_file():
        raise UsageError(
            f"--{role} {given}: neither an array of {table.path}, nor a file, nor FROM:TO such as 0:1. The file has "
            f"{table.seen}."
        )
    other = open_table(path)
    vectors = [name for name in other.arrays if of_array(name, other.arrays[name])]
    usual = [name for name in vectors if name in named(other, role)]
    chosen = usual if len(usual) == 1 else vectors
    if len(chosen) != 1:
        raise DataError(f"--{role} {given}: expected one array with the points of {role}. It has {other.seen}.")
    found = of_array(chosen[0], other.arrays[chosen[0]])
    assert found is not None
    return replace(found, source=str(path), name=None)


def _content(
    table: Table, name: str, u: np.ndarray, reading: Reading, notes: tuple[str, ...], warnings: tuple[str, ...]
) -> Content:
    axes = (reading.t_axis, reading.x_axis)
    sample = [axis for axis in range(u.ndim) if axis not in axes]
    ordered = u.transpose(*sample, *axes)
    ordered = ordered if sample else ordered[None]
    said, grids = [*notes], []
    for role, coordinate, count in (("x", reading.x, ordered.shape[2]), ("t", reading.t, ordered.shape[1])):
        grids.append(coordinate.points(count))
        if coordinate.guessed:
            said.append(f"{coordinate.source} is taken as {role}, by its length. --{role} says otherwise.")
    roles = {reading.t_axis: "t", reading.x_axis: "x"}
    order = ", ".join(roles.get(axis, "sample") for axis in range(u.ndim))
    if sample and order != "sample, t, x" and u.shape[sample[0]] == len(grids[0]):
        warnings = (
            *warnings,
            f"One of the axes of {name!r} {table.arrays[name].shape} is taken as that of samples. If it is a second "
            "dimension of space, which is not supported yet, no result means anything.",
        )
    labels = {"u": name, "x": reading.x.name or reading.x.source, "t": reading.t.name or reading.t.source}
    return Content(
        layout=table.layout,
        u=Samples(len(ordered), lambda i: np.asarray(ordered[i])),
        x=grids[0],
        t=grids[1],
        grids=(labels["x"], labels["t"]),
        attribute=table.attribute,
        notes=tuple(said),
        warnings=warnings,
        units={role: table.units[label] for role, label in labels.items() if label in table.units},
        reading=f"{name!r} {table.arrays[name].shape} is u({order}); x is {reading.x.source}, t is {reading.t.source}",
    )


def _ask(table: Table, name: str, missing: list[str]) -> str:
    array = table.arrays[name]
    shape = np.squeeze(array).shape
    options = " ".join(f"--{role} FROM:TO" for role in missing)
    order = f", taken as (sample, time, x): {shape[1]} times, {shape[2]} points" if len(shape) == 3 else ""
    return (
        f"{table.path}: {name!r} has shape {array.shape}{order}, but nothing says where {' and '.join(missing)} "
        f"{'begin and end' if len(missing) > 1 else 'begins and ends'}. Add {options} with the first and the last "
        f"point, such as --{missing[0]} 0:1, or give the name of an array or a file for FROM:TO. The file has "
        f"{table.seen}."
    )


def _misfit(table: Table, name: str, x: list[Coordinate], t: list[Coordinate]) -> str:
    array = table.arrays[name]
    points, times = (
        " or ".join(dict.fromkeys(str(len(c.values)) if c.values is not None else "any" for c in found))
        for found in (x, t)
    )
    return (
        f"{table.path}: {name!r} has shape {array.shape}, but there are {times} times and {points} points: t is "
        f"{' or '.join(c.source for c in t)}, x is {' or '.join(c.source for c in x)}. Choose others with --u, --x or "
        "--t."
    )
