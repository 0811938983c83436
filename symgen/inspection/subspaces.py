"""Subspaces from matrices with an error: their dimension is told by a gap in the singular values, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import torch

SLACK = 3.0
"""Singular values up to so many times the error of their matrix are 0."""
GAP = 4.0
"""Others must be larger than what may be 0 by this factor, or nothing is told."""
FULL = 2.0
"""By which factor, where none is 0."""
LARGE = 0.03
"""Share of the size of a matrix that what is called 0 may have, at most."""


class Unclear(Exception):
    """Neither 0 nor clearly different from it: the gap in the singular values is not clear."""


@dataclass(frozen=True)
class Subspace:
    """Of R^n, with orthonormal rows."""

    basis: torch.Tensor
    """(k, n)"""
    error: float
    """Bound on the angle (rad) to the true one, to first order."""

    @property
    def dimension(self) -> int:
        """k."""
        return len(self.basis)

    def __add__(self, other: Subspace) -> Subspace:
        """The sum of two subspaces."""
        return row_space(torch.cat([self.basis, other.basis]), self.error + other.error, 1.0)

    def complement(self) -> Subspace:
        """The orthogonal complement."""
        everything = torch.linalg.svd(self.basis, full_matrices=True)[2] if self.dimension else _identity(self.basis)
        return Subspace(everything[self.dimension :], self.error)


def row_space(matrix: torch.Tensor, error: float, scale: float) -> Subspace:
    """The span of the rows (m, n) of a matrix with an `error` in the spectral norm, whose entries compare with `scale`;
    Unclear without a gap.
    """
    right, rank, off = _decompose(matrix, error, scale)
    return Subspace(right[:rank], off)


def null_space(matrix: torch.Tensor, error: float, scale: float) -> Subspace:
    """What a matrix (m, n) sends to 0, likewise."""
    right, rank, off = _decompose(matrix, error, scale)
    return Subspace(right[rank:], off)


def meet(left: Subspace, right: Subspace) -> Subspace:
    """What two subspaces have in common."""
    outside = torch.cat([left.complement().basis, right.complement().basis])
    return null_space(outside, left.error + right.error, 1.0)


def clear_rank(singular: torch.Tensor, error: float, scale: float) -> int:
    """How many singular values, descending, are not 0; Unclear without a gap, or where the error is no small share of
    the `scale` that they compare with, so that 0 means nothing.
    """
    rank = int((singular > SLACK * error).sum())
    gap = GAP if rank < len(singular) else FULL
    if rank and float(singular[rank - 1]) <= SLACK * gap * error:
        raise Unclear(f"a singular value of {float(singular[rank - 1]):.1e} with an error of {error:.0e}")
    if rank < len(singular) and SLACK * error > LARGE * scale:
        raise Unclear(f"an error of {error:.0e} beside {scale:.0e}")
    return rank


def _decompose(matrix: torch.Tensor, error: float, scale: float) -> tuple[torch.Tensor, int, float]:
    """All right singular vectors as rows, the rank, and the error of the subspaces (Wedin): 0 for trivial ones."""
    if not matrix.numel():  # nothing is spanned
        return _identity(matrix), 0, 0.0
    _, singular, right = torch.linalg.svd(matrix, full_matrices=len(matrix) < matrix.shape[1])
    rank = clear_rank(singular, error, scale)
    return right, rank, error / float(singular[rank - 1]) if 0 < rank < matrix.shape[1] else 0.0


def _identity(like: torch.Tensor) -> torch.Tensor:
    return torch.eye(like.shape[1], dtype=like.dtype, device=like.device)
