"""Equivariance of a function: where its points are moved, its values move by a field of their own.

f(exp(s V) z) = exp(s W) f(z), in the limit J_f V = W(f): linear in V and W together, which are solved for as one field
on points and values that has components V(z) and W(f).
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

import torch

from symgen.exceptions import UsageError
from symgen.generators.features import Features
from symgen.generators.space import Space
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.points.point_set import PointSet, space_of
from symgen.points.target import Target
from symgen.validity.points import Condition, Invariance


class Equivariance(Invariance):
    """Of a function: its values move as a field on them says. Invariances are those whose W is 0."""

    condition: ClassVar[Condition] = "equivariance"

    def __init__(self, target: Target, data: PointSet, name: str | None = None) -> None:
        both = set(target.names) & set(data.names)
        if both:
            raise UsageError(f"{both.pop()} is the name of a coordinate and of an output. Give them different names.")
        super().__init__(target, data, name)

    @cached_property
    def _space(self) -> Space:
        deviation = self.deviation  # refuses outputs that are constant or not finite
        outputs = space_of(self.values(self.data.values), self.outputs)
        inputs = self.data.space
        del deviation
        pairs = {key: (*getattr(inputs, key), *getattr(outputs, key)) for key in Space.model_fields}
        return Space(**pairs)

    @property
    def space(self) -> Space:
        """Coordinates of points, then of values."""
        return self._space

    def joint(self, points: torch.Tensor) -> torch.Tensor:
        """Points (B, k, d) with their values -> (B, k, d + p)."""
        values = self.values(points)
        return torch.cat([points, values[:, None].expand(-1, points.shape[1], -1)], -1)

    def allowed(self, library: TotalDegreeLibrary) -> torch.Tensor:
        """Fields on points depend on points, those on values on values -> (d + p, K)."""
        d, both = self.data.dimension, len(self.space.names)
        rows = []
        for component in range(both):
            others = range(d, both) if component < d else range(d)
            rows.append([not any(degrees[i] for i in others) for degrees in library.degrees])
        return torch.tensor(rows)

    def rows(self, features: Features, points: torch.Tensor) -> torch.Tensor:
        """J_f V - W(f) at points (B, k, d), relative to `size` -> (B p, (d + p) K)."""
        joint, d = self.joint(points), self.data.dimension
        psi = features.along(joint.flatten(0, 1)[None])[0].unflatten(0, joint.shape[:2])
        moved = torch.einsum("bqki,bkm->bqim", self._slopes(points), psi)
        p = joint.shape[2] - d
        own = torch.einsum("qr,bm->bqrm", torch.eye(p).to(psi), psi[:, 0])
        return torch.cat([moved, -own], 2).flatten(2).flatten(0, 1) / self.size

    def difference(self, moved: torch.Tensor, still: torch.Tensor) -> torch.Tensor:
        """f of moved points less moved values of f, over the deviation (B, p)."""
        d = self.data.dimension
        return (self.target.function(moved[..., :d]) - moved[:, 0, d:]) / self.deviation
