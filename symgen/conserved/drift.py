"""How far the mean of a density over the box goes from where it was at first: one measure for data and for solvers."""

from __future__ import annotations

import numpy as np


def changes(means: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """From means over the box of densities and of their sizes |density|, (..., n, times), to relative changes.

    Each is |mean(t) - mean(0)| over the largest of the solution's mean sizes, so 0 for what is conserved and up to 2
    for what is not; a density that is 0 everywhere does not change.
    """
    scale = sizes.max(-1, keepdims=True)
    return np.abs(means - means[..., :1]) / np.maximum(scale, np.finfo(float).tiny)


def drifts_of(means: np.ndarray, sizes: np.ndarray) -> list[float]:
    """The largest of those changes over all solutions and times, for each density of (density, n, times)."""
    return [float(change.max()) for change in changes(means, sizes)]
