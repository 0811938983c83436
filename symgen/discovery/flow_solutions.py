"""Flow training on solutions of equations: what is left of these when the graphs are moved."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any

import torch

from symgen.discovery.condition import Family
from symgen.discovery.flow_objective import Batch, Moved, Objective
from symgen.discovery.flow_windows import Windows
from symgen.discovery.last_layers import solve_last_layers
from symgen.discovery.losses import lipschitz_hinge, log_defect, orthonormality, sobolev, stopped_gram
from symgen.discovery.problem import Problem
from symgen.discovery.settings import SystemFlowSettings
from symgen.equations.units import natural_sizes
from symgen.exceptions import DataError
from symgen.flow import move_each
from symgen.generators.network import NetworkGenerators
from symgen.validity.finite import FiniteValidity

STRIDE = 4
"""Of the grid whose neighbours the Lipschitz hinge compares."""
INNER_POINTS = 2048
"""Points over which norms and overlaps are taken in every step."""
RITZ_POINTS = 4096
CHECK_SCALE = 0.25  # of sigma
ROUNDING = 1e-9
"""Of the size that an equation's terms have in the units of the data: smaller terms are what rounding leaves."""


class SolutionObjective(Objective):
    """Residuals of windows of the data on their deformed grids, relative to the mean size of each equation's terms.

    For one equation and for systems, in any number of variables. Raises DataError where all terms of the equations
    vanish on the data, or these are too few for the differences.
    """

    settings: SystemFlowSettings

    def __init__(self, problem: Problem, settings: SystemFlowSettings) -> None:
        self.problem, self.settings, self.device = problem, settings, problem.device
        self.space, self.pieces = problem.space, settings.batch
        self.waves = problem.waves
        self.windows = Windows(problem.solutions, problem.system.space, settings, problem.device)
        self.axes = len(self.windows.axes)
        random = torch.Generator().manual_seed(settings.seed)
        order = torch.randperm(len(problem.points), generator=random)[:INNER_POINTS]
        self.points = problem.points[order.to(problem.device)]
        accuracy = settings.accuracy_of(self.axes)
        while settings.accuracy is None and accuracy > 2 and min(self.windows.sizes) <= accuracy * problem.system.order:
            accuracy -= 2  # short data leave nothing between the edges
        self.validity = FiniteValidity(problem.system, accuracy)
        self.size = self._sizes(self.draw(random, 0.0).data)
        """Of every equation's terms (R, 1, ..., 1), for the grid."""

    def _sizes(self, graphs: torch.Tensor) -> torch.Tensor:
        squares = self.validity(graphs).squares.transpose(0, 1).flatten(1).mean(1)
        units = dict(zip(self.space.names, self.space.scale, strict=True))
        natural = squares.new_tensor(natural_sizes(self.problem.system, units))
        there = squares.sqrt() > ROUNDING * natural
        if not there.any():
            raise DataError(f"All terms of {self.problem.system} vanish on the data: any field is a symmetry of it.")
        return torch.where(there, squares.sqrt(), natural).reshape(-1, *[1] * self.axes)

    def draw(self, random: torch.Generator, sigma: float) -> Batch:
        """Windows (B, *grid, d) of random solutions."""
        return self.windows.draw(random, sigma)

    def fixed(self) -> Batch:
        """Windows moved by little: what folds tells nothing."""
        settings = self.settings
        return self.draw(torch.Generator().manual_seed(settings.seed + 1), CHECK_SCALE * settings.sigma)

    def regularisers(
        self, network: NetworkGenerators, batch: Batch, done: float = 0.0, random: torch.Generator | None = None
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """Orthonormality, Lipschitz hinge on a grid of windows, and at the end roughness along periods (Sobolev)."""
        settings = self.settings
        network.norms = torch.ones_like(network.norms)
        inner = self.weighted(network)
        norms = inner.square().sum(-1).mean(-1).sqrt()

        def unit(points: torch.Tensor) -> torch.Tensor:
            return self.values(network, points) / norms.reshape(-1, *[1] * points.ndim)

        gram = stopped_gram(inner / norms[:, None, None])
        overlap = orthonormality(gram, settings.orthonormality_form)
        losses = {"orthonormality": settings.orthonormality_weight * overlap}
        grid = batch.data[(slice(None), *[slice(None, None, STRIDE)] * self.axes)]
        hinge = lipschitz_hinge(
            unit(grid),
            network.space.normalise_fields(grid).to(norms),  # a difference of points is a vector, too
            settings.lipschitz_bound,
            self.axes,
        )
        losses["lipschitz"] = settings.lipschitz_weight * hinge
        ending = done >= 1 - settings.sobolev_share
        if random is not None and ending and self.windows.periods:
            rough = [sobolev(unit(self.windows.lines(random, place))) for place in self.windows.periods]
            losses["sobolev"] = settings.sobolev_weight * torch.stack(rough).mean()
        return losses, norms

    def moved(self, network: NetworkGenerators, batch: Batch, piece: int) -> Moved:
        """One window's copies, one for each generator, moved."""
        settings = self.settings
        graph, scales = batch.data[piece], batch.scales[:, piece]
        copies = graph.reshape(1, -1, graph.shape[-1]).expand(len(scales), -1, -1)
        steps = max(1, math.ceil(batch.longest(slice(piece, piece + 1)) / settings.sigma * settings.flow_steps - 1e-9))
        result = self.validity(move_each(network, copies, scales, steps).unflatten(1, graph.shape[:-1]))
        relative = result.residual / self.size
        relative = relative.flatten(1)[:, None]
        loss = log_defect(relative, settings.floor, settings.form)
        squares = relative.detach().square().mean((-2, -1)) / scales**2
        loss, squares = (torch.where(result.folds, 0, value) for value in (loss, squares))
        return Moved(loss, squares, result.folds.to(loss))

    def combinations(self, network: NetworkGenerators) -> torch.Tensor:
        """The combinations of least linearised defect."""
        family = Family(network.heads, network.coefficients)
        return self.problem.on_own_jets(family, points=RITZ_POINTS).coefficients[:, 0]

    def solved(self, network: NetworkGenerators) -> NetworkGenerators | None:
        """With the last layers of least linearised defect."""
        return solve_last_layers(self.problem, network, RITZ_POINTS) if self.settings.solving else None

    @property
    def identity(self) -> Mapping[str, Any]:
        """Equations, data and space."""
        data = self.problem.solutions
        return {
            "equation": str(self.problem.system),
            "samples": len(data),
            "sha256": data.sha256 or hashlib.sha256(data.read([0, len(data) - 1]).tobytes()).hexdigest(),
            "space": self.space.model_dump(mode="json"),
        }
