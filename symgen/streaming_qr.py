"""Least squares over rows that arrive in blocks."""

from __future__ import annotations

import torch


class StreamingQR:
    """The triangular factor of a tall matrix that arrives in blocks of rows."""

    def __init__(self) -> None:
        self.factor: torch.Tensor | None = None
        self.rows = 0

    def push(self, block: torch.Tensor) -> None:
        """Append rows (P, K)."""
        self.rows += len(block)
        stacked = block if self.factor is None else torch.cat([self.factor, block])
        self.factor = torch.linalg.qr(stacked, mode="r").R if len(stacked) > stacked.shape[1] else stacked

    def root_mean(self) -> torch.Tensor:
        """R with R'R = (mean over all rows of row' row)."""
        if self.factor is None:
            raise ValueError("no rows were pushed")
        return self.factor / self.rows**0.5
