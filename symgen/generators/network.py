"""Features and generators made of neural networks."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import nn

from symgen.constants import constant
from symgen.generators.base import Generators, require_floating
from symgen.generators.space import MOST_COORDINATES, Space
from symgen.series import silu, sine_cosine


class TrunkShape(BaseModel):
    """Arguments of a trunk."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    width: int = Field(64, ge=1, le=4096)
    waves: tuple[bool, ...] = Field(max_length=MOST_COORDINATES)
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
        z = self.hidden(curve)
        one = torch.zeros_like(z[..., :1])
        one[0] = 1
        return torch.cat([one, z], -1)

    def hidden(self, curve: torch.Tensor) -> torch.Tensor:
        """Those of the second hidden layer alone (m + 1, P, width)."""
        columns: list[torch.Tensor] = []
        for i, wave in enumerate(self.shape.waves):
            lower, upper = self.space.lower[i], self.space.upper[i]
            centred = _shifted(curve[..., i], -(lower + upper) / 2)
            scaled = centred * (2 / (upper - lower))
            columns += sine_cosine(math.pi * scaled) if wave else [scaled]
        z = torch.stack(columns, -1)
        for weight, bias in zip(self.weights, self.biases, strict=True):
            z = silu(_affine(z, weight, bias))
        return z


class HeadsShape(BaseModel):
    """Arguments of the heads on a trunk."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: int = Field(ge=1, le=256)
    """How many heads: one for each generator."""
    width: int = Field(32, ge=1, le=4096)
    """Units of a head's hidden layer."""


