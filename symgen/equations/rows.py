"""The determining equations as rows of a matrix over the constants, for the coefficients of an ansatz.

Exponents are packed into one whole number, so that the product of two monomials is a sum; coefficients are whole
numbers too, as every equation may be multiplied by a constant.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest
from math import lcm, perm, prod
from typing import Any

import sympy
from sympy.polys.rings import PolyElement

from symgen.equations.ansatz import Field, derivatives
from symgen.equations.determining import Condition, Partial, Unknown, is_jet
from symgen.equations.rational import Rationaliser
from symgen.jets.space import JetSpace

BITS = 24
"""For one exponent, far beyond what occurs."""
Packed = dict[int, int]
"""A polynomial with whole coefficients, by packed exponents."""


Product = tuple[int, tuple[int, ...]]
"""The number of a condition, and exponents in the ring."""


class DeterminingEquations:
    """One equation for every product of free jets: coefficients without jets, of the partial derivatives of V."""

    def __init__(self, space: JetSpace, wanted: Sequence[Condition], rational: Rationaliser) -> None:
        self.space, self.rational = space, rational
        self.partials = {partial for condition in wanted for _, partial in condition}
        self.equations: list[tuple[Product, dict[Unknown, Packed]]] = []
        """By the products of free jets that they stand before."""
        jets = [is_jet(space, variable) for variable in rational.ring.symbols]
        for number, condition in enumerate(wanted):
            collected: dict[Product, dict[Unknown, Packed]] = {}
            polynomials = rational(list(condition.values()))
            common = _denominator(polynomials)
            for unknown, polynomial in zip(condition, polynomials, strict=True):
                for exponents, value in polynomial.terms():
                    outside = number, tuple(e if jet else 0 for e, jet in zip(exponents, jets, strict=True))
                    inside = _pack(0 if jet else e for e, jet in zip(exponents, jets, strict=True))
                    terms = collected.setdefault(outside, {}).setdefault(unknown, {})
                    terms[inside] = terms.get(inside, 0) + int(value * common)
            self.equations += collected.items()

    def rows(self, terms: Sequence[sympy.Expr]) -> list[dict[int, Any]]:
        """The equations for the coefficients of an ansatz; that of term k in component c has the column c * K + k."""
        return [row for _, _, row in self._keyed(terms)]

    def rows_by_monomial(self, terms: Sequence[sympy.Expr]) -> list[tuple[Product, dict[int, Any]]]:
        """The same where there are constants, each with the monomial in variables of the ring that it stands before."""
        size = len(self.rational.variables)
        return [
            ((number, tuple(a + b for a, b in zip(outside[:size], inside, strict=True))), row)
            for (number, outside), inside, row in self._keyed(terms)
        ]

    def _keyed(self, terms: Sequence[sympy.Expr]) -> list[tuple[Product, Any, dict[int, Any]]]:
        by_partial: dict[Partial, list[tuple[int, Packed]]] = {}
        for k, table in enumerate(self._derivatives(terms)):
            for partial, factor in table.items():
                by_partial.setdefault(partial, []).append((k, factor))
        rows = []
        for outside, equation in self.equations:
            collected: dict[int, dict[int, int]] = {}
            for (component, partial), coefficient in equation.items():
                for k, factor in by_partial.get(partial, ()):
                    place = component * len(terms) + k
                    for right, second in factor.items():
                        for left, first in coefficient.items():
                            row = collected.setdefault(left + right, {})
                            row[place] = row.get(place, 0) + first * second
            rows += [(outside, inside, row) for inside, row in self._in_coordinates(collected)]
        return rows

    def solved_by(self, field: Field) -> bool:
        """Whether a field leaves nothing of the equations."""
        tables = self._derivatives(field)
        for _, equation in self.equations:
            total: dict[int, dict[int, int]] = {}
            for (component, partial), coefficient in equation.items():
                for right, second in tables[component].get(partial, {}).items():
                    for left, first in coefficient.items():
                        row = total.setdefault(left + right, {0: 0})
                        row[0] += first * second
            if any(row for _, row in self._in_coordinates(total)):
                return False
        return True

    def _derivatives(self, expressions: Sequence[sympy.Expr]) -> list[dict[Partial, Packed]]:
        """Those partial derivatives that the equations have, all times one constant and the common denominator."""
        plain = [terms for e in expressions if (terms := self.rational.terms(e)) is not None]
        if self.rational.is_rational and len(plain) == len(expressions):
            common = lcm(*(int(value.denominator) for terms in plain for value in terms.values()))
            whole = [{e: int(value * common) for e, value in terms.items()} for terms in plain]
            return [_of_polynomial(terms, self.partials) for terms in whole]
        tables = [derivatives(e, self.space.coordinates, self.partials) for e in expressions]
        polynomials = self.rational([value for table in tables for value in table.values()])
        common = _denominator(polynomials)
        packed = iter([{_pack(e): int(value * common) for e, value in p.terms()} for p in polynomials])
        return [{partial: next(packed) for partial in table} for table in tables]

    def _in_coordinates(self, collected: dict[int, dict[int, int]]) -> list[tuple[Any, dict[int, Any]]]:
        """Rows by monomials -> rows by monomials that are independent, over the field of constants."""
        if self.rational.independent_monomials:
            domain = self.rational.constants.domain
            return [(key, {k: domain(value) for k, value in row.items() if value}) for key, row in collected.items()]
        size = len(self.rational.ring.symbols)
        result: dict[tuple[int, ...], dict[int, Any]] = {}
        for packed, row in collected.items():
            monomial = self.rational.ring.from_dict({_unpack(packed, size): self.rational.ring.domain.one})
            for own, factor in self.rational.coordinates(monomial).items():
                target = result.setdefault(own, {})
                for k, value in row.items():
                    target[k] = target[k] + factor * value if k in target else factor * value
        return [(own, {k: value for k, value in row.items() if value}) for own, row in result.items()]


def _of_polynomial(terms: Mapping[tuple[int, ...], int], partials: Collection[Partial]) -> dict[Partial, Packed]:
    """Partial derivatives, other than 0, of a polynomial in the coordinates, which are the first variables."""
    result: dict[Partial, Packed] = {}
    for partial in partials:
        table: Packed = {}
        for exponents, value in terms.items():
            if all(e >= order for e, order in zip(exponents, partial, strict=False)):
                factor = prod(perm(e, order) for e, order in zip(exponents, partial, strict=False))
                lower = (e - order for e, order in zip_longest(exponents, partial, fillvalue=0))
                table[_pack(lower)] = factor * value
        if table:
            result[partial] = table
    return result


def _denominator(polynomials: Sequence[PolyElement]) -> int:
    return lcm(*(int(value.denominator) for p in polynomials for value in p.values()))


def _pack(exponents: Any) -> int:
    packed = 0
    for place, exponent in enumerate(exponents):
        packed |= exponent << (BITS * place)
    return packed


def _unpack(packed: int, size: int) -> tuple[int, ...]:
    mask = (1 << BITS) - 1
    return tuple(packed >> (BITS * place) & mask for place in range(size))
