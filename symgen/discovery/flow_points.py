"""Flow training on points: what changes of what is to stay as it is, when points are moved at finite scale."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any

import torch

from symgen.constants import constant
from symgen.discovery.condition import Family
from symgen.discovery.flow_objective import Batch, Moved, Objective, draw_scales
from symgen.discovery.last_layers import LastLayers
from symgen.discovery.losses import lipschitz_hinge, orthonormality, stopped_gram
from symgen.discovery.point_problem import PointProblem
from symgen.discovery.point_settings import PointFlowSettings
from symgen.discovery.spectral import Spectrum
from symgen.flow import move_each
from symgen.generators.base import Generators
from symgen.generators.network import HiddenUnits, NetworkGenerators
from symgen.generators.split import SplitGenerators, merged
from symgen.validity.density import Density, WithVolume
from symgen.validity.sampled_density import SampledDensity

INNER_POINTS = 1024
"""Points over which norms and overlaps are taken in every step."""
HINGED, NEIGHBOURS = 512, 2
"""How many of these the Lipschitz hinge compares with how many others."""
RITZ_POINTS = 2048
TOGETHER = 1024
"""Points in a step at least, where only all of them together tell something."""
CHECKED = 4
"""Times as many points as in a step are what the best weights are chosen by."""
CHECK_SCALE = 0.5  # of sigma
ROWS_PER_UNKNOWN = 1
"""Last layers are solved for from so many conditions at least: fewer are met by any field."""


class PointObjective(Objective):
    """|f(theta_s z) - f(z)|, of functions whose values move |f(theta_s z) - theta_s f(z)|, of densities the change of
    log p with that of the volume: per unit of scale, relative to the rate along unit fields of any direction.
    """

    settings: PointFlowSettings

    def __init__(self, problem: PointProblem, settings: PointFlowSettings) -> None:
        self.problem, self.settings, self.validity = problem, settings, problem.validity
        self.space, self.waves = problem.space, (False,) * problem.space.dimension
        self.device = problem.fit.device
        self.joint = self.validity.joint(problem.fit)
        """(N, k, D): points in the coordinates of the space."""
        draw = torch.Generator().manual_seed(settings.seed)
        flat = self.joint.flatten(0, 1)
        self.points = flat[torch.randperm(len(flat), generator=draw)[:INNER_POINTS].to(self.device)]
        self.pairs = neighbours(self.points / self.points.new_tensor(self.space.scale), self.points)
        self.together = isinstance(self.validity, SampledDensity)
        self.size = 1.0 if self.together else self.validity.size
        self.own = self.validity.data.dimension
        """Coordinates of a particle: those after them are values of the function, which have fields of their own."""
        self.bound = settings.lipschitz_bound
        self.pieces = 1

    @torch.no_grad()
    def admit(self, generators: Generators) -> None:
        """Let fields be as steep as these unit fields are."""
        fields = self.space.normalise_fields(generators(self.pairs.flatten(0, 1))).unflatten(1, self.pairs.shape[:2])
        change = torch.linalg.vector_norm(fields.diff(dim=2), dim=-1)
        distance = torch.linalg.vector_norm(self.space.normalise_fields(self.pairs).diff(dim=1), dim=-1)
        self.bound = max(self.bound, float((change / distance).max()))

    def draw(self, random: torch.Generator, sigma: float) -> Batch:
        """Points (B, k, D), each moved by its own scales; of a sampled density all by the same."""
        return self._drawn(random, sigma, self.settings.batch)

    def fixed(self) -> Batch:
        """More of them, moved by less."""
        random = torch.Generator().manual_seed(self.settings.seed + 1)
        return self._drawn(random, CHECK_SCALE * self.settings.sigma, CHECKED * self.settings.batch)

    def regularisers(
        self, network: NetworkGenerators, batch: Batch, done: float = 0.0, random: torch.Generator | None = None
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """Orthonormality, and the Lipschitz hinge on neighbouring points."""
        settings = self.settings
        network.norms = torch.ones_like(network.norms)
        inner = self.weighted(network)
        norms = inner.square().sum(-1).mean(-1).sqrt()
        overlap = orthonormality(stopped_gram(inner / norms[:, None, None]), settings.orthonormality_form)
        losses = {"orthonormality": settings.orthonormality_weight * overlap}
        unit = self.values(network, self.pairs) / norms.reshape(-1, 1, 1, 1)
        places = self.space.normalise_fields(self.pairs).to(unit)  # a difference of points is a vector, too
        hinge = lipschitz_hinge(unit, places, self.bound, axes=1)
        return losses | {"lipschitz": settings.lipschitz_weight * hinge}, norms

    def moved(self, network: NetworkGenerators, batch: Batch, piece: int) -> Moved:
        """Every generator's copies of all points of the batch."""
        settings, scales = self.settings, batch.scales
        rates = self._changes(network, batch) / constant((self.size,), scales)[0]
        if self.together:
            rates = rates / scales[:, :1, None]
            squares = rates.square().mean((1, 2))[:, None].expand(scales.shape)
        else:
            squares = rates.square().mean(2) / scales.square()
        folds = ~squares.isfinite()
        squares = torch.where(folds, 0, squares)
        mean = squares.sum(1) / (~folds).sum(1).clamp_min(1)
        loss = mean if settings.loss == "squared" else 0.5 * (mean + settings.floor**2).log()
        # as a sum over points, of which every step has as many
        share = settings.batch / scales.shape[1]
        return Moved(loss * settings.batch, squares.detach().sum(1) * share, folds.sum(1).to(loss) * share)

    def combinations(self, network: NetworkGenerators) -> torch.Tensor:
        """The combinations along which what is judged changes least, at the rate of s = 0."""
        whole = self.whole(network)
        return self.solve(Family(whole.heads, whole.coefficients)).coefficients[:, 0]

    def solved(self, network: NetworkGenerators) -> NetworkGenerators | None:
        """With the last layers of least rate of change, where there are points enough to tell."""
        if not self.settings.solving:
            return None
        whole = self.whole(network)
        units = HiddenUnits(whole.heads)
        family = LastLayers(units, self._apart(whole))
        unknowns = self.space.dimension * units.size if family.span is None else len(family.span)
        rows = min(len(self.problem.fit), RITZ_POINTS) * max(1, len(self.validity.outputs))
        if rows < ROWS_PER_UNKNOWN * unknowns and not self.together:
            return None
        found = family.fields(self.solve(family).coefficients[: network.count])
        return NetworkGenerators(network.space, whole.heads.combined(found))

    def solve(self, family: Family) -> Spectrum:
        """All orthonormal fields of a family, those that meet the condition best first."""
        some = slice(None) if self.together else slice(RITZ_POINTS)
        with torch.no_grad():
            rows = self.validity.factor(family.features, self.problem.fit[some])
            values = family.features.along(self.joint[some].flatten(0, 1)[None])[0]
            matrix, features = family.restricted(rows, values)
            return family.solve(matrix, torch.linalg.qr(features / len(features) ** 0.5, mode="r").R)

    def values(self, network: NetworkGenerators, points: torch.Tensor) -> torch.Tensor:
        """Fields at points (..., D), in normalised coordinates (n, ..., D)."""
        flat = points.reshape(-1, points.shape[-1]).to(next(network.parameters()).dtype)
        return self.space.normalise_fields(self.fields(network)(flat)).unflatten(1, points.shape[:-1])

    def fields(self, network: NetworkGenerators) -> Generators:
        """What a network stands for: under equivariance fields on points and on values, each of its own alone."""
        already = network.heads.trunk.shape.width != self.settings.width  # merged, or solved
        if self.own == self.space.dimension or already:
            return network
        return SplitGenerators(network, self.own)

    def whole(self, network: NetworkGenerators) -> NetworkGenerators:
        """The same as one network."""
        apart = isinstance(self.fields(network), SplitGenerators)
        return merged(network, self.own) if apart else network

    @property
    def identity(self) -> Mapping[str, Any]:
        """What is judged, as far as it can be known, points and space."""
        digest = hashlib.sha256(self.validity.data.values.cpu().numpy().tobytes()).hexdigest()
        return {
            "condition": self.validity.condition,
            "words": self.validity.words,
            "size": float(f"{self.size:.9g}"),
            "points": digest,
            "space": self.space.model_dump(mode="json"),
        }

    def _drawn(self, random: torch.Generator, sigma: float, batch: int) -> Batch:
        count = max(batch, TOGETHER) if self.together else batch
        picked = torch.randint(len(self.joint), (count,), generator=random).to(self.device)
        scales = draw_scales(self.settings, 1 if self.together else count, sigma, random)
        return Batch.of(self.joint[picked], scales.expand(-1, count))

    def _changes(self, network: NetworkGenerators, batch: Batch) -> torch.Tensor:
        """Of every generator's copies, (n, B, p), or (n, 1, p) where all points together are judged."""
        still, scales, validity = batch.data, batch.scales, self.validity
        sigma = self.settings.sigma
        steps = max(1, math.ceil(batch.longest() / sigma * self.settings.flow_steps - 1e-9))
        fields, start = self.fields(network), still
        if isinstance(validity, Density):
            fields, start = WithVolume(fields), torch.cat([still, torch.zeros_like(still[..., :1])], -1)
        copies = start.flatten(0, 1).expand(len(scales), -1, -1)
        moved = move_each(fields, copies, scales.repeat_interleave(still.shape[1], 1), steps)
        return torch.stack([validity.difference(copy, still) for copy in moved.unflatten(1, still.shape[:2])])

    def _apart(self, network: NetworkGenerators) -> torch.Tensor | None:
        """Of equivariance: hidden units that components may have, as fields (n, D, K); None for all."""
        if self.own == self.space.dimension:
            return None
        count, width = network.heads.shape.count, network.heads.shape.width
        first = torch.arange(width, device=self.device).repeat(count) < width // 2
        constant = first.new_ones(1)
        rows = [torch.cat([first if i < self.own else ~first, constant]) for i in range(self.space.dimension)]
        allowed = torch.stack(rows)
        units = torch.eye(allowed.numel(), dtype=torch.float64, device=self.device)
        return units[allowed.flatten()].unflatten(1, allowed.shape)


def neighbours(normalised: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """Pairs (Q, 2, d) of points (P, d) that are close, but not the same, in normalised coordinates."""
    exactly = "donot_use_mm_for_euclid_dist"  # products would leave a distance of rounding to the point itself
    distances = torch.cdist(normalised, normalised, compute_mode=exactly)
    distances = torch.where(distances > 0, distances, math.inf)
    found = distances[:HINGED].topk(min(NEIGHBOURS, len(points) - 1), largest=False)
    first, rank = found.values.isfinite().nonzero().unbind(1)
    return torch.stack([points[first], points[found.indices[first, rank]]], 1)
