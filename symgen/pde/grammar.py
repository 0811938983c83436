"""Names in equations: x, t, u, the derivatives u_x, u_xx, u_t, u_xxt ..., and declared parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping

import sympy

from symgen.exceptions import UsageError
from symgen.expressions import FUNCTIONS, count_terms, parse

MAX_ORDER = 8
MOST_DERIVED = 100
"""Terms of a bracket with an index, when it is multiplied out."""
PARAMETER_HINT = " (a parameter needs a value: --param {name}=VALUE)"

X, T, U = sympy.symbols("x t u", real=True)
_JET = re.compile(r"u_([xt]+)")
_OTHER = re.compile(r"[A-Za-z]+_[xt]+")

Jet = tuple[int, int]
"""(i, j) stands for the derivative of u, i times in x and j times in t."""


def jet_symbol(jet: Jet) -> sympy.Symbol:
    """The symbol of a derivative: (0, 0) -> u, (2, 1) -> u_xxt."""
    i, j = jet
    return U if jet == (0, 0) else sympy.Symbol("u_" + "x" * i + "t" * j, real=True)


def symbol_jet(symbol: sympy.Symbol) -> Jet | None:
    """The inverse of `jet_symbol`; None for a symbol that is no derivative of u."""
    return (0, 0) if symbol == U else _jet(symbol.name)


def parse_equation(text: str, parameters: Mapping[str, sympy.Expr] | None = None) -> sympy.Expr:
    """The expression Delta of an equation Delta = 0, with the values of its `parameters` put in.

    Raises UsageError that points at a fault in the text.
    """
    values = parameters or {}
    for name in values:
        if name in ("x", "t", "u", "pi", *FUNCTIONS) or _jet(name) or not name.isidentifier():
            raise UsageError(f"{name!r} cannot be the name of a parameter. Choose another.")

    def lookup(name: str) -> sympy.Expr | None:
        if name in values:
            return values[name]
        if name in ("x", "t", "u"):
            return {"x": X, "t": T, "u": U}[name]
        jet = _jet(name)
        if jet and sum(jet) > MAX_ORDER:
            raise ValueError(f"has a derivative of order {sum(jet)}; at most {MAX_ORDER} are supported")
        if not jet and _OTHER.fullmatch(name):
            raise ValueError(f"has {name!r}, a derivative of another unknown than u; systems are not supported")
        return jet_symbol(jet) if jet else None

    return parse(text, lookup, ["x", "t", "u", "u_x", "u_xx", "u_t", *values], PARAMETER_HINT, _derivative)


def differentiate(expression: sympy.Expr, direction: int) -> sympy.Expr:
    """D_x (direction 0) or D_t (direction 1) of an expression in x, t and the derivatives of u, multiplied out."""
    total = sympy.diff(expression, (X, T)[direction])
    for symbol in sorted(expression.free_symbols, key=str):
        jet = symbol_jet(symbol)
        if jet is not None:
            higher = (jet[0] + (direction == 0), jet[1] + (direction == 1))
            total += sympy.diff(expression, symbol) * jet_symbol(higher)
    return sympy.expand(total)


def _derivative(expression: sympy.Expr, index: str) -> sympy.Expr:
    if not re.fullmatch(r"[xt]+", index):
        raise ValueError(f"has the index {index!r}; derivatives are in x and t, as in (u**2)_xx")
    highest = max((sum(jet) for s in expression.free_symbols if (jet := symbol_jet(s))), default=0)
    if highest + len(index) > MAX_ORDER:
        raise ValueError(f"has a derivative of order {highest + len(index)}; at most {MAX_ORDER} are supported")
    for letter in index:
        if count_terms(expression) > MOST_DERIVED:
            raise ValueError(f"is a derivative of more than {MOST_DERIVED} terms")
        expression = differentiate(expression, "xt".index(letter))
    return expression


def _jet(name: str) -> Jet | None:
    match = _JET.fullmatch(name)
    return (match[1].count("x"), match[1].count("t")) if match else None
