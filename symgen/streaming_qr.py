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
        self._stack(block)
        self.rows += len(block)

    def add(self, other: StreamingQR) -> None:
        """Append the rows that another factor stands for."""
        if other.factor is not None:
            self._stack(other.factor)
            self.rows += other.rows

    def to(self, device: str | torch.device) -> StreamingQR:
        """The same on another device, without what autograd knows of it."""
        moved = StreamingQR()
        moved.rows = self.rows
        moved.factor = None if self.factor is None else self.factor.detach().to(device)
        return moved

    def _stack(self, block: torch.Tensor) -> None:
        stacked = block if self.factor is None else torch.cat([self.factor, block])
        self.factor = torch.linalg.qr(stacked, mode="r").R if len(stacked) > stacked.shape[1] else stacked

    def root_mean(self) -> torch.Tensor:
        """R with R'R = (mean over all rows of row' row), and with a diagonal that is not negative: of the signs that
        remain free none depends on the blocks then, nor do those of singular vectors.
        """
        if self.factor is None:
            raise ValueError("no rows were pushed")
        rows = self.factor / self.rows**0.5
        return rows * torch.where(rows.diagonal() < 0, -1.0, 1.0)[:, None] if len(rows) == rows.shape[1] else rows
