"""Differential polynomials: in the independent variables, the derivatives of the unknowns and functions of these.

Exponents are packed into one whole number, so that the product of two monomials is a sum. Functions such as sin(u) and
1/u are variables of their own; their relations, such as sin(u)^2 + cos(u)^2 = 1, are left to a `Rationaliser`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

import sympy

from symgen.equations.constants import ConstantField
from symgen.equations.rational import Rationaliser
from symgen.equations.reduction import Reduction
from symgen.exceptions import UsageError
from symgen.jets.space import Jet, JetSpace, Orders
from symgen.symbolic import Parameter

BITS = 16
"""For one exponent, far beyond what occurs."""
MOST_FUNCTIONS = 40
"""Functions and their derivatives, at most."""
Poly = dict[int, Any]
"""From packed exponents to rational coefficients."""


class DifferentialRing:
    """The ring of what is polynomial in variables, jets and functions; these are added as they occur.

    With a system, total derivatives are those on its solutions, of what is in free derivatives.
    """

    def __init__(self, space: JetSpace, system: Reduction | None = None) -> None:
        self.space, self._system = space, system
        self.symbols: list[sympy.Expr] = []
        self._place: dict[sympy.Expr, int] = {}
        self._jets: dict[int, Jet] = {}
        self._functions: list[int] = []
        self._totals: dict[tuple[int, int], Poly] = {}
        self._slopes: dict[tuple[int, int], Poly] = {}

    def __call__(self, expression: sympy.Expr) -> Poly:
        """An expression as a polynomial."""
        total: Poly = {}
        for term in sympy.Add.make_args(sympy.expand(expression)):
            coefficient, packed = sympy.QQ(1), 0
            for factor in sympy.Mul.make_args(term):
                if factor.is_Rational:
                    coefficient *= sympy.QQ(factor.p, factor.q)
                else:
                    base, power = _split(factor)
                    packed += power << (BITS * self.place(base))
            _add(total, packed, coefficient)
        return total

    def expression(self, polynomial: Poly) -> sympy.Expr:
        """A polynomial as an expression."""
        return sympy.Add(
            *(sympy.Rational(c.numerator, c.denominator) * self.monomial(p) for p, c in polynomial.items())
        )

    def monomial(self, packed: int) -> sympy.Expr:
        """A product of powers as an expression."""
        return sympy.Mul(*(self.symbols[place] ** power for place, power in powers(packed)))

    def place(self, symbol: sympy.Expr) -> int:
        """The number of a variable, jet or function."""
        if symbol not in self._place:
            place = self._place[symbol] = len(self.symbols)
            self.symbols.append(symbol)
            jet = self.space.jet(symbol.name) if symbol.is_Symbol else None
            if jet is not None:
                self._jets[place] = jet
            elif not symbol.is_Symbol:
                self._functions.append(place)
                if len(self._functions) > MOST_FUNCTIONS:
                    raise UsageError(
                        f"{symbol} and its derivatives are too many functions for conservation laws by algebra."
                    )
        return self._place[symbol]

    def jet(self, place: int) -> Jet | None:
        """The derivative of an unknown that has a number; None for other variables."""
        return self._jets.get(place)

    def jets(self, polynomial: Poly) -> list[Jet]:
        """The derivatives in a polynomial, also those that its functions are of."""
        places = {place for packed in polynomial for place, _ in powers(packed)}
        found = {self._jets[place] for place in places if place in self._jets}
        for place in places.intersection(self._functions):
            found |= {*self.space.jets(self.symbols[place])}
        return self.space.sorted(found)

    def total_derivative(self, polynomial: Poly, axis: int) -> Poly:
        """D_i of a polynomial."""
        return self._derived(polynomial, lambda place: self._total(place, axis))

    def partial(self, polynomial: Poly, jet: Jet) -> Poly:
        """The partial derivative in an unknown or one of its derivatives."""
        number = self.place(self.space.symbol(jet))
        return self._derived(polynomial, lambda place: self._slope(place, number))

    def euler(self, polynomial: Poly, unknown: str, raised: Orders | None = None) -> Poly:
        """The Euler operator sum of (-D)^(K - J) C(K, J) d/du_K over K >= J, for J = 0 or the `raised` orders.

        Olver, Applications of Lie Groups to Differential Equations, (4.3) and (5.104).
        """
        least = raised or self.space.none
        parts: dict[Orders, Poly] = {}
        for jet in self.jets(polynomial):
            if jet.unknown != unknown or not jet.exceeds(Jet(unknown, least)):
                continue
            weight = 1
            for have, low in zip(jet.orders, least, strict=True):
                weight *= comb(have, low)
            parts[tuple(a - b for a, b in zip(jet.orders, least, strict=True))] = scaled(
                self.partial(polynomial, jet), weight
            )
        return self._folded(parts, 0)

    def _folded(self, parts: Mapping[Orders, Poly], axis: int) -> Poly:
        """Sum of (-D)^K of the parts by K, each axis by Horner's rule."""
        if not parts:
            return {}
        if axis == len(self.space.independent):
            return next(iter(parts.values()))
        result: Poly = {}
        for order in range(max(orders[axis] for orders in parts), -1, -1):
            result = scaled(self.total_derivative(result, axis), -1)
            add(result, self._folded({k: p for k, p in parts.items() if k[axis] == order}, axis + 1))
        return result

    def _derived(self, polynomial: Poly, rule: Any) -> Poly:
        """A derivation, from what it makes of the variables."""
        total: Poly = {}
        for packed, coefficient in polynomial.items():
            for place, power in powers(packed):
                below = packed - (1 << (BITS * place))
                for right, factor in rule(place).items():
                    _add(total, below + right, coefficient * power * factor)
        return total

    def _total(self, place: int, axis: int) -> Poly:
        if (place, axis) not in self._totals:
            symbol = self.symbols[place]
            jet = self._jets.get(place)
            if jet and self._system and self._system.leading(jet.raised(axis)):
                found = self(self._system.reduce(jet.raised(axis)))
            elif jet:
                found = {self.unit(self.space.symbol(jet.raised(axis))): sympy.QQ(1)}
            elif symbol.is_Symbol:
                found = {0: sympy.QQ(1)} if symbol == self.space.variables[axis] else {}
            else:
                where = self._system or self.space
                found = self(where.total_derivative(symbol, axis))
            self._totals[place, axis] = found
        return self._totals[place, axis]

    def _slope(self, place: int, number: int) -> Poly:
        if (place, number) not in self._slopes:
            if self.symbols[place].is_Symbol:
                found = {0: sympy.QQ(1)} if place == number else {}
            else:
                found = self(sympy.diff(self.symbols[place], self.symbols[number]))
            self._slopes[place, number] = found
        return self._slopes[place, number]

    def unit(self, symbol: sympy.Expr) -> int:
        """A variable, jet or function as a packed monomial."""
        return 1 << (BITS * self.place(symbol))

    def relations(self, monomials: Sequence[int]) -> Relations | None:
        """What knows the relations among the functions of some monomials; None where there are none and no parameters.

        Parameters that are left as symbols go into the coefficients.
        """
        parameters = [place for place, symbol in enumerate(self.symbols) if isinstance(symbol, Parameter)]
        if not self._functions and not parameters:
            return None
        powers = {f for place in self._functions for f in self.symbols[place].atoms(sympy.Pow)}
        related = {symbol for f in powers for symbol in f.free_symbols}  # u and 1/u are related, u and sin(u) are not
        places = {*self._functions, *parameters, *(self._place[symbol] for symbol in related if symbol in self._place)}
        mask = sum(((1 << BITS) - 1) << (BITS * place) for place in places)
        inside = sorted({packed & mask for packed in monomials})
        rational = Rationaliser([self.monomial(packed) for packed in inside], ())
        polynomials = rational([self.monomial(packed) for packed in inside])
        return Relations(
            dict(zip(inside, map(rational.coordinates, polynomials), strict=True)), mask, rational.constants
        )


