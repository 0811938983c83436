"""The determining equations of the Lie point symmetries of a system: linear in the partial derivatives of V.

In pr V (Delta) = sum of C[c, J] D_J V_c the total derivatives are written out in partial derivatives of V_c(y, u), with
functions of the free jets as coefficients. As V does not depend on the jets, each product of them must vanish by itself
(Olver, Applications of Lie Groups to Differential Equations, section 2.4).
"""

from __future__ import annotations

import sympy

from symgen.equations.prolongation import determining_forms
from symgen.equations.system import System
from symgen.jets.space import Jet, JetSpace, Orders

Partial = tuple[int, ...]
"""How often a component of V is differentiated in each coordinate."""
Unknown = tuple[int, Partial]
"""A partial derivative of V: component, in the order of coordinates, and orders."""
Condition = dict[Unknown, sympy.Expr]


def conditions(system: System) -> list[Condition]:
    """The condition of each equation as coefficients, in the free jets, of the partial derivatives of V."""
    nothing = (0,) * len(system.space.names)
    known: dict[Orders, dict[Partial, sympy.Expr]] = {system.space.none: {nothing: sympy.Integer(1)}}
    results: list[Condition] = []
    for form in determining_forms(system):
        result: Condition = {}
        for (component, orders), coefficient in form.items():
            for partial, factor in _expanded(orders, system, known).items():
                unknown = component, partial
                result[unknown] = result.get(unknown, sympy.Integer(0)) + coefficient * factor
        expanded = {unknown: sympy.expand(coefficient) for unknown, coefficient in sorted(result.items())}
        results.append({unknown: coefficient for unknown, coefficient in expanded.items() if coefficient != 0})
    return results


def _expanded(
    orders: Orders, system: System, known: dict[Orders, dict[Partial, sympy.Expr]]
) -> dict[Partial, sympy.Expr]:
    """D_J of a function of the coordinates, as coefficients of its partial derivatives."""
    if orders not in known:
        space = system.space
        axis = next(place for place, order in enumerate(orders) if order)
        previous = tuple(order - (place == axis) for place, order in enumerate(orders))
        slopes = [system.reduce(Jet(unknown, space.unit(axis))) for unknown in space.dependent]
        terms: dict[Partial, sympy.Expr] = {}
        for partial, factor in _expanded(previous, system, known).items():
            parts = {partial: system.total_derivative(factor, axis), _raised(partial, axis): factor}
            for place, slope in enumerate(slopes, len(space.independent)):
                parts[_raised(partial, place)] = factor * slope
            for target, value in parts.items():
                terms[target] = terms.get(target, sympy.Integer(0)) + value
        known[orders] = {partial: e for partial, value in terms.items() if (e := sympy.expand(value)) != 0}
    return known[orders]


def _raised(partial: Partial, place: int) -> Partial:
    return tuple(order + (k == place) for k, order in enumerate(partial))


def is_jet(space: JetSpace, variable: sympy.Symbol) -> bool:
    """Whether a variable is a derivative of an unknown, other than an unknown itself."""
    jet = space.jet(variable.name)
    return jet is not None and jet.order > 0
