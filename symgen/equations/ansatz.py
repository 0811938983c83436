"""Fields whose components are combinations of given functions of the coordinates."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sympy
from sympy.polys.matrices import DomainMatrix

from symgen.equations.rational import Rationaliser
from symgen.jets.space import orders_of

Field = tuple[sympy.Expr, ...]
"""Components in the order of coordinates."""


def monomials(symbols: Sequence[sympy.Expr], degree: int) -> list[sympy.Expr]:
    """All products of powers of the symbols of total degree up to `degree`, the lowest first."""
    chosen = [powers for total in range(degree + 1) for powers in orders_of(len(symbols), total)]
    chosen.sort(key=lambda p: (sum(p), p[::-1]))
    return [sympy.Mul(*(s**k for s, k in zip(symbols, p, strict=True))) for p in chosen]


def independent_terms(
    coordinates: Sequence[sympy.Symbol], polynomials: list[sympy.Expr], ansatz: dict[sympy.Expr, list[sympy.Expr]]
) -> tuple[list[sympy.Expr], set[sympy.Expr]]:
    """The polynomials and those terms of the ansatz that depend on none before, and the functions that gave none.

    The ansatz is given by function, with the terms that have it.
    """
    terms = [*dict.fromkeys([*polynomials, *(term for multiples in ansatz.values() for term in multiples)])]
    if len(terms) == len(polynomials):
        return terms, set(ansatz)
    rational = Rationaliser(terms, coordinates)
    columns = [rational.coordinates(p) for p in rational(terms)]
    place = {monomial: row for row, monomial in enumerate(sorted({m for column in columns for m in column}))}
    rows: dict[int, dict[int, Any]] = {}
    for k, column in enumerate(columns):
        for monomial, value in column.items():
            rows.setdefault(place[monomial], {})[k] = value
    _, pivots = DomainMatrix(rows, (len(place), len(terms)), rational.constants.domain).rref()
    chosen = [terms[k] for k in pivots]
    new = set(chosen) - set(polynomials)
    return chosen, {f for f, multiples in ansatz.items() if not new & set(multiples)}


def derivatives(
    expression: sympy.Expr, coordinates: Sequence[sympy.Symbol], partials: Collection[tuple[int, ...]]
) -> dict[tuple[int, ...], sympy.Expr]:
    """Those partial derivatives that do not vanish, each from one of an order less."""
    known: dict[tuple[int, ...], sympy.Expr] = {(0,) * len(coordinates): expression}

    def derivative(partial: tuple[int, ...]) -> sympy.Expr:
        if partial not in known:
            axis = next(place for place, order in enumerate(partial) if order)
            lower = derivative(tuple(order - (place == axis) for place, order in enumerate(partial)))
            variable = coordinates[axis]
            known[partial] = sympy.diff(lower, variable) if lower.has(variable) else sympy.S.Zero
        return known[partial]

    return {partial: value for partial in partials if (value := derivative(partial)) != 0}
