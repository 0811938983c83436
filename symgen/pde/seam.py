"""Are data periodic in x, and is the end of the period stored too? The differences across the ends of the grid say."""

from __future__ import annotations

from collections.abc import Sequence
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
ERRORS = 5
"""How many times the estimated error of slopes is allowed for."""
AT_END, BETWEEN = 0.0, 0.5
"""Where slopes of a period with and without its end stored have to meet, in steps beyond the ends."""
LEAST = 8
"""Points below which slopes are not judged."""


@dataclass(frozen=True)
class Seam:
    """The ends of the grid put together."""

    ratio: float
    """Root mean square second difference across the ends, over that at the roughest place inside."""
    repeated: bool
    """Whether the last point, if they are periodic, is the first one of the next period; `ratio` is that without it."""
    equal: bool
    """Whether both ends have the same values, as boundary conditions or a stored end of the period make them."""
    kink: bool
    """Whether the ends are equal, but the slopes there do not go on."""

    @classmethod
    def worst(cls, seams: Sequence[Seam]) -> Seam:
        """That of several unknowns on one grid: periodic only if all are, the end stored only if none differs there."""
        return cls(
            max(seam.ratio for seam in seams),
            any(seam.repeated for seam in seams) and all(seam.equal for seam in seams),
            all(seam.equal for seam in seams),
            any(seam.kink for seam in seams),
        )

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
    flat = steps <= FLAT * _steepest(u)
    (at_end, allowed_at_end), (between, allowed_between) = (_slope_mismatch(u, beyond) for beyond in (AT_END, BETWEEN))
    kept = u[..., 0].std() <= SAME * u.std()  # boundary conditions, or symmetry about the ends
    repeated = bool(not flat and (kept or at_end < between or between > allowed_between))
    kink = bool(not flat and (at_end > allowed_at_end if repeated else between > allowed_between))
    return Seam(_roughness(u[..., :-1]) if repeated else as_stored, repeated, equal, kink)


def _roughness(u: np.ndarray) -> float:
    """Second differences across the ends of periodic data, over those inside."""
    bend = np.roll(u, 1, -1) - 2 * u + np.roll(u, -1, -1)
    size = np.sqrt((bend**2).mean((0, 1)))
    inside = size[1:-1].max(initial=0.0)
    ends = np.sqrt((size[0] ** 2 + size[-1] ** 2) / 2)
    return float(ends / inside) if inside else (np.inf if ends else 1.0)


def _slope_mismatch(u: np.ndarray, beyond: float) -> tuple[float, float]:
    """How far one-sided slopes differ, `beyond` (in steps) the first and the last point, and how far they may.

    What the slopes of polynomials through four and five points differ by is allowed for.
    """
    left, right = u[..., :5], u[..., :-6:-1]
    fine, coarse = (_slope_weights(points, -beyond) for points in (5, 4))
    size = (_size(left @ fine) + _size(right @ fine)) / 2
    error = _size(left @ fine - left[..., :4] @ coarse) + _size(right @ fine - right[..., :4] @ coarse)
    return _size(left @ fine + right @ fine), SLOPES * size + ERRORS * error + FLAT * _steepest(u)


def _steepest(u: np.ndarray) -> float:
    return float(np.sqrt((np.diff(u, axis=-1) ** 2).mean((0, 1))).max())


def _slope_weights(points: int, at: float) -> np.ndarray:
    """Weights of values at 0, 1, 2, ... in the derivative, at a place, of the polynomial through them."""
    powers = np.arange(points)
    derivative = powers * np.where(powers > 0, float(at), 1.0) ** np.maximum(powers - 1, 0)
    return np.linalg.solve(np.vander(np.arange(points, dtype=float), increasing=True).T, derivative)


def _size(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))
