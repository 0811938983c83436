"""The linearised symmetry condition of an equation, as coefficients on total derivatives of the generator.

For V = xi_x d/dx + xi_t d/dt + phi d/du, the condition pr V (Delta) = 0 on solutions is linear in V:

    pr V (Delta) = sum over c, J of C[c, J](jets) * D_J V_c ,

from the prolongation phi^J = D_J (phi - xi_x u_x - xi_t u_t) + xi_x u_(J, x) + xi_t u_(J, t) (Olver, Applications
of Lie Groups to Differential Equations, theorem 2.36). Written out by Leibniz' rule, the highest derivatives of u
cancel; this is done here, in algebra, so that none of it is left to rounding.
"""

from __future__ import annotations

from itertools import product
from math import comb

import sympy

from symgen.pde.equation import Equation
from symgen.pde.grammar import Jet, T, X, jet_symbol

Term = tuple[int, Jet]
"""Component of V (0: xi_x, 1: xi_t, 2: phi) and how often it is differentiated in x and t, totally."""
LinearForm = dict[Term, sympy.Expr]


def determining_form(equation: Equation) -> LinearForm:
    """C[c, J] of the linearised symmetry condition; terms that vanish identically are left out."""
    delta = equation.expression
    form: LinearForm = {(0, (0, 0)): sympy.diff(delta, X), (1, (0, 0)): sympy.diff(delta, T)}
    for jet in equation.jets(delta):
        slope = sympy.diff(delta, jet_symbol(jet))
        _add(form, (2, jet), slope)
        for i, j in product(range(jet[0] + 1), range(jet[1] + 1)):
            if (i, j) != jet:
                weight, rest = comb(jet[0], i) * comb(jet[1], j) * slope, (jet[0] - i, jet[1] - j)
                _add(form, (0, rest), -weight * equation.reduce((i + 1, j)))
                _add(form, (1, rest), -weight * equation.reduce((i, j + 1)))
    on_solutions = {jet_symbol(jet): equation.reduce(jet) for jet in equation.jets(delta)}
    reduced = {term: sympy.expand(c.subs(on_solutions, simultaneous=True)) for term, c in form.items()}
    return {term: coefficient for term, coefficient in sorted(reduced.items()) if coefficient != 0}


def _add(form: LinearForm, term: Term, coefficient: sympy.Expr) -> None:
    form[term] = form.get(term, sympy.Integer(0)) + coefficient
