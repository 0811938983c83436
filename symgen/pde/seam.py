"""Are data periodic in x, and is the end of the period stored too? Their differences across the ends of the grid say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PERIODIC = 2.0
"""Largest roughness of periodic data: across the ends they are as smooth as anywhere."""
SAME = 1e-5
"""First and last point have the same values if they differ by less than this share of the deviation of u,"""
CLOSE = 0.2
"""or by less than this share of what neighbours at the ends differ by (noise is added to both)."""
SLOPES = 0.3
"""Largest difference of the slopes at the ends, relative to them, of data that go on across the ends."""
FLAT = 1e-5
"""Slopes at the ends below this share of the steepest inside do not count."""
LEAST = 8
"""Points below which slopes are not judged."""


@dataclass(frozen=True)
class Seam:
    """The ends of the grid put together."""

    ratio: float
    """Root mean square second difference across the ends, over that at the roughest place inside."""
    repeated: bool
    """Whether the last point is the first one of the next period; `ratio` is that without it."""
    equal: bool
    """Whether both ends have the same values, as boundary conditions or a stored end of the period make them."""
    kink: bool
    """Whether the ends are equal, but the slopes there do not go on."""

    @property
    def periodic(self) -> bool:
        """Whether u goes on across the ends as smoothly as inside."""
        return self.ratio <= PERIODIC and not self.kink

    @property
    def rough(self) -> str:
        """In words, what goes on at the ends."""
        if self.kink:
            return "both ends have the same values, but the slopes there do not go on"
        where = ", once the last point is left out" if self.repeated else ""
        return f"they are {self.ratio:.2g} times as rough across the ends as at the roughest place inside{where}"

    def __str__(self) -> str:
        return f"they are taken as {'periodic' if self.periodic else 'not periodic'}: {self.rough}"


def seam_of(u: np.ndarray) -> Seam:
    """From trajectories u (n, nt, nx)."""
    as_stored = _roughness(u)
    gap = _size(u[..., -1] - u[..., 0])
    steps = _size(np.stack([u[..., 1] - u[..., 0], u[..., -1] - u[..., -2]]))
    equal = bool(gap <= max(SAME * u.std(), CLOSE * steps if steps > SAME * u.std() else 0.0))
    if not equal or u.shape[-1] < LEAST:
        return Seam(as_stored, False, equal, False)
    without_end = _roughness(u[..., :-1])
    flat = steps <= FLAT * np.sqrt((np.diff(u, axis=-1) ** 2).mean((0, 1))).max()
    repeated = bool(without_end < as_stored and not flat)
    ratio = without_end if repeated else as_stored
    kept = u[..., 0].std() <= SAME * u.std()  # a boundary condition, so that the ends are where slopes have to meet
    return Seam(ratio, repeated, equal, kink=not flat and not _slopes_meet(u, 0.0 if repeated or kept else 0.5))


def _roughness(u: np.ndarray) -> float:
    """Second differences across the ends of periodic data, over those inside."""
    bend = np.roll(u, 1, -1) - 2 * u + np.roll(u, -1, -1)
    size = np.sqrt((bend**2).mean((0, 1)))
    inside = size[1:-1].max(initial=0.0)
    ends = np.sqrt((size[0] ** 2 + size[-1] ** 2) / 2)
    return float(ends / inside) if inside else (np.inf if ends else 1.0)


def _slopes_meet(u: np.ndarray, beyond: float) -> bool:
    """Whether one-sided slopes, taken `beyond` (in steps) the first and the last point, are the same at both ends.

    What the slopes of polynomials through four and five points differ by is allowed for.
    """
    left, right = u[..., :5], u[..., :-6:-1]
    fine, coarse = (_slope_weights(points, -beyond) for points in (5, 4))
    mismatch = _size(left @ fine + right @ fine)
    size = (_size(left @ fine) + _size(right @ fine)) / 2
    error = _size(left @ fine - left[..., :4] @ coarse) + _size(right @ fine - right[..., :4] @ coarse)
    steepest = np.sqrt((np.diff(u, axis=-1) ** 2).mean((0, 1))).max()
    return bool(mismatch <= SLOPES * size + 3 * error + FLAT * steepest)


def _slope_weights(points: int, at: float) -> np.ndarray:
    """Weights of values at 0, 1, 2, ... in the derivative, at a place, of the polynomial through them."""
    powers = np.arange(points)
    derivative = powers * np.where(powers > 0, float(at), 1.0) ** np.maximum(powers - 1, 0)
    return np.linalg.solve(np.vander(np.arange(points, dtype=float), increasing=True).T, derivative)


def _size(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))
