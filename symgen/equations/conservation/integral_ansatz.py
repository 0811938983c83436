"""Combinations of products of the state's powers and functions, and the condition that they are first integrals.

D_t(m f) = sum over coordinates of dm/ds (f rate_s) + m D_t f for a monomial m and a function f, so that only what
stands beside monomials needs to be brought to a polynomial form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sympy
from sympy.polys.matrices import DomainMatrix
from sympy.polys.rings import PolyElement

from symgen.equations.conservation.flow import Flow
from symgen.equations.modular import sparse_null_space
from symgen.equations.null_space import null_space
from symgen.equations.rational import Rationaliser

Powers = tuple[int, ...]
"""Exponents of the coordinates in a monomial."""


class IntegralAnsatz:
    """A space of functions of time and the state."""

    def __init__(self, flow: Flow, wanted: Mapping[sympy.Expr, Sequence[Powers]]) -> None:
        """`wanted` has for each function the monomials that it comes with; terms that depend on those before go."""
        self.flow = flow
        rates = (sympy.S.One, *flow.rates)
        parts = {f: [*(sympy.expand_mul(f * rate) for rate in rates), flow.derivative(f)] for f in wanted}
        every = [*flow.coordinates, *wanted, *(part for row in parts.values() for part in row)]
        self._rational = Rationaliser(every, flow.coordinates)
        self.constants = self._rational.constants
        flat = iter(self._rational([part for row in parts.values() for part in row]))
        self._parts = {f: [next(flat) for _ in row] for f, row in parts.items()}
        self._one, *self._images = self._rational([sympy.S.One, *flow.coordinates])
        self._degree = max((sum(powers) for monomials in wanted.values() for powers in monomials), default=0)
        self._image = cache(self._made)
        terms = [(f, powers) for f, monomials in wanted.items() for powers in monomials]
        self.terms = self._independent(terms)
        """Function and exponents of each."""
        kept = {f for f, _ in self.terms}
        self.spare = [f for f in wanted if f not in kept]
        """Functions that are combinations of the others."""

    def expression(self, term: tuple[sympy.Expr, Powers]) -> sympy.Expr:
        """A term as a function."""
        function, powers = term
        return function * sympy.Mul(*(s**e for s, e in zip(self.flow.coordinates, powers, strict=True)))

    def integrals(self) -> list[dict[int, Any]]:
        """Coefficients, by terms, of a basis of those whose derivative along solutions is zero, constants left out."""
        nothing = (0,) * len(self.flow.coordinates)
        places = [k for k, term in enumerate(self.terms) if term != (sympy.S.One, nothing)]
        rows: dict[Any, dict[int, Any]] = {}
        for place in places:
            for monomial, value in self._rational.coordinates(self._derivative(*self.terms[place])).items():
                rows.setdefault(monomial, {})[place] = value
        order = sorted(places, key=lambda k: self._complexity(*self.terms[k]), reverse=True)
        solve = sparse_null_space if self.constants.symbols else null_space
        return solve(rows.values(), order, self.constants.domain)

    def _complexity(self, function: sympy.Expr, powers: Powers) -> tuple[Any, ...]:
        """Sorts terms without t first, then polynomials, by degree; the first are the last to be eliminated."""
        timed = powers[0] > 0 or function.has(self.flow.time)
        return timed, function != 1, sum(powers), function.count_ops(), powers, str(function)

    def _derivative(self, function: sympy.Expr, powers: Powers) -> PolyElement:
        """Along solutions, times the common denominator."""
        *along, own = self._parts[function]
        total = self._image(powers) * own
        for place, (exponent, part) in enumerate(zip(powers, along, strict=True)):
            if exponent:
                lower = tuple(e - (k == place) for k, e in enumerate(powers))
                total += exponent * (self._image(lower) * part)
        return total

    def _made(self, powers: Powers) -> PolyElement:
        """The image of a monomial, times one and the same denominator for all."""
        product = self._one ** (self._degree - sum(powers))
        for image, exponent in zip(self._images, powers, strict=True):
            product *= image**exponent
        return product

    def _independent(self, terms: Sequence[tuple[sympy.Expr, Powers]]) -> list[tuple[sympy.Expr, Powers]]:
        rows: dict[Any, dict[int, Any]] = {}
        for k, (function, powers) in enumerate(terms):
            for monomial, value in self._rational.coordinates(self._image(powers) * self._parts[function][0]).items():
                rows.setdefault(monomial, {})[k] = value
        matrix = DomainMatrix(dict(enumerate(rows.values())), (len(rows), len(terms)), self.constants.domain)
        return [terms[k] for k in matrix.rref()[1]]
