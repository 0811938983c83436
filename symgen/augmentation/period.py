"""What the flows of generators do to x: to the period of data that are periodic in it, and to the grid of others."""

from __future__ import annotations

import torch

from symgen.generators.base import Generators

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
def moves_x(generators: Generators) -> torch.Tensor:
    """(n,): whether a field has a component along x, at random points: only others leave the places of a grid alone."""
    fields = generators.space.normalise_fields(generators(_points(generators))).abs().amax(1)
    return (fields[:, 0] > SAME * fields.amax(1)).cpu()


def _points(generators: Generators) -> torch.Tensor:
    """Some points of the data's range."""
    space = generators.space
    share = torch.rand(POINTS, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    low, high = torch.tensor(space.lower, dtype=torch.float64), torch.tensor(space.upper, dtype=torch.float64)
    device = next((t.device for t in (*generators.parameters(), *generators.buffers())), torch.device("cpu"))
    return (low + share * (high - low)).to(device)
