"""Functions in which the symmetries of an equation are likely to be written."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from symgen.equations.ansatz import monomials
from symgen.equations.suggestions import arguments, bases, monic
from symgen.equations.suggestions import families as families_of
from symgen.pde.equation import Equation
from symgen.pde.grammar import T, U, X, jet_symbol
from symgen.symbolic import is_constant, variables_in


def formula_stages(equation: Equation, origin: Sequence[sympy.Expr] = (0, 0, 0)) -> list[list[sympy.Expr]]:
    """Dictionaries of functions of x, t, u, the simplest first, for `symgen.generators.formulas`.

    Monomials are in x, t and u about an `origin`.
    Monomials of total degree up to 1, 2 and 3; before each of the last two, the families of functions that the
    equation suggests times monomials in x and u of the degree before: these are likelier than high powers.
    """
    stages = []
    x, t, u = (variable - place for variable, place in zip((X, T, U), origin, strict=True))
    for degree in (1, 2):
        space = monomials((x, u), degree)
        stages.append(monomials((x, t, u), degree))
        stages += [[m * g for g in (sympy.Integer(1), *family) for m in space] for family in families(equation)]
    return [*stages, monomials((x, t, u), 3)]


def families(equation: Equation) -> list[list[sympy.Expr]]:
    """Functions of x and t that the equation suggests, by family; see `symgen.equations.suggestions`."""
    return families_of(equation.expression, (X, T))


def suggestions(equation: Equation) -> list[sympy.Expr]:
    """Functions of x, t and u for the ansatz of exact algebra: the families, and more of their kind.

    1/b and 1/b^2 for negative powers of a b in x or t; b^(p/2) and b^(1 - p/2) for its power p, as the coefficient
    b^p of u_xx is 1 in the coordinate b^(1 - p/2); exp(+-c) for hyperbolic functions of c and for exponentials of u;
    log of what the equation has a logarithm of; log(x) and its square where the equation is invariant under scaling of
    x alone; exp(-r u) for u_xx + r u_x^2, which is linear in exp(r u), and u^-r for u_xx + r u_x^2/u.
    """
    expression = equation.expression
    found = [f for family in families(equation) for f in family]
    for argument in arguments(expression, sympy.exp, sympy.sinh, sympy.cosh, sympy.tanh):
        if variables_in(argument) <= {X, T} or variables_in(argument) == {U}:
            found += [sympy.exp(argument), sympy.exp(-argument)]
    for argument in arguments(expression, sympy.log):
        if len(variables_in(argument)) == 1 and variables_in(argument) <= {X, T, U}:
            found.append(sympy.log(argument))
    for base in bases(expression, (X, T)):
        for power in sorted({p.exp for p in expression.atoms(sympy.Pow) if monic(p.base) == base}, key=str):
            if power.is_Integer and power < 0:
                found += [1 / base, base**-2]
            elif power.is_Rational and power.q > 2:
                found += [base ** (power / 2), base ** (1 - power / 2)]
    if _scales_in_x(equation):
        found += [sympy.log(X), sympy.log(X) ** 2]
    curvature, slope = sympy.diff(expression, jet_symbol((2, 0))), sympy.diff(expression, jet_symbol((1, 0)), 2)
    if curvature != 0 and slope != 0:
        ratio = sympy.cancel(slope / (2 * curvature))
        found += [sympy.exp(-ratio * U)] if is_constant(ratio) else []
        power = sympy.cancel(ratio * U)
        found += [U**-power] if power.is_Rational or (is_constant(power) and power.is_polynomial()) else []
    return [f for f in dict.fromkeys(found) if not f.is_polynomial(X, T, U)]


def _scales_in_x(equation: Equation) -> bool:
    """Whether x d/dx is a symmetry because x and d/dx come in equal powers, and x comes at all."""
    factor = sympy.Symbol("_factor", positive=True)
    jets = {jet_symbol(jet): jet_symbol(jet) / factor ** jet[0] for jet in equation.jets(equation.expression)}
    scaled = equation.expression.subs({X: factor * X, **jets}, simultaneous=True)
    return equation.expression.has(X) and sympy.expand(scaled - equation.expression) == 0
