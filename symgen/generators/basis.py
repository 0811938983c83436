"""One-dimensional families of functions."""

from __future__ import annotations

import math
from typing import Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator

from symgen.bounds import LARGEST, Finite
from symgen.series import multiply, sine_cosine


class Basis(BaseModel):
    """Functions of one coordinate: T_0 ... T_degree on [lower, upper], or 1, cos, sin of up to `degree` waves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["chebyshev", "fourier"]
    degree: int = Field(ge=0, le=40)
    lower: Finite
    upper: Finite

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if not self.upper - self.lower >= 1 / LARGEST:
            raise ValueError(f"the lower end {self.lower:g} is not below the upper end {self.upper:g}")
        return self

    @property
    def size(self) -> int:
        """How many functions there are."""
        return self.degree + 1 if self.kind == "chebyshev" else 2 * self.degree + 1

    def along(self, z: torch.Tensor) -> torch.Tensor:
        """Every function of a Taylor series z (m + 1, P) -> (m + 1, P, size)."""
        return self._chebyshev(z) if self.kind == "chebyshev" else self._fourier(z)

    def _chebyshev(self, z: torch.Tensor) -> torch.Tensor:
        one = torch.zeros_like(z)
        one[0] = 1
        s = (z - one * self.lower) * (2 / (self.upper - self.lower)) - one
        columns = [one, s]
        while len(columns) < self.size:
            columns.append(2 * multiply(s, columns[-1]) - columns[-2])
        return torch.stack(columns[: self.size], dim=-1)

    def _fourier(self, z: torch.Tensor) -> torch.Tensor:
        one = torch.zeros_like(z)
        one[0] = 1
        angle = (z - one * self.lower) * (2 * math.pi / (self.upper - self.lower))
        columns = [one]
        for k in range(1, self.degree + 1):
            sine, cosine = sine_cosine(k * angle)
            columns += [cosine, sine]
        return torch.stack(columns, dim=-1)
