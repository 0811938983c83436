"""The space M = R^d that generators act on, with the affine map to normalised coordinates."""

from __future__ import annotations

from typing import Annotated, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator

from symgen.bounds import Finite, Length, Name
from symgen.constants import constant

MOST_COORDINATES = 1000
Ends = Annotated[tuple[Finite, ...], Field(max_length=MOST_COORDINATES)]


class Space(BaseModel):
    """Coordinates z of M in physical units; normalised ones are (z - origin) / scale.

    Inner products of generators are taken in normalised coordinates, where all directions weigh alike.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[Name, ...] = Field(min_length=1, max_length=MOST_COORDINATES)
    origin: Ends
    scale: tuple[Length, ...] = Field(max_length=MOST_COORDINATES)
    lower: Ends
    """Least value of each coordinate in the data."""
    upper: Ends
    periodic: tuple[bool, ...] = Field(max_length=MOST_COORDINATES)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        sizes = {len(v) for v in (self.names, self.origin, self.scale, self.lower, self.upper, self.periodic)}
        if len(sizes) != 1:
            raise ValueError("names, origin, scale, lower, upper and periodic differ in length")
        if len(set(self.names)) != len(self.names):
            raise ValueError(f"two coordinates have the same name: {', '.join(self.names)}")
        if not all(a < b for a, b in zip(self.lower, self.upper, strict=True)):
            raise ValueError("every lower bound must be below its upper bound")
        return self

    @property
    def dimension(self) -> int:
        """d."""
        return len(self.names)

    def normalise_fields(self, components: torch.Tensor) -> torch.Tensor:
        """Components (..., d) of vector fields, physical -> normalised."""
        return components / constant(self.scale, components)
