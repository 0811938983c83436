"""Time derivatives of all unknowns for the interpolation in time: by a system where that helps, else by differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch

from symgen.equations.system import System
from symgen.pde.axis import Axis
from symgen.pde.hermite import (
    DIFFERENCE,
    KEPT,
    HermiteWeights,
    between,
    difference_rate,
    middle_error,
    rate_from_second,
    rows_for,
)
from symgen.pde.interpolant import LEAST_TIMES
from symgen.pde.system_rates import Rate, system_rates


class TimeRates(NamedTuple):
    """Derivatives of all unknowns, and what interpolation with them leaves."""

    values: torch.Tensor
    """(nt, *space, unknown)"""
    errors: list[float]
    """Of each unknown, half way between the times: how far interpolants with these and with other derivatives are
    apart, but no more than what is measured at times left out.
    """
    by_equation: tuple[str, ...]
    """Unknowns whose derivative is from the system."""


def time_rates(values: torch.Tensor, axes: Sequence[Axis], unknowns: Sequence[str], system: System | None) -> TimeRates:
    """Those of values (nt, *space, unknown) on the grid of `axes`, t first.

    From the system where it gives them, and leaving out every other time shows that they are better than differences.
    """
    step, weights = axes[0].step, HermiteWeights(rows_for(len(values)), values)
    known = system_rates(values, axes, unknowns, system) if system else {}
    varying = values - values.flatten(0, -2).mean(0)
    rates, errors, used = torch.empty_like(values), [], []
    for k, unknown in enumerate(unknowns):
        u = varying[..., k]
        plain = _differences(u, step)
        rate, other, left_out = plain, _differences(u, step, DIFFERENCE - 2), math.inf
        if unknown in known:
            given, without = _left_out(u, known[unknown], axes)
            if given <= without:
                used.append(unknown)
                rate, other, left_out = _by_equation(u, known[unknown], axes, step, plain), plain, given
        rates[..., k] = rate
        apart = middle_error(u.reshape(len(u), -1), ((rate - other) * step).reshape(len(u), -1), weights)
        errors.append(min(apart, left_out))
    return TimeRates(rates, errors, tuple(used))


def _differences(u: torch.Tensor, step: float, width: int = DIFFERENCE) -> torch.Tensor:
    return difference_rate(u.reshape(len(u), -1), step, width).reshape(u.shape)


def _by_equation(u: torch.Tensor, known: Rate, axes: Sequence[Axis], step: float, plain: torch.Tensor) -> torch.Tensor:
    """u_t from what the equation gives; from differences where it does not reach, and in the shortest waves."""
    rate = known.values
    if known.order == 2:
        rate = rate_from_second(u.reshape(len(u), -1), rate.reshape(len(u), -1), step).reshape(u.shape)
    change = torch.where(rate.isfinite(), rate - plain, 0.0)
    for place, axis in enumerate(axes[1:], 1):
        if axis.periodic:
            spectrum = torch.fft.rfft(change.movedim(place, -1))
            spectrum[..., math.ceil(KEPT * len(axis) / 2) :] = 0
            change = torch.fft.irfft(spectrum, n=len(axis)).movedim(-1, place)
    return plain + change


def _left_out(u: torch.Tensor, known: Rate, axes: Sequence[Axis]) -> tuple[float, float]:
    """Relative errors at every other time of u (nt, *space), from the others: with the equation, and without.

    (infinity, infinity) where there are too few times.
    """
    coarse, step = u[::2], 2 * axes[0].step
    if len(coarse) < LEAST_TIMES:
        return math.inf, math.inf
    weights = HermiteWeights(rows_for(len(coarse)), u)
    plain = _differences(coarse, step)
    exact = _by_equation(coarse, Rate(known.order, known.values[::2]), axes, step, plain)
    wanted = u[1::2].reshape(len(u) // 2, -1)
    errors = []
    for rate in (exact, plain):
        found = between(coarse.reshape(len(coarse), -1), (rate * step).reshape(len(coarse), -1), weights)
        errors.append(float((found - wanted[: len(found)]).norm() / wanted.norm().clamp_min(1e-300)))
    return errors[0], errors[1]
