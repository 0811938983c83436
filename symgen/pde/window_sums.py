"""Sums over windows of coefficients along several axes: interpolation on a grid of any dimension."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from symgen.pde.axis_windows import AxisWindows


def along(lines: torch.Tensor, dim: int, windows: AxisWindows, place: torch.Tensor) -> torch.Tensor:
    """Lines (R, ...) interpolated along one of their dimensions at places (R, points) -> (R, ...)."""
    table = windows.table(lines.movedim(dim, 0)).movedim(0, 1)  # (R, entries, ...)
    flat = table.reshape(table.shape[0] * table.shape[1], -1)
    first, weights = windows(place)
    base = first + torch.arange(len(lines), device=lines.device)[:, None] * table.shape[1]
    found = flat.new_zeros(base.numel(), flat.shape[1])
    for o in range(windows.width):
        found.addcmul_(weights[..., o].reshape(-1, 1), flat.index_select(0, (base + o).flatten()))
    return found.reshape(*base.shape, *table.shape[2:]).movedim(1, dim)


def laid_out(lines: torch.Tensor, axes: Sequence[AxisWindows]) -> torch.Tensor:
    """Lines (R, *grid, K) -> the coefficients of the product of all axes, (K, R, *entries)."""
    for place, windows in enumerate(axes, 1):
        lines = windows.table(lines.movedim(place, 0)).movedim(0, place)
    return lines.movedim(-1, 0).contiguous()


@dataclass(frozen=True)
class WindowSums:
    """Windows of a product of axes around P points, in one row of a table."""

    index: torch.Tensor
    """(P, W): where the runs of the last axis begin."""
    factors: torch.Tensor
    """(P, W): weights along the other axes."""
    last: torch.Tensor
    """(P, width): weights along the last axis."""

    @classmethod
    def around(cls, places: Sequence[torch.Tensor], axes: Sequence[AxisWindows], entries: Sequence[int]) -> WindowSums:
        """Around places, one (P,) for each axis, in rows of so many entries along each."""
        base = torch.zeros_like(places[0], dtype=torch.long)
        offsets, factors = base[:1] * 0, torch.ones_like(places[0])[:, None]
        *others, (last, at) = zip(axes, places, strict=True)
        for k, (windows, place) in enumerate(others):
            first, weights = windows(place)
            inner = math.prod(entries[k + 1 :])
            base = base + first * inner
            offsets = (offsets[:, None] + torch.arange(windows.width, device=base.device) * inner).flatten()
            factors = (factors[:, :, None] * weights[:, None]).flatten(1)
        first, weights = last(at)
        return cls((base + first)[:, None] + offsets, factors, weights)

    def of(self, table: torch.Tensor, row: torch.Tensor) -> torch.Tensor:
        """Sums (P, K) in rows (P,) of a table (K, R, *entries)."""
        index, width, found = self.index + (row * math.prod(table.shape[2:]))[:, None], self.last.shape[1], []
        for one in table:
            flat = one.flatten()
            blocks = flat.as_strided((len(flat) - width + 1, width), (1, 1))[index]  # (P, W, width)
            found.append(((blocks @ self.last[:, :, None])[..., 0] * self.factors).sum(1))
        return torch.stack(found, -1)
