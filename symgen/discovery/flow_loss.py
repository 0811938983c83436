"""What flow training minimises: validity of moved data, and the regularisers of the fields."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from symgen.discovery.flow_batches import Batch
from symgen.discovery.losses import lipschitz_hinge, log_validity, orthonormality, sobolev, stopped_gram
from symgen.discovery.settings import FlowSettings
from symgen.exceptions import DataError
from symgen.flow import move_each
from symgen.generators.network import NetworkGenerators
from symgen.validity.finite import FiniteValidity

STRIDE = 4
"""Of the grid whose neighbours the Lipschitz hinge compares."""


class Moved(NamedTuple):
    """What one sample's copies say, (n,) each; folded ones count 0 and have no gradient."""

    loss: torch.Tensor
    squares: torch.Tensor
    """Mean square of the residual, relative to the equation's terms, per squared scale."""
    folds: torch.Tensor


class FlowLoss:
    """The losses of a network; `points` (P, 3) are those over which inner products are taken, `data` gives the size
    of the equation's terms that residuals are relative to.

    Fields count as divided by their norms over the points, which are constants of the flow but not of the training:
    `regularisers` computes them from the weights, and the network is given them for what follows.
    Raises DataError where all terms of the equation vanish on the data.
    """

    def __init__(
        self,
        network: NetworkGenerators,
        validity: FiniteValidity,
        settings: FlowSettings,
        points: torch.Tensor,
        data: Batch,
    ) -> None:
        self.network, self.validity, self.settings, self.points = network, validity, settings, points
        self.size = float(validity(data.graphs).squares.mean().sqrt())
        if not self.size > 0:
            raise DataError(f"All terms of {validity.equation} vanish on the data: any field is a symmetry of it.")

    def regularisers(self, batch: Batch, rows: torch.Tensor | None) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """Weighted losses of the unit fields, and the norms (n,) of the fields as the weights give them.

        `rows` (B, nx, 3) are whole periods for the Sobolev loss; without them there is none.
        """
        settings, network = self.settings, self.network
        network.norms = torch.ones_like(network.norms)
        norms = self.norms_of(network)
        inner = stopped_gram(self._unit(self.points, norms))
        losses = {"orthonormality": settings.orthonormality_weight * orthonormality(inner)}
        grid = batch.graphs[:, ::STRIDE, ::STRIDE]
        hinge = lipschitz_hinge(
            self._unit(grid, norms),
            network.space.normalise_fields(grid).to(norms),  # a difference of points is a vector, too
            settings.lipschitz_bound,
        )
        losses["lipschitz"] = settings.lipschitz_weight * hinge
        if rows is not None:
            losses["sobolev"] = settings.sobolev_weight * sobolev(self._unit(rows, norms))
        return losses, norms

    def moved(self, batch: Batch, sample: int) -> Moved:
        """One sample's copies, one for each generator, moved."""
        settings = self.settings
        graph, scales = batch.graphs[sample], batch.scales[:, sample]
        copies = graph.reshape(1, -1, graph.shape[-1]).expand(len(scales), -1, -1)
        steps = max(1, math.ceil(float(scales.abs().max()) / settings.sigma * settings.flow_steps - 1e-9))
        result = self.validity(move_each(self.network, copies, scales, steps).unflatten(1, graph.shape[:-1]))
        relative = result.residual / self.size
        loss = log_validity(relative, settings.clamp, settings.form)
        squares = relative.detach().square().mean((-2, -1)) / scales**2
        loss, squares = (torch.where(result.folds, 0, value) for value in (loss, squares))
        return Moved(loss, squares, result.folds)

    def norms_of(self, network: NetworkGenerators) -> torch.Tensor:
        """Norms of a network's fields over the points (n,)."""
        return self._fields(network, self.points).square().sum(-1).mean(-1).sqrt()

    def _unit(self, points: torch.Tensor, norms: torch.Tensor) -> torch.Tensor:
        """Unit fields at points (..., d), in normalised coordinates (n, ..., d)."""
        return self._fields(self.network, points) / norms.reshape(-1, *[1] * points.ndim)

    @staticmethod
    def _fields(network: NetworkGenerators, points: torch.Tensor) -> torch.Tensor:
        flat = points.reshape(-1, points.shape[-1]).to(next(network.parameters()).dtype)
        return network.space.normalise_fields(network(flat)).unflatten(1, points.shape[:-1])
