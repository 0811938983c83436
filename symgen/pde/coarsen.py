"""Noisy data on a grid finer than the noise allows: smoothed and thinned out in x.

The noise of a derivative of order k grows like dx^-k, so of two grids the coarser one has the better derivatives, as
long as it resolves u. The widest filter is taken that removes no more than the noise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from symgen.pde.noise import noise_level
from symgen.pde.readers import Samples
from symgen.pde.trajectories import Trajectories, some_samples

LEAST_NOISE = 1e-4
"""Relative to the deviation of u; below it nothing is done."""
DEGREE = 5
"""Of the polynomials that are fitted around each point (Savitzky and Golay, Anal. Chem. 36 (1964) 1627)."""
REMOVED = 1.05
"""A filter may remove the noise by this factor."""
LEAST_POINTS = 32


def for_noise(data: Trajectories) -> tuple[Trajectories, str | None]:
    """The data as smooth and as coarse in x as their noise allows, and what was done; samples are smoothed as they are
    read. Unchanged and None where there is little noise, or the grid is none too fine.
    """
    some = data.read(range(some_samples(data)))
    noise = noise_level(some)
    if noise < LEAST_NOISE:
        return data, None
    periodic, nx = data.info.periodic, len(data.x)
    limit = REMOVED * noise * some.std()

    def harmless(half: int) -> bool:
        return bool(np.sqrt(((some - _smoothed(some, half, periodic)) ** 2).mean()) <= limit)

    best = _widest(harmless, DEGREE // 2 + 1, nx // 4 - 1)
    stride = _stride(best // 2, nx, periodic)
    if stride < 2:
        return data, None
    note = (
        f"u has noise of {noise:.1%} on a grid finer than that allows: it is smoothed over {2 * best + 1} points in x, "
        f"and one in {stride} is kept."
    )
    given = data.u
    u = Samples(len(given), lambda i: _smoothed(np.asarray(given[i], np.float64), best, periodic)[:, ::stride])
    return replace(data, u=u, x=data.x[::stride]), note


def _widest(allowed: Callable[[int], bool], least: int, most: int) -> int:
    """The largest width up to `most` that is allowed, as all smaller ones are; 0 if `least` is not. By doubling, then
    bisection: wide filters take long.
    """
    if least > most or not allowed(least):
        return 0
    good, step = least, least
    while good + step <= most and allowed(good + step):
        good, step = good + step, 2 * step
    bad = min(good + step, most + 1)
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if allowed(middle) else (good, middle)
    return good


def _smoothed(u: np.ndarray, half: int, periodic: bool) -> np.ndarray:
    from scipy.signal import savgol_filter  # takes long to import, and few data are noisy

    return savgol_filter(u, 2 * half + 1, DEGREE, axis=-1, mode="wrap" if periodic else "interp")


def _stride(most: int, nx: int, periodic: bool) -> int:
    """The largest stride up to `most` that leaves enough points, and on a circle equal steps."""
    strides = [s for s in range(1, most + 1) if nx // s >= LEAST_POINTS and not (periodic and nx % s)]
    return max(strides, default=1)
