"""Total derivatives of functions along the graph of solutions, from their Taylor series along curves in it.

Along a curve y + h a, u(y + h a) in the graph the coefficient of h^n is sum over |J| = n of a^J / J! D_J. One curve for
each axis gives the pure derivatives. Mixed ones in some variables, up to order n, come from as many directions in these
as there are J of order n.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import product
from math import factorial, prod

import torch

from symgen.constants import constant
from symgen.jets.space import Jet, JetSpace, Orders, orders_of


class CurveDerivatives:
    """D_J of the orders `wanted`, and of all others that come with them; that of order 0 is always among them."""

    def __init__(self, space: JetSpace, wanted: Collection[Orders]) -> None:
        self.space = space
        m = len(space.independent)
        self._faces = _faces(wanted)
        """Sets of variables with mixed derivatives, and the highest order of these."""
        pure = [max((J[axis] for J in wanted if sum(J) == J[axis]), default=0) for axis in range(m)]
        deep = [max((depth for face, depth in self._faces.items() if axis in face), default=0) for axis in range(m)]
        units = [space.unit(axis) for axis in range(m)]
        self._series: dict[Orders, int] = {
            unit: max(own, mixed) for unit, own, mixed in zip(units, pure, deep, strict=True)
        }
        """Directions, as lattice points, and the order of the series along each."""
        orders = {space.none, *(_times(unit, n) for unit in units for n in range(1, self._series[unit] + 1))}
        for face, depth in self._faces.items():
            self._series |= {direction: depth for direction in _on(face, m, depth) if max(direction) < depth}
            orders |= {J for n in range(2, depth + 1) for J in _on(face, m, n)}
        self.orders = sorted(orders)
        """Those whose derivatives are found."""
        self.jets = [Jet(name, J) for name in space.dependent for J in self.orders]
        """The derivatives of the unknowns that the curves need."""

    @property
    def series_size(self) -> int:
        """How many Taylor coefficients are computed of every function at every point."""
        return sum(order + 1 for order in self._series.values() if order) or 1

    def __call__(
        self,
        along: Callable[[torch.Tensor], torch.Tensor],
        points: torch.Tensor,
        values: Mapping[Jet, torch.Tensor],
        units: Sequence[float] | None = None,
    ) -> dict[Orders, torch.Tensor]:
        """Derivatives (P, K) by order of functions given by `along` (see `symgen.generators.features`).

        From points (P, d) and the `values` (P,) of derivatives there. `units` (m,) are lengths of the variables, so
        that no direction outweighs another.
        """
        m = len(self.space.independent)
        lengths = [1.0] * m if units is None else list(units)[:m]
        series = {
            direction: along(self._curve(points, values, direction, lengths, order))
            for direction, order in self._series.items()
            if order
        }
        first = next(iter(series.values()))[0] if series else along(points[None])[0]
        found = {self.space.none: first}
        for axis in range(m):
            unit = self.space.unit(axis)
            for n in range(1, self._series[unit] + 1):
                found[_times(unit, n)] = series[unit][n] * factorial(n)
        for face, depth in self._faces.items():
            directions = _on(face, m, depth)
            steps = [constant(d, points) / sum(d) for d in directions]
            # a direction along an axis is its unit, the others are lattice points divided by their order
            curves = [series[d] if d in series else series[_unit(d)] for d in directions]
            for n in range(2, depth + 1):
                targets = _on(face, m, n)
                weights = torch.stack([torch.stack([(s ** constant(J, s)).prod() for J in targets]) for s in steps])
                solved = torch.einsum("jd,dpk->jpk", torch.linalg.pinv(weights), torch.stack([c[n] for c in curves]))
                found |= {
                    J: value * prod(map(factorial, J)) for J, value in zip(targets, solved, strict=True) if max(J) < n
                }
        return {J: value / prod(length**k for length, k in zip(lengths, J, strict=True)) for J, value in found.items()}

    def _curve(
        self,
        points: torch.Tensor,
        values: Mapping[Jet, torch.Tensor],
        direction: Orders,
        lengths: Sequence[float],
        order: int,
    ) -> torch.Tensor:
        """Taylor coefficients (order + 1, P, d) of the curve in the graph along one direction."""
        m = len(self.space.independent)
        step = [k / sum(direction) * length for k, length in zip(direction, lengths, strict=True)]
        curve = points.new_zeros(order + 1, *points.shape)
        curve[0] = points
        curve[1, :, :m] = constant(step, points)
        face = tuple(axis for axis, k in enumerate(direction) if k)
        for n in range(1, order + 1):
            for orders in _on(face, m, n):
                weight = prod(a**k / factorial(k) for a, k in zip(step, orders, strict=True))
                for place, name in enumerate(self.space.dependent, m):
                    curve[n, :, place] += weight * values[Jet(name, orders)]
        return curve


def _faces(wanted: Collection[Orders]) -> dict[tuple[int, ...], int]:
    """Sets of two variables or more with mixed derivatives and their highest order, without those within others."""
    found: dict[tuple[int, ...], int] = {}
    for orders in wanted:
        face = tuple(axis for axis, k in enumerate(orders) if k)
        if len(face) > 1:
            found[face] = max(sum(orders), found.get(face, 0))
    inside = {
        face
        for (face, depth), (other, deeper) in product(found.items(), repeat=2)
        if face != other and set(face) <= set(other) and depth <= deeper
    }
    return {face: depth for face, depth in found.items() if face not in inside}


def _on(face: Sequence[int], dimension: int, order: int) -> list[Orders]:
    """Multi-indices of that order in the variables of a face."""
    return [
        tuple(dict(zip(face, own, strict=True)).get(axis, 0) for axis in range(dimension))
        for own in orders_of(len(face), order)
    ]


def _times(unit: Orders, n: int) -> Orders:
    return tuple(n * k for k in unit)


def _unit(direction: Orders) -> Orders:
    return tuple(int(k > 0) for k in direction)
