"""Samples of jet space: points of the data with the derivatives of u there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from symgen.exceptions import DataError
from symgen.pde.derivatives import interior_margin, x_derivatives
from symgen.pde.trajectories import Trajectories

POINTS_PER_ROW = 32


@dataclass(frozen=True)
class JetSample:
    """P points of the graph of u with the x-derivatives of u there, float64, physical units."""

    points: torch.Tensor
    """(P, 3): x, t, u."""
    derivatives: torch.Tensor
    """(highest + 1, P): u, u_x, u_xx, ..."""

    def at(self, places: torch.Tensor) -> JetSample:
        """The points of these places."""
        return JetSample(self.points[places], self.derivatives[:, places])

    def split(self, size: int) -> Iterator[JetSample]:
        """Parts of at most `size` points."""
        for start in range(0, len(self.points), size):
            yield JetSample(self.points[start : start + size], self.derivatives[:, start : start + size])


def sample_jets(data: Trajectories, highest: int, total: int, seed: int, device: torch.device) -> Iterator[JetSample]:
    """About `total` random points of the data, spread evenly over its samples, some samples at a time.

    Every sample draws from its own generator, so memory and result do not depend on how many are read at once.
    Derivatives go up to order `highest`: spectral where the data are periodic in x, else central differences.
    Raises DataError where the grid is too coarse for that order.
    """
    require_resolution(data, highest)
    margin = interior_margin(data.info.periodic, highest)
    inside = np.arange(margin, len(data.x) - margin)
    each = math.ceil(total / len(data))
    columns = min(len(inside), POINTS_PER_ROW)
    rows = min(len(data.t), math.ceil(each / columns))
    columns = min(len(inside), math.ceil(each / rows))
    position = 0
    for batch in data.batches():
        draws = [np.random.default_rng((seed, int(data.kept[position + i]))) for i in range(len(batch))]
        position += len(batch)
        time = np.stack([draw.permutation(len(data.t))[:rows] for draw in draws])
        place = np.stack([draw.permuted(np.tile(inside, (rows, 1)), axis=1)[:, :columns] for draw in draws])
        u = torch.from_numpy(np.take_along_axis(batch, time[:, :, None], axis=1)).to(device)
        picked = torch.from_numpy(place).to(device)
        table = x_derivatives(u, data.period, data.info.periodic, highest)
        chosen = torch.stack([d.gather(-1, picked - margin) for d in table])
        x = torch.from_numpy(data.x).to(device)[picked]
        t = torch.from_numpy(data.t[time]).to(device)[:, :, None].expand_as(x)
        points = torch.stack([x, t, chosen[0]], dim=-1).reshape(-1, 3)
        yield JetSample(points, chosen.reshape(highest + 1, -1))


def require_resolution(data: Trajectories, highest: int) -> None:
    """Raise DataError unless the grid has points enough for x-derivatives of order `highest`."""
    needed = 2 * highest + 2 if data.info.periodic else 2 * interior_margin(False, highest) + 2
    if len(data.x) < needed:
        raise DataError(
            f"The data have {len(data.x)} points in x; derivatives of order {highest}, which this equation's "
            f"symmetry condition contains, need at least {needed}. Use data on a finer grid."
        )
