"""How well data solve a system: the residual of each equation on the data's own derivatives."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np
import sympy
import torch
from pydantic import BaseModel, ConfigDict

from symgen.equations.system import System
from symgen.equations.units import natural_sizes
from symgen.exceptions import DataError
from symgen.expressions import CompiledExpressions
from symgen.jets.sample import is_constant
from symgen.pde.axis import TIME, Axis
from symgen.pde.derivatives import ACCURACY, without_highest
from symgen.pde.noise import noise_level
from symgen.pde.residual import FINE, HIGHEST
from symgen.pde.solution_jets import Orders, derivatives, grid_jet, is_circle, require_points
from symgen.pde.solutions import Solutions
from symgen.pde.undefined import finite_mean, require_defined

SOME_SAMPLES = 4
SOME_VALUES = 2**22
"""Of all derivatives of a sample, so that memory stays small: of longer ones the times in the middle are taken."""
LEAST_TIMES = 16
WINDOW = 1 / 8
"""Half-width of the averages, of the grid's length; in points at least LEAST_WINDOW."""
LEAST_WINDOW = 2
ROUNDING = 1e-9
"""Size of an equation's terms, in the units of the data, that is none."""
POWER = 4
"""Averages have the weight (1 - s^2)^POWER, s in -1..1."""


