"""The data's inner product <V, W> = mean over points of V . W, in normalised coordinates."""

from __future__ import annotations

import torch

from symgen.generators.base import Generators
from symgen.generators.space import Space

SMALLEST = 1e-300
"""Norm by which fields are divided, at least, so that the field 0 stays what it is."""


def field_matrix(
    generators: Generators, points: torch.Tensor, space: Space | None = None, weight: torch.Tensor | None = None
) -> torch.Tensor:
    """Columns of generator values at points (P, d) -> (P d, n), scaled so that column products are <V, W>.

    `space` normalises them, by default the generators' own: fields that are to be compared need the same one.
    With `weight` (P,), of mean 1, points count by it: <V, W> = mean over points of weight V . W.
    """
    fields = (space or generators.space).normalise_fields(generators(points))
    if weight is not None:
        fields = fields * weight.sqrt()[:, None]
    return fields.flatten(1).T / len(points) ** 0.5


def norms(matrix: torch.Tensor) -> torch.Tensor:
    """Norms of the fields in a `field_matrix`, (n,)."""
    return torch.linalg.vector_norm(matrix, dim=0)


def alignment(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """|<V_a, W_b>| of unit fields, from two field matrices -> (n, m)."""
    return ((left / norms(left).clamp_min(SMALLEST)).T @ (right / norms(right).clamp_min(SMALLEST))).abs()


def orthonormal_basis(matrix: torch.Tensor, tolerance: float = 1e-10) -> torch.Tensor:
    """Orthonormal columns that span those of `matrix`; dependent ones are dropped."""
    left, singular, _ = torch.linalg.svd(matrix / norms(matrix).clamp_min(SMALLEST), full_matrices=False)
    return left[:, singular > tolerance * singular[0]]
