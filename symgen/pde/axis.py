"""One independent variable of solutions: its points on a regular grid, and whether the solutions are periodic in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symgen.bounds import LARGEST
from symgen.exceptions import DataError

TIME = "t"
UNIFORM_TOLERANCE = 1e-4  # of a grid step
ROUNDED = 4.0
"""Steps are rounded by this many units in the last place of the coordinate, which may be in single precision."""
COARSE = 0.5
"""Of a step: rounding beyond which the grid is not known."""


@dataclass(frozen=True, eq=False)
class Axis:
    """`points` (n,), increasing and equally spaced; of a period the end is no point of its own."""

    name: str
    points: np.ndarray
    periodic: bool = False

    def __len__(self) -> int:
        return len(self.points)

    @property
    def step(self) -> float:
        """Distance of two points, from all of them, as single steps are less exact."""
        return float(self.points[-1] - self.points[0]) / (len(self.points) - 1)

    @property
    def length(self) -> float:
        """From the first point to the last, or the period."""
        return period(self.points) if self.periodic else float(self.points[-1] - self.points[0])


def grid_order(independent: Sequence[str]) -> tuple[str, ...]:
    """The order of a grid's axes, from that of independent variables: t first, as in `Solutions`."""
    return tuple(sorted(independent, key=lambda name: name != TIME))


def period(grid: np.ndarray) -> float:
    """Number of points times their distance, from all of a uniform grid (n,), as single steps are less exact."""
    return float((grid[-1] - grid[0]) / (len(grid) - 1) * len(grid))


def check_uniform(grid: np.ndarray, what: str) -> None:
    """Raise DataError unless `grid` (n,) is finite, increasing and equally spaced, as far as its precision shows."""
    if len(grid) < 2 or not np.isfinite(grid).all():
        raise DataError(f"{what} has {len(grid)} entries, or some that are not finite numbers.")
    if np.abs(grid).max() > LARGEST:
        raise DataError(f"{what} goes to {np.abs(grid).max():.3g}, beyond {LARGEST:g}. Use other units.")
    steps = np.diff(grid)
    mean = (grid[-1] - grid[0]) / (len(grid) - 1)
    apart = np.abs(steps - mean).max()
    if mean > 0 and apart <= UNIFORM_TOLERANCE * mean:
        return
    single = bool((grid == grid.astype(np.float32)).all())
    rounding = ROUNDED * np.finfo(np.float32 if single else np.float64).eps * np.abs(grid).max()
    if apart > rounding or not mean > 0:
        raise DataError(f"{what} is not equally spaced and increasing. Interpolate the data to a uniform grid first.")
    if rounding > COARSE * mean:
        raise DataError(
            f"{what} has steps of {mean:.3g} at {np.abs(grid).max():.6g}, which its precision does not show. Store it "
            "in double precision, or from another origin."
        )
