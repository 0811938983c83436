"""Noisy data on a grid finer than the noise allows: smoothed and thinned out in x.

The noise of a derivative of order k grows like dx^-k, so of two grids the coarser one has the better derivatives, as long
as it resolves u. The widest filter is taken that removes no more than the noise.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.signal import savgol_filter

from symgen.pde.noise import noise_level
from symgen.pde.trajectories import Trajectories

LEAST_NOISE = 1e-4
"""Relative to the deviation of u; below it nothing is done."""
DEGREE = 5
"""Of the polynomials that are fitted around each point (Savitzky and Golay, Anal. Chem. 36 (1964) 1627)."""
REMOVED = 1.05
"""A filter may remove the noise by this factor."""
LEAST_POINTS = 32
MOST_SAMPLES = 16


def for_noise(data: Trajectories) -> tuple[Trajectories, str | None]:
    """The data as smooth and as coarse in x as their noise allows, in memory, and what was done; unchanged and None where
    there is little noise, or the grid is none too fine.
    """
    some = data.read(range(min(len(data), MOST_SAMPLES)))
    noise = noise_level(some)
    if noise < LEAST_NOISE:
        return data, None
    periodic, nx = data.info.periodic, len(data.x)
    limit, best = REMOVED * noise * some.std(), 0
    for half in range(DEGREE // 2 + 1, nx // 4):
        if np.sqrt(((some - _smoothed(some, half, periodic)) ** 2).mean()) > limit:
            break
        best = half
    stride = _stride(best // 2, nx, periodic)
    if stride < 2:
        return data, None
    u = _smoothed(data.read(range(len(data))), best, periodic)[..., ::stride]
    note = (
        f"u has noise of {noise:.1%} on a grid finer than that allows: it is smoothed over {2 * best + 1} points in x, and "
        f"one in {stride} is kept."
    )
    coarse = Trajectories.from_arrays(u, data.x[::stride], data.t, data.info)
    return replace(coarse, sha256=data.sha256, source=data.source, origin=data.origin, regression=data.regression), note


def _smoothed(u: np.ndarray, half: int, periodic: bool) -> np.ndarray:
    return savgol_filter(u, 2 * half + 1, DEGREE, axis=-1, mode="wrap" if periodic else "interp")


def _stride(most: int, nx: int, periodic: bool) -> int:
    """The largest stride up to `most` that leaves enough points, and on a circle equal steps."""
    strides = [s for s in range(1, most + 1) if nx // s >= LEAST_POINTS and not (periodic and nx % s)]
    return max(strides, default=1)
