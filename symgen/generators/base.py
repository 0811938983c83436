"""Generators: n vector fields on one space, whatever they are made of."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch

from symgen.generators.space import Space


class Generators(torch.nn.Module, ABC):
    """n vector fields V_1 ... V_n on a space of dimension d, in physical units.

    Called on points (P, d) it gives the components (n, P, d): row (a, p) is V_a at point p, so that the
    generator acts as sum_i V_a^i d/dz^i. Points are of any floating dtype, and the components of the same; they are
    computed in the generators' own precision, or that of the points if that is higher and the generators are functions
    of any precision. Points of another kind raise TypeError. Subclasses implement `forward`.
    """

    def __init__(self, space: Space, count: int) -> None:
        super().__init__()
        self.space = space
        self.count = count

    @abstractmethod
    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Points (P, d) -> components (n, P, d)."""

    def one(self, place: int, points: torch.Tensor) -> torch.Tensor:
        """The field of that place alone at points (P, d) -> (P, d). Subclasses leave the others out."""
        components: torch.Tensor = self(points)[place]
        return components

    def each(self, points: torch.Tensor) -> torch.Tensor:
        """Every field at its own points (n, P, d) -> (n, P, d)."""
        return torch.stack([self.one(a, points[a]) for a in range(self.count)])

    def jacobian(self, points: torch.Tensor) -> torch.Tensor:
        """Derivatives dV_a^i / dz^j at points (P, d) -> (n, P, d, d), by forward-mode differentiation."""
        columns = []
        for direction in torch.eye(points.shape[-1], dtype=points.dtype, device=points.device):
            columns.append(torch.func.jvp(self, (points,), (direction.expand_as(points).contiguous(),))[1])
        return torch.stack(columns, dim=-1)


def require_floating(points: torch.Tensor) -> None:
    """Raise TypeError for whole numbers: fields would be rounded to whole numbers, too."""
    if not points.is_floating_point():
        raise TypeError(f"points are of {points.dtype}; give floating-point numbers, such as points.double()")
