"""Densities in their plainest form: what is a divergence in space, on solutions, is moved into the flux."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from symgen.equations.conservation.antiderivative import antiderivative
from symgen.equations.system import System
from symgen.jets.space import JetSpace

MOST_STEPS = 500
Size = tuple[int, int, int]


def normal_form(system: System, density: sympy.Expr, axes: Sequence[int]) -> tuple[sympy.Expr, list[sympy.Expr]]:
    """T and R with density = T + sum of D_i R_i on solutions, over some axes.

    Terms that are linear in one of their highest derivatives are integrated by parts while that makes them smaller:
    u u_xx becomes -u_x^2. Functions of the independent variables alone are moved into R.
    """
    moved = [sympy.S.Zero for _ in axes]
    done, pending = sympy.S.Zero, system.on_solutions(sympy.expand(density))
    for _ in range(MOST_STEPS):
        if pending == 0:
            break
        term, *others = sympy.Add.make_args(pending)
        step = _by_parts(system, term, axes)
        if step is None:
            done += term
            pending = sympy.Add(*others)
            continue
        place, inner, rest = step
        moved[place] += inner
        pending = sympy.Add(rest, *others)
    return sympy.expand(done + pending), moved


def _by_parts(system: System, term: sympy.Expr, axes: Sequence[int]) -> tuple[int, sympy.Expr, sympy.Expr] | None:
    """The number of an axis i, R and what is left of the term without D_i R, if that is smaller."""
    space = system.space
    jets = space.jets(term)
    if not jets:
        inner = antiderivative(term, space.variables[axes[0]]) if axes else None
        return None if inner is None else (0, inner, sympy.S.Zero)
    top = max(jet.order for jet in jets)
    size = _size(space, term)
    for jet in jets:
        symbol = space.symbol(jet)
        coefficient = term / symbol
        if not top or jet.order < top or coefficient.has(symbol):
            continue
        for place, axis in enumerate(axes):
            if not jet.orders[axis]:
                continue
            inner = antiderivative(coefficient, space.symbol(jet.raised(axis, -1)))
            if inner is None:
                continue
            rest = system.on_solutions(sympy.expand(term - space.total_derivative(inner, axis)))
            if _size(space, rest) < size:
                return place, inner, rest
    return None


def _size(space: JetSpace, expression: sympy.Expr) -> Size:
    """Of the largest term: highest order, how many factors have it, and which unknowns these are of."""
    sizes = [(0, 0, 0)]
    for term in sympy.Add.make_args(expression):
        jets = space.jets(term)
        top = max((jet.order for jet in jets), default=0)
        if top:
            powers = [(jet, _power(term, space.symbol(jet))) for jet in jets if jet.order == top]
            unknowns = sum(space.dependent.index(jet.unknown) for jet, _ in powers)
            sizes.append((top, sum(power for _, power in powers), unknowns))
    return max(sizes)


def _power(term: sympy.Expr, symbol: sympy.Symbol) -> int:
    """How often a derivative is a factor; once, if it is in a function."""
    power = term.as_coeff_exponent(symbol)[1]
    return int(power) if power.is_Integer and power > 0 else 1
