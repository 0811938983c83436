"""Linear algebra modulo a prime, with random values for constants: which unknowns vanish, and what depends on what.

Vectors that are independent modulo a prime, at values of the constants in them, are independent. That they seem to
depend on one another though they do not has a chance of about 1 in 10^16.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sympy
from sympy.ntheory import nextprime

from symgen.equations.null_space import Row, null_space

PRIME = 2**61 - 1
FIRST_PRIME = 2**60
TRIED = 200
"""Primes that are tried for one modulo which the algebraic numbers of a field exist."""


class Span:
    """A space of vectors over a field of numbers, modulo a prime: places are numbers, and pivots the largest."""

    def __init__(self, domain: Any, values: Mapping[sympy.Symbol, sympy.Expr] | None = None) -> None:
        """`domain` is the rationals, an algebraic number field, or a field of rational functions of constants.

        `values` are rational ones of some of these constants, or rational functions of the others; the others are
        random. Then entries that have no value raise ZeroDivisionError.
        """
        self._prime, self._residue = _residues(domain, values or {})
        self.rows: dict[int, dict[int, int]] = {}
        """In reduced echelon form, by pivot."""

    def add(self, vector: Mapping[int, Any]) -> bool:
        """Whether the space has become larger."""
        row = {place: v for place, entry in vector.items() if (v := self._residue(entry))}
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
    span = Span(domain)
    for row in rows:
        span.add({place[column]: value for column, value in row.items()})
    vectors: list[Row] = []
    for k, column in enumerate(order):
        if k not in span.rows:
            own = {column, *(order[pivot] for pivot, row in span.rows.items() if k in row)}
            restricted = [{c: value for c, value in row.items() if c in own} for row in rows]
            vectors += null_space(restricted, [c for c in order if c in own], domain)
    return vectors


def _residues(domain: Any, known: Mapping[sympy.Symbol, sympy.Expr]) -> tuple[int, Callable[[Any], int]]:
    """A prime, and the map from a field to residues modulo it."""

    def rational(number: Any, prime: int) -> int:
        return int(number.numerator) * pow(int(number.denominator), -1, prime) % prime

    if domain.is_QQ:
        return PRIME, lambda number: rational(number, PRIME)
    draw = random.Random(0)
    if domain.is_FractionField:
        drawn = {symbol: draw.randrange(1, PRIME) for symbol in domain.symbols}
        values = [
            _at(known[symbol], drawn) if symbol in known else drawn[symbol] for symbol in domain.symbols
        ]

        def polynomial(element: Any) -> int:
            total = 0
            for exponents, factor in element.terms():
                term = rational(factor, PRIME)
                for v, exponent in zip(values, exponents, strict=True):
                    term = term * pow(v, exponent, PRIME) % PRIME
                total += term
            return total % PRIME

        def fraction(element: Any) -> int:
            below = polynomial(element.denom)
            if not below:
                raise ZeroDivisionError
            return polynomial(element.numer) * pow(below, -1, PRIME) % PRIME

        return PRIME, fraction
    prime, root = _root(domain)

    def algebraic(element: Any) -> int:
        total = 0
        for factor in element.to_list():
            total = (total * root + rational(factor, prime)) % prime
        return total

    return prime, algebraic


def _at(expression: sympy.Expr, values: Mapping[sympy.Symbol, int]) -> int:
    """A rational function modulo the prime."""
    number = sympy.cancel(expression.subs({symbol: sympy.Integer(value) for symbol, value in values.items()}))
    return int(number.p) * pow(int(number.q), -1, PRIME) % PRIME


def _root(domain: Any) -> tuple[int, int]:
    """A prime and a root of an algebraic field's polynomial modulo it."""
    symbol = sympy.Symbol("root")
    numbers = [sympy.QQ.to_sympy(c) for c in domain.mod.to_list()]
    polynomial = sympy.Poly(numbers, symbol).clear_denoms()[1].as_expr()
    prime = FIRST_PRIME
    for _ in range(TRIED):
        prime = nextprime(prime)
        for factor, _ in sympy.Poly(polynomial, symbol, modulus=prime).factor_list()[1]:
            if factor.degree() == 1:
                slope, constant = (int(c) for c in factor.all_coeffs())
                return prime, -constant * pow(slope, -1, prime) % prime
    raise ArithmeticError(f"no prime of {TRIED} has a root of {polynomial}")
