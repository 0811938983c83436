"""The simple ideals of a semisimple Lie algebra."""

from __future__ import annotations

import torch

from symgen.inspection.lie_constants import Constants
from symgen.inspection.real_forms import LARGEST
from symgen.inspection.subspaces import Subspace, Unclear, null_space

TRIALS = 4
"""General elements, in turn, until one tells."""
ROWS = 4000
"""About how many equations there are for what commutes: fewer elements of large algebras, of which two generate all."""
SEED = 7
ROUNDING = 1e-9
"""Of the eigenvalues; the gap that tells eigenspaces apart is much larger."""
APART = 0.02
"""Eigenvalues of a general map closer than this, relatively, may be the same."""


def simple_ideals(algebra: Constants) -> list[tuple[Constants, int]]:
    """All, each with the dimension of its centroid: 1, or 2 for a complex algebra.

    The maps that commute with all ad x are a number on every simple ideal, complex on complex ones, so that the
    ideals are eigenspaces of a general one (Jacobson, Lie Algebras, chapter X). Raises Unclear.
    """
    n = algebra.dimension
    if n > LARGEST:
        raise Unclear(f"a semisimple algebra of dimension {n} is too large for the table of names")
    count = min(n, max(3, ROWS // n**2))
    weights = torch.linalg.qr(_random(n, count)).Q.T
    eye = torch.eye(n, dtype=torch.float64)
    rows = [torch.kron(eye, one.T.contiguous()) - torch.kron(one, eye) for one in _ad(weights, algebra.values)]
    commuting = null_space(torch.cat(rows), 2 * algebra.error * count**0.5, algebra.size * count**0.5)
    if commuting.dimension == 1:
        return [(algebra, 1)]
    for mixing in _random(TRIALS, commuting.dimension):
        found = _eigenspaces((mixing @ commuting.basis).reshape(n, n), commuting)
        if found is not None:
            return [(algebra.on(space), centroid) for space, centroid in found]
    raise Unclear("simple ideals are not told apart")


def _eigenspaces(general: torch.Tensor, commuting: Subspace) -> list[tuple[Subspace, int]] | None:
    """Of a general map of the centroid, with the degree of each eigenvalue; None where they are not told apart."""
    values = torch.linalg.eigvals(general)
    close = APART * float(values.abs().max())
    upper = values[values.imag >= -close]
    centres: list[complex] = []
    while len(upper):
        near = (upper - upper[0]).abs() <= close
        centres.append(complex(upper[near].mean()))  # of eigenvalues that rounding or noise tells apart
        upper = upper[~near]
    found = []
    for centre in centres:
        degree = 2 if centre.imag > close else 1
        shifted = general - centre.real * torch.eye(len(general), dtype=general.dtype)
        factor = shifted @ shifted + centre.imag**2 * torch.eye(len(general)) if degree == 2 else shifted
        size = float(torch.linalg.matrix_norm(shifted, ord=2)) if degree == 2 else 0.5
        try:
            error = 2 * size * (commuting.error + ROUNDING) * float(general.norm())
            space = null_space(factor, error, float(torch.linalg.matrix_norm(general, ord=2)) ** degree)
        except Unclear:
            return None
        found.append((space, degree))
    whole = sum(space.dimension for space, _ in found) == len(general)
    return found if whole and sum(degree for _, degree in found) == commuting.dimension else None


def _ad(weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Matrices (k, n, n) of ad x for x = sum of weights_a e_a."""
    return torch.einsum("ka,abc->kcb", weights, values)


def _random(rows: int, columns: int) -> torch.Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(SEED), dtype=torch.float64)
