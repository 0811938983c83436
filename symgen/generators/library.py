"""Generators from a library: products of one-dimensional functions of each coordinate."""

from __future__ import annotations

from functools import reduce

import torch
from pydantic import BaseModel, ConfigDict, Field

from symgen.constants import constant
from symgen.generators.base import Generators, require_floating
from symgen.generators.basis import Basis
from symgen.generators.features import Features
from symgen.generators.inner_product import field_matrix
from symgen.generators.space import MOST_COORDINATES, Space
from symgen.series import outer


class FeatureLibrary(BaseModel):
    """psi_k(z) = product over the coordinates of one function each; every component uses all of them.

    Feature (a, b, c, ...) has the place a * size_1 * size_2 ... + b * size_2 ... + c in row-major order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    axes: tuple[Basis, ...] = Field(min_length=1, max_length=MOST_COORDINATES)

    @property
    def size(self) -> int:
        """K, the number of features of one component."""
        return reduce(lambda product, axis: product * axis.size, self.axes, 1)

    def along(self, curve: torch.Tensor) -> torch.Tensor:
        """Taylor coefficients (m + 1, P, K) of the features along curves (m + 1, P, d)."""
        return reduce(outer, (axis.along(curve[..., i]) for i, axis in enumerate(self.axes)))


class LibraryGenerators(Generators):
    """V_a^i(z) = scale_i * sum_k coefficients[a, i, k] psi_k(z), for the features of a library or a trained trunk.

    `coefficients` (n, d, K) are in normalised coordinates, where all entries compare; the call is in
    physical units.
    """

    def __init__(self, space: Space, library: Features, coefficients: torch.Tensor) -> None:
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
        return self._combined(points, self.coefficients)

    def one(self, place: int, points: torch.Tensor) -> torch.Tensor:
        """One field at points (P, d) -> (P, d)."""
        return self._combined(points, self.coefficients[place : place + 1])[0]

    def _combined(self, points: torch.Tensor, coefficients: torch.Tensor) -> torch.Tensor:
        require_floating(points)
        trained = isinstance(self.library, torch.nn.Module)  # in a precision of its own
        own = coefficients.dtype
        precision = own if trained else torch.promote_types(own, points.dtype)
        features = self.library.along(points.to(precision)[None])[0]
        fields = torch.einsum("pk,nik->npi", features, coefficients.to(precision))
        return (fields * constant(self.space.scale, fields)).to(points.dtype)

    def jacobian(self, points: torch.Tensor) -> torch.Tensor:
        """Derivatives dV^i/dz^j at points (P, d) -> (n, P, d, d), by the features' series along each coordinate."""
        curve = torch.stack([points, torch.zeros_like(points)]).to(self.coefficients.dtype)
        slopes = []
        for place in range(self.space.dimension):
            curve[1] = 0
            curve[1, :, place] = 1
            slopes.append(torch.einsum("pk,nik->npi", self.library.along(curve)[1], self.coefficients))
        scale = constant(self.space.scale, self.coefficients)
        return (torch.stack(slopes, -1) * scale[:, None]).to(points.dtype)


def orthonormalised(generators: LibraryGenerators, points: torch.Tensor) -> LibraryGenerators:
    """The fields after Gram and Schmidt, in their order, with unit norms over points (P, d)."""
    triangular = torch.linalg.qr(field_matrix(generators, points)).R
    mixing = torch.linalg.inv(triangular.T)
    coefficients = torch.einsum("mn,nik->mik", mixing, generators.coefficients)
    return LibraryGenerators(generators.space, generators.library, coefficients)
