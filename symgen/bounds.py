"""Numbers and texts as files and settings may have them: finite, of sane size, bounded in length.

Said once, for files, the command line and Python. Bounds are wide: they keep out what is no number, slips of the hand
and what no machine could do. What a request costs in memory and time, on this machine, is the matter of `symgen.cost`.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

LARGEST = 1e100
"""Of a quantity in physical units: squares, and products of three, are numbers still."""
LARGEST_WHOLE = 2**63 - 1
MOST = 10**9
"""Of whatever is asked for by number: samples, points, copies."""
MOST_STEPS = 10**7
"""Of a training; the longest published one has 25 600."""
LARGEST_BATCH = 10**6
MOST_DEEP = 20
"""Settings within settings."""

SETTINGS = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
"""Of models that hold what a user chose: nothing that they do not know, and finite numbers alone."""

Finite = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]
"""A quantity of either sign."""
Size = Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False)]
"""A quantity of no sign: defects, residuals, errors, drifts."""
Length = Annotated[float, Field(ge=1 / LARGEST, le=LARGEST, allow_inf_nan=False)]
"""A quantity that is never 0: lengths, scales, norms."""
Factor = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""Between two sizes, of which the smaller may be nearly 0."""
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Angle = Annotated[float, Field(ge=0, le=math.pi, allow_inf_nan=False)]
"""In radians."""
Count = Annotated[int, Field(ge=0, le=LARGEST_WHOLE)]
AtLeastOne = Annotated[int, Field(ge=1, le=LARGEST_WHOLE)]
"""A count of what there is one of at least."""
Amount = Annotated[int, Field(ge=1, le=MOST)]
"""How many are asked for."""
Steps = Annotated[int, Field(ge=1, le=MOST_STEPS)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
"""A quantity that is asked for."""
Seed = Annotated[int, Field(ge=0, le=LARGEST_WHOLE)]

Name = Annotated[str, Field(min_length=1, max_length=10_000)]
"""Of a coordinate, an equation, a dataset, or a file with its folders: systems take paths of 4096 letters."""
Formula = Annotated[str, Field(min_length=1, max_length=2000)]
"""As long as formulas may be that are read."""
Text = Annotated[str, Field(max_length=100_000)]
"""Sentences, and what was typed."""


def _plain(settings: dict[str, Any]) -> dict[str, Any]:
    fault = _fault(settings, 0)
    if fault:
        raise ValueError(fault)
    return settings


def _fault(value: Any, depth: int) -> str | None:
    """What is wrong with a value of JSON, if anything is."""
    if depth > MOST_DEEP:
        return f"has settings {MOST_DEEP} deep within others"
    if isinstance(value, float) and not math.isfinite(value):
        return f"has the number {value}"
    if isinstance(value, dict):
        faults = (f"{name}: {fault}" for name, one in value.items() if (fault := _fault(one, depth + 1)))
        return next(faults, None)
    if isinstance(value, list | tuple):
        return next((fault for one in value if (fault := _fault(one, depth + 1))), None)
    return None


Settings = Annotated[dict[str, Any], Field(max_length=1000), AfterValidator(_plain)]
"""What something was made with, for people: nothing is computed from it."""
