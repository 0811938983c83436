"""What must not change when points are moved: a condition linear in fields, and what changes at finite scale.

For f: R^d -> R^p with one field V for all of k particles, invariance is sum_j grad_(z_j) f . V(z_j) = 0; it is what
LieGG (Moskalev, Sepliarskaia, Sosnovik and Smeulders 2022) solves for matrices. A score of one's own is a subclass with
`score`:

>>> import torch
>>> from symgen.points.point_set import PointSet
>>> class Radius(PointValidity):
...     outputs = ("radius",)
...     def score(self, points):
...         return torch.linalg.vector_norm(points[:, 0], dim=1)
>>> draw = torch.Generator().manual_seed(0)
>>> data = PointSet.from_array(torch.randn(100, 2, dtype=torch.float64, generator=draw), ("x", "y"))
>>> from symgen.discovery.point_settings import PointSpectralSettings
>>> from symgen.discovery.points import discover_points
>>> found = discover_points(Radius(data), PointSpectralSettings())
>>> [record.formula for record in found.metadata.generators]
[('y', '-x')]
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import ClassVar, Literal

import torch

from symgen.constants import constant
from symgen.exceptions import DataError
from symgen.flow import Flow
from symgen.generators.base import Generators
from symgen.generators.domains import SurrogateRecord
from symgen.generators.features import Features
from symgen.generators.space import Space
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.points.point_set import PointSet
from symgen.points.target import CHUNK, Target
from symgen.streaming_qr import StreamingQR
from symgen.validity.resolution import Resolution

Condition = Literal["invariance", "equivariance", "density", "own"]
HELD_OUT = 0.25
STEP = 0.04
"""Of the flow, in units of unit fields."""


class PointValidity(ABC):
    """What fields on points are judged by. Subclasses define `score`, and may name its components in `outputs`."""

    condition: ClassVar[Condition] = "own"
    outputs: tuple[str, ...] = ("score",)
    """Names of what the score gives."""
    surrogate: SurrogateRecord | None = None
    share_held_out: ClassVar[float] = HELD_OUT
    """Of the points, that fields are judged on and not fitted to."""

    def __init__(self, data: PointSet) -> None:
        self.data = data

    @abstractmethod
    def score(self, points: torch.Tensor) -> torch.Tensor:
        """What stays as it is, for points (B, k, d) -> (B,) or (B, p); differentiable by torch."""

    @property
    def name(self) -> str:
        """In files and titles."""
        return type(self).__name__.lower()

    @property
    def words(self) -> str:
        """What is invariant, for people."""
        return ", ".join(self.outputs)

    @cached_property
    def target(self) -> Target:
        """The score as a function with gradients."""
        return Target(self._columns, self.outputs, self.words)

    @property
    def space(self) -> Space:
        """That the fields are on."""
        return self.data.space

    def resolution(self, fit: torch.Tensor, held_out: torch.Tensor) -> Resolution:
        """Of fields that are fitted to points `fit` (A, k, d) and judged on others, `held_out` (B, k, d)."""
        return Resolution(self.target.uncertainty)

    def values(self, points: torch.Tensor) -> torch.Tensor:
        """What is shown of points (B, k, d) beside them -> (B, p)."""
        return self.target.values(points)

    def joint(self, points: torch.Tensor) -> torch.Tensor:
        """Points (B, k, d) in the coordinates of the space, (B, k, D): under equivariance outputs are among these."""
        return points

    def allowed(self, library: TotalDegreeLibrary) -> torch.Tensor | None:
        """Which features a component of a field may have (D, K); None for all."""
        return None

    @cached_property
    def deviation(self) -> torch.Tensor:
        """Of each output over the data (p,); DataError for one that is constant or not finite."""
        values = self.values(self.data.values)
        bad = ~values.isfinite().all(1)
        if bad.any():
            raise DataError(
                f"{self.words} is not finite at {int(bad.sum())} of {len(bad)} points, the first is number "
                f"{int(bad.nonzero()[0])}. Leave such points out."
            )
        deviation = values.std(0, correction=0)
        for name, size, middle in zip(self.outputs, deviation.tolist(), values.mean(0).tolist(), strict=True):
            if not size > 1e-12 * abs(middle):
                raise DataError(f"{name} is constant over all the points: any field is a symmetry of it.")
        return deviation

    @cached_property
    def size(self) -> float:
        """Root mean square over points and outputs of the largest rate of change along a unit field."""
        slopes = self._slopes(self.data.values)
        size = float((slopes.square().sum((2, 3)).mean() * self.data.particles).sqrt())
        if not size > 0:
            raise DataError(f"{self.words} has no gradient at any of the points: any field is a symmetry of it.")
        return size

    def factor(self, features: Features, points: torch.Tensor) -> torch.Tensor:
        """R with |R c| the defect of the field of coefficients c (D K), at points (B, k, d); root mean over them."""
        qr = StreamingQR()
        for some in points.split(max(1, CHUNK // self.data.particles)):
            qr.push(self.rows(features, some))
        return qr.root_mean()

    def rows(self, features: Features, points: torch.Tensor) -> torch.Tensor:
        """The condition at points (B, k, d), relative to `size`, for the features in every component -> (B p, D K)."""
        psi = features.along(points.flatten(0, 1)[None])[0].unflatten(0, points.shape[:2])
        return torch.einsum("bqki,bkm->bqim", self._slopes(points), psi).flatten(2).flatten(0, 1) / self.size

    def moved(self, generators: Generators, place: int, scale: float, points: torch.Tensor) -> torch.Tensor:
        """Points (B, k, D) of the space, as `joint` gives them, by exp(s V) -> (B, k, D).

        Raises FlowError where points leave every bound.
        """
        return Flow(generators, step=STEP)(points, scale, place)

    def difference(self, moved: torch.Tensor, still: torch.Tensor) -> torch.Tensor:
        """Change of what is invariant from points to moved ones, (B, k, D) each -> (B, p), over its deviation.

        Gradients go through it.
        """
        return (self.target.function(moved) - self.target.function(still)) / self.deviation

    def _slopes(self, points: torch.Tensor) -> torch.Tensor:
        """Gradients at points (B, k, d) in units of the coordinates and of the outputs' deviations (B, p, k, d)."""
        slopes = self.target.gradients(points) * constant(self.data.space.scale, points)
        if not slopes.isfinite().all():
            raise DataError(f"The gradient of {self.words} is not finite at some points. Leave them out.")
        return slopes / self.deviation[:, None, None]

    def _columns(self, points: torch.Tensor) -> torch.Tensor:
        values = self.score(points)
        if values.shape[:1] != points.shape[:1] or values.ndim > 2:
            raise DataError(
                f"The score has the shape {tuple(values.shape)} for {len(points)} points. Give (B,) or (B, p)."
            )
        return values[:, None] if values.ndim == 1 else values


class Invariance(PointValidity):
    """Of a function: it stays as it is."""

    condition: ClassVar[Condition] = "invariance"

    def __init__(self, target: Target, data: PointSet, name: str | None = None) -> None:
        super().__init__(data)
        self._target, self._name = target, name
        self.outputs, self.surrogate = target.names, target.surrogate

    def score(self, points: torch.Tensor) -> torch.Tensor:
        """The function."""
        return self._target.function(points)

    @property
    def name(self) -> str:
        """That of the data, if none was given."""
        return self._name or self.data.source or self.condition

    @property
    def words(self) -> str:
        """Those of the function."""
        return self._target.words

    @cached_property
    def target(self) -> Target:
        """The function."""
        return self._target
