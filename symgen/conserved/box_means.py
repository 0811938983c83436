"""Means of densities over the box of solutions, at their stored times, and what flows through its ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
import sympy
import torch
from scipy.interpolate import make_interp_spline

from symgen.exceptions import DataError
from symgen.expressions import CompiledExpressions
from symgen.jets.space import JetSpace
from symgen.pde.axis import TIME
from symgen.pde.residual import FINE
from symgen.pde.solution_jets import Orders, derivatives, grid_jet, is_circle, require_points
from symgen.pde.solutions import Solutions

SPLINE = 5
"""Degree of the splines by which functions on open axes, and flows in time, are integrated."""
BLOCK = 2**18
"""Points of the grid that are looked at together, so that memory stays small."""
LARGEST = 2**21
"""Points of a solution beyond which only some of its times are looked at, where each stands alone."""
LEAST_TIMES = 16


@dataclass(frozen=True)
class Current:
    """A density with its flux along each axis of space, D_t density + sum D_i flux_i = 0 on solutions.

    Without a flux the mean of the density is taken as it is, whatever flows through open ends.
    """

    density: sympy.Expr
    flux: tuple[sympy.Expr, ...] = ()


class BoxMeans:
    """Means over the box of the densities of currents, and of what has flowed out through its open ends.

    Derivatives along periodic axes are spectral, along the others and in t central differences, and the box is what
    these leave. Raises TooCoarse for grids with too few points, UsageError for unknowns that the data lack, DataError
    for data without t.
    """

    def __init__(
        self, data: Solutions, space: JetSpace, currents: Sequence[Current], most_times: int | None = None
    ) -> None:
        if data.axes[0].name != TIME:
            raise DataError("The data have no t, so nothing can be said to stay constant in them.")
        self.data, self.space, self.currents, self.most_times = data, space, tuple(currents), most_times
        self.jets = space.jets(*(e for one in currents for e in (one.density, *one.flux)))
        self.orders = [grid_jet(data, space, jet) for jet in self.jets]
        self.margins = require_points(data, [own for _, own in self.orders], FINE)
        symbols = [*space.variables, *map(space.symbol, self.jets)]
        self.densities = CompiledExpressions(symbols, [one.density for one in currents])
        letters = [name for name in space.independent if name != TIME]
        self.flowing = [place for place, one in enumerate(currents) if one.flux]
        self.fluxes = {
            axis.name: CompiledExpressions(symbols, [currents[k].flux[letters.index(axis.name)] for k in self.flowing])
            for axis in data.space
            if self.flowing and not is_circle(axis)
        }

    def weights(self, degree: int) -> list[np.ndarray]:
        """Of means along the axes of space, with splines of that degree where they have ends."""
        return [
            np.full(n, 1 / n) if is_circle(axis) else spline_weights(n, degree)
            for axis, n in zip(self.data.space, self.interior, strict=True)
        ]

    @property
    def interior(self) -> tuple[int, ...]:
        """Points along the axes of space that differences leave."""
        return tuple(n - 2 * m for n, m in zip(self.data.shape[1:], self.margins[1:], strict=True))

    @cached_property
    def places(self) -> np.ndarray:
        """Which of the stored times are looked at: all, at most `most_times`, or fewer of solutions that are large."""
        times, late = len(self.data.axes[0]), self.margins[0]
        most = self.most_times or max(LEAST_TIMES, LARGEST // max(1, prod(self.data.shape[1:])))
        if self.fluxes or times - 2 * late <= most:
            return np.arange(late, times - late)
        return np.unique(np.linspace(late, times - 1 - late, most).round().astype(int))

    @property
    def times(self) -> np.ndarray:
        """The times that are looked at."""
        return self.data.axes[0].points[self.places]

    def __call__(
        self, values: np.ndarray, accuracy: Mapping[str, int] | None = None, spline: int = SPLINE
    ) -> tuple[np.ndarray, np.ndarray]:
        """Solutions (n, times, *grid, unknown) -> means (current, n, times) and means of |density| likewise.

        `accuracy` has the orders of differences along axes where they are not the usual ones, `spline` the degree of
        those that integrate between ends, and flows in time.
        """
        orders = {axis.name: FINE for axis in self.data.axes} | dict(accuracy or {})
        parts = [self._of_one(solution, orders, spline) for solution in values]
        return np.stack([mean for mean, _ in parts], 1), np.stack([size for _, size in parts], 1)

    def _of_one(self, solution: np.ndarray, accuracy: Mapping[str, int], degree: int) -> tuple[np.ndarray, np.ndarray]:
        means, sizes, flows, weights = [], [], [], self.weights(degree)
        for places, fields in self._blocks(solution, accuracy):
            coordinates = self._coordinates(places)
            grids = self.densities([*coordinates, *fields])
            means.append(_mean(grids, weights))
            sizes.append(_mean(grids.abs(), weights))
            flows.append(self._flow([*coordinates, *fields], weights))
        mean, size, flow = (np.concatenate(each, -1) for each in (means, sizes, flows))
        if self.fluxes:
            degree = min(degree, len(self.times) - 1)
            mean[self.flowing] += make_interp_spline(self.times, flow, degree, axis=1).antiderivative()(self.times)
        return mean, size

    def _blocks(
        self, solution: np.ndarray, accuracy: Mapping[str, int]
    ) -> Iterator[tuple[np.ndarray, list[torch.Tensor]]]:
        """Places of some times, and the jets there, each (times, *interior)."""
        late = self.margins[0]
        together = max(1, BLOCK // max(1, prod(self.data.shape[1:])))
        inside = tuple(slice(m, n - m) for m, n in zip(self.margins[1:], self.data.shape[1:], strict=True))
        whole = self.places if not late else np.arange(self.places[0], self.places[-1] + 1)
        for start in range(0, len(whole), together):
            span = whole[start : start + together]
            places = np.intersect1d(span, self.places)
            if not len(places):
                continue
            frames = solution[span[0] - late : span[-1] + late + 1] if late else solution[places]
            values = torch.from_numpy(np.ascontiguousarray(frames))
            fields: dict[tuple[str, Orders], torch.Tensor] = {}
            for place, unknown in enumerate(self.data.unknowns):
                own = [orders for name, orders in self.orders if name == unknown]
                table = derivatives(values[..., place], self.data.axes, own, accuracy) if own else {}
                fields |= {(unknown, orders): field for orders, field in table.items()}
            rows = torch.from_numpy(places - span[0] + late) if late else slice(None)
            yield places, [fields[jet][(slice(None), *inside)][rows] for jet in self.orders]

    def _coordinates(self, places: np.ndarray) -> list[torch.Tensor]:
        """Of the independent variables, in their order, each (times, *interior)."""
        shape = (len(places), *self.interior)
        found = {}
        for k, (axis, margin) in enumerate(zip(self.data.axes, self.margins, strict=True)):
            points = axis.points[places] if k == 0 else axis.points[margin : len(axis) - margin]
            column = torch.from_numpy(np.ascontiguousarray(points))
            found[axis.name] = column.reshape(*(-1 if j == k else 1 for j in range(len(shape)))).expand(shape)
        return [found[name] for name in self.space.independent]

    def _flow(self, arguments: Sequence[torch.Tensor], weights: Sequence[np.ndarray]) -> np.ndarray:
        """What leaves the box through its open ends per time and volume: (current with a flux, times)."""
        flow = np.zeros((len(self.flowing), len(arguments[0])))
        for k, (axis, n) in enumerate(zip(self.data.space, self.interior, strict=True)):
            if axis.name not in self.fluxes:
                continue
            faces = [
                self.fluxes[axis.name]([field.select(1 + k, at) for field in arguments]).numpy() for at in (n - 1, 0)
            ]
            change = (faces[0] - faces[1]) / (axis.step * (n - 1))
            for across in reversed([own for j, own in enumerate(weights) if j != k]):
                change = change @ across
            flow += change
        return flow


def _mean(grids: torch.Tensor, weights: Sequence[np.ndarray]) -> np.ndarray:
    """(current, times, *interior) -> (current, times)."""
    means = grids.numpy()
    for along in reversed(weights):
        means = means @ along
    return means


def spline_weights(points: int, degree: int = SPLINE) -> np.ndarray:
    """(points,): those whose sum with a function's values is its mean between the ends of an axis."""
    places = np.linspace(0, 1, points)
    spline = make_interp_spline(places, np.eye(points), min(degree, points - 1))
    return spline.integrate(0, 1)
