"""Parameters of equations that are left as symbols: constants, real and not zero, of which nothing else is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import cycle, islice
from math import lcm

import sympy

SAMPLES = tuple(map(Fraction, ("17/13", "11/29", "23/19", "31/27", "13/34", "41/35")))
"""Values at which formulas with parameters are checked; nothing happens there that does not happen elsewhere."""


class Parameter(sympy.Symbol):
    """One of them; coordinates and derivatives are other symbols."""

    __slots__ = ()

    def __new__(cls, name: str) -> Parameter:
        """By its name."""
        return super().__new__(cls, name, real=True, nonzero=True)


def parameters_in(*expressions: sympy.Expr) -> tuple[Parameter, ...]:
    """Those that expressions have, by name."""
    found = {s for expression in expressions for s in expression.free_symbols if isinstance(s, Parameter)}
    return tuple(sorted(found, key=str))


def variables_in(expression: sympy.Expr) -> set[sympy.Symbol]:
    """The symbols of an expression that are no parameters."""
    return {symbol for symbol in expression.free_symbols if not isinstance(symbol, Parameter)}


def is_constant(expression: sympy.Expr) -> bool:
    """Whether an expression has no symbols but parameters."""
    return expression.is_number or all(isinstance(symbol, Parameter) for symbol in expression.free_symbols)


def is_symbolic_power(expression: sympy.Expr) -> bool:
    """Whether it is a power such as u^m, whose exponent has a parameter."""
    return expression.is_Pow and not expression.exp.is_number and is_constant(expression.exp)


def exponent_terms(power: sympy.Pow) -> list[tuple[sympy.Rational, sympy.Expr]]:
    """The terms of an exponent as rational factors of products of parameters; 1 for the number among them."""
    return [term.as_coeff_Mul(rational=True) for term in sympy.Add.make_args(sympy.expand(power.exp))]


def exponent_units(powers: Iterable[sympy.Pow]) -> dict[tuple[sympy.Expr, sympy.Expr], int]:
    """For each base and product of parameters the least common denominator of its factors."""
    units: dict[tuple[sympy.Expr, sympy.Expr], int] = {}
    for power in powers:
        for factor, key in exponent_terms(power):
            units[power.base, key] = lcm(units.get((power.base, key), 1), factor.q)
    return units


def sample(parameters: Iterable[sympy.Symbol], start: int = 0) -> Mapping[sympy.Symbol, sympy.Rational]:
    """Values for parameters; others with another `start`."""
    values = islice(cycle(SAMPLES), start, None)
    return {
        p: sympy.Rational(v.numerator, v.denominator) for p, v in zip(sorted(parameters, key=str), values, strict=False)
    }
