"""Whole solutions of any number of variables, moved by combinations of generators and put back on their grid.

A solution moves by its graph: (X, U) = exp(V)(y, u(y)) is one again, on a deformed grid. At a point y' of the regular
grid its value is U at the source y with X(y, u(y)) = y'. Where the xi do not depend on the unknowns, y is what exp(-V)
makes of y', whatever u is there; else that is the first guess for Broyden's method, which needs no derivatives of the
flow (Broyden 1965; Nocedal and Wright, Numerical Optimization, section 11.1).
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache
from math import prod
from typing import Any

import torch

from symgen.augmentation.moved_solutions import MovedSolutions
from symgen.augmentation.period import keeps_periods
from symgen.augmentation.point_flow import flow_of, on_independent
from symgen.constants import constant
from symgen.equations.system import System
from symgen.exceptions import DataError
from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.pde.solution_interpolant import SolutionInterpolant
from symgen.pde.solutions import Solutions

TOLERANCE, FITTED_TOLERANCE = 1e-9, 1e-7
"""Of the flow of formulas and of other fields, in units of the space's scales: fits are no better than that."""
CLOSE = 1e-8
"""Iteration ends when sources are found to this share of the window,"""
FOUND = 1e-6
"""and what is not found to this was not found."""
ROUNDS = 20
STEEP = 0.1
"""A copy is folded where the volume of the moved grid falls below this share of its mean."""
CACHED = 16
"""Samples whose interpolants are kept."""
POINTS_AT_ONCE = {"cpu": 2**18, "cuda": 2**21}


