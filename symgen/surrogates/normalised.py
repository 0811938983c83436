"""Points as surrogates take them: all coordinates of all particles, in units of their deviations."""

from __future__ import annotations

import torch

from symgen.exceptions import DataError
from symgen.points.point_set import PointSet

CONSTANT = 1e-12
"""Deviation, relative to the size, of what does not vary."""


class Normalised:
    """Points (B, k, d) -> (B, k d), each coordinate of each particle less its mean, over its deviation."""

    def __init__(self, points: PointSet):
        """Raises DataError for a coordinate that is the same at all points in one of the particles."""
        flat = points.values.flatten(1)
        self._origin, self._size = flat.mean(0), flat.std(0, correction=0)
        for i, (size, largest) in enumerate(zip(self._size.tolist(), flat.abs().amax(0).tolist(), strict=True)):
            if not size > CONSTANT * largest:
                particle, name = i // points.dimension + 1, points.names[i % points.dimension]
                raise DataError(
                    f"{name} of particle {particle} is the same at all points, so they do not show how the target "
                    "depends on it, which a field that moves all particles needs. Give the function itself."
                )

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Normalised points."""
        return (x.flatten(1) - self._origin) / self._size