@dataclass(frozen=True)
class Relations:
    """Monomials in terms of independent ones."""

    known: Mapping[int, Mapping[tuple[int, ...], Any]]
    """Of functions and what is related to them, by exponents, with coefficients in the field of constants."""
    mask: int
    """Of the places of these."""
    constants: ConstantField

    def __call__(self, packed: int) -> Iterator[tuple[tuple[int, tuple[int, ...]], Any]]:
        """Independent monomials, and their coefficients in this one."""
        inside = packed & self.mask
        for exponents, factor in self.known[inside].items():
            yield (packed - inside, exponents), factor


def powers(packed: int) -> Iterator[tuple[int, int]]:
    """Places and exponents of a monomial."""
    place = 0
    while packed:
        shift = ((packed & -packed).bit_length() - 1) // BITS
        place += shift
        packed >>= shift * BITS
        yield place, packed & ((1 << BITS) - 1)
        packed >>= BITS
        place += 1


def product(first: Poly, second: Poly) -> Poly:
    """Of two polynomials."""
    total: Poly = {}
    for left, a in first.items():
        for right, b in second.items():
            _add(total, left + right, a * b)
    return total


def scaled(polynomial: Poly, factor: Any) -> Poly:
    """A polynomial times a number."""
    return {packed: coefficient * factor for packed, coefficient in polynomial.items()} if factor else {}


def add(total: Poly, other: Poly, factor: Any = 1) -> None:
    """Add a multiple of a polynomial to one in place."""
    for packed, coefficient in other.items():
        _add(total, packed, coefficient * factor)


def _add(total: Poly, packed: int, coefficient: Any) -> None:
    value = total.get(packed, 0) + coefficient
    if value:
        total[packed] = value
    else:
        total.pop(packed, None)


def _split(factor: sympy.Expr) -> tuple[sympy.Expr, int]:
    """A variable or function, and its power; roots and negative powers are functions."""
    if factor.is_Pow and factor.exp.is_Rational and factor.base != sympy.E:
        if factor.exp.is_Integer and factor.exp > 0:
            return factor.base, int(factor.exp)
        sign = 1 if factor.exp > 0 else -1
        return factor.base ** sympy.Rational(sign, factor.exp.q), abs(int(factor.exp.p))
    return factor, 1
