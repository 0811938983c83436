"""Columns x, t and u, one row for each point of a grid, in any order of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from math import prod

import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.content import Choice
from symgen.pde.readers.coordinates import find_name
from symgen.pde.readers.table import Table, key, named

SAME = 1e-7
"""Of the range of a coordinate: values that differ by less are one."""
LEAST = 4
"""Points of a grid in x and in t."""
SAMPLE = frozenset(
    [
        "sample",
        "samples",
        "run",
        "trajectory",
        "traj",
        "simulation",
        "sim",
        "case",
        "realization",
        "realisation",
        "experiment",
    ]
)


def on_grid(table: Table, choice: Choice) -> Table:
    """The table with its columns as arrays (t, x) or (sample, t, x), if it has columns in long form; else as it is.

    Raises DataError for columns x, t and u whose rows are no full grid, or in two dimensions of space.
    """
    vectors = {name: np.squeeze(array) for name, array in table.arrays.items()}
    if any(vector.ndim > 1 for vector in vectors.values()):
        return table
    vectors = {name: vector for name, vector in vectors.items() if vector.size > 1}
    sizes = {vector.size for vector in vectors.values()}
    if len(sizes) != 1 or len(vectors) < 3:
        return table
    vectors = {name: column for name, column in vectors.items() if not _is_index(name, column)}
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
    order = np.argsort(flat)
    grids = dict(zip(coordinates, levels, strict=True))
    arrays = {name: grids[name] if name in grids else vectors[name][order].reshape(shape) for name in vectors}
    axes = {name: tuple(coordinates) for name in arrays if name not in grids}
    return replace(table, arrays=arrays, axes=axes)


def long_columns(matrix: np.ndarray) -> Mapping[str, np.ndarray] | None:
    """Columns of a matrix (rows, 3 or 4) if two of them are the coordinates of a full grid; None for another matrix."""
    if matrix.ndim != 2 or matrix.shape[1] not in (3, 4) or np.iscomplexobj(matrix):
        return None
    columns = {f"column {i + 1}": matrix[:, i] for i in range(matrix.shape[1])}
    return columns if _by_structure(columns) else None


def _coordinates(table: Table, columns: Mapping[str, np.ndarray], choice: Choice) -> list[str]:
    """Names of the columns (sample,) t, x; of columns without such names x comes first. Empty if there are none."""
    chosen = []
    for role, given in (("t", choice.t), ("x", choice.x)):
        name = find_name(given, columns) if given else next(iter(named(table, role)), None)
        chosen.append(name)
    second = named(table, "y")
    if None not in chosen and chosen[0] != chosen[1]:
        if second and choice.u not in second and len(columns) > 3:
            raise DataError(
                f"{table.path} has columns {', '.join(columns)}: {second[0]!r} is a second dimension of space, which "
                "is not supported yet." + (f" If it is u, give --u {second[0]}." if len(second) == 1 else "")
            )
        samples = [name for name in columns if key(name) in SAMPLE]
        return [*samples[:1], *(name for name in chosen if name)]
    return list(reversed(_by_structure(columns)))


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
