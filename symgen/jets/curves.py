"""Total derivatives of functions along the graph of solutions, in any number of variables.

Along a curve y + h a, u(y + h a) in the graph the coefficient of h^n is sum over |J| = n of a^J / J! D_J: as many
directions a as there are J of that order give all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from math import factorial, prod

import torch

from symgen.jets.space import Jet, JetSpace, Orders, orders_of


class CurveDerivatives:
    """D_J of the orders `wanted`, and of all lower ones, from series along curves."""

    def __init__(self, space: JetSpace, wanted: Collection[Orders]) -> None:
        self.space = space
        self.order = max((sum(orders) for orders in wanted), default=0)
        m = len(space.independent)
        self.jets = [
            Jet(name, orders) for name in space.dependent for n in range(self.order + 1) for orders in orders_of(m, n)
        ]
        """The derivatives that the curves need."""
        # the lattice points of a simplex determine a form of their degree; all directions serve lower orders too
        self._directions = orders_of(m, self.order) if self.order else []

    @property
    def series_size(self) -> int:
        """How many Taylor coefficients are computed of every function at every point."""
        return max(1, len(self._directions)) * (self.order + 1)

    def __call__(
        self,
        along: Callable[[torch.Tensor], torch.Tensor],
        points: torch.Tensor,
        values: Mapping[Jet, torch.Tensor],
    ) -> dict[Orders, torch.Tensor]:
        """Derivatives (P, K) by order of functions given by `along` (see `symgen.generators.features`).

        From points (P, d) and the `values` (P,) of derivatives there.
        """
        m = len(self.space.independent)
        if not self.order:
            return {self.space.none: along(points[None])[0]}
        steps = points.new_tensor(self._directions) / self.order
        series = torch.stack([along(self._curve(points, values, step)) for step in steps])
        found = {self.space.none: series[0, 0]}
        for n in range(1, self.order + 1):
            targets = orders_of(m, n)
            weights = torch.stack(
                [torch.stack([(step ** step.new_tensor(J)).prod() for J in targets]) for step in steps]
            )
            solved = torch.einsum("jd,dpk->jpk", torch.linalg.pinv(weights), series[:, n])
            for orders, value in zip(targets, solved, strict=True):
                found[orders] = value * prod(factorial(order) for order in orders)
        return found

    def _curve(self, points: torch.Tensor, values: Mapping[Jet, torch.Tensor], step: torch.Tensor) -> torch.Tensor:
        """Taylor coefficients (order + 1, P, d) of the curve in the graph along one direction."""
        m = len(self.space.independent)
        curve = points.new_zeros(self.order + 1, *points.shape)
        curve[0] = points
        curve[1, :, :m] = step
        for place, name in enumerate(self.space.dependent, m):
            for n in range(1, self.order + 1):
                for orders in orders_of(m, n):
                    weight = prod(float(a) ** k / factorial(k) for a, k in zip(step, orders, strict=True))
                    if weight:
                        curve[n, :, place] += weight * values[Jet(name, orders)]
        return curve
