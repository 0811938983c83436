"""Functions in which the symmetries of a system are likely to be written."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from symgen.equations.system import System


def suggestions(system: System) -> list[sympy.Expr]:
    """The families of functions of the independent variables, and what the flow of first-order ODEs is made of."""
    variables = system.space.variables
    found = [f for expression in system.expressions for family in families(expression, variables) for f in family]
    if len(variables) == 1 and all(lead.order == 1 for lead in system.rules):
        rights = [system.reduce(lead) for lead in system.rules]
        found += [right for right in rights if not right.is_polynomial(*system.space.coordinates)]
    return list(dict.fromkeys(found))


def families(expression: sympy.Expr, variables: Sequence[sympy.Symbol]) -> list[list[sympy.Expr]]:
    """Functions of the independent variables that an equation suggests, by family; no polynomials.

    exp(c): exp(+-c); sin(c) or cos(c): both; roots or negative powers of b: half powers of b.
    """
    found: list[list[sympy.Expr]] = []
    own = set(variables)
    for argument in arguments(expression, sympy.exp):
        if argument.free_symbols <= own:
            found.append([sympy.exp(argument), sympy.exp(-argument)])
    for argument in arguments(expression, sympy.sin, sympy.cos):
        if argument.free_symbols <= own:
            found.append([sympy.sin(argument), sympy.cos(argument)])
    found += [[base ** sympy.Rational(k, 2) for k in (-1, 1, 3)] for base in bases(expression, variables)]
    return found


def arguments(expression: sympy.Expr, *kinds: type) -> list[sympy.Expr]:
    """What functions of these kinds are taken of, constants excepted."""
    return sorted({f.args[0] for f in expression.atoms(*kinds) if f.args and f.free_symbols}, key=str)


def bases(expression: sympy.Expr, variables: Sequence[sympy.Symbol]) -> list[sympy.Expr]:
    """What an equation has roots or negative powers of, if it is a function of one independent variable alone."""
    powers = [
        p for p in expression.atoms(sympy.Pow) if p.exp.is_number and not (p.exp.is_integer and p.exp.is_positive)
    ]
    return sorted({monic(p.base) for p in powers if any(p.base.free_symbols == {v} for v in variables)}, key=str)


def monic(base: sympy.Expr) -> sympy.Expr:
    """A polynomial in one variable divided by its leading coefficient: 2t + 2 and t + 1 have the same powers."""
    variable = next(iter(base.free_symbols), None)
    single = variable is not None and base.free_symbols == {variable} and base.is_polynomial(variable)
    return sympy.Poly(base, variable).monic().as_expr() if single else base
