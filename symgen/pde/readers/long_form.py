"""Columns x, t and u, one row for each point of a grid, in any order of the rows; or t and unknowns of t alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import prod
from typing import Any

import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.content import Choice
from symgen.pde.readers.coordinates import equally_spaced, find_name
from symgen.pde.readers.table import SAMPLE, Table, has_role, key, named

SAME = 1e-7
"""Of the range of a coordinate: values that differ by less are one."""
LEAST = 4
"""Points of a grid in x and in t."""


def on_grid(table: Table, choice: Choice) -> Table:
    """The table with its columns as arrays (sample, t, x, y, z), if it has columns in long form; else as it is.

    Not all of these axes need be there. Raises DataError for columns x, t and u whose rows are no full grid.
    """
    if any(array.squeeze().ndim > 1 for array in table.arrays.values()):
        return table
    vectors = {name: np.squeeze(array) for name, array in table.arrays.items() if array.size > 1}
    sizes = {vector.size for vector in vectors.values()}
    if len(sizes) != 1:
        return table
    vectors = {name: column for name, column in vectors.items() if not _is_index(name, column)}
    trajectories = _of_time(table, vectors, choice)
    if trajectories is not None or len(vectors) < 3:
        return trajectories or table
    coordinates = _coordinates(replace(table, arrays=vectors), vectors, choice)
    if not coordinates:
        return table
    rows = sizes.pop()
    for name in coordinates:
        if not np.isfinite(vectors[name]).all():
            raise DataError(
                f"{table.path}: {name!r} has values that are not finite numbers, so that its rows have no place."
            )
    levels, places = zip(*(_levels(vectors[name]) for name in coordinates), strict=True)
    shape = tuple(map(len, levels))
    described = ", ".join(f"{len(values)} of {name}" for name, values in zip(coordinates, levels, strict=True))
    if prod(shape) != rows:
        missing = (
            f"{prod(shape) - rows} of {prod(shape)} combinations are missing" if prod(shape) > rows else "rows repeat"
        )
        raise DataError(
            f"{table.path}: its {rows} rows are no full grid: there are {described} ({missing}). Interpolate the data "
            "to a grid first."
        )
    flat = np.ravel_multi_index(places, shape)
    counts = np.bincount(flat, minlength=rows)
    if (counts != 1).any():
        at = np.unravel_index(int(np.argmax(counts == 0)), shape)
        where = ", ".join(f"{n} = {v[i]:g}" for n, v, i in zip(coordinates, levels, at, strict=True))
        raise DataError(
            f"{table.path}: its {rows} rows are no full grid of {described}: {where} is missing, and others are "
            "there twice."
        )
    return _laid(table, vectors, coordinates, levels, flat)


def _laid(
    table: Table,
    vectors: Mapping[str, np.ndarray],
    coordinates: Sequence[str],
    levels: Sequence[np.ndarray],
    flat: np.ndarray | np.integer[Any],
) -> Table:
    """The table with rows, whose places in the grid are `flat`, as arrays on it."""
    order, shape = np.argsort(flat), tuple(map(len, levels))
    grids = dict(zip(coordinates, levels, strict=True))
    arrays = {name: grids[name] if name in grids else vectors[name][order].reshape(shape) for name in vectors}
    return replace(table, arrays=arrays, axes={name: tuple(coordinates) for name in arrays if name not in grids})


def _of_time(table: Table, vectors: Mapping[str, np.ndarray], choice: Choice) -> Table | None:
    """The table with columns t and q1, q2, ..., perhaps with one of samples, as arrays (sample, t); None for another.

    Each time is there once in each sample, which it is not where there are points in space.
    """
    columns = replace(table, arrays=vectors)
    time = find_name(choice.t, vectors) if choice.t else next(iter(named(columns, "t")), None)
    space, fields = named(columns, "x"), [name for name in vectors if has_role(name, "u")]
    if time is None or choice.x or (space and fields):
        return None
    coordinates = [*[name for name in vectors if key(name) in SAMPLE][:1], time]
    unknowns = [name for name in vectors if name not in coordinates]
    varying = [name for name in unknowns if name not in space or not equally_spaced(vectors[name])]
    if not varying or not all(np.isfinite(vectors[name]).all() for name in coordinates):
        return None
    levels, places = zip(*(_levels(vectors[name]) for name in coordinates), strict=True)
    rows, shape = len(vectors[time]), tuple(map(len, levels))
    if prod(shape) != rows or shape[-1] < LEAST or not equally_spaced(levels[-1]):
        return None
    flat = np.ravel_multi_index(places, shape)
    return _laid(table, vectors, coordinates, levels, flat) if (np.bincount(flat, minlength=rows) == 1).all() else None


def long_columns(matrix: np.ndarray) -> Mapping[str, np.ndarray] | None:
    """Columns of a matrix (rows, 3 or 4) if two of them are the coordinates of a full grid; None for another matrix."""
    if matrix.ndim != 2 or matrix.shape[1] not in (3, 4) or np.iscomplexobj(matrix):
        return None
    columns = {f"column {i + 1}": matrix[:, i] for i in range(matrix.shape[1])}
    return columns if _by_structure(columns) else None


def _coordinates(table: Table, columns: Mapping[str, np.ndarray], choice: Choice) -> list[str]:
    """Names of the columns (sample,) t, x, y, z, or none; of columns without such names x comes first."""
    chosen = []
    for role, given in (("t", choice.t), ("x", choice.x)):
        name = find_name(given, columns) if given else next(iter(named(table, role)), None)
        chosen.append(name)
    if None in chosen or chosen[0] == chosen[1]:
        return list(reversed(_by_structure(columns)))
    samples = [name for name in columns if key(name) in SAMPLE]
    flat = [*samples[:1], *(name for name in chosen if name)]
    more: list[str] = []
    for role in "yz":
        said = choice.coordinates.get(role)
        name = find_name(said, columns) if said else next(iter(named(table, role)), None)
        more += [name] if name is not None and name not in (choice.u, *flat) else []
    full = flat + more if len(columns) > len(flat + more) else flat
    if full != flat and prod(len(_levels(columns[name])[0]) for name in flat) == len(columns[flat[0]]):
        return flat  # y is an unknown
    return full


def _by_structure(columns: Mapping[str, np.ndarray]) -> list[str]:
    """The first two columns whose values make a full grid, each point once."""
    found = {name: _levels(column) for name, column in columns.items() if np.isfinite(column).all()}
    for a, b in combinations(found, 2):
        (first, i), (second, j) = found[a], found[b]
        shape = len(first), len(second)
        if min(shape) < LEAST or prod(shape) != len(i):
            continue
        if (np.bincount(np.ravel_multi_index((i, j), shape), minlength=len(i)) == 1).all():
            return [a, b]
    return []


def _levels(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct values in increasing order, and for each row which one it has."""
    values, place = np.unique(column, return_inverse=True)
    new = np.diff(values) > SAME * (values[-1] - values[0])
    group = np.concatenate([[0], np.cumsum(new)])
    return values[np.concatenate([[True], new])], group[place]


def _is_index(name: str, column: np.ndarray) -> bool:
    """Whether a column only counts the rows, as pandas writes it."""
    return key(name) in ("", "id", "index", "unnamed", "row", "number", "no") and (
        np.array_equal(column, np.arange(len(column))) or np.array_equal(column, np.arange(1, len(column) + 1))
    )
