"""Some generators, as they act on the first coordinates alone."""

from __future__ import annotations

import torch

from symgen.constants import constant
from symgen.generators.base import Generators
from symgen.generators.space import Space


class PartGenerators(Generators):
    """The first `count` generators on the first `dimension` coordinates, which they must map to themselves.

    So do the fields of an equivariance, V on the inputs and W on the outputs, with the inputs.
    """

    def __init__(self, generators: Generators, count: int | None = None, dimension: int | None = None) -> None:
        whole = generators.space
        d = whole.dimension if dimension is None else dimension
        super().__init__(first_coordinates(whole, d), generators.count if count is None else count)
        self.generators = generators

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Points (P, d) -> components (n, P, d); the other coordinates stay at the space's origin."""
        values: torch.Tensor = self.generators(self._whole(points))
        return values[: self.count, :, : self.space.dimension]

    def one(self, place: int, points: torch.Tensor) -> torch.Tensor:
        """One field at points (P, d) -> (P, d)."""
        return self.generators.one(place, self._whole(points))[:, : self.space.dimension]

    def _whole(self, points: torch.Tensor) -> torch.Tensor:
        rest = constant(self.generators.space.origin[self.space.dimension :], points)
        return torch.cat([points, rest.expand(len(points), -1)], -1)


def first_coordinates(space: Space, d: int) -> Space:
    """The space of the first d coordinates."""
    return Space(**{name: value[:d] for name, value in space.model_dump().items()})
