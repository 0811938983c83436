"""Leaving out those first integrals that are polynomials of others."""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from sympy.polys.rings import PolyElement

from symgen.equations.conservation.flow import Flow
from symgen.equations.modular import Residues, Span
from symgen.equations.rational import Rationaliser


def without_products(flow: Flow, integrals: Sequence[sympy.Expr], degree: int) -> list[sympy.Expr]:
    """The integrals that are no polynomial of those before them, whose products are formed up to a total degree.

    In the variables of a `Rationaliser`, so that a relation can be missed; see `symgen.equations.modular` for the rest.
    """
    if not integrals:
        return []
    rational = Rationaliser(integrals, flow.coordinates)
    one, *numerators = rational([sympy.S.One, *integrals])
    most = max(degree, 1)
    span = Span(Residues(rational.constants.domain))
    places: dict[tuple[int, ...], int] = {}

    def add(numerator: PolyElement, factors: int) -> bool:
        """Over a common denominator; whether it is no combination of those before."""
        polynomial = rational.coordinates(numerator * one ** (most - factors))
        return span.add({places.setdefault(monomial, len(places)): value for monomial, value in polynomial.items()})

    add(rational.ring.one, 0)
    products: list[tuple[int, int, PolyElement]] = [(0, 0, rational.ring.one)]
    """Degree, number of factors and numerator of each product of those that are chosen."""
    chosen = []
    for place, (integral, numerator) in enumerate(zip(integrals, numerators, strict=True)):
        if not add(numerator, 1):
            continue
        chosen.append(integral)
        if place + 1 == len(integrals):
            break
        own = max(polynomial_degree(flow, integral), 1)
        for total, count, product in list(products):
            for power in range(1, (most - total) // own + 1):
                products.append((total + power * own, count + power, product * numerator**power))
                if count + power > 1:
                    add(products[-1][2], count + power)
    return chosen


def polynomial_degree(flow: Flow, integral: sympy.Expr) -> int:
    """The largest total degree of its terms, without their factors that are no polynomials."""
    largest = 0
    for term in sympy.Add.make_args(sympy.expand_mul(integral)):
        factors = [f for f in sympy.Mul.make_args(term) if f.is_polynomial(*flow.coordinates)]
        largest = max(largest, sympy.total_degree(sympy.Mul(*factors), *flow.coordinates))
    return largest
