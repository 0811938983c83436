"""What there is to doubt about simulated solutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symgen.catalog.simulate_system import SystemSimulationSettings

COARSE = 1e-5
"""Share of the energy near the grid's limit above which the data are under-resolved."""


def doubts(name: str, settings: Any, record: dict[str, Any]) -> list[str]:
    """That a grid is too coarse, and which samples failed; `record` is what the data say of their simulation."""
    found = []
    if record["resolution"] > COARSE:
        if isinstance(settings, SystemSimulationSettings):
            points, more = " x ".join(map(str, settings.points.values())), "more --points"
        else:
            points, more = settings.nx, "a larger --nx"
        found.append(f"{name} is not resolved on {points} points. Use {more} or smoother initial data.")
    if dropped := record["dropped"]:
        found.append(f"{len(dropped)} of {settings.n} samples failed and are left out: {listed(dropped)}.")
    return found


def listed(numbers: Sequence[int], limit: int = 8) -> str:
    """The first numbers."""
    return ", ".join(map(str, numbers[:limit])) + (", ..." if len(numbers) > limit else "")
