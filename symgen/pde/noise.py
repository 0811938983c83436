"""How noisy data are, from their highest differences, where little is left of what is smooth."""

from __future__ import annotations

from math import comb

import numpy as np

MOST_ORDER = 8


def noise_level(u: np.ndarray) -> float:
    """Estimated noise of trajectories u (n, *grid), relative to their standard deviation.

    The difference of order m of independent noise has a variance of (2m choose m) times its own. The least estimate
    over m and all directions is given; what is not smooth on the grid counts as noise too, so it is an upper bound.
    """
    deviation = float(u.std())
    if deviation == 0:
        return 0.0
    estimates = []
    for axis in range(1, u.ndim):
        change = u
        for order in range(1, min(MOST_ORDER, u.shape[axis] - 1) + 1):
            change = np.diff(change, axis=axis)
            estimates.append(float(np.sqrt((change**2).mean() / comb(2 * order, order))))
    return min(estimates, default=0.0) / deviation
