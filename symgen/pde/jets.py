"""Samples of jet space: points of the data with the derivatives of u there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from symgen.exceptions import DataError
from symgen.pde.derivatives import interior_margin, t_derivatives, time_margin, x_derivatives
from symgen.pde.grammar import Jet
from symgen.pde.trajectories import Trajectories

POINTS_PER_ROW = 32
VALUES: tuple[Jet, ...] = ((0, 0),)
"""The jets of u alone."""


@dataclass(frozen=True)
class JetSample:
    """P points of the graph of u with derivatives of u there, float64, physical units."""

    points: torch.Tensor
    """(P, 3): x, t, u."""
    derivatives: torch.Tensor
    """(jets, P), in the order in which they were asked for; of an evolution equation u, u_x, u_xx, ..."""

    def at(self, places: torch.Tensor) -> JetSample:
        """The points of these places."""
        return JetSample(self.points[places], self.derivatives[:, places])

    def split(self, size: int) -> Iterator[JetSample]:
        """Parts of at most `size` points."""
        for start in range(0, len(self.points), size):
            yield JetSample(self.points[start : start + size], self.derivatives[:, start : start + size])


def sample_jets(
    data: Trajectories, jets: Sequence[Jet], total: int, seed: int, device: torch.device
) -> Iterator[JetSample]:
    """About `total` random points of the data, spread evenly over its samples, some samples at a time.

    Every sample draws from its own generator, so memory and result do not depend on how many are read at once.
    Derivatives in x are spectral where the data are periodic, else central differences, as those in t always are.
    Raises DataError where the grid is too coarse for the `jets`.
    """
    highest, latest = (max(orders) for orders in zip(*jets, strict=True))
    require_resolution(data, highest, latest)
    margin, late = interior_margin(data.info.periodic, highest), time_margin(latest)
    inside, times = np.arange(margin, len(data.x) - margin), np.arange(late, len(data.t) - late)
    each = math.ceil(total / len(data))
    columns = min(len(inside), POINTS_PER_ROW)
    rows = min(len(times), math.ceil(each / columns))
    columns = min(len(inside), math.ceil(each / rows))
    position = 0
    for batch in data.batches():
        draws = [np.random.default_rng((seed, int(data.kept[position + i]))) for i in range(len(batch))]
        position += len(batch)
        time = np.stack([draw.permutation(times)[:rows] for draw in draws])
        place = np.stack([draw.permuted(np.tile(inside, (rows, 1)), axis=1)[:, :columns] for draw in draws])
        picked = torch.from_numpy(place).to(device)
        chosen: dict[Jet, torch.Tensor] = {}
        for j, change in enumerate(t_derivatives(torch.from_numpy(batch), data.time_step, latest)):
            u = torch.from_numpy(np.take_along_axis(change.numpy(), time[:, :, None] - late, axis=1)).to(device)
            table = x_derivatives(u, data.period, data.info.periodic, highest)
            chosen |= {(i, j): table[i].gather(-1, picked - margin) for i in range(highest + 1)}
        x = torch.from_numpy(data.x).to(device)[picked]
        t = torch.from_numpy(data.t[time]).to(device)[:, :, None].expand_as(x)
        points = torch.stack([x, t, chosen[0, 0]], dim=-1).reshape(-1, 3)
        yield JetSample(points, torch.stack([chosen[jet].reshape(-1) for jet in jets]))


def require_resolution(data: Trajectories, highest: int, latest: int = 0) -> None:
    """Raise DataError unless the grid has points enough for derivatives of these orders in x and t."""
    needed = 2 * highest + 2 if data.info.periodic else 2 * interior_margin(False, highest) + 2
    if len(data.x) < needed:
        raise DataError(
            f"The data have {len(data.x)} points in x; derivatives of order {highest}, which this equation's "
            f"symmetry condition contains, need at least {needed}. Use data on a finer grid."
        )
    if len(data.t) <= 2 * time_margin(latest):
        raise DataError(
            f"The data have {len(data.t)} times; derivatives of order {latest} in t, which this equation's symmetry "
            f"condition contains, need at least {2 * time_margin(latest) + 1}. Store more of them."
        )
