"""How many symmetries a spectrum shows: exact, approximate and none, told apart by its gaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["exact", "approximate", "none"]

ROUNDING = 2e-15
"""Defects below this share of the spectrum's largest are rounding: they count as equal."""


LARGEST_ROUNDING = 1e-9
SURE = 100.0
"""Factor after fields at rounding that makes them exact, whatever else the family resolves."""
STEP = 10.0
"""Largest factor between neighbours that are both rounding."""


class Rule(BaseModel):
    """When a field is called a symmetry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accuracy: float
    """Defects below this count as equal: what the family can resolve."""
    exact_limit: float
    exact_gap: float | None
    """None where there are too few fields for gaps to mean anything: then the limits alone decide."""
    approximate_limit: float
    approximate_gap: float
    certain: float | None = None
    """Larger defects are exact only where a library of higher degrees makes them smaller: then they are what a
    truncated series leaves. None where there is no such library."""

    def __str__(self) -> str:
        if self.exact_gap is None:
            return (
                f"exact: defect up to {self.exact_limit:g}; approximate: up to {self.approximate_limit:g}; "
                "none: the rest"
            )
        converging = " (above rounding only where higher degrees make it smaller)" if self.certain is not None else ""
        within = f" (below {self.accuracy:g} all count as equal, but for rounding)" if self.accuracy else ""
        return (
            f"exact: defect up to {self.exact_limit:g} and before the largest gap, which is a factor of at least "
            f"{self.exact_gap:g}{within}{converging}; approximate: after them, defect up to "
            f"{self.approximate_limit:g} and "
            f"before a gap of at least {self.approximate_gap:g}; none: the rest"
        )


SPECTRAL = Rule(accuracy=0, exact_limit=1e-3, exact_gap=100, approximate_limit=0.05, approximate_gap=10, certain=0.0)
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
    """Defect below which the spectrum is rounding."""

    def status(self, place: int) -> Status:
        """Status of the field at a place of the spectrum, counted from 0."""
        if place < self.exact:
            return "exact"
        return "approximate" if place < self.exact + self.approximate else "none"


def find_gap(spectrum: Sequence[float], rule: Rule = SPECTRAL) -> Gap:
    """Judge ascending defects by a rule."""
    rounding = rounding_of(spectrum)
    if rule.exact_gap is None:
        exact, nearly = (sum(v <= limit for v in spectrum) for limit in (rule.exact_limit, rule.approximate_limit))
        last, following = spectrum[max(exact - 1, 0)], spectrum[min(exact, len(spectrum) - 1)]
        ratio = following / max(last, rounding, 1e-300) if exact else 1.0
        return Gap(exact=exact, approximate=nearly - exact, ratio=ratio, rounding=rounding)
    exact, ratio = count_exact(spectrum, rule)
    approximate = count_approximate(spectrum[exact:], rule, rounding, exact)
    return Gap(exact=exact, approximate=approximate, ratio=ratio, rounding=rounding)


def rounding_of(spectrum: Sequence[float]) -> float:
    """Defect below which a spectrum is rounding; never as much as what a symmetry may leave."""
    return min(ROUNDING * max(spectrum), LARGEST_ROUNDING)


def count_exact(
    spectrum: Sequence[float],
    rule: Rule,
    converges: Callable[[int], bool] | None = None,
    rounding: float | None = None,
) -> tuple[int, float]:
    """Number of exact symmetries and the factor across the gap after them; (0, factor) where this is too small.

    `converges(place)`: whether the defect of a field falls in a library of higher degrees; asked for where the rule
    needs it, and taken to be so without it. `rounding`: by default that of a decomposition of the whole.
    """
    rounding = rounding_of(spectrum) if rounding is None else rounding
    floor = max(rounding, rule.accuracy, 1e-300)
    values = [max(value, floor) for value in spectrum]
    if rule.certain is None or converges is None:
        exact, ratio = _largest(values, rule.exact_limit)
        if ratio < (rule.exact_gap or 0.0):  # what a family cannot resolve hides no gap after what it has exactly
            limit = min(LARGEST_ROUNDING, rule.exact_limit)
            rounded, sharp = _largest([max(value, rounding, 1e-300) for value in spectrum], limit)
            if sharp >= SURE:
                exact, ratio = rounded, sharp
    else:
        certain = max(rule.certain, rounding)
        for value in values:  # what rises from there without a step is rounding too
            if certain < value <= min(STEP * certain, LARGEST_ROUNDING):
                certain = value
        within = sum(value <= rule.exact_limit for value in values[:-1])
        most = next((i for i in range(within) if values[i] > certain and not converges(i)), within)
        ratios = [after / before for before, after in pairwise(values[: most + 1])]
        clear = [place for place, factor in enumerate(ratios, 1) if factor >= (rule.exact_gap or 0.0)]
        exact = clear[-1] if clear else 0
        ratio = ratios[exact - 1] if exact else max(ratios, default=1.0)
    return (exact if ratio >= (rule.exact_gap or 0.0) else 0), ratio


def count_approximate(
    rest: Sequence[float], rule: Rule, rounding: float, exact: int, limit: float | None = None
) -> int:
    """Number of approximate symmetries among the defects after `exact` exact ones; `limit`: not the rule's own."""
    values = [max(value, rounding, rule.accuracy, 1e-300) for value in rest]
    approximate, ratio = _largest(values, rule.approximate_limit if limit is None else limit)
    # a spectrum that rises from the exact without a gap tells nothing apart
    told_apart = exact > 0 or (bool(values) and values[0] > rule.exact_limit)
    return approximate if told_apart and ratio >= rule.approximate_gap else 0


def _largest(values: Sequence[float], limit: float) -> tuple[int, float]:
    """How many fields there are before the largest gap that follows a defect within the limit, and its factor."""
    ratios = [after / before for before, after in pairwise(values)]
    places = [i for i in range(len(ratios)) if values[i] <= limit]
    if not places:
        return 0, 1.0
    best = max(places, key=lambda i: ratios[i])
    return best + 1, ratios[best]
