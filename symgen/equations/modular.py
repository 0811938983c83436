"""Linear algebra modulo a prime, with random values for constants: which unknowns vanish, and what depends on what.

Vectors that are independent modulo a prime, at values of the constants in them, are independent. That they seem to
depend on one another though they do not has a chance of about 1 in 10^16.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy
from sympy.ntheory import nextprime
from sympy.polys.polyerrors import NotAlgebraic

from symgen.equations.null_space import Row, null_space

PRIME = 2**61 - 1
FIRST_PRIME = 2**60
TRIED = 200
"""Primes that are tried for one modulo which the algebraic numbers of a field exist."""


class Residues:
    """The map from a field of numbers to residues modulo a prime.

    The field is the rationals, an algebraic number field, or that of rational functions of constants. These have random
    values, except those with `values`: algebraic numbers, or rational functions of the others.
    """

    def __init__(self, domain: Any, values: Mapping[sympy.Symbol, sympy.Expr] | None = None) -> None:
        values = values or {}
        self.prime = PRIME
        self._domain = domain
        self._root = 0
        self._at: dict[sympy.Symbol, int] = {}
        self._known: dict[Any, int] = {}
        if domain.is_QQ:
            return
        if not domain.is_FractionField:
            polynomial = sympy.Poly([sympy.QQ.to_sympy(c) for c in domain.mod.to_list()], sympy.Symbol("root"))
            self.prime, self._root = _root(polynomial)
            return
        draw = random.Random(0)
        symbols = dict.fromkeys([*domain.symbols, *values, *(s for v in values.values() for s in v.free_symbols)])
        self._at = {symbol: draw.randrange(1, FIRST_PRIME) for symbol in symbols}
        for symbol, value in values.items():
            if value.is_number and not value.is_Rational:
                self.prime, self._at[symbol] = _root(_minimal_polynomial(value))
            else:
                self._at[symbol] = self.of(value)

    def __call__(self, element: Any) -> int:
        """Of an element of the field; ZeroDivisionError where a denominator vanishes."""
        if self._domain.is_QQ:
            return self._rational(element)
        if element not in self._known:
            self._known[element] = (
                self._fraction(element) if self._domain.is_FractionField else self._algebraic(element)
            )
        return self._known[element]

    def of(self, expression: sympy.Expr) -> int:
        """Of a rational function of the constants; ArithmeticError where it has other numbers, such as roots."""
        values = {
            s: sympy.Integer(self._at.setdefault(s, random.Random(s.name).randrange(1, FIRST_PRIME)))
            for s in expression.free_symbols
        }
        number = sympy.cancel(expression.subs(values))
        if not number.is_Rational:
            raise ArithmeticError(f"{expression} is no rational function of the constants")
        return int(number.p) * self._inverse(int(number.q)) % self.prime

    def _inverse(self, number: int) -> int:
        if not number % self.prime:
            raise ZeroDivisionError
        return pow(number, -1, self.prime)

    def _rational(self, number: Any) -> int:
        return int(number.numerator) * self._inverse(int(number.denominator)) % self.prime

    def _polynomial(self, element: Any) -> int:
        total = 0
        values = [self._at[symbol] for symbol in self._domain.symbols]
        for exponents, factor in element.terms():
            term = self._rational(factor)
            for v, exponent in zip(values, exponents, strict=True):
                term = term * pow(v, exponent, self.prime) % self.prime
            total += term
        return total % self.prime

    def _fraction(self, element: Any) -> int:
        return self._polynomial(element.numer) * self._inverse(self._polynomial(element.denom)) % self.prime

    def _algebraic(self, element: Any) -> int:
        total = 0
        for factor in element.to_list():
            total = (total * self._root + self._rational(factor)) % self.prime
        return total


class Span:
    """A space of vectors over a field of numbers, modulo a prime: places are numbers, and pivots the largest."""

    def __init__(self, residues: Residues) -> None:
        self._residues = residues
        self._prime = residues.prime
        self.rows: dict[int, dict[int, int]] = {}
        """In reduced echelon form, by pivot."""

    def add(self, vector: Mapping[int, Any]) -> bool:
        """Whether the space has become larger."""
        return self.add_residues({place: self._residues(entry) for place, entry in vector.items()})

    def add_residues(self, vector: Mapping[int, int]) -> bool:
        """The same for a vector of residues."""
        row = {place: v for place, v in vector.items() if v}
        for pivot in [place for place in row if place in self.rows]:
            self._subtract(row, self.rows[pivot], row[pivot])
        if not row:
            return False
        pivot = max(row)
        inverse = pow(row[pivot], -1, self._prime)
        row = {place: v * inverse % self._prime for place, v in row.items()}
        for other in self.rows.values():
            if pivot in other:
                self._subtract(other, row, other[pivot])
        self.rows[pivot] = row
        return True

    def _subtract(self, row: dict[int, int], other: Mapping[int, int], factor: int) -> None:
        for place, v in other.items():
            left = (row.get(place, 0) - factor * v) % self._prime
            if left:
                row[place] = left
            else:
                row.pop(place, None)


def sparse_null_space(rows: Iterable[Row], order: Sequence[int], domain: Any) -> list[Row]:
    """What `null_space` gives, vector by vector, each among the columns that it has modulo a prime.

    Much quicker over fields other than the rationals.
    """
    rows = list(rows)
    place = {column: k for k, column in enumerate(order)}
    span = Span(Residues(domain))
    for row in rows:
        span.add({place[column]: value for column, value in row.items()})
    vectors: list[Row] = []
    for k, column in enumerate(order):
        if k not in span.rows:
            own = {column, *(order[pivot] for pivot, row in span.rows.items() if k in row)}
            restricted = [{c: value for c, value in row.items() if c in own} for row in rows]
            vectors += null_space(restricted, [c for c in order if c in own], domain)
    return vectors


def _minimal_polynomial(number: sympy.Expr) -> sympy.Poly:
    """ArithmeticError for numbers that are not algebraic, such as multiples of pi."""
    try:
        return sympy.minimal_polynomial(number, polys=True)
    except NotAlgebraic as error:
        raise ArithmeticError(str(error)) from error


def _root(polynomial: sympy.Poly) -> tuple[int, int]:
    """A prime and a root of a polynomial in one variable modulo it."""
    whole = polynomial.clear_denoms()[1].as_expr()
    prime = FIRST_PRIME
    for _ in range(TRIED):
        prime = nextprime(prime)
        for factor, _ in sympy.Poly(whole, polynomial.gen, modulus=prime).factor_list()[1]:
            if factor.degree() == 1:
                slope, constant = (int(c) for c in factor.all_coeffs())
                return prime, -constant * pow(slope, -1, prime) % prime
    raise ArithmeticError(f"no prime of {TRIED} has a root of {whole}")
