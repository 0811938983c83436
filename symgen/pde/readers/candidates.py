"""Which arrays of a file can be a coordinate: by their names, by what the user says, or else by their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from symgen.exceptions import DataError, UsageError
from symgen.pde.readers.coordinates import Coordinate, equally_spaced, find_name, of_array, of_range, of_step
from symgen.pde.readers.table import OF_WAVES, SAMPLE, STEPS, Table, has_role, key, named
from symgen.readable import require_readable

Open = Callable[[Path], Table]


def candidates(
    table: Table, scalars: Mapping[str, np.ndarray], given: str | None, role: str, open_table: Open
) -> list[Coordinate]:
    """What can be the coordinate with that role, t, x, y or z, the most likely one first.

    `given` is what the user says it is; `open_table` reads another file that it may be in. y and z are never guessed.
    """
    if given is not None:
        return [_given(table, given, role, open_table)]
    by_name = [_of(table, name) for name in named(table, role)]
    found = [coordinate for coordinate in by_name if coordinate]
    if found:
        return found
    steps = [name for name in scalars if key(name) in STEPS[role] and not np.iscomplexobj(scalars[name])]
    if len(steps) == 1 and float(scalars[steps[0]]) > 0:
        return [of_step(steps[0], float(scalars[steps[0]]))]
    if role in "yz":
        return []
    other = "t" if role == "x" else "x"
    rest = [name for name in table.arrays if name not in named(table, other) and not has_role(name, "u")]
    rest = [name for name in rest if key(name) not in OF_WAVES | SAMPLE]
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
    require_readable(path)
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
