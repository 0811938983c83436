"""The linear part of a system's Fourier modes: a small matrix for every wave, and its exponential."""

from __future__ import annotations

import torch

LARGEST_CONDITION = 1e3
"""Of eigenvectors, with which exponentials are exact to 1e-13; waves with others have theirs by `matrix_exp`."""


class LinearPart:
    """L (state, state, *waves), complex, acting on modes (..., state, *waves).

    What acts on modes, *weights*, are matrices (rows, state, *waves), or numbers (state, *waves) on their diagonals.
    """

    def __init__(self, matrix: torch.Tensor) -> None:
        self.matrix, self.dimension = matrix, matrix.dim() - 2
        coupled = ~torch.eye(len(matrix), dtype=torch.bool, device=matrix.device)
        self.diagonal = None if bool(matrix[coupled].any()) else matrix.diagonal().movedim(-1, 0)
        """(state, *waves), if no two parts of the state are coupled."""
        if self.diagonal is not None:
            self.rates = self.diagonal
            return
        self.rates, vectors = torch.linalg.eig(self.matrices())  # (waves, state) and (waves, state, state)
        self._others = torch.nonzero(~(torch.linalg.cond(vectors) < LARGEST_CONDITION)).flatten()
        vectors[self._others] = torch.eye(len(matrix), dtype=vectors.dtype, device=vectors.device)
        inverse = torch.linalg.inv(vectors)
        self._projections = torch.einsum("wik,wkj->ijkw", vectors, inverse)

    @property
    def growth(self) -> float:
        """The fastest rate, in size, at which anything grows or decays."""
        return float(self.rates.real.abs().max())

    def matrices(self) -> torch.Tensor:
        """A matrix for every wave: (waves, state, state)."""
        return self.matrix.flatten(2).movedim(-1, 0)

    def from_matrices(self, matrices: torch.Tensor) -> torch.Tensor:
        """Those as weights."""
        return matrices.movedim(0, -1).reshape(self.matrix.shape)

    def exponential(self, duration: float) -> torch.Tensor:
        """exp(L duration), as weights."""
        if self.diagonal is not None:
            return torch.exp(self.diagonal * duration)
        result = (self._projections * torch.exp(self.rates.T * duration)).sum(2)
        if len(self._others):
            result[..., self._others] = torch.linalg.matrix_exp(self.matrices()[self._others] * duration).movedim(0, -1)
        return result.reshape(self.matrix.shape)

    def advanced(self, modes: torch.Tensor, duration: float) -> torch.Tensor:
        """exp(L duration) times modes."""
        return self.applied(self.exponential(duration), modes)

    def applied(self, weights: torch.Tensor, modes: torch.Tensor) -> torch.Tensor:
        """Weights times modes: (..., rows, *waves)."""
        if weights.dim() == self.dimension + 1:
            return weights * modes
        return (weights * modes.unsqueeze(-2 - self.dimension)).sum(-1 - self.dimension)
