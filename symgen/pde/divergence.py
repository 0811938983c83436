"""Equations as sums of derivatives of powers of u, the form in which they can be integrated by parts."""

from __future__ import annotations

from functools import cache

import sympy
from sympy.polys.matrices import DomainMatrix

from symgen.pde.equation import Equation
from symgen.pde.grammar import T, U, X, differentiate, jet_symbol

Term = tuple[int, int, int]
"""(p, k, j) stands for (d/dx)^k (d/dt)^j u^p."""
MOST_POWER = 6


@cache
def in_jets(term: Term) -> sympy.Expr:
    """A term, multiplied out: (2, 1, 0) -> 2 u u_x."""
    power, *orders = term
    expression: sympy.Expr = U**power
    for direction, times in enumerate(orders):
        for _ in range(times):
            expression = differentiate(expression, direction)
    return expression


def term_text(term: Term) -> str:
    """`(u^2)_xx`."""
    power, k, j = term
    base, index = ("u" if power == 1 else f"u^{power}"), "x" * k + "t" * j
    if not index:
        return base
    return f"{base}_{index}" if power == 1 else f"({base})_{index}"


def divergence_form(equation: Equation) -> dict[Term, float] | None:
    """Coefficients c in Delta = sum of c (d/dx)^k (d/dt)^j u^p; None where there are none, as for u_t = u u_xx.

    Coefficients in x or t, functions of u and powers beyond 6 have none either. Constants such as pi may be factors.
    """
    delta = sympy.expand(equation.expression)
    jets = equation.jets(delta)
    symbols = [jet_symbol(jet) for jet in jets]
    if delta.has(X, T) or not delta.is_polynomial(*symbols):
        return None
    degree = sympy.Poly(delta, *symbols).total_degree()
    if degree > MOST_POWER:
        return None
    terms = [(p, i, j) for p in range(1, degree + 1) for i, j in jets]  # the highest derivative of each is in it
    parts = [in_jets(term) for term in terms]
    symbols = sorted({s for part in [*parts, delta] for s in part.free_symbols}, key=str)
    # what is multiplied by pi must be such a sum for itself, and so on for every constant
    by_constant: dict[sympy.Expr, dict[tuple[int, ...], sympy.Rational]] = {}
    for product, coefficient in sympy.Poly(delta, *symbols).terms():
        for constant, value in sympy.expand(coefficient).as_coefficients_dict().items():
            by_constant.setdefault(constant, {})[product] = value
    columns = [*(dict(sympy.Poly(part, *symbols).terms()) for part in parts), *by_constant.values()]
    place = {product: row for row, product in enumerate(sorted({p for column in columns for p in column}))}
    rows: dict[int, dict[int, sympy.Rational]] = {}
    for number, column in enumerate(columns):
        for product, value in column.items():
            rows.setdefault(place[product], {})[number] = sympy.QQ(value.p, value.q)
    reduced, pivots = DomainMatrix(rows, (len(place), len(columns)), sympy.QQ).rref()
    if pivots[-1] >= len(terms):
        return None
    entries = reduced.to_dod()
    solution = {
        terms[pivot]: sum(c * entries[row].get(k, 0) for k, c in enumerate(by_constant, len(terms)))
        for row, pivot in enumerate(pivots)
    }
    return {term: float(value) for term, value in solution.items() if value != 0}
