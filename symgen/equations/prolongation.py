"""The linearised symmetry condition of a system, as coefficients on total derivatives of the generator.

For V = sum_i xi^i d/dy^i + sum_a phi^a d/du^a, the condition pr V (Delta) = 0 on solutions is linear in V:

    pr V (Delta) = sum over c, J of C[c, J](jets) * D_J V_c ,

from the prolongation phi^(a, J) = D_J (phi^a - sum_i xi^i u^a_i) + sum_i xi^i u^a_(J, i) (Olver, Applications of Lie
Groups to Differential Equations, theorem 2.36). Written out by Leibniz' rule, the highest derivatives of u cancel,

    pr V (Delta) = sum_i xi^i dDelta/dy^i
                 + sum_(a, J) dDelta/du^a_J [ D_J phi^a - sum_i sum_(0 < K <= J) C(J, K) D_K xi^i u^a_(J - K + i) ] ;

this is done here, in algebra, so that none of it is left to rounding.
"""

from __future__ import annotations

from itertools import product
from math import comb, prod

import sympy

from symgen.equations.system import System
from symgen.jets.space import Jet, Orders

Term = tuple[int, Orders]
"""Component of V, in the order of coordinates, and how often it is differentiated in each variable, totally."""
LinearForm = dict[Term, sympy.Expr]


def determining_forms(system: System) -> list[LinearForm]:
    """C[c, J] of the condition of every equation; terms that vanish identically are left out."""
    return [_form(system, delta) for delta in system.expressions]


def _form(system: System, delta: sympy.Expr) -> LinearForm:
    space = system.space
    axes = range(len(space.independent))
    form: LinearForm = {(axis, space.none): sympy.diff(delta, space.variables[axis]) for axis in axes}
    for jet in space.jets(delta):
        slope = sympy.diff(delta, space.symbol(jet))
        _add(form, (len(axes) + space.dependent.index(jet.unknown), jet.orders), slope)
        for kept in product(*(range(order + 1) for order in jet.orders)):
            if kept == jet.orders:
                continue
            rest = tuple(have - left for have, left in zip(jet.orders, kept, strict=True))
            weight = prod(comb(have, left) for have, left in zip(jet.orders, kept, strict=True)) * slope
            for axis in axes:
                _add(form, (axis, rest), -weight * system.reduce(Jet(jet.unknown, kept).raised(axis)))
    on_solutions = {space.symbol(jet): system.reduce(jet) for jet in space.jets(delta)}
    reduced = {term: sympy.expand(c.subs(on_solutions, simultaneous=True)) for term, c in form.items()}
    return {term: coefficient for term, coefficient in sorted(reduced.items()) if coefficient != 0}


def _add(form: LinearForm, term: Term, coefficient: sympy.Expr) -> None:
    form[term] = form.get(term, sympy.Integer(0)) + coefficient
