"""Interpolation along one axis: coefficients on a line, and the window of them whose sum is the value at a place.

Along periodic axes it is the trigonometric interpolant, exact to rounding (`symgen.pde.nonuniform`); along others a
spline (`symgen.pde.spline`). Products over the axes interpolate on a grid of any dimension.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch

from symgen.pde.axis import Axis
from symgen.pde.nonuniform import WIDTH, bump, fine_grid
from symgen.pde.spline import DEGREE, coefficients, degree_for, weights


class AxisWindows(ABC):
    """Of one axis; places are in its units."""

    width: int
    """Coefficients that a value needs."""

    @abstractmethod
    def table(self, values: torch.Tensor) -> torch.Tensor:
        """Values (points, ...) -> coefficients (entries, ...)."""

    @abstractmethod
    def __call__(self, place: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Places (...) -> the first entry (...) of their windows, and the weights (..., width)."""


class PeriodicWindows(AxisWindows):
    """Along a periodic axis; places may be any number of periods away."""

    width = WIDTH

    def __init__(self, axis: Axis) -> None:
        self.start, self.columns = float(axis.points[0]), 2 * len(axis)
        self.per_unit = self.columns / axis.length

    def table(self, values: torch.Tensor) -> torch.Tensor:
        """Values (points, ...) -> coefficients (2 points + WIDTH - 1, ...)."""
        lines = values.movedim(0, -1)
        return fine_grid(torch.fft.rfft(lines), lines.shape[-1]).movedim(-1, 0)

    def __call__(self, place: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Places (...) -> the first entry (...) of their windows, and the weights (..., width)."""
        first, found, _ = bump((place - self.start) * self.per_unit)
        return first % self.columns, found


class SplineWindows(AxisWindows):
    """Along an axis that ends; beyond its ends the value there is kept."""

    def __init__(self, axis: Axis, most: int = DEGREE) -> None:
        self.start, self.step, self.points = float(axis.points[0]), axis.step, len(axis)
        self.degree = degree_for(self.points, most)
        self.width = self.degree + 1

    def table(self, values: torch.Tensor) -> torch.Tensor:
        """Values (points, ...) -> coefficients (points + degree - 1, ...)."""
        return coefficients(values, self.degree)

    def __call__(self, place: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Places (...) -> the first entry (...) of their windows, and the weights (..., width)."""
        number = ((place - self.start) / self.step).clamp(0, self.points - 1)
        first = number.floor().clamp(max=self.points - 2)
        return first.long(), weights(number - first, self.degree)


def windows_of(axis: Axis, most: int = DEGREE) -> AxisWindows:
    """Those that the axis needs; `most` is the highest degree of splines."""
    return PeriodicWindows(axis) if axis.periodic else SplineWindows(axis, most)
