"""Combinations of densities whose means stay constant in each solution, though they differ between solutions.

With M_k(i, t) the mean of density k in solution i, W the deviations from the solution's own mean over time and T those
from the mean of all, the combinations c of least |W c| / |T c| are sought. That is an eigenproblem, as in Fisher's
linear discriminant. A ratio of 0 is a conserved quantity: an integral that is constant only because it is the same in
all solutions, as the mean of data whose mean was removed, has T c = 0, and tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TOLD = 10.0
"""Times its error that a combination must vary in all, to be looked at."""
LEAST_ERROR = 1e-13
FOLDS = 8
"""Of the solutions, to hold out one after the other."""


@dataclass(frozen=True)
class Constancy:
    """Means of densities in units of their own sizes (density, n, times), and what is to be known of their errors."""

    means: np.ndarray
    errors: np.ndarray
    """(sources, density, some of n, times): how the means change by each error, in the same units."""

    @property
    def single(self) -> bool:
        """Whether there is one solution, so that nothing can be compared."""
        return self.means.shape[1] == 1

    @property
    def within(self) -> np.ndarray:
        """(n * times, density): deviations from the solution's own mean over time."""
        return _rows(self.means - self.means.mean(-1, keepdims=True))

    @property
    def scales(self) -> np.ndarray:
        """(density,): root mean square error of each, at least that of rounding."""
        moved = self.errors - self.errors.mean((-2, -1), keepdims=True)
        return np.sqrt((moved**2).mean((-2, -1)).max(0)) + LEAST_ERROR

    @property
    def variation(self) -> np.ndarray:
        """(density,): root mean square deviation of each from the mean over all solutions and times."""
        return np.sqrt(((self.means - self.means.mean((-2, -1), keepdims=True)) ** 2).mean((-2, -1)))

    @property
    def still(self) -> np.ndarray:
        """(density,): whether it is the same in all solutions at all times, as far as the errors tell."""
        return self.variation <= TOLD * self.scales

    def directions(self) -> tuple[np.ndarray, np.ndarray]:
        """Ratios |W c| / |T c|, ascending (r,), and the c (r, density); of one solution |W c|, and orthonormal c."""
        if self.single:
            values, rows = _ascending(self.within / np.sqrt(len(self.within)))
            return values, rows
        frame = self.frame()
        values, rows = _ascending(self.within @ frame)
        return values, rows @ frame.T

    def frame(self) -> np.ndarray:
        """(density, r): combinations that vary by 1 in all, uncorrelated, and by more than their errors."""
        deviations = _rows(self.means - self.means.mean((-2, -1), keepdims=True)) / self.scales
        _, values, rows = np.linalg.svd(deviations, full_matrices=False)
        kept = values > TOLD * np.sqrt(len(deviations))
        return (rows[kept] / values[kept, None]).T / self.scales[:, None]

    def held_out(self) -> np.ndarray:
        """(r,): the largest ratio of the best 1, 2, ... combinations in solutions that they were not fitted to."""
        frame, solutions = self.frame(), self.means.shape[1]
        folds = min(FOLDS, solutions)
        deviations = self.means - self.means.mean(-1, keepdims=True)
        worst = np.zeros(frame.shape[1])
        for fold in range(folds):
            left = np.arange(solutions) % folds == fold
            fitted, other = (_rows(deviations[:, chosen]) @ frame for chosen in (~left, left))
            along = other @ _ascending(fitted)[1].T * np.sqrt(folds)
            worst = np.maximum(worst, [np.linalg.norm(along[:, : k + 1], 2) for k in range(len(worst))])
        return worst

    def of(self, places: np.ndarray) -> Constancy:
        """Some of the densities."""
        return Constancy(self.means[places], self.errors[:, places])

    def half(self, which: int) -> Constancy:
        """Every second solution."""
        return Constancy(self.means[:, which::2], self.errors)

    def ratio(self, combination: np.ndarray) -> float:
        """|W c| / |T c| of one c (density,); of one solution |W c| / |c|."""
        inside = self.within @ combination
        if self.single:
            return float(np.sqrt((inside**2).mean()) / np.linalg.norm(combination))
        whole = np.tensordot(combination, self.means, 1)
        return float(np.sqrt((inside**2).mean()) / max(whole.std(), 1e-300))

    def error(self, combination: np.ndarray) -> float:
        """What the errors make of that ratio."""
        moved = np.tensordot(combination, self.errors, (0, 1))
        moved = moved - moved.mean(-1, keepdims=True)
        size = float(np.sqrt((moved**2).mean((-2, -1)).max())) + LEAST_ERROR * float(np.linalg.norm(combination))
        if self.single:
            return size / float(np.linalg.norm(combination))
        return size / max(float(np.tensordot(combination, self.means, 1).std()), 1e-300)


def _ascending(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Singular values of a matrix, as many as it has columns, ascending, and right singular vectors as rows."""
    _, values, rows = np.linalg.svd(np.linalg.qr(matrix, mode="r"), full_matrices=True)
    return np.pad(values, (0, len(rows) - len(values)))[::-1], rows[::-1]


def _rows(values: np.ndarray) -> np.ndarray:
    """(density, n, times) -> (n * times, density)."""
    return values.reshape(len(values), -1).T
