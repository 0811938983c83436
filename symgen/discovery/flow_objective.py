"""What flow training asks of a domain: data to move, and what is lost when they are moved."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch

from symgen.discovery.flow_settings import FlowSettings
from symgen.generators.network import NetworkGenerators
from symgen.generators.space import Space


@dataclass(frozen=True)
class Batch:
    """Data to move and how far."""

    data: torch.Tensor
    """(B, ...): whatever the domain moves."""
    scales: torch.Tensor
    """(n, B): of the flow, for every generator and datum."""
    drawn: torch.Tensor
    """The same on the processor, where the number of steps is decided: nothing is read back for it."""

    @classmethod
    def of(cls, data: torch.Tensor, scales: torch.Tensor) -> Batch:
        """Of scales on the processor, which are sent to the data."""
        return cls(data, scales.to(data.device), scales)

    def longest(self, some: slice = slice(None)) -> float:
        """The greatest |scale| of some data."""
        return float(self.drawn[:, some].abs().max())


class Moved(NamedTuple):
    """What the copies of one piece of a batch say, summed over the piece, (n,) each; folded ones count 0."""

    loss: torch.Tensor
    squares: torch.Tensor
    """Squared defect per squared scale, without gradient."""
    folds: torch.Tensor
    """How many copies are no data any more."""


class Objective(ABC):
    """The defect of moved data, the regularisers of the fields, and the space that they live on."""

    space: Space
    waves: tuple[bool, ...]
    """Coordinates in which the fields are periodic."""
    points: torch.Tensor
    """(P, d): inner products are means over them."""
    weight: torch.Tensor | None = None
    """(P,), of mean 1: of the points, where they do not all count alike."""
    device: torch.device
    settings: FlowSettings
    pieces: int
    """Into how many pieces a batch is divided; processes share them out."""

    @abstractmethod
    def draw(self, random: torch.Generator, sigma: float) -> Batch:
        """A batch with scales up to sigma of either sign; it depends on nothing but the generator, on the CPU."""

    @abstractmethod
    def fixed(self) -> Batch:
        """The batch that the best weights are chosen by."""

    @abstractmethod
    def regularisers(
        self, network: NetworkGenerators, batch: Batch, done: float = 0.0, random: torch.Generator | None = None
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """Weighted losses of the unit fields, and the norms (n,) of the fields as the weights give them.

        `done` is the share of the training that is over; `random` draws what is needed beside the batch.
        """

    @abstractmethod
    def moved(self, network: NetworkGenerators, batch: Batch, piece: int) -> Moved:
        """One piece's copies, moved by the fields as the network gives them."""

    @abstractmethod
    def combinations(self, network: NetworkGenerators) -> torch.Tensor:
        """Combinations (m, n) of the fields, orthonormal, the most valid first (Rayleigh and Ritz)."""

    def solved(self, network: NetworkGenerators) -> NetworkGenerators | None:
        """A float64 network with its last layers solved for; None where settings or domain do without."""
        return None

    @property
    @abstractmethod
    def identity(self) -> Mapping[str, Any]:
        """What a training depends on besides its settings, for JSON."""

    @torch.no_grad()
    def normalise(self, network: NetworkGenerators) -> None:
        """Make the fields of a network unit fields, whatever its norms were before."""
        network.norms = torch.ones_like(network.norms)
        network.norms = self.norms(network)

    def norms(self, network: NetworkGenerators) -> torch.Tensor:
        """Norms of a network's fields, as it gives them (n,)."""
        return self.weighted(network).square().sum(-1).mean(-1).sqrt()

    def weighted(self, network: NetworkGenerators) -> torch.Tensor:
        """Fields at the points (n, P, d), with the root of the weight: their mean products are inner products."""
        values = self.values(network, self.points)
        return values if self.weight is None else values * self.weight.sqrt().to(values)[:, None]

    def values(self, network: NetworkGenerators, points: torch.Tensor) -> torch.Tensor:
        """Fields at points (..., d), in normalised coordinates (n, ..., d)."""
        flat = points.reshape(-1, points.shape[-1]).to(next(network.parameters()).dtype)
        return network.space.normalise_fields(network(flat)).unflatten(1, points.shape[:-1])


def draw_scales(settings: FlowSettings, batch: int, sigma: float, random: torch.Generator) -> torch.Tensor:
    """Scales (n, batch) of either sign, of sizes between settings.smallest sigma and sigma."""
    shape = settings.count, batch
    sizes = settings.smallest + (1 - settings.smallest) * torch.rand(shape, generator=random, dtype=torch.float64)
    return sigma * sizes * (2 * torch.randint(2, shape, generator=random) - 1)
