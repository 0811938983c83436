"""Which fields are certainly symmetries of whatever equations the data allow, and which are undecided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symgen.discovery.certainty.judgement import TOLERANCE, Bound, Judgement

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Certified:
    """Upper bounds of the defects of fields, and those whose span has none larger than a tolerance."""

    bounds: tuple[Bound, ...]
    """Of every field by itself."""
    certain: tuple[int, ...]
    """Places of the fields of which no combination has a larger bound than the tolerance."""
    together: Bound | None
    """Of the worst combination of these; None where there are none."""
    refused: tuple[Bound, ...]
    """Of the worst combination of the certain ones and each of the others."""


def certified(judgement: Judgement, rows: np.ndarray, confidence: float, tolerance: float) -> Certified:
    """Of combinations (m, n) of the fields of a judgement: taken in the order of their bounds while all fit.

    A field is certain with a probability of `confidence`, if the model holds: the terms that the equations have, and
    any one of those that `Posterior.left_out` has.
    """
    bounds = [judgement.bound(row[None], confidence) for row in rows]
    if len(rows) and max(bound.value for bound in bounds) <= tolerance:  # mostly all of them are
        whole = judgement.bound(rows, confidence)
        if whole.value <= tolerance:
            return Certified(tuple(bounds), tuple(range(len(rows))), whole, ())
    certain: list[int] = []
    together: Bound | None = None
    refused: list[Bound] = []
    for place in sorted(range(len(rows)), key=lambda k: bounds[k].value):
        larger = bounds[place]
        if certain and larger.value <= tolerance:
            larger = judgement.bound(rows[[*certain, place]], confidence)
        if larger.value <= tolerance:
            certain, together = [*certain, place], larger
        else:
            refused.append(larger)
    return Certified(tuple(bounds), tuple(sorted(certain)), together, tuple(refused))


def certified_span(judgement: Judgement, confidence: float = CONFIDENCE, tolerance: float = TOLERANCE) -> np.ndarray:
    """(m, n): the largest number of fields of least defect, as the equations are, whose span is certain.

    Bounds of larger spans are larger. Combinations have unit length and are orthogonal in what defects are relative to.
    """
    _, rows = judgement.spectrum()
    count = 0
    while count < len(rows) and judgement.bound(rows[: count + 1], confidence).value <= tolerance:
        count += 1
    return rows[:count]
