"""The determining equations of the Lie point symmetries of an equation: linear in the partial derivatives of V.

In pr V (Delta) = sum of C[c, J] D_J V_c the total derivatives are written out in partial derivatives of V_c(x, t, u),
with polynomials in the free jets as coefficients. As V does not depend on the jets, each product of them must vanish
by itself (Olver, Applications of Lie Groups to Differential Equations, section 2.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy

from symgen.pde.equation import Equation
from symgen.pde.grammar import Jet, T, U, X, symbol_jet
from symgen.pde.prolongation import determining_form

Partial = tuple[int, int, int]
"""How often a component of V is differentiated in x, t and u."""
Unknown = tuple[int, Partial]
"""A partial derivative of V: component (0: xi_x, 1: xi_t, 2: phi) and orders."""
BASE = (X, T, U)


def condition(equation: Equation) -> dict[Unknown, sympy.Expr]:
    """The symmetry condition as coefficients, in x, t, u and the free jets, of the partial derivatives of V."""
    form = determining_form(equation)
    expansions: dict[Jet, dict[Partial, sympy.Expr]] = {(0, 0): {(0, 0, 0): sympy.Integer(1)}}
    result: dict[Unknown, sympy.Expr] = {}
    for (component, jet), coefficient in form.items():
        for partial, factor in _expanded(jet, equation, expansions).items():
            unknown = component, partial
            result[unknown] = result.get(unknown, sympy.Integer(0)) + coefficient * factor
    expanded = {unknown: sympy.expand(coefficient) for unknown, coefficient in sorted(result.items())}
    return {unknown: coefficient for unknown, coefficient in expanded.items() if coefficient != 0}


def _expanded(
    jet: Jet, equation: Equation, known: dict[Jet, dict[Partial, sympy.Expr]]
) -> Mapping[Partial, sympy.Expr]:
    """D_J of a function of x, t, u, as coefficients of its partial derivatives."""
    if jet not in known:
        direction = 0 if jet[0] else 1
        previous = (jet[0] - 1, jet[1]) if jet[0] else (0, jet[1] - 1)
        slope = equation.reduce((1, 0) if direction == 0 else (0, 1))
        terms: dict[Partial, sympy.Expr] = {}
        for (i, j, k), factor in _expanded(previous, equation, known).items():
            explicit = (i + 1, j, k) if direction == 0 else (i, j + 1, k)
            parts = {
                (i, j, k): equation.total_derivative(factor, direction),
                explicit: factor,
                (i, j, k + 1): factor * slope,
            }
            for target, value in parts.items():
                terms[target] = terms.get(target, sympy.Integer(0)) + value
        known[jet] = {partial: e for partial, value in terms.items() if (e := sympy.expand(value)) != 0}
    return known[jet]


def is_jet(variable: sympy.Symbol) -> bool:
    """Whether a variable is a derivative of u, other than u itself."""
    return variable not in BASE and symbol_jet(variable) is not None


def split(exponents: Sequence[int], jets: Sequence[bool]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The exponents of a monomial without those of the jets (0 instead), and those of the jets alone."""
    inside = tuple(0 if jet else e for e, jet in zip(exponents, jets, strict=True))
    return inside, tuple(e for e, jet in zip(exponents, jets, strict=True) if jet)
