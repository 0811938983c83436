"""Discovery as a generalised eigenproblem: the orthonormal fields of least defect in a linear family.

For V = sum_k c_k psi_k the mean square defect is |M c|^2 and the squared norm |N c|^2, with M the residuals
and N the values of the features at the data's points. The singular values of M N^+ are the defects of the
best orthonormal set. Both matrices are reduced by QR, block by block; the normal matrices M'M and N'N, which
would square the condition and lose the small singular values, are never formed.

A decomposition leaves rounding of its largest singular value in all. Where exponentials and high powers make that
large, the fields that it drowns are refined, until only rounding of M c itself remains.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from symgen.discovery.gap import LARGEST_ROUNDING, ROUNDING

DROWNED = 1000.0
"""Defects up to so many times their rounding are refined: larger ones are told well enough to be taken out of these."""
MOST_REFINEMENTS = 30
RANK_TOLERANCE = 1e-9
"""Feature combinations with less norm than this, relative to the largest, are the same on the data: left out."""


@dataclass(frozen=True)
class Spectrum:
    """All solutions of the eigenproblem, ascending."""

    singular_values: torch.Tensor
    """(m,): root mean square defect of each unit field."""
    coefficients: torch.Tensor
    """(m, d, K): the unit fields, in normalised coordinates."""
    rounding: float
    """Defects below this are rounding."""


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
    left, singular, right = _decomposed(blocks @ frame.T)
    coefficients = (right @ frame).reshape(len(singular), dimension, whitening.shape[1]) @ whitening.T
    if not len(singular):
        return Spectrum(singular, coefficients, ROUNDING)  # of terms, which are about one
    return _refined(singular, coefficients, left, residual, values)


def _decomposed(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Left vectors (R, m or fewer: the last), singular values (m,), ascending, and right vectors (m, m) as rows."""
    left, singular, right = torch.linalg.svd(matrix, full_matrices=True)
    missing = singular.new_zeros(right.shape[0] - len(singular))
    return left[:, : len(singular)].flip(1), torch.cat([singular, missing]).flip(0), right.flip(0)


def _refined(
    defects: torch.Tensor, coefficients: torch.Tensor, left: torch.Tensor, residual: torch.Tensor, values: torch.Tensor
) -> Spectrum:
    """Ascending fields, with what rounding put of other fields into those of least defect taken out again.

    Then these are decomposed among themselves; where their own largest defect drowns some, so are those. `left`
    (R, m or fewer): the last fields' vectors.
    """
    fields, total, remains = coefficients.flatten(1), len(defects), 0.0
    while (rounding := ROUNDING * float(defects[total - 1])) > LARGEST_ROUNDING:
        small = int((defects[:total] <= DROWNED * rounding).sum())
        if small in (0, total):
            break
        larger = left[:, left.shape[1] - (len(defects) - small) :]
        low, remains = _without(fields[small:], defects[small:], larger, fields[:small], residual)
        along = (low.reshape(-1, values.shape[1]) @ values.T).reshape(small, -1)
        low = torch.linalg.solve_triangular(torch.linalg.qr(along.T, mode="r").R.T, low, upper=False)
        own, singular, right = _decomposed(residual @ low.T)
        left = torch.cat([own, larger], 1)
        fields, defects = torch.cat([right @ low, fields[small:]]), torch.cat([singular, defects[small:]])
        total = small
    if total < len(defects):  # of products, too: each column of M counts as far as a field has it
        sizes = (fields[:total].abs() @ residual.abs().T).norm(dim=1)
        rounding = max(rounding, remains, ROUNDING * max(1.0, float(sizes.max())))
    defects, order = defects.sort()
    return Spectrum(defects, fields[order].reshape(coefficients.shape), rounding)


def _without(
    rest: torch.Tensor, defects: torch.Tensor, vectors: torch.Tensor, low: torch.Tensor, residual: torch.Tensor
) -> tuple[torch.Tensor, float]:
    """Fields c without those, v, of larger defects s and left singular vectors u, as far as residuals M c tell, and the
    largest u' M c that remains: again and again c - v (u' M c) / s.

    In the end c span all fields whose residuals have nothing of u, and so all that leave none.
    """
    kept, remains = low, float("inf")
    for _ in range(MOST_REFINEMENTS):
        shares = low @ residual.T @ vectors
        if not (largest := float(shares.abs().max())) < remains / 2:
            break
        kept, remains = low, largest
        low = low - (shares / defects) @ rest
    return kept, remains