class SolutionMover:
    """Moves solutions by exp(sum_a c_a V_a), on a device, in float64.

    Of data that are periodic along an axis the generators must keep the period. `system` gives time derivatives for the
    interpolation in time; None for data whose equations are not known. Raises DataError for generators that do not keep
    a period, or act on other variables than the data have.
    """

    def __init__(
        self,
        data: Solutions,
        generators: Generators,
        system: System | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        self.data, self.system, self.device = data, system, torch.device(device)
        space = generators.space
        names = (*(axis.name for axis in data.axes), *data.unknowns)
        if sorted(space.names) != sorted(names):
            raise DataError(
                f"The generators act on {', '.join(space.names)}, but the data have {', '.join(names)}. Use generators "
                "of the same variables, or `only` some unknowns of the data."
            )
        self.generators = deepcopy(generators).double().to(self.device).requires_grad_(False)
        kept = keeps_periods(self.generators, data.axes).all(1)
        if not kept.all():
            raise DataError(
                "Some generators do not keep the period of the data, so that what they move leaves the common grid. "
                "Leave them out with solution_selection.keeping_periods, or declare the data open."
            )
        self.places = [space.names.index(name) for name in names]
        """Where the axes and the unknowns of the data are among the generators' coordinates."""
        tolerance = TOLERANCE if isinstance(generators, ClosedFormGenerators) else FITTED_TOLERANCE
        self.flow = flow_of(self.generators, tolerance)
        independent = on_independent(self.generators, [axis.name for axis in data.axes])
        self.flow_of_places = flow_of(independent, tolerance) if independent else None
        """Of the independent variables alone, in the order of the data, where it does not depend on the unknowns."""
        self._remember()

    def _remember(self) -> None:
        self.interpolant = lru_cache(CACHED)(self._interpolant)
        """That of a sample."""

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "interpolant"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._remember()

    def _interpolant(self, sample: int) -> SolutionInterpolant:
        values = torch.from_numpy(self.data.read([sample])[0]).to(self.device)
        return SolutionInterpolant(values, self.data.axes, self.data.unknowns, self.system)

    @property
    def together(self) -> int:
        """How many copies are moved at once: as many as memory is meant for."""
        return max(1, POINTS_AT_ONCE.get(self.device.type, POINTS_AT_ONCE["cpu"]) // prod(self.data.shape))

    @torch.no_grad()
    def __call__(self, sample: int, weights: torch.Tensor) -> MovedSolutions:
        """Copies of a sample moved with coefficients c = `weights` (C, n).

        Raises FlowError where the flow leaves every bound.
        """
        u = self.interpolant(sample)
        weights = weights.to(self.device, torch.float64)
        parts = [self._moved(u, some) for some in weights.split(self.together)]
        return MovedSolutions(
            values=torch.cat([part.values for part in parts]),
            covered=torch.cat([part.covered for part in parts]),
            folded=torch.cat([part.folded for part in parts]),
            unfound=torch.cat([part.unfound for part in parts]),
            error=max(part.error for part in parts),
        )

    def _moved(self, u: SolutionInterpolant, weights: torch.Tensor) -> MovedSolutions:
        axes, m = self.data.axes, len(self.data.axes)
        grid = torch.stack(
            torch.meshgrid(*(torch.from_numpy(axis.points).to(u.values) for axis in axes), indexing="ij"), -1
        )
        lengths = constant([axis.length for axis in axes], grid)
        graph = torch.cat([grid, u.values], -1).expand(len(weights), *grid.shape[:-1], -1)

        def values_at(y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            """Where points y (C, *grid, m) of the graph of u are moved to, and how far that is from the grid."""
            places = [
                place if axis.periodic else place.clamp(float(axis.points[0]), float(axis.points[-1]))
                for place, axis in zip(y.unbind(-1), axes, strict=True)
            ]
            moved = self._flow(torch.cat([y, u(places)], -1), weights)
            return moved, (moved[..., :m] - grid) / lengths

        if self.flow_of_places:
            start = grid.expand(len(weights), *grid.shape)
            y = self.flow_of_places(start.flatten(1, -2), -weights).reshape(start.shape)
        else:
            y = self._flow(graph, -weights)[..., :m]
        moved, left = values_at(y)
        far = left.abs().amax(-1)
        folded = torch.zeros(len(weights), dtype=torch.bool, device=self.device)
        if (far > CLOSE).any():
            folded = self._folded(graph, weights)
            y, moved, far = self._searched(y, moved, left, folded, values_at, lengths)
        inside = torch.stack(
            [
                (place >= axis.points[0] - 1e-9 * axis.step) & (place <= axis.points[-1] + 1e-9 * axis.step)
                for place, axis in zip(y.unbind(-1), axes, strict=True)
                if not axis.periodic
            ]
            or [torch.ones_like(far, dtype=torch.bool)]
        ).all(0)
        lost = inside & ~(far <= FOUND)
        covered = inside
        for place, axis in enumerate(axes, 1):
            if axis.periodic:
                covered = covered.all(place, keepdim=True).expand_as(covered)
        unfound = (lost & covered).flatten(1).any(1)
        error = u.error + u.steepness * float(torch.where(covered & ~lost, far, 0.0).max())
        return MovedSolutions(moved[..., m:], covered, folded, unfound, error)

    def _flow(self, points: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Points (C, *grid, d) with coordinates in the order of the data."""
        theirs = torch.stack([points[..., self.places.index(k)] for k in range(len(self.places))], -1)
        moved = self.flow(theirs.flatten(1, -2), weights).reshape(points.shape)
        return torch.stack([moved[..., k] for k in self.places], -1)

    def _searched(
        self,
        y: torch.Tensor,
        moved: torch.Tensor,
        left: torch.Tensor,
        folded: torch.Tensor,
        values_at: Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]],
        lengths: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Sources by Broyden's method from a guess y (C, *grid, m), in shares of the window; of copies not folded."""
        inverse = torch.eye(y.shape[-1], dtype=y.dtype, device=y.device).expand(*y.shape, -1).clone()
        best = y, moved, left.abs().amax(-1)
        for _ in range(ROUNDS):
            if not (best[2][~folded] > CLOSE).any():
                break
            step = -(inverse @ left[..., None])[..., 0]
            step = step * (1 / step.abs().amax(-1, keepdim=True).clamp_min(1)).nan_to_num()  # never beyond the window
            y = y + step * lengths
            moved, ahead = values_at(y)
            change = ahead - left
            left = ahead
            far = left.abs().amax(-1)
            better = far < best[2]
            best = (
                torch.where(better[..., None], y, best[0]),
                torch.where(better[..., None], moved, best[1]),
                torch.where(better, far, best[2]),
            )
            along = (inverse.mT @ step[..., None])[..., 0]
            size = (along * change).sum(-1, keepdim=True)
            miss = (step - (inverse @ change[..., None])[..., 0]) / torch.where(size.abs() > 1e-300, size, 1.0)
            inverse = inverse + torch.where(size.abs() > 1e-300, miss, 0.0)[..., None] * along[..., None, :]
        return best

    def _folded(self, graph: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Copies whose moved grid turns over or nearly so somewhere."""
        axes, m = self.data.axes, len(self.data.axes)
        moved = self._flow(graph, weights)[..., :m]
        columns = []
        for place, axis in enumerate(axes, 1):
            if axis.periodic:
                ahead, behind = moved.roll(-1, place), moved.roll(1, place)
                change = ahead - behind
                around = torch.zeros_like(change)
                around.narrow(place, 0, 1)[..., place - 1] += axis.length
                around.narrow(place, len(axis) - 1, 1)[..., place - 1] += axis.length
                columns.append((change + around) / (2 * axis.step))
            else:
                columns.append(torch.gradient(moved, spacing=axis.step, dim=place)[0])
        volume = torch.linalg.det(torch.stack(columns, -1)).flatten(1)
        mean = volume.mean(1, keepdim=True)
        return ~(volume * mean.sign() > STEEP * mean.abs()).all(1)
