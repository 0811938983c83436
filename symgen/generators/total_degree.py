"""A library of products of one-dimensional functions whose degrees add up to at most a given one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, reduce
from itertools import product
from math import comb, prod

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator

from symgen.generators.basis import Basis
from symgen.generators.space import MOST_COORDINATES
from symgen.jets.space import orders_of
from symgen.series import multiply


class TotalDegreeLibrary(BaseModel):
    """psi_k(z) = product over the coordinates of one Chebyshev polynomial each, of total degree up to `degree`.

    With d coordinates there are (d + degree choose degree) of them, where products of all would be (degree + 1)^d.
    Coordinates whose axis has a higher degree of its own do not count in the total: series in t, say.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    axes: tuple[Basis, ...] = Field(min_length=1, max_length=MOST_COORDINATES)
    degree: int = Field(ge=0, le=12)

    @model_validator(mode="after")
    def _polynomials(self) -> TotalDegreeLibrary:
        if any(axis.kind != "chebyshev" or axis.degree < self.degree for axis in self.axes):
            raise ValueError(f"every axis must have Chebyshev polynomials up to degree {self.degree}")
        return self

    @classmethod
    def on(
        cls,
        lower: tuple[float, ...],
        upper: tuple[float, ...],
        degree: int,
        series: Mapping[int, int] | None = None,
    ) -> TotalDegreeLibrary:
        """On a box; `series` has the degrees of the axes whose own are higher."""
        ends = zip(lower, upper, strict=True)
        highest = dict.fromkeys(range(len(lower)), degree) | dict(series or {})
        axes = tuple(
            Basis(kind="chebyshev", degree=max(highest[place], degree), lower=a, upper=b)
            for place, (a, b) in enumerate(ends)
        )
        return cls(axes=axes, degree=degree)

    @property
    def series(self) -> list[int]:
        """Coordinates in which degrees are higher than in all together."""
        return [place for place, axis in enumerate(self.axes) if axis.degree > self.degree]

    @cached_property
    def degrees(self) -> list[tuple[int, ...]]:
        """Of every feature, in each coordinate; the lowest total degree first."""
        counted = [place for place in range(len(self.axes)) if place not in self.series]
        shared = [own for total in range(self.degree + 1) for own in orders_of(len(counted), total)]
        alone = product(*(range(self.axes[place].degree + 1) for place in self.series))
        found = [
            dict(zip(counted, own, strict=True)) | dict(zip(self.series, more, strict=True))
            for more in alone
            for own in shared
        ]
        return sorted((tuple(own[place] for place in range(len(self.axes))) for own in found), key=sum)

    @property
    def size(self) -> int:
        """K, the number of features of one component."""
        counted = len(self.axes) - len(self.series)
        return comb(counted + self.degree, self.degree) * prod(self.axes[place].degree + 1 for place in self.series)

    def along(self, curve: torch.Tensor) -> torch.Tensor:
        """Taylor coefficients (m + 1, P, K) of the features along curves (m + 1, P, d)."""
        columns = [axis.along(curve[..., i]) for i, axis in enumerate(self.axes)]
        one = columns[0][..., 0]
        features = [
            reduce(multiply, [columns[i][..., k] for i, k in enumerate(degrees) if k] or [one])
            for degrees in self.degrees
        ]
        return torch.stack(features).movedim(0, -1)  # written feature by feature, which is several times faster
