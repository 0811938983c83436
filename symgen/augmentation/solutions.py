"""Augmented solutions of systems on the fly, for training."""

from __future__ import annotations

import torch
from torch.utils.data import Dataset

from symgen.augmentation.moved_solutions import half_of_the_times
from symgen.augmentation.mover import require_scale
from symgen.augmentation.solution_mover import SolutionMover
from symgen.augmentation.trajectories import ATTEMPTS
from symgen.equations.system import System
from symgen.exceptions import DataError
from symgen.generators.base import Generators
from symgen.pde.solutions import Solutions
from symgen.words import numbered


class AugmentedSolutions(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Solutions of any number of variables that are moved anew every time they are asked for.

    Item i is (values, covered): values (*grid, unknown) is sample i, with probability `original` as it is, else moved
    by sum_a c_a V_a with coefficients uniform in +-scale; covered (*grid) says where it is known (values are NaN
    elsewhere). Random numbers are torch's own, so that the workers of a DataLoader draw different ones. Copies that
    cover fewer than `least_times` times (at least half of space at each) are drawn anew; by default half of the times.

    Raises UsageError for a scale or a probability that cannot be, DataError where data have fewer times than that, and
    for generators that change a period of the data.
    """

    def __init__(
        self,
        data: Solutions,
        generators: Generators,
        system: System | None = None,
        scale: float = 0.1,
        original: float = 0.5,
        least_times: int | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        require_scale(scale, original)
        self.least_times = half_of_the_times(data) if least_times is None else least_times
        if len(data.axes[0]) < self.least_times:
            raise DataError(
                f"The data have {numbered(len(data.axes[0]), 'time')}, so that no copy can cover {self.least_times}."
            )
        self.mover = SolutionMover(data, generators, system, device)
        self.scale, self.original = scale, original

    def __len__(self) -> int:
        return len(self.mover.data)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        """(values, covered); raises DataError where no copy covers enough times, as with too large a scale."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"there are {len(self)} solutions, none with the index {index}")
        sample, mover = index % len(self), self.mover
        if float(torch.rand(())) < self.original:
            values = mover.interpolant(sample).values.clone()
            return values, torch.ones(values.shape[:-1], dtype=torch.bool, device=values.device)
        for _ in range(ATTEMPTS):
            weights = self.scale * (2 * torch.rand(1, mover.generators.count, dtype=torch.float64) - 1)
            moved = mover(sample, weights)
            if moved.usable(self.least_times)[0]:
                return moved.masked()[0], moved.covered[0]
        raise DataError(
            f"{ATTEMPTS} moved copies of solution {sample} in a row are folded, not found or cover fewer than "
            f"{self.least_times} times. Use a smaller scale."
        )
