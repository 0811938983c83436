"""Polynomials of a total degree, fitted by least squares: one basis serves all degrees, all targets and folds.

Columns of the design matrix come degree by degree, so the first columns of Q and R belong to the lower degrees. What
a fit without a fold predicts in that fold needs no second fit: with H = Q Q^T it errs by (I - H_ff)^-1 r_f, and its
coefficients are c - R^-1 Q_f^T (I - H_ff)^-1 r_f (Cook and Weisberg, Residuals and Influence in Regression, 1982).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import torch

TOP_DEGREE = 8
DEPENDENT = 1e-6
"""What is left of a column, relative to it, that is a combination of those before: points on a surface have such."""
WORK = 2e10
"""Multiplications of a fit: a few seconds on one core."""


def terms(variables: int, degree: int) -> int:
    """How many monomials in `variables` there are up to a total degree."""
    return comb(variables + degree, degree)


def affordable(variables: int, points: int, degree: int) -> bool:
    """Whether a polynomial of this degree has three points for each term, and takes seconds."""
    count = terms(variables, degree)
    return degree <= TOP_DEGREE and 3 * count <= points and points * count**2 <= WORK


class Monomials:
    """The monomials in m variables up to a total degree, by ascending degree: (B, m) -> (B, terms)."""

    def __init__(self, variables: int, degree: int, device: torch.device | str = "cpu"):
        self.steps: list[tuple[torch.Tensor, torch.Tensor]] = []
        """Of each degree: which monomial of the degree before is multiplied by which variable."""
        last = [0]
        for _ in range(degree):
            pairs = [(i, v) for i, first in enumerate(last) for v in range(first, variables)]
            parents, factors = torch.tensor(pairs, device=device).T
            self.steps.append((parents, factors))
            last = factors.tolist()

    def blocks(self, z: torch.Tensor) -> list[torch.Tensor]:
        """The monomials of each degree by themselves."""
        found = [torch.ones_like(z[:, :1])]
        for parents, factors in self.steps:
            found.append(found[-1][:, parents] * z[:, factors])
        return found

    def __call__(self, z: torch.Tensor) -> torch.Tensor:
        """All of them."""
        return torch.cat(self.blocks(z), 1)


@dataclass(frozen=True)
class Polynomial:
    """z (B, m) -> (B, c)."""

    monomials: Monomials
    coefficients: torch.Tensor
    """(terms, c)."""

    def __call__(self, z: torch.Tensor) -> torch.Tensor:
        """Its values."""
        return self.monomials(z) @ self.coefficients

    def of(self, columns: slice) -> Polynomial:
        """Some of its components."""
        return Polynomial(self.monomials, self.coefficients[:, columns])


class PolynomialFit:
    """Polynomials fitted to u (n, c) at z (n, m), whose degree is raised step by step."""

    def __init__(self, z: torch.Tensor, u: torch.Tensor, folds: torch.Tensor):
        """`folds` (n,) numbers from 0 say which points are held out together."""
        self._z, self._u, self._folds = z, u, [torch.nonzero(folds == f)[:, 0] for f in range(int(folds.max()) + 1)]
        self._last = torch.ones_like(z[:, :1])
        self._q = self._last / len(z) ** 0.5
        self._r = z.new_full((1, 1), len(z) ** 0.5)
        self._kept = torch.zeros(1, dtype=torch.long, device=z.device)
        self._sizes = [1]

    @property
    def degree(self) -> int:
        """The largest so far."""
        return len(self._sizes) - 1

    def raise_degree(self) -> None:
        """Append the monomials of one degree more (block Gram-Schmidt, twice is enough)."""
        degree = self.degree + 1
        parents, factors = Monomials(self._z.shape[1], degree, self._z.device).steps[-1]
        self._last = self._last[:, parents] * self._z[:, factors]
        norms = self._last.norm(dim=0).clamp_min(torch.finfo(self._z.dtype).tiny)
        block = self._last / norms
        kept = torch.ones_like(norms, dtype=torch.bool)
        q, above, r = _orthonormal(self._q, block)
        independent = r.diagonal().abs() > DEPENDENT
        if not independent.all():
            kept = independent
            q, above, r = _orthonormal(self._q, block[:, kept])
        before = terms(self._z.shape[1], degree - 1)
        self._kept = torch.cat([self._kept, before + kept.nonzero()[:, 0]])
        self._q = torch.cat([self._q, q], 1)
        top = torch.cat([self._r, above * norms[kept]], 1)
        bottom = torch.cat([r.new_zeros(len(r), self._r.shape[1]), r * norms[kept]], 1)
        self._r = torch.cat([top, bottom])
        self._sizes.append(self._q.shape[1])

    def held_out(self, degree: int) -> torch.Tensor:
        """What fits without a point's fold predict there, (n, c)."""
        predicted = torch.empty_like(self._u)
        for fold, errors in zip(self._folds, self._errors(degree), strict=True):
            predicted[fold] = self._u[fold] - errors
        return predicted

    def fit(self, degree: int) -> Polynomial:
        """The polynomial of all points."""
        return self._polynomial(degree, self._q[:, : self._sizes[degree]].T @ self._u)

    def without_folds(self, degree: int) -> list[Polynomial]:
        """Those fitted without each of the folds."""
        q = self._q[:, : self._sizes[degree]]
        whole = q.T @ self._u
        return [
            self._polynomial(degree, whole - q[fold].T @ errors)
            for fold, errors in zip(self._folds, self._errors(degree), strict=True)
        ]

    def _errors(self, degree: int) -> list[torch.Tensor]:
        """u less what fits without the fold predict, for each fold."""
        q = self._q[:, : self._sizes[degree]]
        left = self._u - q @ (q.T @ self._u)
        found = []
        for fold in self._folds:
            own, r = q[fold], left[fold]
            if len(fold) <= own.shape[1]:
                found.append(torch.linalg.solve(_one_less(own @ own.T), r))
            else:  # the same by Woodbury's identity
                found.append(r + own @ torch.linalg.solve(_one_less(own.T @ own), own.T @ r))
        return found

    def _polynomial(self, degree: int, projected: torch.Tensor) -> Polynomial:
        size, variables = self._sizes[degree], self._z.shape[1]
        solved = torch.linalg.solve_triangular(self._r[:size, :size], projected, upper=True)
        coefficients = solved.new_zeros(terms(variables, degree), solved.shape[1])
        coefficients[self._kept[:size]] = solved
        return Polynomial(Monomials(variables, degree, solved.device), coefficients)


def _orthonormal(basis: torch.Tensor, block: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Q of what is left of the block beside the basis, and its coordinates in the basis and in Q."""
    first = basis.T @ block
    block = block - basis @ first
    second = basis.T @ block
    q, r = torch.linalg.qr(block - basis @ second)
    return q, first + second, r


def _one_less(matrix: torch.Tensor) -> torch.Tensor:
    return torch.eye(len(matrix), dtype=matrix.dtype, device=matrix.device) - matrix
