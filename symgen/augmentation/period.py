"""What the flows of generators do to the periods of data, and to the grid in x of data that are not periodic."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from symgen.generators.base import Generators
from symgen.pde.axis import Axis

SAME = 1e-9
"""Fields whose values a period apart differ by less than this share are periodic."""
POINTS = 256


@torch.no_grad()
def period_rates(generators: Generators, period: float) -> torch.Tensor:
    """(n,): k of fields whose flows exp(sV) take solutions of one period to those of exp(k s) times that period.

    0 for fields that are periodic in x themselves, as boosts are; for scalings the number in front of x d/dx; NaN for
    all others, whose flows leave nothing periodic. From V(x + period) - V(x) = (k period, 0, 0) at random points.
    """
    space, points = generators.space, _points(generators)
    fields = [space.normalise_fields(generators(p)) for p in (points, points + points.new_tensor([period, 0.0, 0.0]))]
    size = fields[0].abs().amax((1, 2)).cpu()
    change = (fields[1] - fields[0]).cpu()
    steady = change.mean(1)
    spread = (change - steady[:, None]).abs().amax((1, 2))
    rates = torch.where(steady[:, 0].abs() > SAME * size, steady[:, 0] * space.scale[0] / period, 0.0)
    keeps = (spread <= SAME * size) & (steady[:, 1:].abs().amax(1) <= SAME * size)
    return torch.where(keeps, rates, torch.nan)


@torch.no_grad()
def keeps_periods(generators: Generators, axes: Sequence[Axis]) -> torch.Tensor:
    """(n, axes): whether the flow of a field keeps an axis' period, from V a period further at random points.

    True for axes that are not periodic: there is no period to keep.
    """
    space, points = generators.space, _points(generators)
    fields = space.normalise_fields(generators(points))
    size = fields.abs().amax((1, 2)).cpu()
    kept = torch.ones(generators.count, len(axes), dtype=torch.bool)
    for place, axis in enumerate(axes):
        if axis.periodic:
            shift = [axis.length if name == axis.name else 0.0 for name in space.names]
            change = space.normalise_fields(generators(points + points.new_tensor(shift))) - fields
            kept[:, place] = change.abs().amax((1, 2)).cpu() <= SAME * size
    return kept


@torch.no_grad()
def moves_x(generators: Generators) -> torch.Tensor:
    """(n,): whether a field has a component along x, at random points: only others leave the places of a grid alone."""
    fields = generators.space.normalise_fields(generators(_points(generators))).abs().amax(1)
    return (fields[:, 0] > SAME * fields.amax(1)).cpu()


def _points(generators: Generators) -> torch.Tensor:
    """Some points of the data's range."""
    space = generators.space
    share = torch.rand(POINTS, space.dimension, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    low, high = torch.tensor(space.lower, dtype=torch.float64), torch.tensor(space.upper, dtype=torch.float64)
    device = next((t.device for t in (*generators.parameters(), *generators.buffers())), torch.device("cpu"))
    return (low + share * (high - low)).to(device)
