"""How many symmetries of points a spectrum shows, given how exactly is known what they are symmetries of.

A function is known exactly, and its symmetries stand before a gap at rounding; so is a fit that leaves no more of
points that it was not fitted to. Any other fit is known within its error: no symmetry of it is exact, however small its
defect is, since the fit has symmetries of its own (any quadratic form has an orthogonal group); and where the error is
large, nothing is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symgen.discovery.gap import Rule, Status, count_approximate, count_exact, rounding_of
from symgen.validity.resolution import Resolution

KNOWN = 1e-5
"""Largest error of what counts as known exactly: gradients in single precision have 1e-6."""
EXACT_FACTOR = 3.0
LEAST_EXACT = 1e-9
"""Defects up to this, or EXACT_FACTOR times the error, may be exact."""
LARGEST = 0.1
"""Defect up to which a field may be called an approximate symmetry."""
KNOWN_RULE = Rule(accuracy=0, exact_limit=LEAST_EXACT, exact_gap=100, approximate_limit=0.05, approximate_gap=10)
GAP = 3.0
"""Factor after approximate symmetries of what was fitted."""


@dataclass(frozen=True)
class Verdicts:
    """What a spectrum says."""

    exact: int
    approximate: int
    ratio: float
    """Factor across the gap after the symmetries."""
    resolution: Resolution
    """Of what is judged."""

    def status(self, place: int) -> Status:
        """Of a place in the spectrum, from 0."""
        if place < self.exact:
            return "exact"
        return "approximate" if place < self.exact + self.approximate else "none"

    def undecided(self, defect: float) -> bool:
        """Whether a field that is called none cannot be told from a symmetry."""
        known = self.resolution
        return known.error > KNOWN and defect <= known.within * known.error


def rule_of(resolution: Resolution) -> Rule:
    """The rule for what is known so well."""
    error, within = resolution.error, resolution.within
    if error <= KNOWN:
        limit = max(LEAST_EXACT, EXACT_FACTOR * error)
        return KNOWN_RULE.model_copy(update={"accuracy": error, "exact_limit": limit})
    # ten times the accuracy is how far formulas may be from the fields
    limit = min(LARGEST, within * error)
    return Rule(
        accuracy=min(0.01, within * error / 10),
        exact_limit=0.0,
        exact_gap=None,
        approximate_limit=limit,
        approximate_gap=GAP,
    )


def count_points(spectrum: Sequence[float], resolution: Resolution) -> Verdicts:
    """Judge ascending defects of unit fields, of what is known so well."""
    rule, rounding, error = rule_of(resolution), rounding_of(spectrum), resolution.error
    if error <= KNOWN:
        exact, ratio = count_exact(spectrum, rule)
        # what rises from rounding without a gap tells nothing apart, but what rises from a known error is above it
        approximate = count_approximate(spectrum[exact:], rule, rounding, exact or int(error > rounding))
        return Verdicts(exact, approximate, ratio if exact else 1.0, resolution)
    if error > resolution.largest_error:
        return Verdicts(0, 0, 1.0, resolution)
    # below the error defects are not told apart
    values = [max(value, error / 3) for value in spectrum]
    candidates = sum(value <= rule.approximate_limit for value in spectrum)
    gaps = [(values[i] / values[i - 1], i) for i in range(1, min(candidates, len(values) - 1) + 1)]
    ratio, approximate = max(gaps, default=(1.0, 0))
    return Verdicts(0, approximate, ratio, resolution) if ratio >= GAP else Verdicts(0, 0, 1.0, resolution)
