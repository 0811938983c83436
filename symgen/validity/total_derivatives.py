"""Total derivatives D_x^i D_t^j of features along the graph of u, from their Taylor series along curves in it.

Along (x + a h, t + b h, u there) the coefficient of h^n is sum over i + j = n of a^i b^j / (i! j!) D_x^i D_t^j: one
curve for each axis gives the pure derivatives, and n - 1 more directions the mixed ones of order n.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import torch

from symgen.generators.features import Features
from symgen.generators.space import Space
from symgen.pde.grammar import Jet

Direction = tuple[float, float]


class TotalDerivatives:
    """Total derivatives of the orders `wanted`; (0, 0) is always among them."""

    def __init__(self, wanted: Collection[Jet]) -> None:
        self.wanted = sorted({(0, 0), *wanted})
        self.depth = max((i + j for i, j in self.wanted if i and j), default=0)
        """Highest order of a mixed derivative."""
        self.orders = [max(self.depth, max(jet[axis] for jet in self.wanted)) for axis in range(2)]
        inside = {(i, j) for i in range(self.depth + 1) for j in range(self.depth + 1 - i)}
        pure = {(i, 0) for i in range(self.orders[0] + 1)} | {(0, j) for j in range(self.orders[1] + 1)}
        self.jets: list[Jet] = sorted(inside | pure)
        """The derivatives of u that the curves need."""
        self.diagonals = [(1.0, slope) for slope in _slopes(self.depth - 1)]

    def __call__(
        self, features: Features, space: Space, points: torch.Tensor, jets: torch.Tensor
    ) -> dict[Jet, torch.Tensor]:
        """Derivatives (P, K) by order, from points (P, 3) and the derivatives of u there, (len(self.jets), P)."""
        table = dict(zip(self.jets, jets, strict=True))
        units = space.scale[0], space.scale[1]  # so that no direction of a curve outweighs another

        def series(direction: Direction, order: int) -> torch.Tensor:
            steps = direction[0] * units[0], direction[1] * units[1]
            return features.along(_curve(points, table, steps, order))

        axes = [series((1.0, 0.0), self.orders[0]), series((0.0, 1.0), self.orders[1])]
        found = {(i, 0): axes[0][i] * (math.factorial(i) / units[0] ** i) for i in range(self.orders[0] + 1)}
        found |= {(0, j): axes[1][j] * (math.factorial(j) / units[1] ** j) for j in range(1, self.orders[1] + 1)}
        diagonals = [series(direction, self.depth) for direction in self.diagonals]
        for n in range(2, self.depth + 1):
            used = self.diagonals[: n - 1]
            rest = torch.stack(
                [
                    curve[n] - a**n * axes[0][n] - b**n * axes[1][n]
                    for (a, b), curve in zip(used, diagonals[: n - 1], strict=True)
                ]
            )
            powers = rest.new_tensor([[a**i * b ** (n - i) for i in range(1, n)] for a, b in used])
            mixed = torch.einsum("id,dpk->ipk", torch.linalg.inv(powers), rest)
            for i, values in enumerate(mixed, 1):
                j = n - i
                scale = math.factorial(i) * math.factorial(j) / (units[0] ** i * units[1] ** j)
                found[i, j] = values * scale
        return found


def _slopes(count: int) -> list[float]:
    """1, -1, 1/2, -1/2, 2, -2, 1/3, ...: directions well apart."""
    slopes: list[float] = []
    denominator = 1
    while len(slopes) < count:
        slopes += [1 / denominator, -1 / denominator] if denominator == 1 else []
        slopes += [1 / denominator, -1 / denominator, denominator, -denominator] if denominator > 1 else []
        denominator += 1
    return slopes[: max(count, 0)]


def _curve(points: torch.Tensor, table: dict[Jet, torch.Tensor], steps: Sequence[float], order: int) -> torch.Tensor:
    """Taylor coefficients of (x + a h, t + b h, u(x + a h, t + b h)) for steps (a, b) -> (order + 1, P, 3)."""
    a, b = steps
    rows = [points]
    for n in range(1, order + 1):
        u = torch.zeros_like(points[:, 0])
        for i in range(n + 1):
            weight = a**i * b ** (n - i) / (math.factorial(i) * math.factorial(n - i))
            if weight:
                u = u + weight * table[i, n - i]
        flat = torch.zeros_like(u)
        rows.append(torch.stack([flat + a, flat + b, u] if n == 1 else [flat, flat, u], -1))
    return torch.stack(rows)
