"""A small synthetic data set of a kind that people have, with what is true of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from symgen.pde.trajectories import Trajectories, TrajectoryInfo, period


@dataclass(frozen=True)
class Twin:
    """One trajectory u (nt, nx) on the grid t (nt,) by x (nx,)."""

    u: np.ndarray
    x: np.ndarray
    t: np.ndarray
    periodic: bool
    equation: str
    """True; a string that equals zero."""
    expected: Literal["equation", "doubt", "refusal"] = "equation"
    """Of discovery in the data alone: this equation; it with a doubt, as the data leave something open; or none."""

    def trajectories(self) -> Trajectories:
        """The data, without their equation."""
        length = period(self.x) if self.periodic else float(self.x[-1] - self.x[0])
        return Trajectories.from_arrays(
            self.u[None], self.x, self.t, TrajectoryInfo(length=length, periodic=self.periodic)
        )


def circle(nx: int, length: float, left: float = 0.0) -> np.ndarray:
    """(nx,): a period of x without its end."""
    return left + np.arange(nx) * (length / nx)
