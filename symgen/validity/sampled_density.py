"""Invariance of the density that points are samples of, without knowing it.

p is invariant under V iff the mean of V . grad g over p is 0 for all functions g (integrate div(p V) g = 0 by parts):
Stein's identity in reverse. The means are taken over the points, for waves g of many lengths and directions, so that no
density is fitted, whose own symmetries would be found instead: a Gaussian fit has rotations whatever the points are.
"""

from __future__ import annotations

import math
from functools import cached_property

import torch
from scipy.special import gammaincinv

from symgen.constants import constant
from symgen.exceptions import DataError
from symgen.generators.features import Features
from symgen.points.point_set import PointSet
from symgen.points.target import CHUNK, Target
from symgen.validity.points import PointValidity
from symgen.validity.resolution import Resolution

WAVES = 256
"""Test functions at least, and for every unknown WAVES_PER_UNKNOWN."""
WAVES_PER_UNKNOWN = 4
LENGTHS = (0.5, 0.8, 1.3, 2.0, 3.0)
"""Of waves over 2 pi, in units of the points' deviations."""
HEAVY = 2.0
"""Deviation, over half the width of the middle two thirds, of coordinates with heavy tails."""
FIELDS = 8
"""Random ones, whose means say how uncertain all are."""
LARGEST_SAMPLE = 4096
"""Points that covariances are estimated on."""
CUBE = 16384
"""Points of a cube whose rotations are to be refuted by as many points as there are."""
SURELY = 0.85
BY_CHANCE = 1e-3
"""How often the means of a true symmetry may look like those of none."""


def _half_width(flat: torch.Tensor) -> torch.Tensor:
    """Of the middle two thirds of numbers (n, m): a normal distribution's deviation -> (m,)."""
    ordered, n = flat.sort(dim=0).values, len(flat)
    return (ordered[int(0.8413 * (n - 1))] - ordered[int(0.1587 * (n - 1))]) / 2


