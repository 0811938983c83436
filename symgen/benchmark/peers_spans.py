"""How far spans of polynomial fields are apart, as LieNLSD measures: by the coefficients of monomials about the origin.

These are in physical units. Its figures are of linear fields alone, those without constant and quadratic terms, which
other methods of discovery are confined to.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from symgen.benchmark.systems import apart
from symgen.generators.base import Generators
from symgen.generators.space import Space
from symgen.inspection.reference import closed_form
from symgen.jets.space import orders_of

DEGREE = 2
NEARLY = 0.1
"""A direction of a span whose other terms are no more than this share of it is a linear field with errors."""


def monomial_coefficients(fields: Generators) -> torch.Tensor:
    """Of polynomial fields of total degree 2 (n, d, K): 1, then the d coordinates, then products of two.

    From values at random points of the space.
    """
    space = fields.space
    orders = _orders(space.dimension)
    reach = torch.tensor([max(abs(a), abs(b)) for a, b in zip(space.lower, space.upper, strict=True)]).double()
    draw = torch.Generator().manual_seed(0)
    share = 2 * torch.rand(4 * len(orders), space.dimension, dtype=torch.float64, generator=draw) - 1
    values = fields(share * reach)
    monomials = (share[:, None] ** orders).prod(-1)
    solution = torch.linalg.lstsq(monomials, values.movedim(1, 0).flatten(1)).solution  # (K, n d)
    return (solution / (reach**orders).prod(-1)[:, None]).T.reshape(len(values), space.dimension, len(orders))


def true_coefficients(rows: Sequence[str], space: Space) -> torch.Tensor:
    """The same of fields given by their components in words."""
    return monomial_coefficients(closed_form(space, [row.split() for row in rows]))


def linear_fields(coefficients: torch.Tensor) -> torch.Tensor:
    """The linear fields in a span (n, d, K) -> coefficients (d d, k) of an orthonormal basis, the other terms left out.

    They are the directions of the span that are NEARLY linear.
    """
    if not len(coefficients):
        return coefficients.new_zeros(coefficients.shape[1] ** 2, 0)
    size, (_, dimension, terms) = len(coefficients), coefficients.shape
    basis = torch.linalg.qr(coefficients.flatten(1).T / coefficients.flatten(1).norm(dim=1)).Q
    fields = basis.T.reshape(size, dimension, terms)
    linear = slice(1, 1 + dimension)
    others = torch.cat([fields[..., :1], fields[..., 1 + dimension :]], -1).flatten(1).T
    _, sines, directions = torch.linalg.svd(others, full_matrices=True)
    sines = torch.cat([sines, sines.new_zeros(size - len(sines))])
    return (directions[sines <= NEARLY] @ fields[..., linear].flatten(1)).T


def distances(found: torch.Tensor, true: torch.Tensor) -> tuple[float, float]:
    """Grassmann distances in radians of two spans, (n, d, K) and (m, d, K): of their linear fields, and of all."""
    return apart(linear_fields(found), linear_fields(true)), apart(found.flatten(1).T, true.flatten(1).T)


def _orders(dimension: int) -> torch.Tensor:
    return torch.tensor([one for total in range(DEGREE + 1) for one in orders_of(dimension, total)])
