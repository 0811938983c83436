"""Defects of fields that are affine in the unknowns, for polynomial ordinary equations, at given states."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from symgen.benchmark.certainty.examples import Example, monomials

POINTS = 2048


class AffineDefects:
    """Of fields V^i = scale_i sum_k c_ik psi_k with psi = 1, u/scale, v/scale, ..., as arrays c (n, n + 1).

    The linearised condition for u_t = F(u) is the bracket [V, F]. The published defect is relative to its two parts, DV
    F and DF V; symgen's has them relative to the size of each equation's terms, and is relative to V as well (see
    `symgen.discovery.certainty.judgement`).
    """

    def __init__(self, example: Example, points: int = POINTS, seed: int = 0) -> None:
        n = len(example.jets.dependent)
        self.scale, self.duration = example.space.scale[1], example.space.scale[0]
        states = np.random.default_rng(seed).uniform(-example.half, example.half, (points, n))
        self.count = n * (n + 1)
        self._terms = monomials(states, example.terms)
        powers = np.array([term.powers for term in example.terms])
        slopes = []
        for axis in range(n):
            less = np.maximum(powers - np.eye(n, dtype=int)[axis], 0)
            slopes.append(powers[:, axis] * np.stack([np.prod(states**row, axis=1) for row in less], axis=1))
        self._slopes = np.stack(slopes, axis=-1)  # (P, K, axis)
        self._basis = np.concatenate([np.ones((points, 1)), states / self.scale], axis=1)

    @cached_property
    def norms(self) -> np.ndarray:
        """(N, N): inner products of the N = n (n + 1) fields with one coefficient each."""
        n = self._basis.shape[1] - 1
        return np.kron(np.eye(n), self._basis.T @ self._basis / len(self._basis))

    def parts(self, equations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """DV F and DF V (P, n, N) for the coefficients (n, K) of F."""
        rates = self._terms @ equations.T
        slopes = np.einsum("pkj,ik->pij", self._slopes, equations)
        points, n = rates.shape
        gradient = np.concatenate([np.zeros((points, 1)), rates / self.scale], axis=1)
        first = np.einsum("ci,pk->pcik", np.eye(n), gradient).reshape(points, n, -1)
        second = np.einsum("pci,pk->pcik", slopes, self._basis).reshape(points, n, -1)
        return self.scale * first, self.scale * second

    def spectrum(self, equations: np.ndarray, published: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Defects (N,), ascending, and the unit fields (N, N) as rows."""
        return _spectrum(*self._forms(equations, published))

    def worst(self, fields: np.ndarray, equations: np.ndarray, published: bool = False) -> float:
        """Largest defect among the combinations of fields (m, N); 0 where there are none."""
        if not len(fields):
            return 0.0
        rows, norms = self._forms(equations, published)
        return float(_spectrum(rows @ fields.T, fields @ norms @ fields.T)[0][-1])

    def _forms(self, equations: np.ndarray, published: bool) -> tuple[np.ndarray, np.ndarray]:
        """What is to be small (P n, N), and the squares (N, N) that it is relative to."""
        first, second = self.parts(equations)
        norms = np.zeros((self.count, self.count))
        if not published:
            terms = self._terms[:, None] * equations
            squares = (terms.sum(-1) ** 2 + (terms**2).sum(-1)).mean(0)
            squares[~equations.any(1)] = (self.scale / self.duration) ** 2
            size = np.sqrt(squares)[:, None]
            first, second, norms = first / size, second / size, self.norms
        first, second = (part.reshape(-1, self.count) / np.sqrt(len(part) * part.shape[1]) for part in (first, second))
        return first - second, norms + first.T @ first + second.T @ second


def _spectrum(rows: np.ndarray, norms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    whitening = np.linalg.inv(np.linalg.cholesky(norms))  # of rows: W norms W' = 1
    _, sizes, directions = np.linalg.svd(np.linalg.qr(rows @ whitening.T, mode="r"))
    return sizes[::-1], directions[::-1] @ whitening
