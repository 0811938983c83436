"""A trajectory at any time, at its own places: Hermite interpolation in t alone, for data not periodic in x."""

from __future__ import annotations

import torch

from symgen.exceptions import DataError
from symgen.pde.hermite import DIFFERENCE, HermiteWeights, difference_rate, middle_error, place_in, rows_for
from symgen.pde.interpolant import LEAST_TIMES, rms
from symgen.words import numbered


class TimeInterpolant:
    """u(x, t) at the points x of the grid, from samples u (nt, nx) on a uniform grid x (nx,) by t (nt,).

    It takes the place of an `Interpolant` for what is moved in t and u only. u_t is from differences: derivatives in
    x, which the equation would need, are not known at the ends. Raises DataError with fewer than LEAST_TIMES times.
    """

    def __init__(self, u: torch.Tensor, x: torch.Tensor, t: torch.Tensor) -> None:
        if len(t) < LEAST_TIMES:
            raise DataError(
                f"The data have {numbered(len(t), 'time')}; interpolating between them needs at least {LEAST_TIMES}."
            )
        self.u, self.start, self.end, self.left = u, float(t[0]), float(t[-1]), float(x[0])
        self.length = float(x[-1] - x[0])
        self.step = (self.end - self.start) / (len(t) - 1)
        self.mean = float(u.mean())
        varying = u - self.mean
        rate, coarser = (difference_rate(varying, self.step, width) for width in (DIFFERENCE, DIFFERENCE - 2))
        self.weights = HermiteWeights(rows_for(len(t)), u)
        self.error = middle_error(varying, (rate - coarser) * self.step, self.weights)
        """Estimated error half way between the times, root mean square, relative to the deviation of u."""
        self.size = rms(varying)
        self.gradient = 0.0, rms(rate)
        """Root mean squares of u_x, which no error of the source can meet, and of u_t."""
        layers = torch.stack([varying, rate * self.step], -1)  # (nt, nx, 2)
        self.table = layers.unfold(0, self.weights.rows, 1)  # (places in t, nx, 2, ROWS)

    def __call__(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """u at t, (..., R, nx) or (..., R, 1) where all of a row are of one time -> (..., R, nx); x is the grid's."""
        return self._values(t, slope=False) + self.mean

    def with_gradient(self, x: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """u, 0 for u_x, as x is the grid's whatever u is, and u_t at t (..., R, nx)."""
        value = self(x, t)
        return value, torch.zeros_like(value), self._values(t, slope=True) / self.step

    def _values(self, t: torch.Tensor, slope: bool) -> torch.Tensor:
        row, z = place_in(t, self.start, self.step, len(self.u), self.weights.rows)
        column = torch.arange(self.table.shape[1], device=row.device)
        weights = self.weights.slope(z) if slope else self.weights(z)
        return torch.einsum("...jr,...rj->...", self.table[row, column], weights)
