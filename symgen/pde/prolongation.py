"""The linearised symmetry condition of an equation, as coefficients on the derivatives of the generator.

For V = xi_x d/dx + xi_t d/dt + phi d/du, the condition pr V (Delta) = 0 on solutions is linear in V:

    pr V (Delta) = sum over c, alpha of C[c, alpha](jets) * d^alpha V_c / dx^i dt^j du^k ,

with the prolongation phi^(J, i) = D_i phi^J - u_(J, x) D_i xi_x - u_(J, t) D_i xi_t
(Olver, Applications of Lie Groups to Differential Equations, theorem 2.36). The cancellations between its
high derivatives of u are made here, in algebra, so that none is left to rounding.
"""

from __future__ import annotations

from functools import lru_cache

import sympy

from symgen.pde.equation import Equation
from symgen.pde.grammar import Jet, T, X, jet_symbol

Partial = tuple[int, int, int]
"""Orders of a partial derivative in (x, t, u)."""
Term = tuple[int, Partial]
"""Component of V (0: xi_x, 1: xi_t, 2: phi) and the partial derivative taken of it."""
LinearForm = dict[Term, sympy.Expr]


def determining_form(equation: Equation) -> LinearForm:
    """C[c, alpha] of the linearised symmetry condition; terms that vanish identically are left out."""
    prolongation = _Prolongation(equation)
    delta = equation.expression
    parts = [({(0, (0, 0, 0)): sympy.Integer(1)}, sympy.diff(delta, X))]
    parts.append(({(1, (0, 0, 0)): sympy.Integer(1)}, sympy.diff(delta, T)))
    parts += [(prolongation.phi(jet), sympy.diff(delta, jet_symbol(jet))) for jet in equation.jets(delta)]
    total: LinearForm = {}
    on_solutions = {jet_symbol(jet): equation.reduce(jet) for jet in equation.jets(delta)}
    for form, factor in parts:
        factor = factor.subs(on_solutions, simultaneous=True)
        for term, coefficient in form.items():
            total[term] = total.get(term, sympy.Integer(0)) + coefficient * factor
    expanded = {term: sympy.expand(coefficient) for term, coefficient in total.items()}
    return {term: coefficient for term, coefficient in sorted(expanded.items()) if coefficient != 0}


class _Prolongation:
    """phi^J for every derivative J of u, on solutions of one equation."""

    def __init__(self, equation: Equation) -> None:
        self.equation = equation
        self.phi = lru_cache(maxsize=None)(self._phi)

    def _phi(self, jet: Jet) -> LinearForm:
        if jet == (0, 0):
            return {(2, (0, 0, 0)): sympy.Integer(1)}
        # t-derivatives first: their forms are shared by all the x-derivatives that follow
        direction = 0 if jet[0] else 1
        lower = (jet[0] - 1, jet[1]) if direction == 0 else (jet[0], jet[1] - 1)
        form = self.derivative(self.phi(lower), direction)
        for component, step in ((0, (1, 0)), (1, (0, 1))):
            slope = self.equation.reduce((lower[0] + step[0], lower[1] + step[1]))
            for term, coefficient in self.derivative({(component, (0, 0, 0)): sympy.Integer(1)}, direction).items():
                form[term] = form.get(term, sympy.Integer(0)) - slope * coefficient
        return {term: sympy.expand(coefficient) for term, coefficient in form.items()}

    def derivative(self, form: LinearForm, direction: int) -> LinearForm:
        """Total derivative of sum C[c, alpha] d^alpha V_c, by the product and chain rules."""
        slope = self.equation.reduce((1, 0) if direction == 0 else (0, 1))
        result: LinearForm = {}
        for (component, alpha), coefficient in form.items():
            along = (alpha[0] + (direction == 0), alpha[1] + (direction == 1), alpha[2])
            along_u = (alpha[0], alpha[1], alpha[2] + 1)
            for partial, factor in (
                (alpha, self.equation.total_derivative(coefficient, direction)),
                (along, coefficient),
                (along_u, coefficient * slope),
            ):
                if factor != 0:
                    key = (component, partial)
                    result[key] = result.get(key, sympy.Integer(0)) + factor
        return result
