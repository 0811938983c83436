"""Fourth-order exponential time differencing for u_t = L u - c(t) (u^2 / 2)_x, periodic in x.

The linear part is exact in Fourier space, so its stiffness (u_xxx, u_xxxx) does not bound the step. The
product is formed on the grid, with the upper third of the modes cut off so that it is free of aliasing.

Sources: S. Cox and P. Matthews, J. Comput. Phys. 176 (2002) 430; the coefficients as contour integrals:
A.-K. Kassam and L. Trefethen, SIAM J. Sci. Comput. 26 (2005) 1214.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch

CONTOUR_POINTS = 32


def wave_numbers(nx: int, length: float, device: str | torch.device = "cpu") -> torch.Tensor:
    """Wave numbers that survive dealiasing on `nx` points: 2 pi j / length for 0 <= j < nx / 3, float64."""
    return torch.arange((nx - 1) // 3 + 1, dtype=torch.float64, device=device) * (2 * math.pi / length)


@torch.no_grad()
def solve_etdrk4(
    u0: torch.Tensor,
    t: Sequence[float],
    symbol: torch.Tensor,
    length: float,
    max_step: float,
    speed: Callable[[float], float] | None = None,
    report: Callable[[float], None] | None = None,
) -> torch.Tensor:
    """Solve from u0 (n, nx) at time 0 to the increasing times `t` -> (n, len(t), nx).

    `symbol` is L on the modes exp(ikx) with k from `wave_numbers`, complex; `speed` is c(t), 1 if None.
    Every interval between times is cut into equal steps of at most `max_step`. A solution that blows up
    comes back as NaN or infinity. `report` is told the fraction of the time covered, now and then.
    """
    nx = u0.shape[-1]
    modes = len(symbol)
    flux = -0.5j * wave_numbers(nx, length, u0.device)

    def nonlinear(v: torch.Tensor, time: float) -> torch.Tensor:
        u = torch.fft.irfft(v, n=nx)
        square = torch.fft.rfft(u.mul_(u))[:, :modes]
        return square * (flux if speed is None else flux * speed(time))

    return march(u0, t, symbol, nonlinear, max_step, report)


@torch.no_grad()
def march(
    u0: torch.Tensor,
    t: Sequence[float],
    symbol: torch.Tensor,
    nonlinear: Callable[[torch.Tensor, float], torch.Tensor],
    max_step: float,
    report: Callable[[float], None] | None = None,
) -> torch.Tensor:
    """The same for any `nonlinear(v, time)`, the spectrum of what is not in `symbol`, on as many modes."""
    nx, modes = u0.shape[-1], len(symbol)
    v = torch.fft.rfft(u0)[:, :modes].contiguous()
    out = u0.new_empty(len(u0), len(t), nx)
    now, c = 0.0, None
    for frame, target in enumerate(t):
        steps = math.ceil((target - now) / max_step - 1e-9)
        h = (target - now) / max(steps, 1)
        if steps and (c is None or abs(h - c.h) > 1e-12 * h):
            c = coefficients(symbol, h)
        for i in range(steps):
            assert c is not None
            v = _step(v, now + i * h, c, nonlinear)
            if report and i % 100 == 99:
                report((now + i * h) / t[-1])
        now = target
        out[:, frame] = torch.fft.irfft(v, n=nx)
        if report and now > 0:
            report(now / t[-1])
    return out


class Coefficients(NamedTuple):
    """The weights of one step of length h, each (modes,) complex."""

    h: float
    whole: torch.Tensor
    """exp(h L)"""
    half: torch.Tensor
    """exp(h L / 2)"""
    stage: torch.Tensor
    """h phi_1(h L / 2) / 2"""
    first: torch.Tensor
    middle: torch.Tensor
    last: torch.Tensor


def coefficients(symbol: torch.Tensor, h: float) -> Coefficients:
    """ETDRK4 weights; means over a circle around h L, where the formulas would cancel at small h L."""
    z = h * symbol
    angle = (torch.arange(CONTOUR_POINTS, device=z.device, dtype=torch.float64) + 0.5) * (2 * math.pi / CONTOUR_POINTS)
    r = z[:, None] + torch.polar(torch.ones_like(angle), angle)
    e = torch.exp(r)
    stage = h * ((torch.exp(r / 2) - 1) / r).mean(-1)
    first = h * ((-4 - r + e * (4 - 3 * r + r**2)) / r**3).mean(-1)
    middle = h * (2 * (2 + r + e * (r - 2)) / r**3).mean(-1)
    last = h * ((-4 - 3 * r - r**2 + e * (4 - r)) / r**3).mean(-1)
    return Coefficients(h, torch.exp(z), torch.exp(z / 2), stage, first, middle, last)


def _step(
    v: torch.Tensor, time: float, c: Coefficients, nonlinear: Callable[[torch.Tensor, float], torch.Tensor]
) -> torch.Tensor:
    middle, end = time + c.h / 2, time + c.h
    halfway = c.half * v
    nv = nonlinear(v, time)
    a = torch.addcmul(halfway, c.stage, nv)
    na = nonlinear(a, middle)
    nb = nonlinear(halfway.addcmul_(c.stage, na), middle)
    nc = nonlinear((c.half * a).addcmul_(c.stage, (2 * nb).sub_(nv)), end)
    new = (c.whole * v).addcmul_(c.first, nv)
    return new.addcmul_(c.middle, na.add_(nb)).addcmul_(c.last, nc)
