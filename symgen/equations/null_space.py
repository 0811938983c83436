"""The null space of sparse rows over an exact field, as a basis with simple vectors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy.polys.matrices import DomainMatrix

Row = dict[int, Any]
"""From columns to values."""


def null_space(rows: Iterable[Row], order: list[int], domain: Any) -> list[Row]:
    """The reduced basis of the null space whose pivots come first in `order`."""
    distinct = dict.fromkeys(_primitive(row) for row in rows)
    zeros, left = _zeros([dict(row) for row in distinct if row])
    order = [column for column in order if column not in zeros]
    size = len(order)
    place = {column: position for position, column in enumerate(reversed(order))}
    matrix = DomainMatrix(
        {i: {place[column]: value for column, value in row.items()} for i, row in enumerate(left)},
        (len(left), size),
        domain,
    )
    basis = matrix.nullspace()
    mirrored = {i: {size - 1 - j: value for j, value in row.items()} for i, row in basis.to_dod().items()}
    reduced, _ = DomainMatrix(mirrored, basis.shape, domain).rref()
    return [{order[j]: value for j, value in row.items()} for row in reduced.to_dod().values()]


def _primitive(row: Row) -> tuple[tuple[int, Any], ...]:
    """A row divided by its first entry, in a form that can be compared."""
    entries = sorted((place, value) for place, value in row.items() if value)
    return tuple((place, value / entries[0][1]) for place, value in entries)


def _zeros(rows: list[Row]) -> tuple[set[int], list[Row]]:
    """Columns that rows with a single entry make zero, and the rows without them."""
    zeros: set[int] = set()
    while single := {next(iter(row)) for row in rows if len(row) == 1}:
        zeros |= single
        rows = [rest for row in rows if (rest := {k: value for k, value in row.items() if k not in single})]
    return zeros, rows
