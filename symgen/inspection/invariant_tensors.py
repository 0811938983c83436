"""Quadratic and linear forms that linear maps leave alone."""

from __future__ import annotations

import torch

from symgen.inspection.subspaces import null_space


def invariance_of_forms(maps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows (n d (d + 1) / 2, d (d + 1) / 2) of A^T Q + Q A = 0 for all maps A (n, d, d), and the basis of the Q.

    The basis (d (d + 1) / 2, d, d) of symmetric matrices is orthonormal, and so are the coordinates of the rows.
    """
    basis = symmetric_matrices(maps.shape[-1]).to(maps)
    products = torch.einsum("kij,ajl->akil", basis, maps)
    changed = products + products.transpose(-1, -2)
    return torch.einsum("akil,mil->amk", changed, basis).flatten(0, 1), basis


def quadratic_forms(maps: torch.Tensor, error: float, scale: float) -> torch.Tensor:
    """An orthonormal basis (k, d, d) of the symmetric forms that maps with an `error` leave alone; or Unclear.

    `scale` is what the error must be a small share of.
    """
    rows, basis = invariance_of_forms(maps)
    return torch.einsum("rk,kij->rij", null_space(rows, 2 * error, scale).basis, basis)


def invariance_of_functionals(maps: torch.Tensor, shifts: torch.Tensor) -> torch.Tensor:
    """Rows of w . (A z + b) = 0 for all z, in w (d,): maps A (n, d, d) and shifts b (n, d)."""
    return torch.cat([maps.transpose(-1, -2).flatten(0, 1), shifts])


def symmetric_matrices(d: int) -> torch.Tensor:
    """An orthonormal basis (d (d + 1) / 2, d, d), in the order of the upper triangle's entries."""
    places = torch.triu_indices(d, d).T.tolist()
    basis = torch.zeros(len(places), d, d, dtype=torch.float64)
    for k, (i, j) in enumerate(places):
        basis[k, i, j] = basis[k, j, i] = 1.0 if i == j else 0.5**0.5
    return basis
