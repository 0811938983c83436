"""Defect at finite scale: how far data that were moved are from solving their equations.

A moved solution is its graph (Y, U) as a smooth function of the original indices; its derivatives follow from the chain
rule on the deformed grid (`symgen.validity.deformed_grid`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sympy
import torch

from symgen.equations.system import System
from symgen.exceptions import DataError
from symgen.expressions import CompiledExpressions
from symgen.jets.space import Jet
from symgen.pde.axis import TIME, grid_order
from symgen.validity.deformed_grid import DeformedGrid


@dataclass(frozen=True)
class MovedResidual:
    """The residual Delta of every equation on moved data, on the grid without its edges."""

    residual: torch.Tensor
    """(..., R, *grid'): Delta; 0 in folded samples, without gradient."""
    squares: torch.Tensor
    """(..., R, *grid'): sum of the squares of each equation's terms; 0 in folded samples."""
    folds: torch.Tensor
    """(...): samples whose grid is folded or not finite: unknowns are no functions of the variables there."""

    @property
    def size(self) -> torch.Tensor:
        """Root mean square of the equations' terms of each sample (..., R)."""
        return self.squares.flatten(self.folds.ndim + 1).mean(-1).sqrt()

    def score(self, counted: torch.Tensor | None = None, least: torch.Tensor | None = None) -> torch.Tensor:
        """Root mean square over the equations of their residual relative to their terms (...); infinite for folds.

        With `counted` (..., *grid') only those points count; NaN for samples without any. `least` (R,) are sizes that
        no equation's terms fall below: what rounding leaves of those that vanish.
        """
        weight = torch.ones_like(self.residual)
        if counted is not None:
            weight = weight * counted.unsqueeze(self.folds.ndim)
        residual, squares, count = (
            part.flatten(self.folds.ndim + 1).sum(-1)
            for part in (weight * self.residual**2, weight * self.squares, weight)
        )
        if least is not None:
            squares = squares.maximum(count * least**2)
        return (residual / squares).mean(-1).sqrt().masked_fill(self.folds, torch.inf)


class FiniteValidity:
    """The residual of the equations of a system on moved data; differentiable, for any device and floating dtype.

    A derivative of order n is n first derivatives in a row, by central differences of even order `accuracy`, or
    spectral along the axes in which the graph is periodic. What follows from the equations by differentiation holds
    with them, and is not looked at.
    """

    def __init__(self, system: System, accuracy: int = 8) -> None:
        if accuracy < 2 or accuracy % 2:
            raise ValueError(f"the accuracy of central differences is even and positive, not {accuracy}")
        self.system, self.accuracy, space = system, accuracy, system.space
        self.jets = space.jets(*system.expressions)
        self.depth = max(1, *(jet.order for jet in self.jets))
        parts = [sympy.Add.make_args(sympy.expand(delta)) for delta in system.expressions]
        self._counts = [len(part) for part in parts]
        terms = [term for part in parts for term in part]
        self._terms = CompiledExpressions([*space.variables, *map(space.symbol, self.jets)], terms)

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the grid's axes, t first."""
        return grid_order(self.system.space.independent)

    def margins(self, periodic: Collection[str] = ()) -> tuple[int, ...]:
        """How many points the residual loses at either end of every axis, but of those that are `periodic`."""
        lost = self.depth * self.accuracy // 2
        return tuple(0 if name in periodic else lost for name in self.axes)

    def __call__(self, graph: torch.Tensor, periods: Mapping[str, float] | None = None) -> MovedResidual:
        """Residual of moved data from their graph (..., *grid, d), physical units, by original indices.

        Coordinates are in the order of the system's space, the grid's axes in that of `axes`. `periods`: of the axes
        along which both the data and the fields that moved them are periodic: there the coordinate grows by the period
        over all points. Raises DataError for fewer points than the stencils need.
        """
        periods = periods or {}
        space = self.system.space
        m = len(space.independent)
        self._require_enough(graph.shape[-m - 1 : -1], self.margins(periods))
        grid = DeformedGrid(graph[..., :m], space.independent, periods, self.accuracy)
        table = {Jet(name, space.none): graph[..., m + place] for place, name in enumerate(space.dependent)}
        gradients: dict[Jet, list[torch.Tensor]] = {}
        for jet in self._closure():
            axis = _last(jet)
            lower = jet.raised(axis, -1)
            if lower not in gradients:
                gradients[lower] = grid.by_indices(table[lower])
            table[jet] = grid.total(gradients[lower], jet.order, axis)
        arguments = [grid.crop(graph[..., place], self.depth) for place in range(m)]
        arguments += [grid.crop(table[jet], self.depth - jet.order) for jet in self.jets]
        terms = torch.where(grid.folds[(..., *[None] * m)], 0, self._terms(arguments))
        each = terms.split(self._counts)
        residual, squares = [own.sum(0) for own in each], [own.square().sum(0) for own in each]
        return MovedResidual(*(torch.stack(part, grid.folds.ndim) for part in (residual, squares)), grid.folds)

    def _closure(self) -> list[Jet]:
        """The derivatives to compute, lower ones first; each comes from the one with the last variable once less."""
        wanted: set[Jet] = set()
        for jet in self.jets:
            while jet.order and jet not in wanted:
                wanted.add(jet)
                jet = jet.raised(_last(jet), -1)
        return sorted(wanted, key=lambda jet: (jet.order, jet))

    def _require_enough(self, shape: tuple[int, ...], margins: tuple[int, ...]) -> None:
        if all(size > 2 * lost for size, lost in zip(shape, margins, strict=True)):
            return
        places = " in {}" if len(self.axes) > 2 else ""
        have = [
            f"{size} times" if name == TIME else f"{size} points{places.format(name)}"
            for name, size in zip(self.axes, shape, strict=True)
        ]
        raise DataError(
            f"The data have {_listed(have)}; the residual of a moved solution needs more than "
            f"{_listed([str(2 * lost) for lost in margins])}. Use data on a finer grid."
        )


def _last(jet: Jet) -> int:
    """The last variable that it is differentiated in."""
    return max(axis for axis, count in enumerate(jet.orders) if count)


def _listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
