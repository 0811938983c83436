"""What is differentiated: a function of points, given or fitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from symgen.generators.domains import SurrogateRecord

Function = Callable[[torch.Tensor], torch.Tensor]
"""From points (B, k, d) to (B, p), float64; gradients go through it."""
CHUNK = 4096


@dataclass(frozen=True)
class Target:
    """A function of k particles with d coordinates."""

    function: Function
    names: tuple[str, ...]
    """Of its p components."""
    words: str
    """What it is, for people: mass^2, fitted by a polynomial of degree 2."""
    error: float = 0.0
    """Relative: smaller defects are not told apart. 0 for gradients in float64, about 1e-6 for those in float32; what
    differences leave; of a fitted function its error on held-out points."""
    gradient_error: float | None = None
    """Relative error of the gradients of a fitted function, as far as fits to parts of the points show it."""
    surrogate: SurrogateRecord | None = None
    """How it was fitted, if it was."""

    @property
    def uncertainty(self) -> float:
        """The larger of the two errors."""
        return max(self.error, self.gradient_error or 0.0)

    @torch.no_grad()
    def values(self, points: torch.Tensor) -> torch.Tensor:
        """Points (B, k, d) -> (B, p), in pieces that fit into memory."""
        return torch.cat([self.function(some) for some in points.split(CHUNK)])

    def gradients(self, points: torch.Tensor) -> torch.Tensor:
        """Derivatives at points (B, k, d) -> (B, p, k, d)."""
        return torch.cat([self._gradients(some) for some in points.split(CHUNK)])

    def _gradients(self, points: torch.Tensor) -> torch.Tensor:
        with torch.enable_grad():
            own = points.detach().requires_grad_()
            values = self.function(own)
            last = values.shape[1] - 1
            columns = [
                torch.autograd.grad(values[:, q].sum(), own, retain_graph=q < last, materialize_grads=True)[0]
                for q in range(values.shape[1])
            ]
        return torch.stack(columns, 1).detach()
