"""Augmented trajectories: on the fly for training, or all at once."""

from __future__ import annotations

import torch
from torch.utils.data import Dataset

from symgen.augmentation.mover import GRID, Resampling, TrajectoryMover, require_scale
from symgen.exceptions import DataError
from symgen.generators.base import Generators
from symgen.pde.equation import Equation
from symgen.pde.trajectories import Trajectories
from symgen.words import numbered

LEAST_TIMES = 60
"""Copies that cover fewer times are rejected."""
ATTEMPTS = 20


class AugmentedTrajectories(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Trajectories that are moved anew every time they are asked for.

    Item i is (u, valid): u (nt, nx) is trajectory i, with probability `original` as it is, else moved by
    sum_a c_a V_a with coefficients uniform in +-scale; valid (2,) is the range of times that it covers, as first index
    and the one after the last (u is NaN outside). Random numbers are torch's own, so that the workers of a DataLoader
    draw different ones. Ko, Kim and Lee (2024) have scale 0.1 in units of unit fields, and 1/2.

    Raises UsageError for a scale or a probability that cannot be, DataError where data have fewer than `least_times`
    times, and for generators that carry data off their grid, see `Selection.without_shifting_period`.
    """

    def __init__(
        self,
        data: Trajectories,
        generators: Generators,
        equation: Equation | None = None,
        scale: float = 0.1,
        original: float = 0.5,
        resampling: Resampling = "exact",
        least_times: int = LEAST_TIMES,
        device: str | torch.device = "cpu",
    ) -> None:
        require_scale(scale, original)
        require_times(len(data.t), least_times)
        self.mover = TrajectoryMover(data, generators, equation, resampling, device)
        if self.mover.rates.any():  # an item has no grid of its own
            raise DataError(f"Some generators change the period in x, so that what they move leaves {GRID}")
        self.scale, self.original, self.least_times = scale, original, least_times

    def __len__(self) -> int:
        return len(self.mover.data)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        """(u, valid); raises DataError where no copy covers enough times, as with too large a scale."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"there are {len(self)} trajectories, none with the index {index}")
        sample, mover = index % len(self), self.mover
        if float(torch.rand(())) < self.original:
            u = mover.interpolant(sample).u.clone()
            return u, torch.tensor([0, len(u)])
        for _ in range(ATTEMPTS):
            weights = self.scale * (2 * torch.rand(1, mover.generators.count, dtype=torch.float64) - 1)
            moved = mover(sample, weights)
            if moved.usable(self.least_times)[0]:
                first, end = moved.valid()[0].tolist()
                return only_valid(moved.u[0], first, end), torch.tensor([first, end])
        raise DataError(
            f"{ATTEMPTS} moved copies of trajectory {sample} in a row are folded, not found or cover fewer "
            f"than {self.least_times} times. Use a smaller scale."
        )


def only_valid(u: torch.Tensor, first: int, end: int, outside: float = torch.nan) -> torch.Tensor:
    """u (nt, nx) with NaN, or another value, at the times outside of the valid range."""
    result = torch.full_like(u, outside)
    result[first:end] = u[first:end]
    return result


def require_copies(kept: int, too_short: int, folded: int, unfound: int, least_times: int) -> None:
    """Raise DataError where no copy is left, with why the others were rejected."""
    if kept:
        return
    reasons = {
        f"cover fewer than {least_times} times": too_short,
        "are folded": folded,
        "have values that could not be found": unfound,
    }
    told = ", ".join(f"{count} {why}" for why, count in reasons.items() if count)
    raise DataError(
        f"No moved copy is left, and nothing is written: of {too_short + folded + unfound} copies {told}. "
        "Use a smaller --scale" + (" or fewer --min-times." if too_short else ".")
    )


def require_times(times: int, least_times: int) -> None:
    """Raise DataError for data that have too few times from the start."""
    if times < least_times:
        raise DataError(
            f"The data have {numbered(times, 'time')}, so that no copy can cover {least_times}. "
            "Ask for fewer (--min-times)."
        )
