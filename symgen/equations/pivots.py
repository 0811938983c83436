"""Where the rank of a matrix over rational functions of parameters may fall: zeros of the pivots of an elimination.

At values of the parameters where no pivot, no denominator and no common factor of a row vanishes, the elimination goes
through as it does over the rational functions, so that the rank is the same there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy

from symgen.equations.null_space import Row


def pivot_factors(rows: Iterable[Row], domain: Any) -> set[sympy.Expr]:
    """Irreducible polynomials in the symbols of a field of rational functions; the rank is full where none is zero.

    Pivots are numbers as long as there are any, then polynomials of low degree.
    """
    found: set[Any] = set()
    pending = [row for row in (_primitive(_whole(row, found), found) for row in rows) if row]
    pending = [dict(row) for row in dict.fromkeys(tuple(sorted(row.items())) for row in pending)]
    users: dict[int, set[int]] = {}
    for place, row in enumerate(pending):
        for column in row:
            users.setdefault(column, set()).add(place)
    alive = set(range(len(pending)))
    cheapest = {place: _cheapest(row) for place, row in enumerate(pending)}
    while alive:
        place = min(alive, key=lambda p: cheapest[p])
        column = cheapest[place][2]
        alive.discard(place)
        pivot_row = pending[place]
        pivot = pivot_row[column]
        if not pivot.is_ground:
            found.add(pivot)
        for c in pivot_row:
            users[c].discard(place)
        for other in list(users[column]):
            row = _primitive(_eliminated(pending[other], pivot_row, column), found)
            for c in pending[other]:
                users[c].discard(other)
            pending[other] = row
            for c in row:
                users.setdefault(c, set()).add(other)
            if row:
                cheapest[other] = _cheapest(row)
            else:
                alive.discard(other)
    return {f for element in found for f in _factors(element)}


def _cheapest(row: Row) -> tuple[tuple[int, int], int, int]:
    """The cost of a row's best pivot, its length, and the column of that."""
    cost, column = min((_cost(value), column) for column, value in row.items())
    return cost, len(row), column


def _cost(element: Any) -> tuple[int, int]:
    """The degree of a polynomial, and its number of terms."""
    return 0 if element.is_ground else max(map(sum, element.monoms())), len(element)


def _whole(row: Row, found: set[Any]) -> Row:
    """A row of polynomials, times the common denominator."""
    entries = {column: value for column, value in row.items() if value}
    if not entries:
        return {}
    common = next(iter(entries.values())).denom.ring.one
    for value in entries.values():
        common = common.lcm(value.denom)
    if not common.is_ground:
        found.add(common)
    return {column: value.numer * common.exquo(value.denom) for column, value in entries.items()}


def _primitive(row: Row, found: set[Any]) -> Row:
    """A row without the common factor of its entries, which is remembered; numbers are made comparable."""
    if not row:
        return row
    entries = iter(row.values())
    content = next(entries)
    for value in entries:
        if content.is_ground:
            break
        content = content.gcd(value)
    if not content.is_ground:
        found.add(content)
        row = {column: value.exquo(content) for column, value in row.items()}
    leading = row[min(row)].LC
    return {column: value.quo_ground(leading) for column, value in row.items()}


def _eliminated(row: Row, pivot_row: Row, column: int) -> Row:
    pivot, entry = pivot_row[column], row[column]
    shared = pivot.gcd(entry)
    left, right = pivot.exquo(shared), entry.exquo(shared)
    result = {c: value * left for c, value in row.items() if c != column}
    for c, value in pivot_row.items():
        if c != column:
            total = result.get(c, pivot.ring.zero) - value * right
            if total:
                result[c] = total
            else:
                result.pop(c, None)
    return result


def _factors(element: Any) -> list[sympy.Expr]:
    return [factor.as_expr() for factor, _ in element.factor_list()[1]]
