"""One-dimensional families of functions, with their derivatives, and the products of them."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch
from numpy.polynomial import chebyshev
from pydantic import BaseModel, ConfigDict, Field


class Basis(BaseModel):
    """Functions of one coordinate: T_0 ... T_degree on [lower, upper], or 1, cos, sin of up to `degree` waves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["chebyshev", "fourier"]
    degree: int = Field(ge=0, le=40)
    lower: float
    upper: float

    @property
    def size(self) -> int:
        """How many functions there are."""
        return self.degree + 1 if self.kind == "chebyshev" else 2 * self.degree + 1

    def values(self, z: torch.Tensor, derivative: int = 0) -> torch.Tensor:
        """The derivative of that order of every function at z (P,) -> (P, size)."""
        return self._chebyshev(z, derivative) if self.kind == "chebyshev" else self._fourier(z, derivative)

    def _chebyshev(self, z: torch.Tensor, derivative: int) -> torch.Tensor:
        half = (self.upper - self.lower) / 2
        s = (z - self.lower) / half - 1
        columns = [torch.ones_like(s), s]
        while len(columns) < self.size:
            columns.append(2 * s * columns[-1] - columns[-2])
        table = torch.stack(columns[: self.size], dim=-1)
        if derivative:
            table = table @ self._differentiation(derivative).to(table) / half**derivative
        return table

    def _differentiation(self, derivative: int) -> torch.Tensor:
        """Column k holds the Chebyshev coefficients of the derivative of T_k."""
        result = np.zeros((self.size, self.size))
        for k in range(derivative, self.size):
            coefficients = chebyshev.chebder(np.eye(self.size)[k], derivative)
            result[: len(coefficients), k] = coefficients
        return torch.from_numpy(result)

    def _fourier(self, z: torch.Tensor, derivative: int) -> torch.Tensor:
        frequency = 2 * math.pi / (self.upper - self.lower)
        columns = [torch.ones_like(z) if derivative == 0 else torch.zeros_like(z)]
        for k in range(1, self.degree + 1):
            # each derivative of cos or sin is a shift of its phase by a quarter turn
            angle = k * frequency * (z - self.lower) + derivative * math.pi / 2
            size = (k * frequency) ** derivative
            columns += [size * torch.cos(angle), size * torch.sin(angle)]
        return torch.stack(columns, dim=-1)
