"""Discovery as a generalised eigenproblem: the orthonormal fields of least defect in a linear family.

For V = sum_k c_k psi_k the mean square defect is |M c|^2 and the squared norm |N c|^2, with M the residuals
and N the values of the features at the data's points. The singular values of M N^+ are the defects of the
best orthonormal set. Both matrices are reduced by QR, block by block; the normal matrices M'M and N'N, which
would square the condition and lose the small singular values, are never formed.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

RANK_TOLERANCE = 1e-9
"""Feature combinations with less norm than this, relative to the largest, are the same on the data: left out."""


@dataclass(frozen=True)
class Spectrum:
    """All solutions of the eigenproblem, ascending."""

    singular_values: torch.Tensor
    """(m,): root mean square defect of each unit field."""
    coefficients: torch.Tensor
    """(m, d, K): the unit fields, in normalised coordinates."""


def solve(
    residual: torch.Tensor, values: torch.Tensor, dimension: int, without: torch.Tensor | None = None
) -> Spectrum:
    """Singular values and vectors of defect against norm.

    `residual` (R, d K) is the root mean of the residual rows, `values` (r, K) that of the feature values, which
    every component shares. With `without` (e, d, K) only fields orthogonal to these are looked at.
    """
    size = values.shape[1]
    _, norms, directions = torch.linalg.svd(values, full_matrices=False)
    independent = norms > RANK_TOLERANCE * norms[0]
    whitening = directions[independent].T / norms[independent]
    blocks = (residual.reshape(-1, dimension, size) @ whitening).flatten(1)
    frame = torch.eye(blocks.shape[1], dtype=blocks.dtype, device=blocks.device)
    if without is not None and len(without):
        inside = (without @ (directions[independent].T * norms[independent])).flatten(1)
        frame = torch.linalg.svd(inside, full_matrices=True).Vh[len(without) :]
    # a rotation of the rows leaves the singular values alone, so a square factor is enough
    _, singular, right = torch.linalg.svd(blocks @ frame.T, full_matrices=True)
    missing = right.shape[0] - len(singular)
    singular = torch.cat([singular, singular.new_zeros(missing)]).flip(0)
    coefficients = (right.flip(0) @ frame).reshape(len(singular), dimension, -1) @ whitening.T
    return Spectrum(singular, coefficients)
