"""The determining equations as rows of a matrix over the constants, for the coefficients of an ansatz.

Exponents are packed into one whole number, so that the product of two monomials is a sum; coefficients are whole numbers
too, as every equation may be multiplied by a constant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import lcm
from typing import Any

import sympy
from sympy.polys.rings import PolyElement

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
        self.rational = rational
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

    def rows(self, of_terms: Mapping[tuple[int, Partial], sympy.Expr], count: int) -> list[dict[int, Any]]:
        """The equations for the coefficients of `count` terms, from the terms' partial derivatives.

        The coefficient of term k in component c has the column c * count + k.
        """
        by_partial: dict[Partial, list[tuple[int, list[tuple[int, int]]]]] = {}
        factors = self._packed(list(of_terms.values()))
        for (k, partial), factor in zip(of_terms, factors, strict=True):
            by_partial.setdefault(partial, []).append((k, list(factor.items())))
        rows = []
        for equation in self.equations:
            collected: dict[int, dict[int, int]] = {}
            for (component, partial), coefficient in equation.items():
                for k, factor in by_partial.get(partial, ()):
                    place = component * count + k
                    for left, first in coefficient.items():
                        for right, second in factor:
                            row = collected.setdefault(left + right, {})
                            row[place] = row.get(place, 0) + first * second
            rows += self._in_coordinates(collected)
        return rows

    def solved_by(self, of_components: Sequence[Mapping[Partial, sympy.Expr]]) -> bool:
        """Whether a field, given by the partial derivatives of its components, leaves nothing of the equations."""
        keys = [(c, partial) for c, values in enumerate(of_components) for partial in values]
        factors = self._packed([value for values in of_components for value in values.values()])
        values = dict(zip(keys, factors, strict=True))
        for equation in self.equations:
            total: dict[int, dict[int, int]] = {}
            for unknown, coefficient in equation.items():
                for right, second in values.get(unknown, {}).items():
                    for left, first in coefficient.items():
                        row = total.setdefault(left + right, {0: 0})
                        row[0] += first * second
            if any(any(row.values()) for row in self._in_coordinates(total)):
                return False
        return True

    def _packed(self, expressions: Sequence[sympy.Expr]) -> list[Packed]:
        """Expressions times one constant and their common denominator."""
        polynomials = self.rational(expressions)
        common = _denominator(polynomials)
        return [{_pack(e): int(value * common) for e, value in p.terms()} for p in polynomials]

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
