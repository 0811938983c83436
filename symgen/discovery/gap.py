"""How many symmetries a spectrum shows: exact, approximate and none, told apart by its gaps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["exact", "approximate", "none"]

ROUNDING = 1e-14
"""Validities below this share of the spectrum's largest are rounding: they count as equal."""


class Rule(BaseModel):
    """When a field is called a symmetry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accuracy: float
    """Validities below this count as equal: what the family can resolve."""
    exact_limit: float
    exact_gap: float | None
    """None where there are too few fields for gaps to mean anything: then the limits alone decide."""
    approximate_limit: float
    approximate_gap: float

    def __str__(self) -> str:
        if self.exact_gap is None:
            return (
                f"exact: validity up to {self.exact_limit:g}; approximate: up to {self.approximate_limit:g}; "
                "none: the rest"
            )
        within = f" (below {self.accuracy:g} all count as equal)" if self.accuracy else ""
        return (
            f"exact: validity up to {self.exact_limit:g} and before the largest gap, which is a factor of at least "
            f"{self.exact_gap:g}{within}; approximate: after them, validity up to {self.approximate_limit:g} and "
            f"before a gap of at least {self.approximate_gap:g}; none: the rest"
        )


SPECTRAL = Rule(accuracy=0, exact_limit=1e-3, exact_gap=100, approximate_limit=0.05, approximate_gap=10)
TRAINED = Rule(accuracy=1e-3, exact_limit=0.01, exact_gap=5, approximate_limit=0.05, approximate_gap=3)
"""For networks, which reach symmetries to about 1e-3."""
FLOW = Rule(accuracy=1e-3, exact_limit=0.02, exact_gap=None, approximate_limit=0.1, approximate_gap=1)
"""For a few trained fields that are all there is."""


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

    def status(self, place: int) -> Status:
        """Status of the field at a place of the spectrum, counted from 0."""
        if place < self.exact:
            return "exact"
        return "approximate" if place < self.exact + self.approximate else "none"


def find_gap(spectrum: Sequence[float], rule: Rule = SPECTRAL) -> Gap:
    """Judge ascending validities by a rule."""
    rounding = ROUNDING * max(spectrum)
    if rule.exact_gap is None:
        exact, nearly = (sum(v <= limit for v in spectrum) for limit in (rule.exact_limit, rule.approximate_limit))
        last, following = spectrum[max(exact - 1, 0)], spectrum[min(exact, len(spectrum) - 1)]
        ratio = following / max(last, rounding, 1e-300) if exact else 1.0
        return Gap(exact=exact, approximate=nearly - exact, ratio=ratio, rounding=rounding)
    values = [max(value, rounding, rule.accuracy, 1e-300) for value in spectrum]
    ratios = [after / before for before, after in pairwise(values)]
    exact, ratio = _largest(values, ratios, 0, rule.exact_limit)
    if ratio < rule.exact_gap:
        exact = 0
    last, next_ratio = _largest(values, ratios, exact, rule.approximate_limit)
    # a spectrum that rises from the exact without a gap tells nothing apart
    told_apart = exact > 0 or values[0] > rule.exact_limit
    approximate = last - exact if told_apart and next_ratio >= rule.approximate_gap else 0
    return Gap(exact=exact, approximate=approximate, ratio=ratio, rounding=rounding)


def _largest(values: Sequence[float], ratios: Sequence[float], start: int, limit: float) -> tuple[int, float]:
    """How many fields there are before the largest gap that follows a validity within the limit, and its factor."""
    places = [i for i in range(start, len(ratios)) if values[i] <= limit]
    if not places:
        return start, 1.0
    best = max(places, key=lambda i: ratios[i])
    return best + 1, ratios[best]
