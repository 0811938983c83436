"""Generators continued beyond the data by the values they have near their edge."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import torch

from symgen.generators.base import Generators


class HeldGenerator(Generators):
    """V_index, or those of several indices; outside the range of the data as at the nearest point of it: a fitted
    field means nothing there.

    The fields are still taken as they are within `slack[i]` times the range of coordinate i beyond it; infinity for
    coordinates in which they are periodic.
    """

    def __init__(self, generators: Generators, index: int | Sequence[int], slack: Sequence[float]) -> None:
        self.chosen = [index] if isinstance(index, int) else list(index)
        super().__init__(generators.space, len(self.chosen))
        self.generators = generators
        edges = list(zip(self.space.lower, self.space.upper, slack, strict=True))
        self.lower = [lower - share * (upper - lower) for lower, upper, share in edges]
        self.upper = [upper + share * (upper - lower) for lower, upper, share in edges]

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Points (P, d) -> components (n, P, d), one for each index."""
        held = points.clamp(points.new_tensor(self.lower), points.new_tensor(self.upper))
        return self.generators(held)[self.chosen]

    def only(self, places: Sequence[int]) -> HeldGenerator:
        """Some of these."""
        some = copy(self)
        some.chosen, some.count = [self.chosen[i] for i in places], len(places)
        return some
