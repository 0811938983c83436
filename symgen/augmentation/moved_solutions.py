"""Moved copies of one sample of solutions, on its grid, and what of them is known."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import torch

from symgen.pde.solutions import Solutions

HALF = 0.5
"""Share of space that is known at a time that counts, where not all of it is."""


@dataclass(frozen=True)
class MovedSolutions:
    """C copies; times come first on the grid, where there are any."""

    values: torch.Tensor
    """(C, *grid, unknown); meaningless where they are not covered."""
    covered: torch.Tensor
    """(C, *grid): where the source lies in the stored window; along periodic axes everywhere or nowhere."""
    folded: torch.Tensor
    """(C,): copies that are no functions of the independent variables."""
    unfound: torch.Tensor
    """(C,): copies of which a value could not be found, somewhere in what is covered."""
    error: float
    """Estimated error of interpolation and flow, root mean square, over the deviation of an unknown; the largest."""

    def valid(self) -> torch.Tensor:
        """(C, 2): the longest run of times that are covered everywhere, as first index and the one after the last."""
        return longest_runs(self._shares() == 1)

    def known(self) -> torch.Tensor:
        """(C, 2): the longest run of times at which at least HALF of space is covered; `valid` where it is periodic."""
        return longest_runs(self._shares() >= HALF)

    def usable(self, least_times: int) -> torch.Tensor:
        """(C,): copies that are functions, found, and known at so many times in a row, on the CPU."""
        first, end = self.known().unbind(-1)
        return (end - first >= least_times) & ~(self.folded | self.unfound).cpu()

    def masked(self, outside: float = torch.nan) -> torch.Tensor:
        """The values, with NaN or another value where they are not covered."""
        return self.values.masked_fill(~self.covered[..., None], outside)

    def _shares(self) -> torch.Tensor:
        """(C, nt): of space that is covered."""
        return self.covered.flatten(2).double().mean(-1) if self.covered.ndim > 2 else self.covered.double()


def half_of_the_times(data: Solutions) -> int:
    """As many times as copies are to cover where nothing else is asked for."""
    return ceil(len(data.axes[0]) / 2)


def longest_runs(good: torch.Tensor) -> torch.Tensor:
    """(C, n) of booleans -> (C, 2): first index of the longest run, and the one after its last."""
    spans = []
    for row in good.cpu().tolist():
        best, first = (0, 0), 0
        for i, one in enumerate(row):
            if not one:
                first = i + 1
            elif i + 1 - first > best[1] - best[0]:
                best = first, i + 1
        spans.append(best)
    return torch.tensor(spans).reshape(-1, 2)
