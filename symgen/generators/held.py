"""Generators continued beyond the data by the values they have near their edge."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from symgen.constants import constant
from symgen.generators.base import Generators


class HeldGenerators(Generators):
    """Some generators, outside the range of the data as at the nearest point of it: a fitted field means nothing there.

    It would carry points off to infinity in finite time. `chosen` are places, by default all. The fields are still
    taken as they are within `slack[i]` times the range of coordinate i beyond it (by default 0); infinity for
    coordinates in which they are periodic.
    """

    def __init__(
        self, generators: Generators, chosen: Sequence[int] | None = None, slack: Sequence[float] | None = None
    ) -> None:
        self.chosen = None if chosen is None else list(chosen)
        super().__init__(generators.space, generators.count if self.chosen is None else len(self.chosen))
        self.generators = generators
        edges = zip(self.space.lower, self.space.upper, slack or [0.0] * self.space.dimension, strict=True)
        ends = [(lower - share * (upper - lower), upper + share * (upper - lower)) for lower, upper, share in edges]
        self.lower, self.upper = (tuple(end) for end in zip(*ends, strict=True))

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Points (P, d) -> components (n, P, d)."""
        values = self.generators(self._held(points))
        return values if self.chosen is None else torch.stack([values[a] for a in self.chosen])

    def one(self, place: int, points: torch.Tensor) -> torch.Tensor:
        """One field at points (P, d) -> (P, d)."""
        return self.generators.one(place if self.chosen is None else self.chosen[place], self._held(points))

    def each(self, points: torch.Tensor) -> torch.Tensor:
        """Every field at its own points (n, P, d) -> (n, P, d)."""
        return self.generators.each(self._held(points)) if self.chosen is None else super().each(points)

    def only(self, places: Sequence[int]) -> HeldGenerators:
        """Some of these."""
        some = HeldGenerators(self.generators, [(self.chosen or range(self.count))[i] for i in places])
        some.lower, some.upper = self.lower, self.upper
        return some

    def _held(self, points: torch.Tensor) -> torch.Tensor:
        return points.clamp(constant(self.lower, points), constant(self.upper, points))
