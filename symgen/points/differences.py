"""Gradients of functions that have none of their own, as those of numpy, by central differences of order six."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch.autograd.function import once_differentiable

from symgen.points.target import Function

WEIGHTS = {1: 3 / 4, 2: -3 / 20, 3: 1 / 60}
"""f'(x) = sum over j of w_j (f(x + j h) - f(x - j h)) / h, up to 36/7! h^6 f^(7)."""
STEPS = tuple(10.0**-e for e in range(1, 7))
"""Steps to choose from, in units of a coordinate's deviation."""


class Differentiated:
    """A function of tensors (B, k, d) -> (B, p) with gradients by differences."""

    def __init__(self, function: Function, steps: torch.Tensor):
        """`steps` (k, d) of the differences."""
        self._function, self._steps = function, steps

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Differentiable once."""
        result: torch.Tensor = _Differences.apply(x, self)
        return result

    @torch.no_grad()
    def values(self, x: torch.Tensor) -> torch.Tensor:
        """Without gradients."""
        return self._function(x)

    def jacobian(self, x: torch.Tensor) -> torch.Tensor:
        """(B, k, d) -> (B, p, k, d)."""
        columns = []
        for i in range(self._steps.numel()):
            h = self._steps.flatten()[i].item()
            unit = torch.zeros_like(self._steps).flatten()
            unit[i] = h
            moved = unit.view_as(self._steps).to(x.device)
            terms = [w * (self.values(x + j * moved) - self.values(x - j * moved)) for j, w in WEIGHTS.items()]
            columns.append(sum(terms[1:], terms[0]) / h)
        return torch.stack(columns, -1).unflatten(-1, self._steps.shape)


class _Differences(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: torch.Tensor, function: Differentiated) -> torch.Tensor:
        context.save_for_backward(x)
        context.function = function
        return function.values(x)

    @staticmethod
    @once_differentiable
    def backward(context: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        (x,) = context.saved_tensors
        return torch.einsum("bp,bpkd->bkd", gradient, context.function.jacobian(x)), None


def differentiated(function: Function, points: torch.Tensor, spread: torch.Tensor) -> tuple[Differentiated, float]:
    """The function with differences of the step that suits it, and their relative error.

    Steps are shares of `spread` (k, d), the deviations of the coordinates. Of two steps, one ten times the other, the
    larger leaves more of the higher derivatives and the smaller more of the rounding, so neither errs by more than
    about what they differ by. The pair that differs least at `points` (B, k, d) is taken, and of it the larger step.
    """
    ways = [Differentiated(function, share * spread) for share in STEPS]
    found = [way.jacobian(points) * spread for way in ways]
    apart = [_relative(one, other) for one, other in pairwise(found)]
    best = min(range(len(apart)), key=apart.__getitem__)
    return ways[best], apart[best]


def _relative(one: torch.Tensor, other: torch.Tensor) -> float:
    """Root mean square of the difference, over that of the larger."""
    size = torch.maximum(one.square().mean(), other.square().mean())
    if not size.isfinite():
        return float("inf")
    return ((one - other).square().mean() / size).sqrt().item() if size > 0 else 0.0
