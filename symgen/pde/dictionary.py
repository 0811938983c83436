"""Functions in which the symmetries of an equation are likely to be written."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import sympy

from symgen.pde.equation import Equation
from symgen.pde.grammar import T, U, X


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


def monomials(symbols: Sequence[sympy.Expr], degree: int) -> list[sympy.Expr]:
    """All products of powers of the symbols of total degree up to `degree`, the lowest first."""
    powers = product(range(degree + 1), repeat=len(symbols))
    chosen = sorted((p for p in powers if sum(p) <= degree), key=lambda p: (sum(p), p[::-1]))
    return [sympy.Mul(*(s**k for s, k in zip(symbols, p, strict=True))) for p in chosen]


def families(equation: Equation) -> list[list[sympy.Expr]]:
    """Functions of x and t that the equation suggests, by family; no polynomials.

    exp(c): exp(+-c); sin(c) or cos(c): both; roots or negative powers of b: half powers of b.
    """
    found = []
    expression = equation.expression
    for argument in sorted({e.args[0] for e in expression.atoms(sympy.exp)}, key=str):
        if argument.free_symbols <= {X, T}:
            found.append([sympy.exp(argument), sympy.exp(-argument)])
    for argument in sorted({e.args[0] for e in expression.atoms(sympy.sin, sympy.cos)}, key=str):
        if argument.free_symbols <= {X, T}:
            found.append([sympy.sin(argument), sympy.cos(argument)])
    denominators = {p.base for p in expression.atoms(sympy.Pow) if p.exp.is_number and not p.exp.is_positive}
    denominators |= {p.base for p in expression.atoms(sympy.Pow) if p.exp.is_number and not p.exp.is_integer}
    for base in sorted((_monic(b) for b in denominators if b.free_symbols in ({X}, {T})), key=str):
        found.append([base ** sympy.Rational(k, 2) for k in (-1, 1, 3)])
    return found


def _monic(base: sympy.Expr) -> sympy.Expr:
    """A polynomial divided by its leading coefficient: 2t + 2 and t + 1 have the same powers."""
    variable = next(iter(base.free_symbols), T)
    single = base.free_symbols == {variable} and base.is_polynomial(variable)
    return sympy.Poly(base, variable).monic().as_expr() if single else base
