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


class DeterminingEquations:
    """One equation for every product of free jets: coefficients without jets, of the partial derivatives of V."""

    def __init__(self, space: JetSpace, wanted: Sequence[Condition], rational: Rationaliser) -> None:
        self.space, self.rational = space, rational
        self.partials = {partial for condition in wanted for _, partial in condition}
        self.equations: list[dict[Unknown, Packed]] = []
        jets = [is_jet(space, variable) for variable in rational.ring.symbols]
        for condition in wanted:
            collected: dict[tuple[int, ...], dict[Unknown, Packed]] = {}
            polynomials = rational(list(condition.values()))
            common = _denominator(polynomials)
            for unknown, polynomial in zip(condition, polynomials, strict=True):
                for exponents, value in polynomial.terms():
                    outside = tuple(e for e, jet in zip(exponents, jets, strict=True) if jet)
                    inside = _pack(0 if jet else e for e, jet in zip(exponents, jets, strict=True))
                    terms = collected.setdefault(outside, {}).setdefault(unknown, {})
                    terms[inside] = terms.get(inside, 0) + int(value * common)
            self.equations += collected.values()

    def rows(self, terms: Sequence[sympy.Expr]) -> list[dict[int, Any]]:
        """The equations for the coefficients of an ansatz; that of term k in component c has the column c * K + k."""
        by_partial: dict[Partial, list[tuple[int, Packed]]] = {}
        for k, table in enumerate(self._derivatives(terms)):
            for partial, factor in table.items():
                by_partial.setdefault(partial, []).append((k, factor))
        rows = []
        for equation in self.equations:
            collected: dict[int, dict[int, int]] = {}
            for (component, partial), coefficient in equation.items():
                for k, factor in by_partial.get(partial, ()):
                    place = component * len(terms) + k
                    for right, second in factor.items():
                        for left, first in coefficient.items():
                            row = collected.setdefault(left + right, {})
                            row[place] = row.get(place, 0) + first * second
            rows += self._in_coordinates(collected)
        return rows

    def solved_by(self, field: Field) -> bool:
        """Whether a field leaves nothing of the equations."""
        tables = self._derivatives(field)
        for equation in self.equations:
            total: dict[int, dict[int, int]] = {}
            for (component, partial), coefficient in equation.items():
                for right, second in tables[component].get(partial, {}).items():
                    for left, first in coefficient.items():
                        row = total.setdefault(left + right, {0: 0})
                        row[0] += first * second
            if any(self._in_coordinates(total)):
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

    def _in_coordinates(self, collected: dict[int, dict[int, int]]) -> list[dict[int, Any]]:
        """Rows by monomials -> rows by monomials that are independent, over the field of constants."""
        if self.rational.independent_monomials:
            domain = self.rational.constants.domain
            return [{k: domain(value) for k, value in row.items() if value} for row in collected.values()]
        size = len(self.rational.ring.symbols)
        result: dict[tuple[int, ...], dict[int, Any]] = {}
        for packed, row in collected.items():
            monomial = self.rational.ring.from_dict({_unpack(packed, size): self.rational.ring.domain.one})
            for own, factor in self.rational.coordinates(monomial).items():
                target = result.setdefault(own, {})
                for k, value in row.items():
                    target[k] = target[k] + factor * value if k in target else factor * value
        return [{k: value for k, value in row.items() if value} for row in result.values()]


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
