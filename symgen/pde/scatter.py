"""Moved samples put back on the grid in the manner of the published work, to compare with the exact way.

Ko, Kim and Lee (NeurIPS 2024) take the moved samples (X, T, U) for samples on a grid that is only stretched, and
resample them by Whittaker and Shannon's series or linearly. Here that is done along one index after the other:

1. Along every line of one x-index: X and U at each target time t', as weighted means over the line's moved samples.
2. At every target time: U at each target place x', as a weighted mean over the places X that step 1 gave.

Whittaker-Shannon: weights sinc((t' - T) / dT), dT the line's mean step, for the values less the straight line between
the first and the last (the series takes them for 0 beyond the window, and a jump there would be felt everywhere); in x,
on the period, the Dirichlet kernel in (x' - X), divided by its sum. Both are exact where the moved samples are equally
spaced and the series does not end: in x for translations and boosts, in t only far from the window's ends. Bilinear:
the weights of linear interpolation between the two moved samples around the target.
"""

from __future__ import annotations

import math
from typing import Literal

import torch

from symgen.pde.resample import Resampled

Scattering = Literal["whittaker-shannon", "bilinear"]


def resample_scatter(
    moved: torch.Tensor, x: torch.Tensor, t: torch.Tensor, length: float, way: Scattering
) -> Resampled:
    """Copies from their moved samples (C, nt, nx, 3) of a trajectory on the grid x (nx,) by t (nt,), periodic in x.

    A time is covered if it lies between the first and the last moved time of every line. Lines or rows whose order is
    not kept are folded.
    """
    place, time, u = (part.transpose(-2, -1) for part in moved.unbind(-1))  # (C, nx, nt)
    folded = ~((time.diff(dim=-1) > 0).all(-1).all(-1))
    start, end = time[..., :1], time[..., -1:]
    tiny = 1e-9 * float(t[1] - t[0])
    covered = ((t >= start - tiny) & (t <= end + tiny)).all(-2)
    shift = place - x[:, None]  # periodic, as x itself is not
    if way == "bilinear":
        left, share = _neighbours(time.contiguous(), t)
        shift, u = (_between(part, left, share) for part in (shift, u))
    else:
        weights = torch.sinc((t[:, None] - time[..., None, :]) * ((time.shape[-1] - 1) / (end - start)[..., None]))
        here, there = (time - start) / (end - start), (t - start) / (end - start)
        shift, u = (_series(weights, part, here, there) for part in (shift, u))
    place, u = (x[:, None] + shift).transpose(-2, -1), u.transpose(-2, -1)  # (C, nt, nx)
    steps = torch.cat([place, place[..., :1] + length], -1).diff(dim=-1)
    folded = folded | ~((steps > 0) | ~covered[..., None]).all(-1).all(-1)
    return Resampled(_in_x(place, u, x, length, way), covered, folded, torch.zeros_like(folded))


def _series(weights: torch.Tensor, values: torch.Tensor, here: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """Whittaker and Shannon's series of values (..., nt) at parts `here` of the way, less the straight line between its
    ends, and that line again at the parts `there`."""
    first, rise = values[..., :1], values[..., -1:] - values[..., :1]
    rest = values - first - rise * here
    return (weights @ rest[..., None]).squeeze(-1) + first + rise * there


def _in_x(place: torch.Tensor, u: torch.Tensor, x: torch.Tensor, length: float, way: Scattering) -> torch.Tensor:
    if way == "whittaker-shannon":
        weights = _dirichlet((x[:, None] - place[..., None, :]) * (2 * math.pi / length), len(x))
        return (weights @ u[..., None]).squeeze(-1) / weights.sum(-1)
    # the samples in order, started anew at the left end of the period, with one more at either end
    wrapped = torch.remainder(place - x[0], length)
    order = wrapped.argsort(-1)
    ordered, values = wrapped.gather(-1, order), u.gather(-1, order)
    ordered = torch.cat([ordered[..., -1:] - length, ordered, ordered[..., :1] + length], -1)
    values = torch.cat([values[..., -1:], values, values[..., :1]], -1)
    left, share = _neighbours(ordered, x - x[0])
    return _between(values, left, share)


def _dirichlet(angle: torch.Tensor, n: int) -> torch.Tensor:
    """The trigonometric interpolant of 1, 0, 0, ... on n equally spaced points, at an angle from the first."""
    half = torch.remainder(angle + math.pi, 2 * math.pi) / 2 - math.pi / 2
    lower = torch.tan(half) if n % 2 == 0 else torch.sin(half)
    near = half.abs() < 1e-9
    return torch.where(near, 1.0, torch.sin(n * half) / (n * torch.where(near, 1.0, lower)))


def _neighbours(nodes: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """For increasing nodes (..., n): the one left of each target, and how far towards the next the target lies."""
    wanted = targets.expand(*nodes.shape[:-1], -1).contiguous()
    left = (torch.searchsorted(nodes, wanted, right=True) - 1).clamp(0, nodes.shape[-1] - 2)
    a, b = nodes.gather(-1, left), nodes.gather(-1, left + 1)
    return left, (wanted - a) / (b - a)


def _between(values: torch.Tensor, left: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    return torch.lerp(values.gather(-1, left), values.gather(-1, left + 1), share)
