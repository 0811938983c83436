"""A trajectory at any place and time: Fourier interpolation in x, Hermite interpolation in t."""

from __future__ import annotations

import math

import torch

from symgen.exceptions import DataError
from symgen.pde.derivatives import spectral_derivatives
from symgen.pde.equation import Equation
from symgen.pde.hermite import (
    DIFFERENCE,
    HermiteWeights,
    between,
    blended,
    difference_rate,
    equation_rate,
    middle_error,
    place_in,
    rows_for,
)
from symgen.pde.nonuniform import WIDTH, bump, fine_grid
from symgen.pde.trajectories import period
from symgen.words import numbered

LEAST_TIMES = 4


class Interpolant:
    """u(x, t) from samples u (nt, nx) on a uniform grid x (nx,) by t (nt,), periodic in x; physical units, float64.

    In x it is the trigonometric interpolant of the samples. In t it is the Hermite interpolant of values and
    derivatives (see `symgen.pde.hermite`), with u_t from the `equation` where it is an evolution equation and helps:
    where leaving out every other time shows that it does. Else u_t is from differences.

    Raises DataError with fewer than LEAST_TIMES times.
    """

    def __init__(self, u: torch.Tensor, x: torch.Tensor, t: torch.Tensor, equation: Equation | None = None) -> None:
        if len(t) < LEAST_TIMES:
            raise DataError(
                f"The data have {numbered(len(t), 'time')}; interpolating between them needs at least {LEAST_TIMES}."
            )
        self.u, self.start, self.end, self.left = u, float(t[0]), float(t[-1]), float(x[0])
        self.length = period(x.cpu().numpy())
        self.step = (self.end - self.start) / (len(t) - 1)
        self.mean = float(u.mean())
        varying = u - self.mean  # alone, as the rounding of a large mean would be that of all
        values = torch.fft.rfft(varying)
        plain = torch.fft.rfft(difference_rate(varying, self.step))
        coarser = torch.fft.rfft(difference_rate(varying, self.step, DIFFERENCE - 2))
        self.uses_equation = False
        rate, other = plain, coarser
        if equation is not None and equation.is_evolution:
            exact = equation_rate(u, x, t, self.length, equation)
            left_out, without = _left_out(varying, exact, self.step)
            if left_out <= without:
                self.uses_equation = True
                rate, other = blended(torch.fft.rfft(exact), plain, len(x)), plain
        self.weights = HermiteWeights(rows_for(len(t)), u)
        apart = middle_error(values, (rate - other) * self.step, self.weights)
        in_time = min(apart, left_out) if self.uses_equation else apart
        self.error = in_time + _tail(values)
        """Estimated error half way between the samples, root mean square, relative to the deviation of u.

        In t: how far the interpolants with two different time derivatives are apart, so that the less exact one
        decides; with the equation no more than the error of twice the time step, measured at the times left out.
        In x: the size of the highest waves; about as much is missing beyond the grid's limit, and aliased below it.
        """
        self.size = rms(varying)
        self.gradient = rms(spectral_derivatives(u, self.length, 1)[1]), rms(torch.fft.irfft(rate, n=len(x)))
        """Root mean squares of u_x and u_t."""
        layers = torch.stack([values, rate * self.step])
        self.table = fine_grid(layers, len(x)).movedim(0, -1).contiguous()  # (nt, 2 nx + WIDTH - 1, 2)

    def __call__(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """u at x (..., R, C) and t, (..., R, C) or (..., R, 1) where all of a row are of one time -> (..., R, C)."""
        first, weights, _ = bump(self._place(x))
        column = first % self._columns
        row, z = place_in(t, self.start, self.step, len(self.u), self.weights.rows)
        if t.shape[-1] == 1:  # first in time, for whole rows
            rows = self.table.unfold(0, self.weights.rows, 1)[row[..., 0]]  # (..., R, columns, 2, ROWS)
            lines = torch.einsum("...cjr,...rj->...c", rows, self.weights(z[..., 0]))
            windows = lines.unfold(-1, WIDTH, 1)
            chosen = windows.gather(-2, column[..., None].expand(*column.shape, WIDTH))
            return (chosen * weights).sum(-1) + self.mean
        block = self._block(row, column)
        return torch.einsum("...rwj,...w,...rj->...", block, weights, self.weights(z)) + self.mean

    def with_gradient(self, x: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """u, u_x and u_t at x and t of one shape (...)."""
        first, weights, slope = bump(self._place(x), slope=True)
        assert slope is not None
        row, z = place_in(t, self.start, self.step, len(self.u), self.weights.rows)
        block = self._block(row, first % self._columns)
        along = torch.einsum("...rwj,...rj->...w", block, self.weights(z))
        value, by_x = (along * weights).sum(-1) + self.mean, (along * slope).sum(-1) * (self._columns / self.length)
        by_t = torch.einsum("...rwj,...w,...rj->...", block, weights, self.weights.slope(z)) / self.step
        return value, by_x, by_t

    @property
    def _columns(self) -> int:
        return self.table.shape[1] - WIDTH + 1

    def _place(self, x: torch.Tensor) -> torch.Tensor:
        return (x - self.left) * (self._columns / self.length)

    def _block(self, row: torch.Tensor, column: torch.Tensor) -> torch.Tensor:
        """The part of the table around each point, (..., ROWS, WIDTH, 2)."""
        windows = self.table.unfold(0, self.weights.rows, 1).unfold(1, WIDTH, 1)
        return windows[row, column].movedim(-3, -1)  # indexing gives (..., 2, ROWS, WIDTH)


def _left_out(u: torch.Tensor, rate: torch.Tensor, step: float) -> tuple[float, float]:
    """Relative errors at every other time of u (nt, nx), from the others and their u_t: this one, and differences.

    (infinity, infinity) where there are too few times.
    """
    coarse, nx = u[::2], u.shape[-1]
    if len(coarse) < LEAST_TIMES:
        return math.inf, math.inf
    weights = HermiteWeights(rows_for(len(coarse)), u)
    values, plain = torch.fft.rfft(coarse), torch.fft.rfft(difference_rate(coarse, 2 * step))
    exact = blended(torch.fft.rfft(rate[::2]), plain, nx)
    wanted = torch.fft.rfft(u[1::2])
    errors = []
    for change in (exact, plain):
        found = between(values, change * (2 * step), weights)
        errors.append(float((found - wanted[: len(found)]).norm() / wanted.norm().clamp_min(1e-300)))
    return errors[0], errors[1]


def _tail(values: torch.Tensor) -> float:
    """Share of the last tenth of the waves in spectra (nt, K)."""
    size = values.norm()
    return float(values[:, int(0.9 * values.shape[1]) :].norm() / size) if size else 0.0


def rms(values: torch.Tensor) -> float:
    """Root mean square."""
    return float(values.square().mean().sqrt())
