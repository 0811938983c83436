"""Formulas of windows that are far from the origin, such as dates or temperatures in kelvin.

There t and 1, or u and 1, are nearly the same function, so that fields differ by next to nothing: formulas are sought
in coordinates about the window, where they are told apart, and then written about the origin of the coordinates by
exact arithmetic, where that is shorter.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy
import torch
from sympy.polys.matrices import DomainMatrix

from symgen.generators.closed_form import simplicity
from symgen.generators.formulas import Formula, whole_numbers
from symgen.generators.space import Space

_Term = tuple[int, sympy.Expr]
"""A component and a product of functions in it."""
FAR = 20.0
"""Windows whose middle is further from 0 than so many times their size have an origin of their own."""
LEAST_SHARE = 1e-8
"""Least size of what tells fields apart, relative to themselves, about the origin: below it they would be lost."""


def window_origin(space: Space) -> tuple[sympy.Rational, ...]:
    """A round number near the middle of each coordinate's range, 0 where that range is near 0."""
    origin = []
    for lower, upper in zip(space.lower, space.upper, strict=True):
        middle, width = (lower + upper) / 2, upper - lower
        unit = sympy.Rational(10) ** math.ceil(math.log10(width))
        far = abs(middle) > FAR * width
        origin.append(round(middle / float(unit)) * unit if far else sympy.Integer(0))
    return tuple(origin)


def about_origin(formulas: Sequence[Formula], space: Space) -> list[Formula]:
    """The same span by the formulas that are shortest about the origin; as they are where these are no shorter.

    Also as they are where coefficients are decimals, or where fields would be too alike to be told apart.
    """
    origin = window_origin(space)
    if not any(origin) or not all(f.rational for f in formulas):
        return list(formulas)
    expanded = [_terms(f) for f in formulas]
    moved = [not _alike(terms, origin, space) for terms in expanded]
    chosen = [f for f, kept in zip(formulas, moved, strict=True) if kept]
    rows = [terms for terms, kept in zip(expanded, moved, strict=True) if kept]
    if not rows:
        return list(formulas)
    terms, reduced = _eliminated(rows)
    shortest = [_formula(row, terms, chosen) for row in reduced]
    length = [sum(simplicity(f.field)[0] for f in some) for some in (shortest, chosen)]
    if length[0] >= length[1]:
        return list(formulas)
    return [*shortest, *(f for f, kept in zip(formulas, moved, strict=True) if not kept)]


def about_window(fields: Sequence[Sequence[sympy.Expr]], space: Space) -> list[tuple[sympy.Expr, ...]]:
    """A basis of the same span in coordinates about the window, where fields that are alike about the origin are told
    apart: (t - 1000) d/dx for t d/dx beside d/dx. As they are where they have other numbers than rationals.
    """
    origin = dict(zip((sympy.Symbol(name, real=True) for name in space.names), window_origin(space), strict=True))
    far = {symbol: place for symbol, place in origin.items() if place}
    rows = [_terms_of([c.subs({s: s + o for s, o in far.items()}) for c in field]) for field in fields]
    if not far or not all(value.is_Rational for row in rows for value in row.values()):
        return [tuple(field) for field in fields]
    terms, reduced = _eliminated(rows)
    moved = []
    for row in reduced:
        field = [sympy.Integer(0)] * len(origin)
        for (component, term), value in zip(terms, row, strict=False):
            field[component] += sympy.Rational(int(value.numerator), int(value.denominator)) * term
        moved.append(tuple(c.subs({s: s - o for s, o in far.items()}) for c in field))
    return moved


def _eliminated(rows: Sequence[Mapping[_Term, sympy.Expr]]) -> tuple[list[_Term], list[list[Any]]]:
    """All terms, and the reduced echelon form of the rows with the most complex terms first; what each of its rows is
    made of follows in it.
    """
    terms = sorted({key for row in rows for key in row}, key=_complexity, reverse=True)
    entries = [
        [sympy.QQ(*_fraction(row.get(term, 0))) for term in terms] + [sympy.QQ(i == j) for j in range(len(rows))]
        for i, row in enumerate(rows)
    ]
    return terms, DomainMatrix(entries, (len(rows), len(terms) + len(rows)), sympy.QQ).rref()[0].to_list()


def _terms(formula: Formula) -> dict[_Term, sympy.Expr]:
    """Coefficients of the terms of a formula's field that is multiplied out."""
    return _terms_of(formula.field)


def _terms_of(field: Sequence[sympy.Expr]) -> dict[_Term, sympy.Expr]:
    return {
        (i, term): value
        for i, component in enumerate(field)
        for term, value in sympy.expand(component).as_coefficients_dict().items()
    }


def _formula(row: Sequence[object], terms: Sequence[_Term], formulas: Sequence[Formula]) -> Formula:
    """A row of the reduced matrix: coefficients of the terms, and of the formulas that it is combined of."""
    numbers = [sympy.Rational(int(v.numerator), int(v.denominator)) for v in row]  # type: ignore[attr-defined]
    ordered = sorted(range(len(terms)), key=lambda k: (terms[k][0], -k))
    whole = dict(zip(ordered, whole_numbers([numbers[k] for k in ordered]), strict=True))
    field = [sympy.Integer(0)] * len(formulas[0].field)
    for k, (component, term) in enumerate(terms):
        field[component] += whole[k] * term
    factor = next(whole[k] / numbers[k] for k in ordered if numbers[k])
    mixing = numbers[len(terms) :]
    weights = torch.stack([float(factor * n) * f.weights for n, f in zip(mixing, formulas, strict=True)]).sum(0)
    return replace(formulas[0], field=tuple(field), weights=weights, error=max(f.error for f in formulas))


def _alike(terms: Collection[_Term], origin: Sequence[sympy.Rational], space: Space) -> bool:
    """Whether terms about the origin hide what tells them apart: powers of the window's size over its distance."""
    least = 1.0
    for _, term in terms:
        share = 1.0
        for name, place, lower, upper in zip(space.names, origin, space.lower, space.upper, strict=True):
            symbol = sympy.Symbol(name, real=True)
            if place and term.is_polynomial(symbol):
                share *= float((upper - lower) / abs(place)) ** int(sympy.degree(term, symbol))
        least = min(least, share)
    return least < LEAST_SHARE


def _complexity(key: _Term) -> tuple[int, int, str]:
    component, term = key
    return term.count_ops() + len(term.free_symbols), component, str(term)


def _fraction(value: object) -> tuple[int, int]:
    number = sympy.Rational(value)
    return int(number.p), int(number.q)
