"""Generator networks whose last layer is solved, not trained (variable projection, Golub and Pereyra 1973).

The fields are linear in the trunk's features, so for any trunk the best orthonormal ones follow from the
eigenproblem. What is trained is the trunk, on the sum of the logarithms of the n least squared defects.
"""

from __future__ import annotations

import torch

from symgen.discovery.condition import Condition
from symgen.discovery.problem import Problem, Progress
from symgen.discovery.settings import SystemNetworkSettings
from symgen.exceptions import TrainingError
from symgen.generators.network import Trunk, TrunkShape

SAMPLE_POINTS = 16384
SMALLEST = 1e-9
"""Singular values below this are rounding; they have no useful gradient."""


def train_trunk(
    problem: Problem, shape: TrunkShape, settings: SystemNetworkSettings, progress: Progress | None = None
) -> Trunk:
    """A trunk in whose features the symmetries of the problem can be written."""
    draw = torch.Generator().manual_seed(settings.seed)
    trunk = Trunk(problem.space, shape, draw).to(problem.device)
    sample = problem.jets(SAMPLE_POINTS)
    size = problem.own.size
    optimiser = torch.optim.Adam(trunk.parameters(), lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.learning_rate, settings.steps)
    for step in range(settings.steps):
        chosen = torch.randint(len(sample.points), (settings.batch,), generator=draw).to(problem.device)
        part = sample.at(chosen)
        rows = Condition(problem.validity, problem.space, part, size).of_features(trunk)
        try:
            defects = least_defects(rows, trunk.along(part.points[None])[0], settings.trained)
        except torch.linalg.LinAlgError as error:
            raise TrainingError(
                f"Training the trunk broke down at step {step}: its features are not finite, or not independent. Lower "
                "the learning rate, or take fewer features."
            ) from error
        loss = defects.clamp_min(SMALLEST).log().sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if progress:
            progress(step + 1, settings.steps)
    return trunk


def least_defects(residuals: torch.Tensor, values: torch.Tensor, count: int) -> torch.Tensor:
    """The `count` least defects of orthonormal fields in the features, descending, with a stable gradient.

    `residuals` (R P, d K) of R equations, `values` (P, K). Singular values alone are differentiated: a gradient
    through singular vectors would divide by the distances between the values.
    """
    triangular = torch.linalg.qr(values / len(values) ** 0.5).R
    blocks = (residuals / len(residuals) ** 0.5).reshape(len(residuals), -1, values.shape[1]).transpose(0, 1)
    whitened = torch.linalg.solve_triangular(triangular, blocks, upper=True, left=False)
    return torch.linalg.svdvals(whitened.transpose(0, 1).flatten(1))[-count:]
