"""Generators of several kinds as one set."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from symgen.generators.base import Generators


class JoinedGenerators(Generators):
    """The generators of all `parts`, on the same space, one part after the other."""

    def __init__(self, parts: Sequence[Generators]) -> None:
        if any(part.space != parts[0].space for part in parts):
            raise ValueError("generators on different spaces cannot be joined")
        super().__init__(parts[0].space, sum(part.count for part in parts))
        self._parts = torch.nn.ModuleList(parts)

    @property
    def parts(self) -> list[Generators]:
        """One after the other."""
        return [part for part in self._parts if isinstance(part, Generators)]

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Points (P, d) -> components (n, P, d)."""
        return torch.cat([part(points) for part in self.parts])

    def one(self, place: int, points: torch.Tensor) -> torch.Tensor:
        """One field at points (P, d) -> (P, d), by its part alone."""
        for part in self.parts:
            if place < part.count:
                return part.one(place, points)
            place -= part.count
        raise IndexError(f"there are {self.count} generators")

    def each(self, points: torch.Tensor) -> torch.Tensor:
        """Every field at its own points (n, P, d) -> (n, P, d)."""
        own = points.split([part.count for part in self.parts])
        return torch.cat([part.each(some) for part, some in zip(self.parts, own, strict=True)])
