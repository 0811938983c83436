"""Monotone functions of a target: each has the target's symmetries, and one of them may be far easier to fit.

An invariant mass is the root of a quadratic form: its square is a polynomial.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch

TransformName = Literal["none", "square", "log"]
LARGEST_EXPONENT = 700.0


@dataclass(frozen=True)
class Transform:
    """A monotone function of the target and its inverse, elementwise."""

    name: TransformName
    words: str
    """With {} for the target's name."""
    forward: Callable[[torch.Tensor], torch.Tensor]
    backward: Callable[[torch.Tensor], torch.Tensor]
    """Of anything that a fit may predict."""


def _same(y: torch.Tensor) -> torch.Tensor:
    return y


NONE = Transform("none", "{}", _same, _same)
SQUARE = Transform("square", "{}^2", torch.square, lambda u: u.clamp_min(0).sqrt())
LOG = Transform("log", "log {}", torch.log, lambda u: u.clamp_max(LARGEST_EXPONENT).exp())


def transforms_for(values: torch.Tensor) -> tuple[Transform, ...]:
    """Those that are one to one on the values (n, p) of the target; several components have none but themselves."""
    if values.shape[1] > 1 or (values < 0).any():
        return (NONE,)
    return (NONE, SQUARE, LOG) if (values > 0).all() else (NONE, SQUARE)