class Heads(nn.Module):
    """One trunk and n heads on it, trunk width -> width -> d with SiLU: vector fields in normalised coordinates.

    As features they are the n d components, head by head. Ko, Kim and Lee (2024) have a trunk of 256 and heads of 32.
    """

    def __init__(
        self, space: Space, trunk: TrunkShape, shape: HeadsShape, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.shape, self.dimension = shape, space.dimension
        self.trunk = Trunk(space, trunk, generator)
        layers = [(shape.count, a, b) for a, b in pairwise([trunk.width, shape.width, space.dimension])]
        self.weights = nn.ParameterList(_uniform(layer, layer[1], generator) for layer in layers)
        self.biases = nn.ParameterList(_uniform((layer[0], 1, layer[2]), layer[1], generator) for layer in layers)

    @property
    def size(self) -> int:
        """How many features there are."""
        return self.shape.count * self.dimension

    def along(self, curve: torch.Tensor) -> torch.Tensor:
        """Taylor coefficients (m + 1, P, n d) along curves (m + 1, P, d)."""
        return self._heads(self._for_each(self.trunk.hidden(curve))).transpose(1, 2).flatten(2)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Every field at its own points (n, P, d) -> (n, P, d), in one batched product."""
        features = self.trunk.hidden(points.reshape(1, -1, points.shape[-1]))
        return self._heads(features.unflatten(1, points.shape[:2])).squeeze(0)

    def together(self, points: torch.Tensor) -> torch.Tensor:
        """All fields at the same points (P, d) -> (n, P, d)."""
        return self._heads(self._for_each(self.trunk.hidden(points[None]))).squeeze(0)

    def one(self, place: int, points: torch.Tensor) -> torch.Tensor:
        """One field at points (P, d) -> (P, d): the trunk and one head."""
        series = self.trunk.hidden(points[None])
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            series = _affine(silu(series) if layer else series, weight[place], bias[place])
        return series.squeeze(0)

    def combined(self, coefficients: torch.Tensor) -> Heads:
        """As many heads as there are combinations (m, d, K) of the hidden units of all of these, in `HiddenUnits`."""
        units = self.shape.count * self.shape.width
        shape = HeadsShape(count=len(coefficients), width=units)
        heads = Heads(self.trunk.space, self.trunk.shape, shape).to(coefficients)
        heads.trunk.load_state_dict(self.trunk.state_dict())
        with torch.no_grad():
            heads.weights[0].copy_(self.weights[0].transpose(0, 1).flatten(1))
            heads.biases[0].copy_(self.biases[0].reshape(1, units))
            heads.weights[1].copy_(coefficients[..., :-1].transpose(1, 2))
            heads.biases[1].copy_(coefficients[..., -1:].transpose(1, 2))
        return heads

    def _for_each(self, series: torch.Tensor) -> torch.Tensor:
        return series[:, None].expand(-1, self.shape.count, -1, -1)

    def _heads(self, series: torch.Tensor) -> torch.Tensor:
        """Taylor series of features (m + 1, n, P, width) -> of fields (m + 1, n, P, d)."""
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            series = _affine(silu(series) if layer else series, weight, bias)
        return series


class HiddenUnits:
    """Features: the hidden units of all heads, head by head, and the constant 1."""

    def __init__(self, heads: Heads) -> None:
        self.heads = heads

    @property
    def size(self) -> int:
        """How many features there are."""
        return self.heads.shape.count * self.heads.shape.width + 1

    def along(self, curve: torch.Tensor) -> torch.Tensor:
        """Taylor coefficients (m + 1, P, n width + 1) along curves (m + 1, P, d)."""
        heads = self.heads
        series = heads._for_each(heads.trunk.hidden(curve))
        units = silu(_affine(series, heads.weights[0], heads.biases[0])).transpose(1, 2).flatten(2)
        one = torch.zeros_like(units[..., :1])
        one[0] = 1
        return torch.cat([units, one], -1)


class NetworkGenerators(Generators):
    """n fields, each a head divided by its entry of `norms`: a constant that makes it a unit field in the data's
    inner product. Dividing by a norm that changes from batch to batch would not leave a flow.
    """

    def __init__(self, space: Space, heads: Heads) -> None:
        super().__init__(space, heads.shape.count)
        self.heads = heads
        self.register_buffer("norms", torch.ones(self.count, dtype=torch.float64))
        self.norms: torch.Tensor

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """All fields at the same points (P, d) -> (n, P, d)."""
        return self._physical(self.heads.together(self._own(points))).to(points.dtype)

    def each(self, points: torch.Tensor) -> torch.Tensor:
        """Every field at its own points (n, P, d) -> (n, P, d), in one batched product."""
        return self._physical(self.heads(self._own(points))).to(points.dtype)

    def one(self, place: int, points: torch.Tensor) -> torch.Tensor:
        """One field at points (P, d) -> (P, d), by its head alone."""
        field = self.heads.one(place, self._own(points)) / self.norms[place]
        return (field * constant(self.space.scale, field)).to(points.dtype)

    def _own(self, points: torch.Tensor) -> torch.Tensor:
        """Points in the precision of the weights."""
        require_floating(points)
        return points.to(next(self.heads.parameters()).dtype)

    @property
    def coefficients(self) -> torch.Tensor:
        """The fields as combinations of the heads' components (n, d, n d), for `LibraryGenerators`."""
        d = self.space.dimension
        places = torch.eye(self.count * d, dtype=self.norms.dtype, device=self.norms.device)
        return places.unflatten(0, (self.count, d)) / self.norms[:, None, None]

    def _physical(self, fields: torch.Tensor) -> torch.Tensor:
        fields = fields / self.norms[:, None, None]
        return fields * constant(self.space.scale, fields)


def _affine(series: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """series @ weight + bias; the bias is a constant."""
    if len(series) > 1:
        return _shifted(series @ weight, bias)
    # the values alone: fused, since most of the time of flow training is spent here
    fused = torch.addmm if weight.ndim == 2 else torch.baddbmm
    return fused(bias, series.squeeze(0), weight).unsqueeze(0)


def _shifted(series: torch.Tensor, constant: torch.Tensor | float) -> torch.Tensor:
    """A series plus a constant."""
    if len(series) == 1:
        return series + constant
    return torch.cat([series[:1] + constant, series[1:]])


def _uniform(dimensions: tuple[int, ...], fan_in: int, generator: torch.Generator | None) -> nn.Parameter:
    """Weights of the usual size for a layer with that many inputs."""
    uniform = torch.rand(dimensions, generator=generator, dtype=torch.float64)
    return nn.Parameter((2 * uniform - 1) / math.sqrt(fan_in))
