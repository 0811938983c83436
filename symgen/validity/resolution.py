"""How well a condition tells symmetries from other fields."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Resolution:
    """Of what is judged on some points."""

    error: float
    """Relative: smaller defects are not told apart."""
    within: float = 3.0
    """Defects of so many times the error cannot be told from a symmetry's."""
    largest_error: float = 0.15
    """That beyond which nothing is called a symmetry."""
