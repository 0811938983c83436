"""Invariance of a density: where points are moved, as many of them lie everywhere as before.

div(p V) = 0, or with the score s = grad log p: s . V + div V = 0, for every particle the divergence of its own field.
"""

from __future__ import annotations

from typing import ClassVar

import torch

from symgen.constants import constant
from symgen.flow import Flow
from symgen.generators.base import Generators, require_floating
from symgen.generators.features import Features
from symgen.generators.library import LibraryGenerators
from symgen.generators.space import Space
from symgen.points.point_set import PointSet
from symgen.points.target import Target
from symgen.validity.points import STEP, Condition, Invariance


class Density(Invariance):
    """Of a density whose logarithm is a function of one component, up to a constant."""

    condition: ClassVar[Condition] = "density"

    def __init__(self, target: Target, data: PointSet, name: str | None = None) -> None:
        if len(target.names) != 1:
            raise ValueError(f"the logarithm of a density has one component, not {len(target.names)}")
        super().__init__(target, data, name)

    def rows(self, features: Features, points: torch.Tensor) -> torch.Tensor:
        """s . V + div V at points (B, k, d), relative to `size` -> (B, d K)."""
        divergence = divergences(features, points.flatten(0, 1)).unflatten(0, points.shape[:2]).sum(1)
        divergence = divergence * constant(self.space.scale, points)[:, None]
        own = float(self.deviation[0]) * self.size  # rows of invariance are in units of the deviation
        return super().rows(features, points) + divergence.flatten(1) / own

    def moved(self, generators: Generators, place: int, scale: float, points: torch.Tensor) -> torch.Tensor:
        """Points (B, k, d) by exp(s V), and the logarithm of the volume that they carry -> (B, k, d + 1).

        Those that have been moved already may be given as well. Raises FlowError where points leave every bound.
        """
        if points.shape[-1] == self.data.dimension:
            points = torch.cat([points, torch.zeros_like(points[..., :1])], -1)
        return Flow(WithVolume(generators), step=STEP)(points, scale, place)

    def difference(self, moved: torch.Tensor, still: torch.Tensor) -> torch.Tensor:
        """Change of log p with the logarithm of the volume, over the deviation of log p (B, 1)."""
        change = self.target.function(moved[..., :-1]) - self.target.function(still)
        return (change + moved[..., -1:].sum(1)) / self.deviation


class WithVolume(Generators):
    """Fields on d coordinates and the logarithm of the volume, which grows by the divergence."""

    def __init__(self, generators: Generators) -> None:
        space = generators.space
        more: dict[str, tuple] = {"names": ("_volume",), "origin": (0.0,), "scale": (1.0,), "lower": (-1.0,)}
        more |= {"upper": (1.0,), "periodic": (False,)}
        super().__init__(
            Space(**{key: (*getattr(space, key), *value) for key, value in more.items()}), generators.count
        )
        self.generators = generators

    def one(self, place: int, points: torch.Tensor) -> torch.Tensor:
        """One field at points (P, d + 1) -> (P, d + 1)."""
        require_floating(points)
        fields, own = self.generators, points[:, :-1]
        if isinstance(fields, LibraryGenerators):
            fields = LibraryGenerators(fields.space, fields.library, fields.coefficients[place : place + 1])
            return torch.cat([fields(own)[0], _divergence(fields, own)[0, :, None]], -1)
        own, divergence = own.contiguous(), torch.zeros_like(own[:, 0])
        for axis, direction in enumerate(torch.eye(own.shape[-1], dtype=own.dtype, device=own.device)):
            ahead = direction.expand_as(own).contiguous()
            slope = torch.func.jvp(lambda z: fields.one(place, z), (own,), (ahead,))[1]
            divergence = divergence + slope[:, axis]
        return torch.cat([fields.one(place, own), divergence[:, None]], -1)

    def each(self, points: torch.Tensor) -> torch.Tensor:
        """Every field at its own points (n, P, d + 1) -> (n, P, d + 1)."""
        own = points[..., :-1].contiguous()  # forward mode takes no expanded ones
        divergence = torch.zeros_like(own[..., 0])
        for place, direction in enumerate(torch.eye(own.shape[-1], dtype=own.dtype, device=own.device)):
            slope = torch.func.jvp(self.generators.each, (own,), (direction.expand_as(own).contiguous(),))[1]
            divergence = divergence + slope[..., place]
        return torch.cat([self.generators.each(own), divergence[..., None]], -1)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Points (P, d + 1) -> components (n, P, d + 1)."""
        require_floating(points)
        own = points[:, :-1]
        divergence = _divergence(self.generators, own)
        return torch.cat([self.generators(own), divergence[..., None]], -1)


def _divergence(generators: Generators, points: torch.Tensor) -> torch.Tensor:
    """Of fields at points (P, d) -> (n, P)."""
    if isinstance(generators, LibraryGenerators):
        own = torch.promote_types(generators.coefficients.dtype, points.dtype)
        rates = generators.coefficients.to(own) * constant(generators.space.scale, points).to(own)[:, None]
        return torch.einsum("pik,nik->np", divergences(generators.library, points.to(own)), rates).to(points.dtype)
    return generators.jacobian(points).diagonal(dim1=-2, dim2=-1).sum(-1)


def divergences(features: Features, points: torch.Tensor) -> torch.Tensor:
    """d psi_k / dz_i at points (P, d) -> (P, d, K)."""
    parts = []
    for direction in torch.eye(points.shape[1], dtype=points.dtype, device=points.device):
        parts.append(features.along(torch.stack([points, direction.expand_as(points)]))[1])
    return torch.stack(parts, 1)
