"""Samples of jet space: points of the graph of solutions, or any others, with derivatives there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class JetSample:
    """P points of jet space, float64, physical units."""

    points: torch.Tensor
    """(P, d): the coordinates of M, independent variables first."""
    derivatives: torch.Tensor
    """(jets, P), in the order in which they were asked for, none of them an unknown itself."""

    def at(self, places: torch.Tensor) -> JetSample:
        """The points of these places."""
        return JetSample(self.points[places], self.derivatives[:, places])

    def split(self, size: int) -> Iterator[JetSample]:
        """Parts of at most `size` points."""
        for start in range(0, len(self.points), size):
            yield JetSample(self.points[start : start + size], self.derivatives[:, start : start + size])
