"""Networks on a space of two parts, whose fields on each part depend on nothing but it."""

from __future__ import annotations

import torch

from symgen.constants import constant
from symgen.generators.base import Generators
from symgen.generators.network import Heads, HeadsShape, NetworkGenerators, TrunkShape


class SplitGenerators(Generators):
    """Fields (V(z), W(y)) of a network on points (z, y): each part of it with the other in the middle of its range.

    The first `dimension` coordinates are z.
    """

    def __init__(self, network: NetworkGenerators, dimension: int) -> None:
        super().__init__(network.space, network.count)
        self.network, self.dimension = network, dimension
        pairs = zip(network.space.lower, network.space.upper, strict=True)
        self.middle = tuple((a + b) / 2 for a, b in pairs)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Points (P, d) -> components (n, P, d)."""
        return self._joined([self.network(part) for part in self._parts(points)])

    def each(self, points: torch.Tensor) -> torch.Tensor:
        """Every field at its own points (n, P, d) -> (n, P, d)."""
        return self._joined([self.network.each(part) for part in self._parts(points)])

    def one(self, place: int, points: torch.Tensor) -> torch.Tensor:
        """One field at points (P, d) -> (P, d)."""
        return self._joined([self.network.one(place, part) for part in self._parts(points)])

    def _parts(self, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        middle = constant(self.middle, points).expand_as(points)
        own, other = points[..., : self.dimension], points[..., self.dimension :]
        return (
            torch.cat([own, middle[..., self.dimension :]], -1),
            torch.cat([middle[..., : self.dimension], other], -1),
        )

    def _joined(self, fields: list[torch.Tensor]) -> torch.Tensor:
        first, second = fields
        return torch.cat([first[..., : self.dimension], second[..., self.dimension :]], -1)


@torch.no_grad()
def merged(network: NetworkGenerators, dimension: int) -> NetworkGenerators:
    """The same fields as one network of twice the width, whose weights between the parts are 0.

    In the middle of their ranges coordinates enter as 0, so nothing is left of them but the biases.
    """
    old, d, space = network.heads, dimension, network.space
    width, units = old.trunk.shape.width, old.shape.width
    trunk = TrunkShape(width=2 * width, waves=old.trunk.shape.waves)
    heads = Heads(space, trunk, HeadsShape(count=network.count, width=2 * units)).to(network.norms)
    for parameter in heads.parameters():
        parameter.zero_()
    first, second = heads.trunk.weights
    first[:d, :width], first[d:, width:] = old.trunk.weights[0][:d], old.trunk.weights[0][d:]
    second[:width, :width] = second[width:, width:] = old.trunk.weights[1]
    for new, bias in zip(heads.trunk.biases, old.trunk.biases, strict=True):
        new.copy_(bias.repeat(2))
    inner, outer = heads.weights
    inner[:, :width, :units] = inner[:, width:, units:] = old.weights[0]
    outer[:, :units, :d], outer[:, units:, d:] = old.weights[1][..., :d], old.weights[1][..., d:]
    heads.biases[0].copy_(old.biases[0].repeat(1, 1, 2))
    heads.biases[1].copy_(old.biases[1])
    found = NetworkGenerators(space, heads)
    found.norms = network.norms.clone()
    return found
