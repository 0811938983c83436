"""Functions in which the symmetries of a system are likely to be written."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from symgen.equations.system import System
from symgen.symbolic import is_constant, is_symbolic_power, parameters_in, variables_in

MOST_COUPLED = 4
"""Equations whose determinant is looked at."""


def suggestions(system: System) -> list[sympy.Expr]:
    """The families of functions of the independent variables, and what the flow of first-order ODEs is made of."""
    variables = system.space.variables
    found = [f for expression in system.expressions for family in families(expression, variables) for f in family]
    found += modes(system)
    if len(variables) == 1 and all(lead.order == 1 for lead in system.rules):
        rights = [system.reduce(lead) for lead in system.rules]
        found += [right for right in rights if not right.is_polynomial(*system.space.coordinates)]
    return list(dict.fromkeys(found))


def modes(system: System) -> list[sympy.Expr]:
    """exp(a t), or exp(a t) cos(b t) and exp(a t) sin(b t), of the solutions near 0 that do not depend on space.

    a + b i are the roots of the determinant of the linear parts, as far as they are rational or of second degree:
    1 and -1 for u_t = u, v_t = -v, i for rotation, as of the Coriolis force.
    """
    space = system.space
    equations = system.expressions
    if "t" not in space.independent or len(equations) != len(space.dependent) or len(equations) > MOST_COUPLED:
        return []
    t, rate = space.variables[space.independent.index("t")], sympy.Symbol("rate")
    jets = space.jets(*equations)
    rest = dict.fromkeys(map(space.symbol, jets), 0)
    matrix = sympy.zeros(len(equations))
    for row, expression in enumerate(equations):
        for jet in jets:
            place = space.independent.index("t")
            if jet.order == jet.orders[place]:
                try:
                    slope = sympy.diff(expression, space.symbol(jet)).subs(rest)
                except TypeError:  # sympy's, of sinh(t/0) and the like
                    return []
                if not slope.is_Rational and not (is_constant(slope) and slope.is_polynomial(*slope.free_symbols)):
                    return []
                matrix[row, space.dependent.index(jet.unknown)] += slope * rate**jet.order
    determinant = sympy.expand(matrix.det())
    if determinant == 0 or not determinant.has(rate):
        return []
    found: list[sympy.Expr] = []
    try:
        factors = sympy.factor_list(determinant, rate)[1]
    except sympy.PolynomialError:  # of roots of sums in which there are roots
        return []
    for factor, _ in factors:
        for root in sympy.roots(factor, rate) if sympy.degree(factor, rate) <= 2 else ():
            a, b = root.as_real_imag()
            growth = sympy.exp(a * t)
            found += [growth] if b == 0 and a != 0 else []
            found += [growth * sympy.cos(b * t), growth * sympy.sin(b * t)] if _is_upper(a, b) else []
    return found


def _is_upper(a: sympy.Expr, b: sympy.Expr) -> bool:
    """Whether a + i b is the one of a pair of roots to take; False where parameters leave open if they are real."""
    if not parameters_in(a, b):
        return bool(b.is_positive)
    known = all(part.is_rational_function(*part.free_symbols) for part in (a, b))
    return known and b != 0 and not b.could_extract_minus_sign()


def families(expression: sympy.Expr, variables: Sequence[sympy.Symbol]) -> list[list[sympy.Expr]]:
    """Functions of the independent variables that an equation suggests, by family; no polynomials.

    exp(c): exp(+-c); sin(c) or cos(c): both; roots or negative powers of b: half powers of b.
    """
    found: list[list[sympy.Expr]] = []
    own = set(variables)
    for argument in arguments(expression, sympy.exp):
        if variables_in(argument) <= own:
            found.append([sympy.exp(argument), sympy.exp(-argument)])
    for argument in arguments(expression, sympy.sin, sympy.cos):
        if variables_in(argument) <= own:
            found.append([sympy.sin(argument), sympy.cos(argument)])
    found += [[base ** sympy.Rational(k, 2) for k in (-1, 1, 3)] for base in bases(expression, variables)]
    found += [
        [p.base**-p.exp, p.base ** (1 + p.exp), p.base ** (2 + p.exp)] for p in symbolic_powers(expression, variables)
    ]
    return found


def arguments(expression: sympy.Expr, *kinds: type) -> list[sympy.Expr]:
    """What functions of these kinds are taken of, constants excepted."""
    return sorted({f.args[0] for f in expression.atoms(*kinds) if f.args and variables_in(f)}, key=str)


def symbolic_powers(expression: sympy.Expr, variables: Sequence[sympy.Symbol]) -> list[sympy.Expr]:
    """Powers such as t^m, whose exponent is a parameter, of a function of one independent variable."""
    powers = filter(is_symbolic_power, expression.atoms(sympy.Pow))
    return sorted((p for p in powers if any(variables_in(p.base) == {v} for v in variables)), key=str)


def bases(expression: sympy.Expr, variables: Sequence[sympy.Symbol]) -> list[sympy.Expr]:
    """What an equation has roots or negative powers of, if it is a function of one independent variable alone."""
    powers = [
        p for p in expression.atoms(sympy.Pow) if p.exp.is_number and not (p.exp.is_integer and p.exp.is_positive)
    ]
    return sorted({monic(p.base) for p in powers if any(variables_in(p.base) == {v} for v in variables)}, key=str)


def monic(base: sympy.Expr) -> sympy.Expr:
    """A polynomial in one variable divided by its leading coefficient: 2t + 2 and t + 1 have the same powers."""
    variable = next(iter(variables_in(base)), None)
    single = variable is not None and variables_in(base) == {variable} and base.is_polynomial(variable)
    return sympy.Poly(base, variable).monic().as_expr() if single else base
