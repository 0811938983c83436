"""Functions in which the symmetries of an equation are likely to be written."""

from __future__ import annotations

from itertools import product

import sympy

from symgen.pde.equation import Equation
from symgen.pde.grammar import T, U, X


def formula_stages(equation: Equation) -> list[list[sympy.Expr]]:
    """Dictionaries of functions of x, t, u, the simplest first, for `symgen.generators.formulas`.

    Monomials of total degree up to 1, 2 and 3; before each of the last two, for each function of t alone in the
    equation, its family (exp(ct): exp(+-ct); b(t)^p: half powers of b) times monomials in x and u of the degree
    before: what the equation suggests is likelier than high powers.
    """
    stages = []
    for degree in (1, 2):
        space = _monomials((X, U), degree)
        stages.append(_monomials((X, T, U), degree))
        stages += [[m * g for g in (sympy.Integer(1), *family) for m in space] for family in _families(equation)]
    return [*stages, _monomials((X, T, U), 3)]


def _monomials(symbols: tuple[sympy.Symbol, ...], degree: int) -> list[sympy.Expr]:
    powers = product(range(degree + 1), repeat=len(symbols))
    chosen = sorted((p for p in powers if sum(p) <= degree), key=lambda p: (sum(p), p[::-1]))
    return [sympy.Mul(*(s**k for s, k in zip(symbols, p, strict=True))) for p in chosen]


def _families(equation: Equation) -> list[list[sympy.Expr]]:
    families = []
    expression = equation.expression
    for argument in sorted({e.args[0] for e in expression.atoms(sympy.exp)}, key=str):
        if argument.free_symbols == {T}:
            families.append([sympy.exp(argument), sympy.exp(-argument)])
    denominators = {p.base for p in expression.atoms(sympy.Pow) if p.exp.is_number and not p.exp.is_positive}
    denominators |= {p.base for p in expression.atoms(sympy.Pow) if p.exp.is_number and not p.exp.is_integer}
    for base in sorted((_monic(b) for b in denominators if b.free_symbols == {T}), key=str):
        families.append([base ** sympy.Rational(k, 2) for k in (-1, 1, 3)])
    return families


def _monic(base: sympy.Expr) -> sympy.Expr:
    """A polynomial in t divided by its leading coefficient: 2t + 2 and t + 1 have the same powers."""
    return sympy.Poly(base, T).monic().as_expr() if base.is_polynomial(T) else base
