"""Names in equations: x, t, u, the derivatives u_x, u_xx, u_t, u_xxt ..., and declared parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable

import sympy

from symgen.exceptions import UsageError
from symgen.expressions import FUNCTIONS, parse

MAX_ORDER = 8
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


def parse_equation(text: str, parameters: Iterable[str] = ()) -> sympy.Expr:
    """The expression Delta of an equation Delta = 0; raises UsageError that points at a fault in the text."""
    names = list(parameters)
    for name in names:
        if name in ("x", "t", "u", "pi", *FUNCTIONS) or _jet(name) or not name.isidentifier():
            raise UsageError(f"{name!r} cannot be the name of a parameter. Choose another.")

    def lookup(name: str) -> sympy.Expr | None:
        if name in names:
            return sympy.Symbol(name, real=True)
        if name in ("x", "t", "u"):
            return {"x": X, "t": T, "u": U}[name]
        jet = _jet(name)
        if jet and sum(jet) > MAX_ORDER:
            raise ValueError(f"has a derivative of order {sum(jet)}; at most {MAX_ORDER} are supported")
        if not jet and _OTHER.fullmatch(name):
            raise ValueError(f"has {name!r}, a derivative of another unknown than u; systems are not supported")
        return jet_symbol(jet) if jet else None

    return parse(text, lookup, ["x", "t", "u", "u_x", "u_xx", "u_t", *names], PARAMETER_HINT)


def _jet(name: str) -> Jet | None:
    match = _JET.fullmatch(name)
    return (match[1].count("x"), match[1].count("t")) if match else None
