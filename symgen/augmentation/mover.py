"""Whole trajectories moved by combinations of generators and put back on their grid."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import torch

from symgen.augmentation.period import moves_x, period_rates
from symgen.exceptions import DataError, UsageError
from symgen.flow import Flow, FlowError
from symgen.flow_map import FlowMap
from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.pde.equation import Equation
from symgen.pde.interpolant import Interpolant
from symgen.pde.resample import Resampled, resample_exact
from symgen.pde.scatter import resample_scatter
from symgen.pde.time_interpolant import TimeInterpolant
from symgen.pde.trajectories import Trajectories

Resampling = Literal["exact", "whittaker-shannon", "bilinear"]
TOLERANCE, FITTED_TOLERANCE = 1e-9, 1e-7
"""Of the flow of formulas and of other fields, in units of the space's scales: fits are no better than that."""
MARGIN = 0.25
"""The flow is tabulated for values of u that much of its range beyond it."""
GRAPH_POINTS = 48
"""Of a graph, along x and t, whose way tells the range of moved values."""
GRID = "the common grid. Leave them out with Selection.without_shifting_period."
CACHED = 64
"""Trajectories whose interpolants are kept."""
STREAM = 1
"""Tells coefficients from the initial data of the same seed and sample, which would be the same numbers."""
POINTS_AT_ONCE = {"cpu": 2**16, "cuda": 2**20}


