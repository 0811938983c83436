"""Names in equations: x, t, u, the derivatives u_x, u_xx, u_t, u_xxt ..., and declared parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping

import sympy

from symgen.equations.grammar import PARAMETER_HINT, indexed_derivative, require_order, require_usual
from symgen.equations.notation import plain
from symgen.exceptions import UsageError
from symgen.expressions import FUNCTIONS, parse
from symgen.jets.space import Jet as SpaceJet
from symgen.jets.space import JetSpace

SPACE = JetSpace(("x", "t"), ("u",))
X, T, U = SPACE.coordinates
_OTHER = re.compile(r"[A-Za-z]+_[xt]+")

Jet = tuple[int, int]
"""(i, j) stands for the derivative of u, i times in x and j times in t."""


def jet_symbol(jet: Jet) -> sympy.Symbol:
    """The symbol of a derivative: (0, 0) -> u, (2, 1) -> u_xxt."""
    return SPACE.symbol(SpaceJet("u", jet))


def symbol_jet(symbol: sympy.Symbol) -> Jet | None:
    """The inverse of `jet_symbol`; None for a symbol that is no derivative of u."""
    jet = SPACE.jet(symbol.name)
    return (jet.orders[0], jet.orders[1]) if jet else None


def parse_equation(text: str, parameters: Mapping[str, sympy.Expr] | None = None) -> sympy.Expr:
    """The expression Delta of an equation Delta = 0, with the values of its `parameters` put in.

    Raises UsageError that points at a fault in the text.
    """
    values = parameters or {}
    for name in values:
        if name in (*SPACE.names, "pi", *FUNCTIONS) or SPACE.jet(name) or not name.isidentifier():
            raise UsageError(f"{name!r} cannot be the name of a parameter. Choose another.")

    def lookup(name: str) -> sympy.Expr | None:
        if name in values:
            return values[name]
        if name in SPACE.independent:
            return {"x": X, "t": T}[name]
        jet = SPACE.jet(name)
        if jet is None:
            require_usual(name, SPACE)
        if jet is None and _OTHER.fullmatch(name):
            raise ValueError(f"has {name!r}, a derivative of another unknown than u, which is the only one here")
        if jet is None:
            return None
        require_order(jet.order)
        return SPACE.symbol(jet)

    (text,) = plain([text], values, SPACE.independent, SPACE.dependent).texts
    known = [*SPACE.names, "u_x", "u_xx", "u_t", *values]
    return parse(text, lookup, known, PARAMETER_HINT, _derivative, {"lap": lambda inside: _derivative(inside, "xx")})


def differentiate(expression: sympy.Expr, direction: int) -> sympy.Expr:
    """D_x (direction 0) or D_t (direction 1) of an expression in x, t and the derivatives of u, multiplied out."""
    return SPACE.total_derivative(expression, direction)


def _derivative(expression: sympy.Expr, index: str) -> sympy.Expr:
    return indexed_derivative(SPACE, expression, index)
