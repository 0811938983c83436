"""Flow training on images: how far the features turn when images are moved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from symgen.discovery.flow_objective import Batch, Moved, Objective, draw_scales
from symgen.discovery.image_problem import ImageProblem
from symgen.discovery.image_settings import ImageFlowSettings
from symgen.discovery.losses import lipschitz_hinge, orthonormality, stopped_gram
from symgen.generators.held import HeldGenerators
from symgen.generators.network import NetworkGenerators
from symgen.image.fields import IMAGE_SPACE
from symgen.image.warp import moved_grids
from symgen.processes import rank_and_count

RITZ_IMAGES = 40
"""Images on which slots are compared to put them in order."""
CHECK_SCALE = 0.75  # of sigma
KEPT_NUMBERS = 3
"""Of every hidden unit for the backward pass: before and after its SiLU, and its gradient."""


class ImageObjective(Objective):
    """Angles between the features of training images and of their moved copies, in radians."""

    settings: ImageFlowSettings

    def __init__(self, problem: ImageProblem, settings: ImageFlowSettings) -> None:
        self.problem, self.settings, self.device = problem, settings, problem.device
        self.space, self.waves = IMAGE_SPACE, (False, False)
        self.points, self.weight = problem.points, problem.weight
        self.train = problem.data.train.images.to(self.device)
        height, width = problem.data.size
        units = KEPT_NUMBERS * (2 * settings.width + settings.head_width)
        flow = settings.count * settings.scales * height * width * 4 * settings.flow_steps * units * 4  # bytes
        fitting = min(settings.scales, math.ceil(flow / (settings.memory_limit * 5e8)))
        self.pieces = min(settings.batch, max(fitting, rank_and_count()[1]))

    def draw(self, random: torch.Generator, sigma: float) -> Batch:
        """Training images (B, 3, H, W) in [0, 1]; neighbours in the batch share their scales."""
        settings = self.settings
        chosen = torch.randint(len(self.train), (settings.batch,), generator=random)
        images = self.train[chosen.to(self.device)].float() / 255
        different = min(settings.scales, settings.batch)
        place = torch.arange(settings.batch) * different // settings.batch
        return Batch.of(images, draw_scales(settings, different, sigma, random)[:, place])

    def fixed(self) -> Batch:
        """Images of all classes, half of them moved forward and half backward, by as much for all."""
        images = self.problem.check
        signs = 1 - 2 * (torch.arange(len(images)) * 2 // len(images))
        size = CHECK_SCALE * self.settings.sigma
        return Batch.of(images, (size * signs.double()).expand(self.settings.count, -1))

    def regularisers(
        self, network: NetworkGenerators, batch: Batch, done: float = 0.0, random: torch.Generator | None = None
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """Orthonormality under the weight, and the Lipschitz hinge on the slopes between neighbouring pixels."""
        settings = self.settings
        network.norms = torch.ones_like(network.norms)
        values = self.values(network, self.points)
        assert self.weight is not None
        inner = values * self.weight.sqrt().to(values)[:, None]
        norms = inner.square().sum(-1).mean(-1).sqrt()
        gram = stopped_gram(inner / norms[:, None, None])
        overlap = orthonormality(gram, settings.orthonormality_form)
        grid = self.problem.grid
        unit = (values / norms[:, None, None]).unflatten(1, grid.shape[:2])
        hinge = lipschitz_hinge(unit, grid.to(unit), settings.lipschitz_bound)
        return {
            "orthonormality": settings.orthonormality_weight * overlap,
            "lipschitz": settings.lipschitz_weight * hinge,
        }, norms

    def moved(self, network: NetworkGenerators, batch: Batch, piece: int) -> Moved:
        """Every generator's copies of some of the images, moved."""
        settings = self.settings
        some = slice(*(len(batch.data) * k // self.pieces for k in (piece, piece + 1)))
        images, scales = batch.data[some], batch.scales[:, some].to(self.problem.grid)
        if not len(images):  # of the fixed batch, which can have fewer images than a batch has pieces
            return Moved(*torch.zeros(3, settings.count, dtype=torch.float64, device=self.device))
        runs = torch.unique_consecutive(batch.drawn[:, some], dim=1, return_counts=True)[1].tolist()
        different = torch.stack([run[:, 0] for run in scales.split(runs, 1)], 1)  # neighbours share their grids
        steps = max(1, math.ceil(batch.longest(some) / settings.sigma * settings.flow_steps - 1e-6))
        grids = moved_grids(HeldGenerators(network), self.problem.grid, different, steps)
        own = zip(grids.split(1, 1), runs, strict=True)
        shared = torch.cat([grid.expand(-1, images_of_it, -1, -1, -1) for grid, images_of_it in own], 1)
        scores = self.problem.validity.scores(images, shared)
        squares = (scores.detach() / scales).double().square().sum(1)
        return Moved(scores.sum(1).double(), squares, torch.zeros_like(squares))

    def combinations(self, network: NetworkGenerators) -> torch.Tensor:
        """The combinations whose features change least over differences at half of sigma."""
        spectrum = self.problem.solve(network, self.problem.images[:RITZ_IMAGES], 0.5 * self.settings.sigma)
        return spectrum.coefficients[:, 0]

    @property
    def identity(self) -> Mapping[str, Any]:
        """Data and extractor."""
        info = self.problem.extractor.info
        return {"sha256": self.problem.data.sha256, "extractor": info.model_dump(mode="json")}
