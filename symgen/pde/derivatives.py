"""Derivatives in x and t of data on a uniform grid."""

from __future__ import annotations

import math

import torch

from symgen.constants import kept
from symgen.exceptions import DataError

ACCURACY = 6
"""Order of the central differences where the data are not periodic."""


def x_derivatives(
    u: torch.Tensor, length: float, periodic: bool, highest: int, accuracy: int = ACCURACY
) -> torch.Tensor:
    """x-derivatives 0 ... highest of u (..., nx) -> (highest + 1, ..., nx - 2 margin).

    Spectral where the data are periodic on `length`; else central differences of order `accuracy` on the interior,
    whose `margin` (see `interior_margin`) is lost at either end.
    """
    if periodic:
        return spectral_derivatives(u, length, highest)
    margin, step = interior_margin(False, highest, accuracy), length / u.shape[-1]
    table = []
    for order in range(highest + 1):
        spare = margin - (stencil_half_width(order, accuracy) if order else 0)
        inside = u[..., spare : u.shape[-1] - spare]
        table.append(inside if order == 0 else finite_difference(inside, step, order, accuracy, -1))
    return torch.stack(table)


def t_derivatives(u: torch.Tensor, step: float, latest: int, accuracy: int = ACCURACY) -> list[torch.Tensor]:
    """t-derivatives 0 ... latest of u (..., nt, nx) by central differences, each (..., nt - 2 margin, nx).

    The margin is that of `time_margin`, for all of them.
    """
    margin, times = time_margin(latest, accuracy), u.shape[-2]
    table = []
    for order in range(latest + 1):
        spare = margin - time_margin(order, accuracy)
        inside = u[..., spare : times - spare, :]
        table.append(inside if order == 0 else finite_difference(inside, step, order, accuracy, -2))
    return table


def time_margin(latest: int, accuracy: int = ACCURACY) -> int:
    """Times lost at either end to derivatives of order `latest` in t."""
    return stencil_half_width(latest, accuracy) if latest else 0


def interior_margin(periodic: bool, highest: int, accuracy: int = ACCURACY) -> int:
    """Points lost at either end to derivatives of order `highest`."""
    return 0 if periodic else stencil_half_width(highest, accuracy)


def without_highest(u: torch.Tensor, share: float) -> torch.Tensor:
    """Periodic data u (..., nx) without a share of the waves that the grid resolves, the highest."""
    spectrum = torch.fft.rfft(u.contiguous())
    spectrum[..., math.ceil((1 - share) * (u.shape[-1] // 2)) :] = 0
    return torch.fft.irfft(spectrum, n=u.shape[-1])


def spectral_derivatives(u: torch.Tensor, length: float, highest: int) -> torch.Tensor:
    """x-derivatives 0 ... highest of periodic data u (..., nx) on a domain of `length` -> (highest + 1, ..., nx).

    Exact for the trigonometric interpolant of the samples. The highest wave of an even number of points has
    no odd derivatives on the grid.
    """
    nx = u.shape[-1]
    waves = 2 * math.pi / length * torch.arange(nx // 2 + 1, dtype=u.dtype, device=u.device)
    spectrum = torch.fft.rfft(u.contiguous())  # MKL of torch 2.6 refuses rows that are one and the same
    derivatives = [u]
    for order in range(1, highest + 1):
        symbol = (1j * waves) ** order
        if nx % 2 == 0 and order % 2:
            symbol[-1] = 0
        derivatives.append(torch.fft.irfft(spectrum * symbol, n=nx))
    return torch.stack(derivatives)


def refine(u: torch.Tensor, factor: int) -> torch.Tensor:
    """Periodic data u (..., nx) on a grid that is `factor` times finer -> (..., factor nx), by their trigonometric
    interpolant: every factor-th value is one of u.
    """
    nx = u.shape[-1]
    spectrum = torch.fft.rfft(u.contiguous())  # MKL of torch 2.6 refuses rows that are one and the same
    if nx % 2 == 0 and factor > 1:
        spectrum[..., -1] /= 2  # the highest wave stands for two, of either sign
    return torch.fft.irfft(spectrum, n=factor * nx) * factor


def stencil(order: int, width: int, offset: int) -> torch.Tensor:
    """Weights of the derivative of `order` on `width` unit-spaced points, at point `offset` (Taylor's conditions)."""
    points = torch.arange(width, dtype=torch.float64) - offset
    conditions = torch.stack([points**k / math.factorial(k) for k in range(width)])
    target = torch.zeros(width, dtype=torch.float64)
    target[order] = 1
    return torch.linalg.solve(conditions, target)


def central_stencil(order: int, half: int, like: torch.Tensor) -> torch.Tensor:
    """The `stencil` at the middle of 2 half + 1 points; solved for once, and shared."""
    return kept(("stencil", order, half), lambda: stencil(order, 2 * half + 1, half), like)


def finite_difference(u: torch.Tensor, step: float, order: int, accuracy: int, dim: int) -> torch.Tensor:
    """Central difference of even `accuracy` along `dim`, on the interior where the stencil fits.

    Raises DataError where there are fewer points than the stencil needs.
    """
    half = stencil_half_width(order, accuracy)
    if u.shape[dim] <= 2 * half:
        raise DataError(f"A derivative of order {order} needs more than {2 * half} points; there are {u.shape[dim]}.")
    weights = central_stencil(order, half, u) / step**order
    windows = u.unfold(dim, 2 * half + 1, 1)
    return windows @ weights


def stencil_half_width(order: int, accuracy: int) -> int:
    """How many points a central difference of that accuracy reaches to either side."""
    return (order + 1) // 2 - 1 + accuracy // 2
