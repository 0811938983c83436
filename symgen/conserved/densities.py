"""Densities to choose from: products of unknowns and their derivatives, of which none is a divergence in space.

Products are of one block if they have the same unknowns and as many derivatives along each axis; divergences of
products are sums within a block, so that elimination in whole numbers, block by block, leaves products that are
independent modulo divergences. Those with the highest derivatives go first: -u_x^2 stands for u u_xx.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement, product

import sympy
from sympy import QQ
from sympy.polys.matrices import DomainMatrix

from symgen.jets.space import Jet, JetSpace

Monomial = tuple[Jet, ...]
"""Factors, sorted."""
SIZES = (1.0, 2.0, 3.0, 4.0)
"""Of products: degree and half of the derivatives, at most; one after the other as long as they are few."""
MOST = 60
"""Densities of a library."""


def density_library(space: JetSpace, axes: Sequence[int], unknowns: Sequence[Jet]) -> list[list[sympy.Expr]]:
    """Products of the `unknowns` (such as u, or u and u_t) and their derivatives along some axes: by size, the plainest
    first, as many as are quick to look at.
    """
    stages: list[list[sympy.Expr]] = []
    before: set[Monomial] = set()
    for size in SIZES:
        found = [m for block in _blocks(unknowns, len(axes), size) for m in _independent(unknowns, axes, *block)]
        if stages and len(found) > MOST:
            break
        found = [monomial for monomial in found if monomial not in before]
        found.sort(key=lambda m: (_size(m, axes), _derived(m, axes)))
        before |= set(found)
        stages.append([sympy.Mul(*map(space.symbol, monomial)) for monomial in found])
    return [stage for stage in stages if stage]


def state_library(space: JetSpace, state: Sequence[Jet], positive: Sequence[Jet]) -> list[list[sympy.Expr]]:
    """Functions of the state of ordinary equations: products of two; with these, logarithms of what is positive, sine
    and cosine of one or two unknowns, and of two or three the inverse of their distance from 0; then products of three.
    """
    symbols, own = list(map(space.symbol, state)), space.unknowns
    products = [
        [sympy.Mul(*factors) for factors in combinations_with_replacement(symbols, degree)] for degree in (1, 2, 3)
    ]
    first = [*products[0], *products[1]]
    first += [sympy.log(space.symbol(jet)) for jet in positive]
    if len(own) <= 2:
        first += [function(u) for u in own for function in (sympy.cos, sympy.sin)]
    if len(own) in (2, 3):
        inverse = 1 / sympy.sqrt(sympy.Add(*(u**2 for u in own)))
        first += [inverse, *(u * inverse for u in own)]
    return [first, products[2]] if len(first) + len(products[2]) <= MOST else [first]


def _derived(monomial: Monomial, axes: Sequence[int]) -> int:
    return sum(jet.orders[axis] for jet in monomial for axis in axes)


def _size(monomial: Monomial, axes: Sequence[int]) -> float:
    return len(monomial) + _derived(monomial, axes) / 2


Block = tuple[tuple[int, ...], tuple[int, ...]]
"""Which unknowns are multiplied, and how many derivatives there are along each axis."""


def _blocks(unknowns: Sequence[Jet], axes: int, size: float) -> Iterator[Block]:
    for degree in range(1, int(size) + 1):
        most = int(2 * (size - degree))
        for factors in combinations_with_replacement(range(len(unknowns)), degree):
            for orders in product(range(most + 1), repeat=axes):
                if sum(orders) <= most:
                    yield factors, orders


def _monomials(
    unknowns: Sequence[Jet], axes: Sequence[int], factors: Sequence[int], orders: Sequence[int]
) -> list[Monomial]:
    """All of a block."""
    found = [tuple(sorted(unknowns[k] for k in factors))]
    for axis, order in zip(axes, orders, strict=True):
        for _ in range(order):
            raised = (tuple(sorted((*m[:k], jet.raised(axis), *m[k + 1 :]))) for m in found for k, jet in enumerate(m))
            found = list(dict.fromkeys(raised))
    return found


def _independent(
    unknowns: Sequence[Jet], axes: Sequence[int], factors: Sequence[int], orders: Sequence[int]
) -> list[Monomial]:
    """Those of a block that are left when divergences are taken for 0."""
    own = _monomials(unknowns, axes, factors, orders)
    own.sort(key=lambda monomial: _plainness(monomial, axes), reverse=True)
    column = {monomial: place for place, monomial in enumerate(own)}
    rows = []
    for place, axis in enumerate(axes):
        if not orders[place]:
            continue
        lower = [order - (k == place) for k, order in enumerate(orders)]
        for monomial in _monomials(unknowns, axes, factors, lower):
            derivative = Counter(
                tuple(sorted((*monomial[:k], jet.raised(axis), *monomial[k + 1 :]))) for k, jet in enumerate(monomial)
            )
            rows.append({column[term]: QQ(count) for term, count in derivative.items()})
    if not rows:
        return own[::-1]
    matrix = DomainMatrix(dict(enumerate(rows)), (len(rows), len(own)), QQ)
    pivots = set(matrix.rref()[1])
    return [monomial for place, monomial in enumerate(own) if place not in pivots][::-1]


def _plainness(monomial: Monomial, axes: Sequence[int]) -> tuple[int, int, Monomial]:
    """Smaller for products of lower derivatives."""
    sizes = [_derived((jet,), axes) for jet in monomial]
    return max(sizes), sum(k * k for k in sizes), monomial
