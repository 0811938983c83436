"""The space M = R^d that generators act on, with the affine map to normalised coordinates."""

from __future__ import annotations

from typing import Self

import torch
from pydantic import BaseModel, ConfigDict, model_validator

from symgen.constants import constant


class Space(BaseModel):
    """Coordinates z of M in physical units; normalised ones are (z - origin) / scale.

    Inner products of generators are taken in normalised coordinates, where all directions weigh alike.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[str, ...]
    origin: tuple[float, ...]
    scale: tuple[float, ...]
    lower: tuple[float, ...]
    """Least value of each coordinate in the data."""
    upper: tuple[float, ...]
    periodic: tuple[bool, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        sizes = {len(v) for v in (self.names, self.origin, self.scale, self.lower, self.upper, self.periodic)}
        if len(sizes) != 1:
            raise ValueError("names, origin, scale, lower, upper and periodic differ in length")
        if len(set(self.names)) != len(self.names):
            raise ValueError(f"two coordinates have the same name: {', '.join(self.names)}")
        if not all(s > 0 for s in self.scale) or not all(a < b for a, b in zip(self.lower, self.upper, strict=True)):
            raise ValueError("scales must be positive and every lower bound below its upper bound")
        return self

    @property
    def dimension(self) -> int:
        """d."""
        return len(self.names)

    def normalise_fields(self, components: torch.Tensor) -> torch.Tensor:
        """Components (..., d) of vector fields, physical -> normalised."""
        return components / constant(self.scale, components)
