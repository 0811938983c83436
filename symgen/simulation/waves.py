"""How much of what is in random initial data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Waves:
    """Initial data: a sum of `count` sines with amplitudes in [-amplitude, amplitude] and random phases."""

    count: int = 10
    amplitude: float = 0.5
    lowest: int = 1
    highest: int = 2
