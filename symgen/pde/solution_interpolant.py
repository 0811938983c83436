"""Solutions of any number of variables at any places and times, from one sample on its grid.

Along periodic axes of space it is the trigonometric interpolant of the samples, along open ones a spline of degree 7,
in t the Hermite interpolant of values and time derivatives: of u_t = F[u] or, by `symgen.pde.hermite.rate_from_second`,
of u_tt = F[u], where a system gives them and they predict times that are left out better than differences do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import torch

from symgen.equations.system import System
from symgen.exceptions import DataError
from symgen.pde.axis import TIME, Axis
from symgen.pde.axis_windows import AxisWindows, SplineWindows, windows_of
from symgen.pde.hermite import HermiteWeights, place_in, rows_for
from symgen.pde.interpolant import LEAST_TIMES
from symgen.pde.time_rates import time_rates
from symgen.pde.window_sums import WindowSums, along, laid_out
from symgen.words import numbered

POINTS_AT_ONCE = 2**14
SAME = 1e-13
"""Places that differ by less than this share of an axis are the same."""


class SolutionInterpolant:
    """u(t, x, ...) of all unknowns, from values (*grid, unknown) on the grid of `axes`; physical units, float64.

    Where there is an axis t it is the first. Raises DataError with fewer than LEAST_TIMES times.
    """

    def __init__(
        self, values: torch.Tensor, axes: Sequence[Axis], unknowns: Sequence[str], system: System | None = None
    ) -> None:
        self.values, self.axes, self.unknowns = values, tuple(axes), tuple(unknowns)
        self.timed = axes[0].name == TIME
        self.space = tuple(axes[1:] if self.timed else axes)
        if self.timed and len(axes[0]) < LEAST_TIMES:
            raise DataError(
                f"The data have {numbered(len(axes[0]), 'time')}; interpolating between them needs at least "
                f"{LEAST_TIMES}."
            )
        self.mean = values.flatten(0, -2).mean(0)
        varying = values - self.mean  # alone, as the rounding of a large mean would be that of all
        if not self.timed:
            varying = varying[None]
        self.windows: tuple[AxisWindows, ...] = tuple(map(windows_of, self.space))
        self.size = varying.flatten(0, -2).square().mean(0).sqrt()
        """(unknown,): root mean squares."""
        errors = self._errors_in_space(varying)
        self.layers = varying[None]  # (values and derivatives per step, nt, *space, unknown)
        self.by_equation: tuple[str, ...] = ()
        """Unknowns whose time derivative is from the system."""
        if self.timed:
            self.step = axes[0].step
            self.weights = HermiteWeights(rows_for(len(varying)), values)
            rates = time_rates(values, axes, unknowns, system)
            errors = [a + b for a, b in zip(errors, rates.errors, strict=True)]
            self.layers = torch.stack([varying, rates.values * self.step])
            self.by_equation = rates.by_equation
        self.errors = tuple(errors)
        """Of each unknown: estimated error half way between the samples, root mean square, relative to its deviation.

        In t as of an `Interpolant`: how far the interpolants with two different time derivatives are apart, or what is
        measured at times left out. Along periodic axes the size of the highest waves, along others how far splines of
        two degrees are apart, so that the less exact one decides.
        """
        self._table: torch.Tensor | None = None

    @property
    def error(self) -> float:
        """The largest of the `errors`."""
        return max(self.errors)

    @property
    def steepness(self) -> float:
        """Largest root mean square slope: change of an unknown, in its deviations, over the length of an axis."""
        most = 0.0
        for place, axis in enumerate(self.axes):
            change = self.values.diff(dim=place).flatten(0, -2).square().mean(0).sqrt() / axis.step * axis.length
            most = max(most, float(torch.where(self.size > 0, change / self.size.clamp_min(1e-300), 0.0).max()))
        return most

    def __call__(self, places: Sequence[torch.Tensor]) -> torch.Tensor:
        """Values (B, *points, unknown) at places, one tensor for each axis, in their order.

        Each has the shape (B, *points), with as many dimensions of `points` as the grid has, or 1 where it is the same
        for all: that of an axis which depends on its own index alone is found in less time. Times outside of the
        stored ones and places beyond open ends must be left out by the caller; there, values are continued.
        """
        shape = torch.broadcast_shapes(*(place.shape for place in places))
        places = [_same_places(place, axis.length) for place, axis in zip(places, self.axes, strict=True)]
        if not self.timed:
            shape = (shape[0], 1, *shape[1:])
            places = [place[:, None] for place in places]
            return self._in_rows(self.layers[0, :1], shape, places)[:, 0] + self.mean
        time, *space = places
        if all(size == 1 for size in time.shape[2:]):
            rows = time.expand(*shape[:2], *time.shape[2:]).flatten()
            return self._in_rows(self._at_times(rows), shape, space) + self.mean
        return self._anywhere(shape, places) + self.mean

    def _at_times(self, t: torch.Tensor) -> torch.Tensor:
        """The whole of space at times (R,) -> (R, *space, unknown)."""
        row, z = place_in(t, float(self.axes[0].points[0]), self.step, self.layers.shape[1], self.weights.rows)
        weights = self.weights(z)
        found = self.values.new_zeros(len(t), *self.layers.shape[2:])
        for r, kind in product(range(self.weights.rows), range(2)):
            factor = weights[:, r, kind].reshape(-1, *(1,) * (found.ndim - 1))
            found.addcmul_(factor, self.layers[kind].index_select(0, row + r))
        return found

    def _in_rows(self, lines: torch.Tensor, shape: Sequence[int], places: Sequence[torch.Tensor]) -> torch.Tensor:
        """Solutions at times of their own, lines (R, *space, unknown), at places in space."""
        rows, points, n = shape[0] * shape[1], shape[2:], len(self.space)
        lines = lines.expand(rows, *lines.shape[1:])
        own = [place.expand(*shape[:2], *place.shape[2:]).reshape(rows, *place.shape[2:]) for place in places]
        alone = [all(size == 1 for k, size in enumerate(place.shape[1:]) if k != i) for i, place in enumerate(own)]
        if all(alone):
            for i, (windows, place) in enumerate(zip(self.windows, own, strict=True)):
                lines = along(lines, i + 1, windows, place.flatten(1).expand(rows, points[i]))
            return lines.reshape(*shape, -1)
        table = laid_out(lines, self.windows)
        row = torch.arange(rows, device=lines.device).reshape(-1, *(1,) * n).expand(rows, *points).flatten()
        flat = [place.expand(rows, *points).flatten() for place in own]
        found = [
            WindowSums.around([place[part] for place in flat], self.windows, table.shape[2:]).of(table, row[part])
            for part in _parts(len(row))
        ]
        return torch.cat(found).reshape(*shape, -1)

    def _anywhere(self, shape: Sequence[int], places: Sequence[torch.Tensor]) -> torch.Tensor:
        """At times and places that depend on all indices."""
        if self._table is None:
            self._table = laid_out(self.layers.movedim(0, -2).flatten(-2), self.windows)
        time, *space = (place.expand(shape).flatten() for place in places)
        found = []
        for part in _parts(len(time)):
            row, z = place_in(
                time[part], float(self.axes[0].points[0]), self.step, self.layers.shape[1], self.weights.rows
            )
            weights = self.weights(z)
            sums = WindowSums.around([place[part] for place in space], self.windows, self._table.shape[2:])
            total = self.values.new_zeros(len(row), len(self.unknowns))
            for r in range(self.weights.rows):
                both = sums.of(self._table, row + r).unflatten(-1, (2, -1))
                total += torch.einsum("pjk,pj->pk", both, weights[:, r])
            found.append(total)
        return torch.cat(found).reshape(*shape, -1)

    def _errors_in_space(self, u: torch.Tensor) -> list[float]:
        """Of each unknown in u (nt, *space, unknown), relative to its size."""
        errors = [0.0] * u.shape[-1]
        for place, (axis, windows) in enumerate(zip(self.space, self.windows, strict=True), 1):
            lines = u.movedim(place, 0).flatten(1, -2)
            if isinstance(windows, SplineWindows):
                middles = torch.from_numpy(axis.points[:-1] + axis.step / 2).to(u)[None]
                coarser = SplineWindows(axis, max(1, windows.degree - 2))
                missed = along(lines[None], 1, windows, middles) - along(lines[None], 1, coarser, middles)
                shares = missed.flatten(0, -2).square().mean(0).sqrt() / self.size
            else:
                spectrum = torch.fft.rfft(lines, dim=0).abs().square().sum(1)
                shares = (spectrum[int(0.9 * len(spectrum)) :].sum(0) / spectrum.sum(0)).sqrt()
            errors = [e + float(share) if size else e for e, share, size in zip(errors, shares, self.size, strict=True)]
        return errors


def _same_places(place: torch.Tensor, length: float) -> torch.Tensor:
    """Places (B, *points) with size 1 along dimensions in which they do not change."""
    place = place.nan_to_num()
    for k in range(1, place.ndim):
        if place.shape[k] > 1 and bool((place.amax(k) - place.amin(k) <= SAME * (length + place.abs().amax())).all()):
            place = place.narrow(k, 0, 1)
    return place


def _parts(total: int) -> Iterator[slice]:
    for start in range(0, total, POINTS_AT_ONCE):
        yield slice(start, start + POINTS_AT_ONCE)
