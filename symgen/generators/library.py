"""Generators from a library: products of one-dimensional functions of each coordinate."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import torch
from pydantic import BaseModel, ConfigDict

from symgen.generators.base import Generators
from symgen.generators.basis import Basis
from symgen.generators.space import Space


class FeatureLibrary(BaseModel):
    """psi_k(z) = product over the coordinates of one function each; every component uses all of them.

    Feature (a, b, c, ...) has the place a * size_1 * size_2 ... + b * size_2 ... + c in row-major order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    axes: tuple[Basis, ...]

    @property
    def size(self) -> int:
        """K, the number of features of one component."""
        return reduce(lambda product, axis: product * axis.size, self.axes, 1)

    def tables(self, points: torch.Tensor, orders: Mapping[int, int]) -> list[list[torch.Tensor]]:
        """For each coordinate, the values of its functions and of their derivatives up to `orders`."""
        return [
            [axis.values(points[:, i], derivative) for derivative in range(orders.get(i, 0) + 1)]
            for i, axis in enumerate(self.axes)
        ]

    def features(self, points: torch.Tensor) -> torch.Tensor:
        """Points (P, d) -> (P, K)."""
        return reduce(outer, (axis.values(points[:, i]) for i, axis in enumerate(self.axes)))


def outer(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Products of all columns: (P, A) and (P, B) -> (P, A * B), row-major."""
    return (left.unsqueeze(-1) * right.unsqueeze(-2)).flatten(-2)


class LibraryGenerators(Generators):
    """V_a^i(z) = scale_i * sum_k coefficients[a, i, k] psi_k(z).

    `coefficients` (n, d, K) are in normalised coordinates, where all entries compare; the call is in
    physical units.
    """

    def __init__(self, space: Space, library: FeatureLibrary, coefficients: torch.Tensor) -> None:
        if coefficients.shape[1:] != (space.dimension, library.size):
            raise ValueError(
                f"coefficients {tuple(coefficients.shape)} do not fit d, K = {space.dimension, library.size}"
            )
        super().__init__(space, len(coefficients))
        self.library = library
        self.register_buffer("coefficients", coefficients)
        self.coefficients: torch.Tensor

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Points (P, d) -> components (n, P, d)."""
        fields = torch.einsum("pk,nik->npi", self.library.features(points), self.coefficients)
        return fields * fields.new_tensor(self.space.scale)
