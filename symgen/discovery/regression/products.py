"""The terms among which the equations of a system are sought: derivatives of products of unknowns, by total size.

The size of a term is its degree plus its order: 3 for u_xx, u*v_x and u^2*v, 5 for u_xxxx and (u^2*v)_xx. Libraries of
all terms up to a size grow slowly with the number of variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement
from math import prod

import sympy

from symgen.jets.space import Jet, JetSpace, Orders, orders_of
from symgen.pde.axis import TIME

DEGREE, ORDER = 3, 4
SIZES = (3, 4, 5)
"""Of the libraries, in the order in which they are tried."""
MOST_IN_LIBRARY = 240
"""Terms with which a library is too large."""


@dataclass(frozen=True)
class Product:
    """A derivative of a product of unknowns, D^orders (u^a v^b); or a product times a derivative of one unknown.

    Or the Laplacian of a product, or the Laplacian of this: then `orders` are those of its first part.
    """

    space: JetSpace
    powers: tuple[int, ...]
    """Of the unknowns."""
    orders: Orders
    """How often it is differentiated in each variable."""
    of: int | None = None
    """Which unknown is differentiated, if not the whole product."""
    parts: tuple[tuple[Fraction, Product], ...] = ()
    """Coefficients and terms that add up to it, where it is computed from these."""
    laplacians: int = 0

    @property
    def degree(self) -> int:
        """Unknowns that are multiplied."""
        return sum(self.powers) + (self.of is not None)

    @property
    def order(self) -> int:
        """Of the derivative."""
        return sum(self.orders)

    @property
    def size(self) -> int:
        """Degree and order together."""
        return self.degree + self.order

    @property
    def in_jets(self) -> sympy.Expr:
        """Multiplied out: 2*u*u_x for (u^2)_x."""
        if self.laplacians:
            return sympy.Add(*(sympy.Rational(factor) * part.in_jets for factor, part in self.parts))
        product = prod(
            (symbol**power for symbol, power in zip(self.space.unknowns, self.powers, strict=True)), start=sympy.S.One
        )
        if self.of is not None:
            return product * self.space.symbol(Jet(self.space.dependent[self.of], self.orders))
        for axis, order in enumerate(self.orders):
            for _ in range(order):
                product = self.space.total_derivative(product, axis)
        return product

    @property
    def text(self) -> str:
        """Such as `u_xx`, `(u v)_x`, `u^2 v_x`, `lap(u)`."""
        factors = [
            name + (f"^{power}" if power > 1 else "")
            for name, power in zip(self.space.dependent, self.powers, strict=True)
            if power
        ]
        index = "".join(name * order for name, order in zip(self.space.independent, self.orders, strict=True))
        if self.of is not None:
            return " ".join([*factors, f"{self.space.dependent[self.of]}_{index}"])
        product = " ".join(factors) or "1"
        if self.laplacians:
            return "lap(" * self.laplacians + product + ")" * self.laplacians
        if not index:
            return product
        return f"{product}_{index}" if sum(self.powers) == 1 else f"({product})_{index}"

    @property
    def rank(self) -> tuple[bool, int, int, int]:
        """Ascending: which terms are preferred where data cannot tell them apart: small ones, of low order."""
        return self.of is not None, self.size, self.order, self.degree


def library(space: JetSpace, size: int) -> tuple[Product, ...]:
    """All terms up to a size, of degree up to 3 and order up to 4 in space; the constant is one.

    Of terms of one order in space there are both forms, (u v)_x and u v_x; and in several dimensions Laplacians, so
    that what is the same in all directions takes no more terms than there.
    """
    axes = [place for place, name in enumerate(space.independent) if name != TIME]
    found = [Product(space, (0,) * len(space.dependent), space.none)]
    for degree in range(1, min(DEGREE, size) + 1):
        for powers in _powers(len(space.dependent), degree):
            found += [
                Product(space, powers, _spread(own, axes, space))
                for order in range(min(ORDER, size - degree if axes else 0) + 1)
                for own in orders_of(len(axes), order)
            ]
            if len(axes) > 1:
                found += [_laplacian(space, powers, axes, k) for k in (1, 2) if 2 * k <= min(ORDER, size - degree)]
            if size > degree and sum(p > 0 for p in powers) > 1:
                found += [term for axis in axes for term in _one_derived(space, powers, space.unit(axis))]
    return tuple(found)


def of_time(space: JetSpace, unknown: int) -> tuple[Product, ...]:
    """First derivatives in t of all unknowns, and of powers of one: what damps its equation of second order.

    With derivatives of all products, it would be that of its equation of first order.
    """
    time = space.unit(space.independent.index(TIME))
    powers = [*_powers(len(space.dependent), 1)]
    powers += [tuple(degree * one for one in powers[unknown]) for degree in range(2, DEGREE + 1)]
    return tuple(Product(space, own, time) for own in powers)


def _one_derived(space: JetSpace, powers: tuple[int, ...], orders: Orders) -> Iterator[Product]:
    """Of u^2 v: u^2 v_x and u v u_x. The first follows from the others and (u^2 v)_x, by Leibniz' rule."""
    unknowns = [place for place, power in enumerate(powers) if power]
    others = [Product(space, _less(powers, place), orders, place) for place in unknowns]
    first, *rest = others
    factor = Fraction(1, powers[unknowns[0]])
    parts = [(factor, Product(space, powers, orders))]
    parts += [(-factor * powers[place], term) for place, term in zip(unknowns[1:], rest, strict=True)]
    yield Product(space, first.powers, orders, first.of, tuple(parts))
    yield from rest


def _laplacian(space: JetSpace, powers: tuple[int, ...], axes: Sequence[int], times: int) -> Product:
    """The sum of the second derivatives along all axes, or of those of this."""
    everywhere = range(len(space.independent))
    parts = tuple(
        (Fraction(len(set(pick))), Product(space, powers, tuple(2 * pick.count(place) for place in everywhere)))
        for pick in combinations_with_replacement(axes, times)
    )
    return Product(space, powers, parts[0][1].orders, parts=parts, laplacians=times)


def _powers(unknowns: int, degree: int) -> Iterator[tuple[int, ...]]:
    for pick in combinations_with_replacement(range(unknowns), degree):
        yield tuple(pick.count(place) for place in range(unknowns))


def _less(powers: tuple[int, ...], place: int) -> tuple[int, ...]:
    return tuple(power - (k == place) for k, power in enumerate(powers))


def _spread(orders: Orders, axes: Sequence[int], space: JetSpace) -> Orders:
    """Orders along some axes as orders along all."""
    own = dict(zip(axes, orders, strict=True))
    return tuple(own.get(place, 0) for place in range(len(space.independent)))