class TrajectoryMover:
    """Moves trajectories by exp(sum_a c_a V_a), on a device, in float64.

    Of data that are periodic in x the generators must keep the period or, with the exact resampling, multiply it by a
    number: such copies are on a grid of as many points over their own period, `Resampled.stretch` times that of the
    data. Other data have values at the points of their grid alone, so that the generators must not
    move x. `equation` gives the time derivatives for the interpolation in time; None for data whose equation is not
    known. Raises DataError for other generators, and for the published resamplings of data that are not periodic.
    """

    def __init__(
        self,
        data: Trajectories,
        generators: Generators,
        equation: Equation | None = None,
        resampling: Resampling = "exact",
        device: str | torch.device = "cpu",
    ) -> None:
        self.data, self.equation, self.resampling = data, equation, resampling
        self.device = torch.device(device)
        self.generators = deepcopy(generators).double().to(self.device).requires_grad_(False)
        self.tolerance = TOLERANCE if isinstance(generators, ClosedFormGenerators) else FITTED_TOLERANCE
        self.flow = Flow(self.generators, method="dopri5", rtol=self.tolerance, atol=self.tolerance)
        self.rates = torch.zeros(generators.count, dtype=torch.float64, device=self.device)
        if data.info.periodic:
            self.rates = period_rates(self.generators, data.period).to(self.device)
            if self.rates.isnan().any() or (self.rates.any() and resampling != "exact"):
                raise DataError(f"The generators change the period in x, so that what they move leaves {GRID}")
        elif moves_x(self.generators).any():
            raise DataError(f"The data are not periodic in x, so that what generators move along x leaves {GRID}")
        elif resampling != "exact":
            raise DataError("The data are not periodic in x, as --resampling other than exact needs them.")
        self.x, self.t = (torch.from_numpy(grid).to(self.device) for grid in (data.x, data.t))
        self._remember()

    def _remember(self) -> None:
        self.interpolant = lru_cache(CACHED)(self._interpolant)
        """That of a sample."""

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "interpolant"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._remember()

    def _interpolant(self, sample: int) -> Interpolant | TimeInterpolant:
        u = torch.from_numpy(self.data.read([sample])[0]).to(self.device)
        if not self.data.info.periodic:
            return TimeInterpolant(u, self.x, self.t)
        return Interpolant(u, self.x, self.t, self.equation)

    @torch.no_grad()
    def __call__(self, sample: int, weights: torch.Tensor) -> Resampled:
        """Copies of a sample moved with coefficients c = `weights` (C, n) -> on the grid of the data, or the stretched.

        Raises FlowError where the flow leaves every bound.
        """
        u = self.interpolant(sample)
        weights = weights.to(self.device, torch.float64)
        own = float(u.u.min()), float(u.u.max())
        if self.resampling != "exact":
            return self._moved(u, weights, own)
        try:
            found = self._moved(u, weights, own)
        except FlowError:  # perhaps only for values that the copies do not have
            return self._moved(u, weights, self._range(u, weights))
        beyond = found.unfound.nonzero().flatten()
        if len(beyond):  # mostly since they have other values than the data
            some = weights[beyond]
            with suppress(FlowError):
                found = found.with_copies(beyond, self._moved(u, some, self._range(u, some)))
        return found

    def _moved(self, u: Interpolant | TimeInterpolant, weights: torch.Tensor, values: tuple[float, float]) -> Resampled:
        """The copies, by flows that are tabulated for a range of values of u and some more."""
        low, high = values
        margin = MARGIN * (high - low) or self.generators.space.scale[2]  # of a constant
        stretch = torch.exp(weights @ self.rates)
        longest = u.length * max(1.0, float(stretch.max()))
        box = (u.left, u.start, low - margin), (u.left + longest, u.end, high + margin)
        sign = -1 if self.resampling == "exact" else 1
        maps = FlowMap.tabulate(self.flow, sign * weights, *box, self.tolerance)
        parts = [self._resample(u, *part) for part in self._parts(maps, stretch)]
        return Resampled(
            torch.cat([part.u for part in parts]),
            torch.cat([part.covered for part in parts]),
            torch.cat([part.folded for part in parts]),
            torch.cat([part.unfound for part in parts]),
            u.error + self._map_error(u, maps.error),
            stretch,
        )

    def _range(self, u: Interpolant | TimeInterpolant, weights: torch.Tensor) -> tuple[float, float]:
        """Least and greatest value of the copies, by moving some of the graph of u."""
        some = [torch.linspace(0, n - 1, min(n, GRAPH_POINTS), device=self.device).round().long() for n in u.u.shape]
        t, x = torch.meshgrid(self.t[some[0]], self.x[some[1]], indexing="ij")
        graph = torch.stack([x, t, u.u[some[0]][:, some[1]]], -1).flatten(0, 1)
        values = self.flow(graph.expand(len(weights), -1, -1), 1.0, weights[:, None])[..., 2]
        return float(values.min()), float(values.max())

    def _resample(self, u: Interpolant | TimeInterpolant, maps: FlowMap, stretch: torch.Tensor) -> Resampled:
        common = not self.rates.any()
        fibres = maps.on_grid(self.x if common else u.left + stretch[:, None] * (self.x - u.left), self.t)
        if self.resampling == "exact":
            return resample_exact(u, fibres)
        moved, _ = fibres(u.u.expand(len(maps.coefficients), -1, -1))
        return resample_scatter(moved, self.x, self.t, u.length, self.resampling)

    def _parts(self, maps: FlowMap, stretch: torch.Tensor) -> Iterator[tuple[FlowMap, torch.Tensor]]:
        """As many maps at a time as memory is meant for, with what they do to the period."""
        most = POINTS_AT_ONCE.get(self.device.type, POINTS_AT_ONCE["cpu"])
        size = max(1, most // (len(self.x) * len(self.t)))
        for part, factors in zip(maps.coefficients.split(size), stretch.split(size), strict=True):
            yield replace(maps, coefficients=part), factors

    def _map_error(self, u: Interpolant | TimeInterpolant, error: float) -> float:
        """What an error of the map, in units of the space, makes of u, relative to its size."""
        x, t, values = self.generators.space.scale
        return error * (x * u.gradient[0] + t * u.gradient[1] + values) / u.size if u.size else 0.0


def random_weights(copies: int, count: int, scale: float, seed: int, sample: int) -> torch.Tensor:
    """Coefficients (copies, count), uniform in +-scale, the same for a seed and a sample whatever else is drawn."""
    draw = np.random.default_rng((seed, sample, STREAM))
    return torch.from_numpy(draw.uniform(-scale, scale, (copies, count)))


def require_scale(scale: float, original: float = 0) -> None:
    """Raise UsageError for what cannot bound coefficients, and for what is no probability."""
    if not math.isfinite(scale) or scale < 0:
        raise UsageError(f"The scale must be a finite number from 0 on, not {scale:g}.")
    if not 0 <= original <= 1:
        raise UsageError(f"original is a probability, from 0 to 1, not {original:g}.")
