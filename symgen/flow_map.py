"""Flows as maps: exp(V) of combinations of generators, tabulated on a box, cheap at any number of points.

A flow of smooth fields is a smooth map, so a few Chebyshev nodes in each coordinate give it to many digits (Trefethen,
Approximation Theory and Approximation Practice, chapters 3 and 8), where integrating from every point of a grid would
cost a hundred times as much.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from symgen.constants import constant
from symgen.flow import Flow

TOLERANCE = 1e-9
"""Chebyshev coefficients of the displacement below this, in units of the space's scales, are no longer missed."""
NEGLIGIBLE = 1e-12
FIRST_NODES = (6, 6, 4)
MOST_NODES = (48, 48, 12)


@dataclass(frozen=True)
class FlowMap:
    """Displacements exp(V_c) z - z of C maps on a space of three coordinates, by their Chebyshev coefficients."""

    coefficients: torch.Tensor
    """(C, k_0, k_1, k_2, 3), physical units."""
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    scale: tuple[float, ...]
    """Of the space."""
    error: float
    """Size of the last coefficients, in units of the space's scales: what is cut off is about as large."""

    @classmethod
    def tabulate(
        cls,
        flow: Flow,
        weights: torch.Tensor,
        lower: Sequence[float],
        upper: Sequence[float],
        tolerance: float = TOLERANCE,
    ) -> FlowMap:
        """The maps exp(sum_a weights_a V_a), weights (C, n), on the box from `lower` to `upper`, physical units.

        Nodes are doubled along every coordinate whose last coefficients are not small yet, up to MOST_NODES. Raises
        FlowError where the flow leaves every bound.
        """
        scale = constant(flow.generators.space.scale, weights)
        sizes = list(FIRST_NODES)
        while True:
            nodes = [_nodes(k, a, b, weights) for k, a, b in zip(sizes, lower, upper, strict=True)]
            points = torch.stack(torch.meshgrid(*nodes, indexing="ij"), -1)
            start = points.flatten(0, 2).expand(len(weights), -1, -1)
            moved = flow(start, 1.0, weights[:, None])
            table = (moved - start).reshape(-1, *points.shape)
            for axis, k in enumerate(sizes, 1):
                table = torch.movedim(torch.tensordot(table, _transform(k, weights), ([axis], [1])), -1, axis)
            size = (table / scale).abs().amax((0, -1))
            tails = [float(size.movedim(axis, 0)[-2:].amax()) for axis in range(3)]
            short = [a for a in range(3) if tails[a] > tolerance and sizes[a] < MOST_NODES[a]]
            if not short:
                return cls(table, tuple(lower), tuple(upper), flow.generators.space.scale, max(tails))
            sizes = [min(2 * k, MOST_NODES[a]) if a in short else k for a, k in enumerate(sizes)]

    def on_grid(self, x: torch.Tensor, t: torch.Tensor) -> FibreMap:
        """The maps above every point of the grid x, (nx,) or (C, nx), by t (nt,), as functions of u alone."""
        along_x = _polynomials(self._normalised(x, 0), self.coefficients.shape[1])
        along_t = _polynomials(self._normalised(t, 1), self.coefficients.shape[2])
        table = torch.einsum("tj,cijkd->ctikd", along_t, self.coefficients)
        table = torch.einsum("xi,ctikd->ctxdk" if x.ndim == 1 else "cxi,ctikd->ctxdk", along_x, table)
        base = torch.stack(torch.broadcast_tensors(x[..., None, :], t[:, None]), -1)
        # most fields hardly depend on u: coefficients that do not count would cost as much as others
        counted = (table.abs().amax((0, 1, 2)) > NEGLIGIBLE * constant(self.scale, table)[:, None]).any(0)
        kept = int(counted.nonzero().max()) + 1 if counted.any() else 1
        return FibreMap(table[..., :kept], base, self.lower[2], self.upper[2])

    def _normalised(self, values: torch.Tensor, axis: int) -> torch.Tensor:
        return (2 * values - self.lower[axis] - self.upper[axis]) / (self.upper[axis] - self.lower[axis])


@dataclass(frozen=True)
class FibreMap:
    """C maps of points (x, t, u) above a grid, with x and t of the grid and u free."""

    coefficients: torch.Tensor
    """(C, nt, nx, 3, k): Chebyshev coefficients in u of the displacement."""
    base: torch.Tensor
    """(nt, nx, 2) or (C, nt, nx, 2): x and t of the grid."""
    lower: float
    upper: float

    def __call__(self, u: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """u (C, nt, nx) -> where the points go (C, nt, nx, 3), and the derivative of that by u."""
        slope = 2 / (self.upper - self.lower)
        z = (u - self.lower) * slope - 1
        polynomials, rates = _polynomials_and_rates(z, self.coefficients.shape[-1])
        both = (self.coefficients @ torch.stack([polynomials, rates * slope], -1)).unbind(-1)
        moved = both[0] + torch.cat([self.base.expand(*u.shape, 2), u[..., None]], -1)
        return moved, both[1] + constant((0, 0, 1), both[1])

    @property
    def projects(self) -> bool:
        """Whether where x and t go does not depend on u, to rounding."""
        free = self.coefficients[..., :2, 1:].abs().amax((0, 1, 2, 4)) if self.coefficients.shape[-1] > 1 else None
        size = self.base.flatten(0, -2).amax(0) - self.base.flatten(0, -2).amin(0)
        return free is None or bool((free <= 1e-12 * size).all())


def _nodes(k: int, lower: float, upper: float, like: torch.Tensor) -> torch.Tensor:
    """Chebyshev points of the first kind."""
    angles = (torch.arange(k, dtype=like.dtype, device=like.device) + 0.5) * (math.pi / k)
    return (lower + upper) / 2 + (upper - lower) / 2 * torch.cos(angles)


def _transform(k: int, like: torch.Tensor) -> torch.Tensor:
    """(k, k): from values at the nodes to coefficients."""
    numbers = torch.arange(k, dtype=like.dtype, device=like.device)
    matrix = torch.cos(numbers[:, None] * (numbers + 0.5) * (math.pi / k)) * (2 / k)
    matrix[0] /= 2
    return matrix


def _polynomials(z: torch.Tensor, k: int) -> torch.Tensor:
    """T_0 ... T_(k-1) at z (...) -> (..., k)."""
    return _polynomials_and_rates(z, k)[0]


def _polynomials_and_rates(z: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """T_j and their derivatives, by the recurrence; z may lie outside of [-1, 1]."""
    values, rates = [torch.ones_like(z), z], [torch.zeros_like(z), torch.ones_like(z)]
    for _ in range(2, k):
        rates.append(2 * values[-1] + 2 * z * rates[-1] - rates[-2])
        values.append(2 * z * values[-1] - values[-2])
    return torch.stack(values[:k], -1), torch.stack(rates[:k], -1)
