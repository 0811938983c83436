"""Affine fields as matrices: V_a(z) = A_a z + b_a."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from symgen.generators.base import Generators

AFFINE = 1e-8
"""What a field differs from its affine part by, relative to its size over the points, if it is rounding."""


@dataclass(frozen=True)
class AffineParts:
    """Of n fields, in physical units."""

    maps: torch.Tensor
    """A, (n, d, d)."""
    shifts: torch.Tensor
    """b, (n, d)."""

    @property
    def linear(self) -> bool:
        """Whether there are no shifts but rounding, for maps of size 1."""
        return bool(self.shifts.abs().max() <= AFFINE * self.maps.abs().max()) if self.maps.numel() else True


def affine_parts(generators: Generators, points: torch.Tensor) -> AffineParts | None:
    """Matrices of fields, from their values at the space's origin and one scale beside; None unless all are affine.

    Whether they are is told at points (P, d) of the data.
    """
    space = generators.space
    origin, scale = (points.new_tensor(v).double() for v in (space.origin, space.scale))
    points = points.double()
    with torch.no_grad():
        values = generators(torch.cat([origin[None], origin + torch.diag(scale)])).double()
        maps = ((values[:, 1:] - values[:, :1]) / scale[:, None]).transpose(1, 2)
        shifts = values[:, 0] - maps @ origin
        fields = generators(points).double()
        off = fields - (points @ maps.transpose(1, 2) + shifts[:, None])
    sizes, rest = ((f / scale).square().sum(-1).mean(-1).sqrt() for f in (fields, off))
    return AffineParts(maps, shifts) if bool((rest <= AFFINE * sizes).all()) else None
