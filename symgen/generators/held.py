"""One generator of several, continued beyond the data by the values it has near their edge."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from symgen.generators.base import Generators


class HeldGenerator(Generators):
    """V_index; outside the range of the data as at the nearest point of it: a fitted field means nothing there.

    The field is still taken as it is within `slack[i]` times the range of coordinate i beyond it; infinity for
    coordinates in which it is periodic.
    """

    def __init__(self, generators: Generators, index: int, slack: Sequence[float]) -> None:
        super().__init__(generators.space, 1)
        self.generators, self.index = generators, index
        edges = list(zip(self.space.lower, self.space.upper, slack, strict=True))
        self.lower = [lower - share * (upper - lower) for lower, upper, share in edges]
        self.upper = [upper + share * (upper - lower) for lower, upper, share in edges]

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Points (P, d) -> components (1, P, d)."""
        held = points.clamp(points.new_tensor(self.lower), points.new_tensor(self.upper))
        return self.generators(held)[self.index, None]
