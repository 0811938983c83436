"""Features and generators made of neural networks."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import nn

from symgen.generators.base import Generators
from symgen.generators.space import Space
from symgen.series import silu, sine_cosine


class TrunkShape(BaseModel):
    """Arguments of a trunk."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    width: int = Field(64, ge=1, le=4096)
    waves: tuple[bool, ...]
    """Coordinates that enter as one sine and cosine over their range, so that the features are periodic in them."""


class Trunk(nn.Module):
    """psi: R^d -> R^(width + 1): two hidden layers with SiLU, and the constant 1.

    Coordinates enter scaled to [-1, 1] over the data's range, periodic ones as cosine and sine. Ko, Kim and Lee
    (2024) use width 256.
    """

    def __init__(self, space: Space, shape: TrunkShape, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.space, self.shape = space, shape
        sizes = [sum(2 if wave else 1 for wave in shape.waves), shape.width, shape.width]
        layers = [(a, b) for a, b in pairwise(sizes)]
        self.weights = nn.ParameterList(_uniform(layer, layer[0], generator) for layer in layers)
        self.biases = nn.ParameterList(_uniform(layer[1:], layer[0], generator) for layer in layers)

    @property
    def size(self) -> int:
        """How many features there are."""
        return self.shape.width + 1

    def along(self, curve: torch.Tensor) -> torch.Tensor:
        """Taylor coefficients (m + 1, P, width + 1) along curves (m + 1, P, d)."""
        columns: list[torch.Tensor] = []
        for i, wave in enumerate(self.shape.waves):
            lower, upper = self.space.lower[i], self.space.upper[i]
            centred = torch.cat([curve[:1, :, i] - (lower + upper) / 2, curve[1:, :, i]])
            scaled = centred * (2 / (upper - lower))
            columns += sine_cosine(math.pi * scaled) if wave else [scaled]
        z = torch.stack(columns, -1)
        for weight, bias in zip(self.weights, self.biases, strict=True):
            z = z @ weight
            z = silu(torch.cat([z[:1] + bias, z[1:]]))
        one = torch.zeros_like(z[..., :1])
        one[0] = 1
        return torch.cat([one, z], -1)


class NetworkGenerators(Generators):
    """n fields with one trunk and a head each, (width + 1) -> head_width -> d with SiLU.

    A field is the head's output divided by its entry of `norms`, a constant that makes it a unit field in the
    data's inner product: dividing by a norm that changes from batch to batch would not leave a flow. Ko, Kim and
    Lee (2024) use width 256 and head_width 32.
    """

    def __init__(
        self,
        space: Space,
        count: int,
        shape: TrunkShape,
        head_width: int = 32,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(space, count)
        self.trunk = Trunk(space, shape, generator)
        self.head_width = head_width
        self.hidden = _uniform((count, self.trunk.size, head_width), self.trunk.size, generator)
        self.hidden_bias = _uniform((count, 1, head_width), self.trunk.size, generator)
        self.out = _uniform((count, head_width, space.dimension), head_width, generator)
        self.out_bias = _uniform((count, 1, space.dimension), head_width, generator)
        self.register_buffer("norms", torch.ones(count, dtype=torch.float64))
        self.norms: torch.Tensor

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """All fields at the same points (P, d) -> (n, P, d)."""
        return self._heads(self.trunk.along(points[None])[0].expand(self.count, -1, -1))

    def each(self, points: torch.Tensor) -> torch.Tensor:
        """Every field at its own points (n, P, d) -> (n, P, d), in one batched product."""
        features = self.trunk.along(points.reshape(1, -1, points.shape[-1]))[0]
        return self._heads(features.reshape(*points.shape[:2], -1))

    def _heads(self, features: torch.Tensor) -> torch.Tensor:
        hidden = nn.functional.silu(torch.baddbmm(self.hidden_bias, features, self.hidden))
        fields = torch.baddbmm(self.out_bias, hidden, self.out) / self.norms[:, None, None]
        return fields * fields.new_tensor(self.space.scale)


def _uniform(dimensions: tuple[int, ...], fan_in: int, generator: torch.Generator | None) -> nn.Parameter:
    """Weights of the usual size for a layer with that many inputs."""
    uniform = torch.rand(dimensions, generator=generator, dtype=torch.float64)
    return nn.Parameter((2 * uniform - 1) / math.sqrt(fan_in))
