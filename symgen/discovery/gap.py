"""How many symmetries a spectrum shows: exact, approximate and none, told apart by its gaps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["exact", "approximate", "none"]

ROUNDING = 1e-14
"""Validities below this share of the spectrum's largest are rounding: they count as equal."""
EXACT_LIMIT = 1e-3
EXACT_GAP = 100.0
APPROXIMATE_LIMIT = 5e-2
APPROXIMATE_GAP = 10.0

RULE = (
    f"exact: validity up to {EXACT_LIMIT:g} and before the largest gap, which is a factor of at least "
    f"{EXACT_GAP:g}; approximate: after them, validity up to {APPROXIMATE_LIMIT:g} and before a gap of at least "
    f"{APPROXIMATE_GAP:g}; none: the rest"
)


class Gap(BaseModel):
    """What the gaps of a spectrum say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    exact: int
    """Number of exact symmetries; 0 where there is no clear gap."""
    approximate: int
    """Number of approximate symmetries, right after the exact ones."""
    ratio: float
    """Factor across the largest gap."""
    rounding: float
    """Validity below which the spectrum is rounding."""

    @property
    def clear(self) -> bool:
        """Whether there is a gap that tells symmetries from other fields."""
        return self.exact > 0

    def status(self, place: int) -> Status:
        """Status of the field at a place of the spectrum, counted from 0."""
        if place < self.exact:
            return "exact"
        return "approximate" if place < self.exact + self.approximate else "none"


def find_gap(spectrum: Sequence[float]) -> Gap:
    """Judge ascending validities by `RULE`."""
    rounding = ROUNDING * max(spectrum)
    values = [max(value, rounding, 1e-300) for value in spectrum]
    ratios = [after / before for before, after in pairwise(values)]
    exact, ratio = _largest(values, ratios, 0, EXACT_LIMIT)
    if ratio < EXACT_GAP:
        exact = 0
    last, next_ratio = _largest(values, ratios, exact, APPROXIMATE_LIMIT)
    approximate = last - exact if next_ratio >= APPROXIMATE_GAP else 0
    return Gap(exact=exact, approximate=approximate, ratio=ratio, rounding=rounding)


def _largest(values: Sequence[float], ratios: Sequence[float], start: int, limit: float) -> tuple[int, float]:
    """The number of fields before the largest gap that follows a validity within the limit, and its factor."""
    places = [i for i in range(start, len(ratios)) if values[i] <= limit]
    if not places:
        return start, 1.0
    best = max(places, key=lambda i: ratios[i])
    return best + 1, ratios[best]
