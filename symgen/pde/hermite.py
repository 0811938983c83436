"""Interpolation in time from values and first derivatives at equally spaced times (Hermite).

The derivatives come from the equation, u_t = F[u], where it is known. They are right for waves that turn over faster
than the stored time step can show, for which differences of the values are wrong. But F amplifies what is wrong with
the shortest waves of the grid, where truncation and aliasing sit: beyond two thirds of the waves differences in time
are used. (Measured: u_tt by the equation amplifies more than it brings, on all equations of the catalog.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import torch

from symgen.constants import constant
from symgen.expressions import CompiledExpressions
from symgen.pde.derivatives import refine, spectral_derivatives, stencil
from symgen.pde.equation import Equation
from symgen.pde.grammar import T, X, jet_symbol

ROWS = 4
"""Times that an interpolated value uses: the polynomial has degree 2 ROWS - 1."""
DIFFERENCE = 11
"""Times that a difference uses; its order is one less."""
SECOND_DIFFERENCE = 9
"""Times that a first derivative from values and second derivatives uses."""
KEPT = 2 / 3
"""Share of the waves whose time derivative comes from the equation."""


def equation_rate(u: torch.Tensor, x: torch.Tensor, t: torch.Tensor, length: float, equation: Equation) -> torch.Tensor:
    """u_t = F[u] of periodic data u (..., nt, nx) -> (..., nt, nx), without aliases of quadratic terms."""
    symbol = equation.right_hand_side
    jets = equation.jets(symbol)
    evaluate = CompiledExpressions([X, T, *map(jet_symbol, jets)], [symbol])
    nx = u.shape[-1]
    fine = refine(u, 2)
    table = spectral_derivatives(fine, length, max((i for i, _ in jets), default=0))
    places = x[0] + length / (2 * nx) * torch.arange(2 * nx, dtype=u.dtype, device=u.device)
    arguments = [places.expand_as(fine), t[:, None].expand_as(fine), *(table[i] for i, _ in jets)]
    spectrum = torch.fft.rfft(evaluate(arguments)[0])[..., : nx // 2 + 1] / 2
    return torch.fft.irfft(spectrum, n=nx)


def difference_rate(u: torch.Tensor, step: float, width: int = DIFFERENCE) -> torch.Tensor:
    """u_t of u (..., nt, nx) by differences over `width` times, one-sided at the ends -> (..., nt, nx)."""
    lines = u.movedim(-2, 0)
    width = _odd(width, len(lines))
    return _differences(lines, [_slope_stencil(width, offset) for offset in range(width)]).movedim(0, -2) / step


def _odd(width: int, nt: int) -> int:
    """As many times as there are, or one less."""
    return min(width, nt - 1 + nt % 2)


def _differences(u: torch.Tensor, stencils: Sequence[torch.Tensor]) -> torch.Tensor:
    """Differences of u (nt, ...) over an odd number of times. The stencils (width,) are those at each of their points:
    the one in the middle is that of all times but the first and the last.
    """
    width, nt = len(stencils), len(u)
    half = width // 2
    found = torch.zeros_like(u)
    for row in (*range(half), *range(nt - half, nt)):
        first = 0 if row < half else nt - width
        found[row] = torch.tensordot(constant(stencils[row - first].tolist(), u), u[first : first + width], 1)
    for offset, weight in enumerate(stencils[half].tolist()):
        found[half : nt - half] += weight * u[offset : offset + nt - 2 * half]
    return found


@cache
def _slope_stencil(width: int, offset: int) -> torch.Tensor:
    return stencil(1, width, offset)


def blended(spectrum: torch.Tensor, differences: torch.Tensor, nx: int) -> torch.Tensor:
    """Spectra (..., nx // 2 + 1) of u_t: `spectrum` in the first KEPT of the waves, `differences` beyond."""
    wave = torch.arange(spectrum.shape[-1], device=spectrum.device)
    return torch.where(wave < KEPT * nx / 2, spectrum, differences)


class HermiteWeights:
    """Weights of values and derivatives at ROWS equally spaced times, in steps from the middle of these."""

    def __init__(self, rows: int, like: torch.Tensor) -> None:
        self.rows = rows
        places = torch.arange(rows, dtype=torch.float64) - (rows - 1) / 2
        powers = torch.arange(2 * rows, dtype=torch.float64)
        values = places[:, None] ** powers
        rates = powers * places[:, None] ** (powers - 1).clamp_min(0)
        conditions = torch.stack([values, rates], 1).flatten(0, 1)  # (row, value or rate) by power
        self.matrix = torch.linalg.inv(conditions).to(like)  # power by (row, value or rate)
        self.powers = powers.to(like)

    def __call__(self, z: torch.Tensor) -> torch.Tensor:
        """z (...) -> (..., rows, 2), for values and for derivatives per step."""
        return (self._powers(z) @ self.matrix).unflatten(-1, (self.rows, 2))

    def slope(self, z: torch.Tensor) -> torch.Tensor:
        """The derivative of the weights by z."""
        rates = self._powers(z)[..., :-1] * self.powers[1:]
        return (rates @ self.matrix[1:]).unflatten(-1, (self.rows, 2))

    def _powers(self, z: torch.Tensor) -> torch.Tensor:
        repeated = z[..., None].expand(*z.shape, 2 * self.rows - 1)
        return torch.cat([torch.ones_like(z)[..., None], repeated], -1).cumprod(-1)


def place_in(t: torch.Tensor, start: float, step: float, nt: int, rows: int) -> tuple[torch.Tensor, torch.Tensor]:
    """For times t (...): the first of the `rows` stored times to use (...), and t in steps from their middle."""
    number = torch.nan_to_num((t - start) / step)
    first = (torch.floor(number) - (rows // 2 - 1)).clamp(0, nt - rows)
    return first.long(), number - first - (rows - 1) / 2


def rows_for(nt: int) -> int:
    """As many times as are used where there are only nt."""
    return min(ROWS, 2 * math.floor(nt / 2))


def between(values: torch.Tensor, rates: torch.Tensor, weights: HermiteWeights) -> torch.Tensor:
    """Half way between all neighbours of nt times, from values and derivatives per step (nt, ...) -> (nt - 1, ...)."""
    nt = len(values)
    like = torch.empty(0, dtype=values.real.dtype, device=values.device)
    middle = torch.arange(nt - 1, dtype=like.dtype, device=like.device) + 0.5
    row, z = place_in(middle, 0.0, 1.0, nt, weights.rows)
    w = weights(z).to(values.dtype)
    number = row[:, None] + torch.arange(weights.rows, device=row.device)
    return torch.einsum("nr,nrk->nk", w[..., 0], values[number]) + torch.einsum("nr,nrk->nk", w[..., 1], rates[number])


def middle_error(values: torch.Tensor, rates: torch.Tensor, weights: HermiteWeights) -> float:
    """Size of what derivatives per step (nt, K) add half way between the times, relative to the values (nt, K)."""
    added = between(torch.zeros_like(values), rates, weights)
    size = values.abs().square().mean().sqrt()
    return float(added.abs().square().mean().sqrt() / size) if size else 0.0


def rate_from_second(
    u: torch.Tensor, second: torch.Tensor, step: float, width: int = SECOND_DIFFERENCE
) -> torch.Tensor:
    """u_t of u (nt, K) from the values and u_tt (nt, K) at `width` times each, one-sided at the ends -> (nt, K)."""
    width = _odd(width, len(u))
    both = [_rate_stencil(width, offset) for offset in range(width)]
    of_values = _differences(u, [weights[:width] for weights in both])
    return of_values / step + _differences(second, [weights[width:] for weights in both]) * step


@cache
def _rate_stencil(width: int, offset: int) -> torch.Tensor:
    """Weights (2 width,) of values, then of second derivatives, in the first one at a point: exact for polynomials of
    degree 2 width - 2. (One more is not always possible: Birkhoff interpolation may be singular.)"""
    points = torch.arange(width, dtype=torch.float64) - offset
    taylor = [points**k / math.factorial(k) for k in range(2 * width - 1)]
    conditions = torch.stack([torch.cat([one, taylor[k - 2] if k > 1 else 0 * one]) for k, one in enumerate(taylor)])
    wanted = torch.zeros(2 * width - 1, dtype=torch.float64)
    wanted[1] = 1
    return torch.linalg.lstsq(conditions, wanted, driver="gelsd").solution
