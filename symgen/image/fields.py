"""Vector fields on the square [-1, 1]^2 of an image: their space, a library for them, random ones."""

from __future__ import annotations

import torch
from torch.nn import functional

from symgen.generators.base import Generators, require_floating
from symgen.generators.basis import Basis
from symgen.generators.held import HeldGenerators
from symgen.generators.inner_product import field_matrix
from symgen.generators.library import FeatureLibrary, LibraryGenerators
from symgen.generators.space import Space

IMAGE_SPACE = Space(
    names=("x", "y"), origin=(0, 0), scale=(1, 1), lower=(-1, -1), upper=(1, 1), periodic=(False, False)
)
"""x to the right, y down, -1 and 1 at the centres of the outermost pixels."""


def chebyshev_library(degree: int) -> FeatureLibrary:
    """T_j(x) T_k(y) for j, k up to the degree."""
    axis = Basis(kind="chebyshev", degree=degree, lower=-1, upper=1)
    return FeatureLibrary(axes=(axis, axis))


class PixelFields(Generators):
    """Fields by their values on a `pixel_grid`, `values` (n, H, W, 2): bilinear in between, held outside of the square.

    For fields that are smooth on the scale of that grid; each then costs the same whatever it was made from.
    """

    def __init__(self, values: torch.Tensor) -> None:
        super().__init__(IMAGE_SPACE, len(values))
        self.register_buffer("values", values.permute(0, 3, 1, 2).contiguous(), persistent=False)
        self.values: torch.Tensor

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Points (P, 2) -> components (n, P, 2)."""
        return self.each(points.expand(self.count, -1, -1))

    def one(self, place: int, points: torch.Tensor) -> torch.Tensor:
        """One field at points (P, 2) -> (P, 2)."""
        return self._sampled(self.values[place : place + 1], points[None])[0]

    def each(self, points: torch.Tensor) -> torch.Tensor:
        """Every field at its own points (n, P, 2) -> (n, P, 2)."""
        return self._sampled(self.values, points)

    def _sampled(self, values: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        require_floating(points)
        places = points.to(values.dtype)[:, :, None]
        found = functional.grid_sample(values, places, "bilinear", "border", align_corners=True)
        return found[..., 0].transpose(1, 2).to(points.dtype)


def random_fields(
    count: int, points: torch.Tensor, weight: torch.Tensor | None = None, degree: int = 3, seed: int = 0
) -> HeldGenerators:
    """Smooth fields to compare with: Chebyshev products with normal coefficients, then made orthonormal.

    Orthonormal as means over `points` (P, 2) under `weight` (P,). Raises ValueError for more fields than the
    library has dimensions.
    """
    library = chebyshev_library(degree)
    if count > 2 * library.size:
        raise ValueError(f"{count} orthonormal fields of degree {degree}: there are {2 * library.size}")
    draw = torch.Generator().manual_seed(seed)
    drawn = torch.randn(count, 2, library.size, generator=draw, dtype=torch.float64).to(points.device)
    raw = LibraryGenerators(IMAGE_SPACE, library, drawn)
    exact = None if weight is None else weight.double()
    factor = torch.linalg.qr(field_matrix(raw, points.double(), weight=exact), mode="r").R
    coefficients = torch.linalg.solve_triangular(factor.T, drawn.flatten(1), upper=False)
    return HeldGenerators(LibraryGenerators(IMAGE_SPACE, library, coefficients.reshape(drawn.shape).to(points.dtype)))
