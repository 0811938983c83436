"""By how much the grid, the time step and noise move the means of densities, as far as can be estimated."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np
import torch

from symgen.conserved.box_means import SPLINE, BoxMeans
from symgen.conserved.drift import changes
from symgen.pde.axis import TIME
from symgen.pde.derivatives import ACCURACY, without_highest
from symgen.pde.noise import noise_level
from symgen.pde.residual import HIGHEST
from symgen.pde.solution_jets import is_circle
from symgen.pde.solutions import Solutions

SOME, SOME_POINTS = 4, 2**18
"""Solutions on which errors are estimated, and points of all their grids, at most."""
ROUNDING = 1e-15


class ErrorSources:
    """The first solutions (n, times, *grid, unknown) of data, and these with a bit more of each error."""

    def __init__(self, data: Solutions, values: np.ndarray) -> None:
        self.plain = values[: max(1, min(SOME, SOME_POINTS // prod(data.shape)))]
        levels = [noise_level(u) * float(u.std()) for u in np.moveaxis(self.plain, -1, 0)]
        noise = np.array(levels) * np.random.default_rng(0).standard_normal(self.plain.shape)
        smooth = torch.from_numpy(self.plain)
        for place, axis in enumerate(data.axes, 1):
            if is_circle(axis):
                smooth = without_highest(smooth.movedim(place, -1), HIGHEST).movedim(-1, place)
        open_ones = {axis.name: ACCURACY for axis in data.space if not is_circle(axis)}
        self.changed: list[tuple[np.ndarray, Mapping[str, int], int]] = [
            (smooth.numpy(), open_ones, SPLINE - 2),
            (self.plain, {TIME: ACCURACY}, SPLINE - 2),
            (self.plain + noise, {}, SPLINE),
        ]
        """Without the highest waves, or with differences of lower order; the same in time; with as much noise again."""

    def deviations(self, means: BoxMeans) -> tuple[np.ndarray, np.ndarray]:
        """By how much each changes the means, (sources, current, n, times), and the means of |density|."""
        plain, sizes = means(self.plain)
        return np.stack([means(*changed)[0] - plain for changed in self.changed]), sizes

    def floors(self, means: BoxMeans) -> np.ndarray:
        """The drift that the errors explain, for each current: the largest, and that of rounding."""
        moved, sizes = self.deviations(means)
        return np.nan_to_num(changes(moved, sizes).max((0, 2, 3))) + ROUNDING
