"""Lie brackets of fields given by formulas, in exact arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import sympy
from sympy.polys.matrices import DomainMatrix

from symgen.equations.rational import Rationaliser
from symgen.expressions import parse_field
from symgen.generators.artifact import Artifact
from symgen.inspection.brackets import MOST_BRACKETED, Bracket
from symgen.pde.grammar import SPACE

Field = Sequence[sympy.Expr]


def lie_bracket(
    left: Field, right: Field, coordinates: Sequence[sympy.Symbol] = SPACE.coordinates
) -> tuple[sympy.Expr, ...]:
    """[V, W]^i = V^j d_j W^i - W^j d_j V^i of fields in the coordinates, by default x, t and u."""

    def along(field: Field, of: sympy.Expr) -> sympy.Expr:
        return sympy.Add(*(part * sympy.diff(of, v) for part, v in zip(field, coordinates, strict=True)))

    return tuple(sympy.expand(along(left, w) - along(right, v)) for v, w in zip(left, right, strict=True))


def exact_brackets(
    fields: Sequence[Field], coordinates: Sequence[sympy.Symbol] = SPACE.coordinates, first: int | None = None
) -> list[Bracket]:
    """Brackets of all pairs of independent fields, or of the `first` ones; `closure_error` is 0 in the span of all
    fields and 1 outside.
    """
    pairs = list(combinations(range(len(fields))[:first], 2))
    table = [*fields, *(lie_bracket(fields[a], fields[b], coordinates) for a, b in pairs)]
    components = [component for field in table for component in field]
    rational = Rationaliser(components, coordinates)
    d = len(coordinates)
    polynomials = [rational.coordinates(polynomial) for polynomial in rational(components)]
    vectors = [
        {(i, monomial): value for i in range(d) for monomial, value in polynomials[d * k + i].items()}
        for k in range(len(table))
    ]
    place = {key: row for row, key in enumerate(sorted({key for vector in vectors for key in vector}))}
    solved = _solved(vectors, len(fields), place, rational.constants.domain)
    found = []
    for (a, b), constants in zip(pairs, solved, strict=True):
        found.append(
            Bracket(
                first=a + 1,
                second=b + 1,
                constants={c: _number(rational.constants.value(v)) for c, v in enumerate(constants or [], 1) if v},
                closure_error=float(constants is None),
            )
        )
    return found


def _number(value: float | sympy.Expr) -> float | str:
    """A constant as it is recorded; one with parameters as text, with a sign in front of brackets only."""
    if not isinstance(value, sympy.Expr):
        return value
    negative = value.could_extract_minus_sign()
    size = -value if negative else value
    text = f"({size})" if size.is_Add else str(size)
    return f"{'-' * negative}{text}".replace("**", "^")


def brackets_of_formulas(artifact: Artifact) -> list[Bracket] | None:
    """Those of the formulas of the first MOST_BRACKETED generators, or None unless all generators have one in
    polynomials and exact numbers.
    """
    space, records = artifact.metadata.space, artifact.metadata.generators
    formulas = [record.formula for record in records]
    if any(formula is None or any("." in part for part in formula) for formula in formulas):
        return None
    symbols = [sympy.Symbol(name, real=True) for name in space.names]
    fields = [parse_field(formula, space.names) for formula in formulas if formula]
    if not all(part.is_polynomial(*symbols) for field in fields for part in field):
        return None
    return exact_brackets(fields, symbols, MOST_BRACKETED)


def _solved(columns: list[dict], count: int, place: dict, domain: Any) -> list[list[Any] | None]:
    """Coefficients of each further column in terms of the first `count`; None if it is not in their span."""
    rows: dict[int, dict[int, Any]] = {}
    for column, vector in enumerate(columns):
        for key, value in vector.items():
            rows.setdefault(place[key], {})[column] = value
    reduced, pivots = DomainMatrix(rows, (len(place), len(columns)), domain).rref()
    table = reduced.to_dod()
    entries = [table.get(row, {}) for row in range(len(pivots))]
    # the first columns are independent, so that theirs are the first pivots; other rows are outside their span
    return [
        None
        if any(row.get(column) for row in entries[count:])
        else [row.get(column, domain.zero) for row in entries[:count]]
        for column in range(count, len(columns))
    ]
