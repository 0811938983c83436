"""Runge and Kutta's method of fourth order with equal steps, in its 3/8 form.

Nothing is read back from the device on the way.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

THIRD = 1 / 3
Velocity = Callable[[torch.Tensor], torch.Tensor]


def in_equal_steps(velocity: Velocity, state: torch.Tensor, steps: int) -> torch.Tensor:
    """The state after unit time with that velocity (Hairer, Norsett and Wanner, table II.1.2)."""
    ends = torch.linspace(0, 1, steps + 1, dtype=state.dtype, device="cpu")
    for step in ends.diff().tolist():
        k1 = velocity(state)
        k2 = velocity(state + step * k1 * THIRD)
        k3 = velocity(state + step * (k2 - k1 * THIRD))
        k4 = velocity(state + step * (k1 - k2 + k3))
        state = state + (k1 + 3 * (k2 + k3) + k4) * step * 0.125
    return state
