"""Samples of jet space: points of the graph of solutions, or any others, with derivatives there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

CONSTANT = 1e-12
"""Relative range of values that are the same."""


def is_constant(values: torch.Tensor) -> bool:
    """Whether values differ by rounding only."""
    return bool(values.max() - values.min() <= CONSTANT * values.abs().max())


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

    def to(self, device: str | torch.device) -> JetSample:
        """The same on a device."""
        return JetSample(self.points.to(device), self.derivatives.to(device))

    def split(self, size: int) -> Iterator[JetSample]:
        """Parts of at most `size` points."""
        for start in range(0, len(self.points), size):
            yield JetSample(self.points[start : start + size], self.derivatives[:, start : start + size])