class SampledDensity(PointValidity):
    """Of the density of the points themselves."""

    share_held_out = 0.5
    condition = "density"
    outputs = ()

    def __init__(self, data: PointSet, name: str | None = None, seed: int = 0) -> None:
        super().__init__(data)
        self._name, self.seed = name, seed
        flat = data.values.flatten(1)
        self.middle, self.spread = flat.mean(0), flat.std(0, correction=0)
        if not (self.spread > 0).all():
            raise DataError("A coordinate of one particle is constant over all the points. Leave it out.")
        # waves as long as a few points are far away would not see how the others lie
        middle, spread = flat.median(0).values, _half_width(flat)
        heavy = (spread > 0) & (self.spread > HEAVY * spread)
        self.middle = torch.where(heavy, middle, self.middle)
        self.spread = torch.where(heavy, spread, self.spread)

    @property
    def name(self) -> str:
        """That of the data."""
        return self._name or self.data.source or "density"

    @property
    def words(self) -> str:
        """What is invariant."""
        return f"the density of the {self.data.count} points"

    def score(self, points: torch.Tensor) -> torch.Tensor:
        """There is none of a single point."""
        raise NotImplementedError("a sampled density has no score at a point")

    @cached_property
    def target(self) -> Target:
        """There is none: nothing is fitted."""
        raise NotImplementedError("a sampled density has no function")

    def values(self, points: torch.Tensor) -> torch.Tensor:
        """Nothing (B, 0)."""
        return points.new_zeros(len(points), 0)

    @cached_property
    def waves(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Wave vectors (M, k d), in units of the deviations, and phases (M,)."""
        unknowns = self.data.dimension * (self.data.dimension + 1)
        count = max(WAVES, WAVES_PER_UNKNOWN * unknowns)
        draw = torch.Generator().manual_seed(self.seed)
        shape = count, self.data.particles * self.data.dimension
        vectors = torch.randn(shape, generator=draw, dtype=torch.float64)
        lengths = torch.tensor(LENGTHS, dtype=torch.float64).repeat(math.ceil(count / len(LENGTHS)))[:count]
        phases = 2 * math.pi * torch.rand(count, generator=draw, dtype=torch.float64)
        # a wave of unit length along one coordinate, whatever their number
        vectors = vectors / (lengths * shape[1] ** 0.5)[:, None] * 2
        return vectors.to(self.data.values), phases.to(self.data.values)

    def slopes(self, points: torch.Tensor) -> torch.Tensor:
        """Gradients of the waves at points (B, k, d) in units of the coordinates, of unit size each (B, M, k, d)."""
        vectors, phases = self.waves
        # sqrt(2): the mean square of a sine is a half
        sines = math.sqrt(2) * torch.sin(self._normalised(points) @ vectors.T + phases)
        unit = vectors / torch.linalg.vector_norm(vectors, dim=1, keepdim=True)
        scale = constant(self.space.scale, points) / self.spread.unflatten(0, points.shape[1:])
        return sines[..., None, None] * (unit.unflatten(1, points.shape[1:]) * scale) / points.shape[1] ** 0.5

    def factor(self, features: Features, points: torch.Tensor) -> torch.Tensor:
        """The means for every wave (M, d K), as a root mean over the waves."""
        parts = []
        for some in points.split(max(1, CHUNK // (4 * points.shape[1]))):
            psi = features.along(some.flatten(0, 1)[None])[0].unflatten(0, some.shape[:2])
            parts.append(torch.einsum("bqki,bkm->qim", self.slopes(some), psi))
        total = torch.stack(parts).sum(0)
        return (total / len(points)).flatten(1) / len(total) ** 0.5

    def resolution(self, fit: torch.Tensor, held_out: torch.Tensor) -> Resolution:
        """Standard error of the means for random linear unit fields, and what these may be by chance.

        Fields are off by as much from the points that they were fitted to, and judged on means as uncertain: both
        count, root mean square over the waves.
        """
        fitted, judged = self._covariance(fit), self._covariance(held_out)
        error = float(fitted.diagonal().mean() + judged.diagonal().mean()) ** 0.5
        within = _by_chance(judged)
        cube = self._cube(held_out)
        return Resolution(error, within) if cube is None else Resolution(error, within, SURELY * cube / within)

    def _cube(self, like: torch.Tensor) -> float | None:
        """Root mean square of the means for a rotation of a cube, as long and wide in all coordinates as the points.

        What could not tell it from a ball tells nothing. None for one coordinate, in which nothing turns.
        """
        k, d = like.shape[1:]
        if d < 2:
            return None
        draw = torch.Generator().manual_seed(self.seed)
        middle, half = self.middle.unflatten(0, (k, d)), 3**0.5 * self.spread.unflatten(0, (k, d))
        cube = middle + half * (2 * torch.rand(CUBE, k, d, generator=draw, dtype=torch.float64).to(like) - 1)
        across = (cube - middle) / self.spread.unflatten(0, (k, d))
        rotation = torch.zeros_like(cube)
        rotation[..., 0], rotation[..., 1] = -across[..., 1], across[..., 0]
        rotation = rotation / rotation.square().sum(-1).mean().sqrt()
        means = torch.cat(
            [
                torch.einsum("bqki,bki->bq", self.slopes(some), field)
                for some, field in zip(cube.split(CHUNK // 4), rotation.split(CHUNK // 4), strict=True)
            ]
        ).mean(0)
        return float(means.square().mean().sqrt())

    def _covariance(self, points: torch.Tensor) -> torch.Tensor:
        """Of the means for every wave (M, M), averaged over random linear unit fields."""
        draw = torch.Generator().manual_seed(self.seed)
        d = self.data.dimension
        matrices = torch.randn(FIELDS, d, d, generator=draw, dtype=torch.float64).to(points)
        scale, origin = constant(self.space.scale, points), constant(self.space.origin, points)
        chosen = points[:LARGEST_SAMPLE]
        fields = torch.einsum("nij,bkj->nbki", matrices, (chosen - origin) / scale)
        fields = fields / fields.square().sum(-1).mean((1, 2)).sqrt()[:, None, None, None]
        slopes = self.slopes(chosen)
        total = torch.zeros(slopes.shape[1], slopes.shape[1]).to(points)
        for field in fields:
            each = torch.einsum("bqki,bki->bq", slopes, field)
            each = each - each.mean(0)
            total += each.T @ each / len(chosen)
        return total / FIELDS / len(points)

    def difference(self, moved: torch.Tensor, still: torch.Tensor) -> torch.Tensor:
        """Change of the waves' means, over the deviations of the waves (1, M)."""
        vectors, phases = self.waves
        first, second = (torch.cos(self._normalised(p) @ vectors.T + phases) for p in (moved, still))
        return (first.mean(0) - second.mean(0))[None] / second.std(0, correction=0)

    def _normalised(self, points: torch.Tensor) -> torch.Tensor:
        return (points.flatten(1) - self.middle) / self.spread


def _by_chance(covariance: torch.Tensor) -> float:
    """Root mean square over the waves that means with a covariance (M, M) have by chance, in standard errors; once in a
    thousand.

    Waves are not independent: mean squares of correlated normal numbers are spread as those of tr(C)^2 / tr(C^2)
    independent ones (Satterthwaite 1946).
    """
    free = float(covariance.trace().square() / covariance.square().sum())
    return (2 * float(gammaincinv(free / 2, 1 - BY_CHANCE)) / free) ** 0.5