class SystemResidual(BaseModel):
    """Root mean squares relative to the size of an equation's terms, one number for every equation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    relative: tuple[float, ...]
    """|Delta_r| / size; 0 where all terms of an equation vanish."""
    averaged: tuple[float, ...]
    """The same of local averages of the terms, which noise hardly changes: for linear terms a weak form."""
    time_step_error: float
    """Estimated share that the differences in t make: how far those of order 6 and 8 are apart; the largest."""
    grid_error: float
    """Likewise in space; along periodic axes what the highest tenth of the waves makes."""
    noise_error: float
    """Estimated share that noise makes, at most: what as much again does to the residual; the largest."""

    @property
    def worst(self) -> int:
        """The equation that fits worst, noise aside, from 0."""
        left = [min(pair) for pair in zip(self.relative, self.averaged, strict=True)]
        return left.index(max(left))

    @property
    def misfit(self) -> float:
        """What is left of the worst equation, noise averaged out where that makes it less."""
        return min(self.relative[self.worst], self.averaged[self.worst])

    @property
    def explained(self) -> float:
        """What the grid and noise explain of it."""
        return self.time_step_error + self.grid_error + self.noise_error


def system_residual(data: Solutions, system: System) -> SystemResidual:
    """Residuals on the first samples, inside the stored window.

    Raises DataError for grids with too few points, where all terms of all equations vanish, and where one has no value
    at many points.
    """
    terms = _Terms(data, system)
    plain, in_t, in_space, in_noise = (torch.zeros(len(terms.counts), dtype=torch.float64) for _ in range(4))
    size, mean, mean_size = (torch.zeros_like(plain) for _ in range(3))
    some = data.read(range(min(len(data), SOME_SAMPLES)))
    noise = torch.tensor([noise_level(u) * float(u.std()) for u in np.moveaxis(some, -1, 0)], dtype=torch.float64)
    draw = torch.Generator().manual_seed(0)
    coarse_space = {axis.name: ACCURACY for axis in data.space}
    for sample in some:
        values = torch.from_numpy(sample)[terms.times]
        fine = terms(values, {})
        others = (
            terms(values, {TIME: ACCURACY}),
            terms(terms.without_highest(values), coarse_space),
            terms(values + noise * torch.randn(values.shape, dtype=values.dtype, generator=draw), {}),
        )
        for place, parts in enumerate(fine):
            total, squares, averages = parts.sum(0), parts.square().sum(0), terms.averages(parts)
            require_defined(squares, f"The system {system}")
            plain[place] += finite_mean(total.square())
            size[place] += finite_mean(squares)
            mean[place] += finite_mean(averages.sum(0).square())
            mean_size[place] += finite_mean(averages.square().sum(0))
            for errors, other in zip((in_t, in_space, in_noise), others, strict=True):
                change = total - other[place].sum(0)  # roots of noisy values may have none
                errors[place] += finite_mean(change.square())
    if not size.any():
        raise DataError(f"All terms of {system} vanish on the data: they say nothing about it.")

    units = {axis.name: axis.length for axis in data.axes}
    units |= {name: float(np.abs(some[..., k]).max()) for k, name in enumerate(data.unknowns)}
    natural = torch.tensor(natural_sizes(system, units), dtype=torch.float64) ** 2 * len(some)
    solved = size <= ROUNDING**2 * natural  # as v_t = 0 by data that do not change

    def ratio(of: torch.Tensor, to: torch.Tensor) -> tuple[float, ...]:
        of = torch.where(solved, 0.0, of)
        return tuple((of / to.clamp_min(1e-300)).sqrt().tolist())

    return SystemResidual(
        relative=ratio(plain, size),
        averaged=ratio(mean, mean_size),
        time_step_error=max(ratio(in_t, size)),
        grid_error=max(ratio(in_space, size)),
        noise_error=max(ratio(in_noise, size)),
    )


class _Terms:
    """The terms of every equation on the interior of the grid."""

    def __init__(self, data: Solutions, system: System) -> None:
        self.data, self.space = data, system.space
        parts = [sympy.Add.make_args(sympy.expand(delta)) for delta in system.expressions]
        self.counts = [len(part) for part in parts]
        self.jets = system.space.jets(*system.expressions)
        self.orders = [grid_jet(data, system.space, jet) for jet in self.jets]
        self.margins = require_points(data, [own for _, own in self.orders], FINE)
        symbols = [*system.space.variables, *map(system.space.symbol, self.jets)]
        self.evaluate = CompiledExpressions(symbols, [p for part in parts for p in part])
        points = SOME_VALUES // (max(1, len(self.jets)) * max(1, prod(data.shape[1:])))
        self.times = slice(None)
        if data.axes[0].name == TIME and points < len(data.axes[0]):
            wanted = min(len(data.axes[0]), max(points, LEAST_TIMES + 2 * self.margins[0]))
            start = (len(data.axes[0]) - wanted) // 2
            self.times = slice(start, start + wanted)

    def without_highest(self, values: torch.Tensor) -> torch.Tensor:
        for place, axis in enumerate(self.data.axes):
            if is_circle(axis):
                values = without_highest(values.movedim(place, -1), HIGHEST).movedim(-1, place)
        return values

    def __call__(self, values: torch.Tensor, accuracy: Mapping[str, int]) -> list[torch.Tensor]:
        """Terms (terms, *interior) of every equation."""
        orders = {axis.name: FINE for axis in self.data.axes} | dict(accuracy)
        fields: dict[tuple[str, Orders], torch.Tensor] = {}
        for place, unknown in enumerate(self.data.unknowns):
            own = [jet for name, jet in self.orders if name == unknown]
            table = derivatives(values[..., place], self.data.axes, own, orders) if own else {}
            if is_constant(values[..., place]):  # without rounding
                table = {jet: torch.zeros_like(field) if any(jet) else field for jet, field in table.items()}
            fields |= {(unknown, jet): field for jet, field in table.items()}
        found = [fields[jet] for jet in self.orders]
        inside = tuple(slice(m, n - m) for m, n in zip(self.margins, values.shape[:-1], strict=True))
        shape = found[0][inside].shape
        grids = {}
        for place, axis in enumerate(self.data.axes):
            points = torch.from_numpy(axis.points)
            points = (points[self.times] if place == 0 else points)[inside[place]]
            grids[axis.name] = points.reshape(*(-1 if k == place else 1 for k in range(len(shape)))).expand(shape)
        arguments = [*(grids[name] for name in self.space.independent), *(field[inside] for field in found)]
        terms = self.evaluate([a.reshape(-1) for a in arguments]).reshape(-1, *shape)
        return list(terms.split(self.counts))

    def averages(self, parts: torch.Tensor) -> torch.Tensor:
        """Local averages of terms (terms, *interior) along all axes."""
        for place, axis in enumerate(self.data.axes, 1):
            parts = _averaged(parts, place, axis)
        return parts


def _averaged(parts: torch.Tensor, place: int, axis: Axis) -> torch.Tensor:
    lines = parts.movedim(place, -1)
    n = lines.shape[-1]
    half = min(max(LEAST_WINDOW, round(WINDOW * n)), (n - 1) // 2)
    if is_circle(axis):
        lines = torch.cat([lines, lines[..., : 2 * half]], -1)
    s = torch.linspace(-1, 1, 2 * half + 3, dtype=torch.float64)[1:-1]
    weights = (1 - s**2) ** POWER
    windows = lines.unfold(-1, 2 * half + 1, max(1, half // 2))
    return (windows @ (weights / weights.sum())).movedim(-1, place)
