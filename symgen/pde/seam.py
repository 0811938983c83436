"""Are data periodic in x? Their second differences across the ends of the grid against those inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PERIODIC = 2.0
"""Largest ratio of periodic data: across the ends they are as smooth as anywhere."""
REPEATED = 1e-5
"""First and last point are one and the same if they differ by less than this share of the deviation of u."""


@dataclass(frozen=True)
class Seam:
    """The ends of the grid put together."""

    ratio: float
    """Root mean square second difference across the ends, over that at the roughest place inside."""
    repeated: bool
    """Whether the last point has the values of the first: a period with both of its ends."""

    @property
    def periodic(self) -> bool:
        """Whether u goes on across the ends as smoothly as inside."""
        return self.ratio <= PERIODIC and not self.repeated

    def __str__(self) -> str:
        if self.repeated:
            return "they are taken as not periodic, but the last point repeats the first: leave it out of periodic data"
        kind = "periodic" if self.periodic else "not periodic"
        rough = f"{self.ratio:.2g} times as rough across the ends as at the roughest place inside"
        return f"they are taken as {kind}: {rough}"


def seam_of(u: np.ndarray) -> Seam:
    """From trajectories u (n, nt, nx)."""
    bend = np.roll(u, 1, -1) - 2 * u + np.roll(u, -1, -1)
    size = np.sqrt((bend**2).mean((0, 1)))
    inside = size[1:-1].max(initial=0.0)
    ends = np.sqrt((size[0] ** 2 + size[-1] ** 2) / 2)
    gap = np.sqrt(((u[..., -1] - u[..., 0]) ** 2).mean())
    ratio = float(ends / inside) if inside else (np.inf if ends else 1.0)
    return Seam(ratio, repeated=bool(gap <= REPEATED * u.std()))
