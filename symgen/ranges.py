"""The numbers that symgen can be called with: bounds that are said once, for the command line and for Python.

They are wide. They keep out what is no number, slips of the hand and what no machine could do; what a request costs in
memory and time, on this machine, is the matter of `symgen.cost`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from symgen.bounds import LARGEST_WHOLE, Seed

__all__ = ["LARGEST_BATCH", "LARGEST_WHOLE", "MOST", "MOST_STEPS", "SETTINGS", "Count", "Positive", "Seed", "Steps"]

MOST = 10**9
"""Of whatever is counted: samples, points, copies."""
MOST_STEPS = 10**7
"""Of a training; the longest published one has 25 600."""
LARGEST_BATCH = 10**6

SETTINGS = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
"""Of models that hold what a user chose: nothing that they do not know, and finite numbers alone."""
Count = Annotated[int, Field(ge=1, le=MOST)]
Steps = Annotated[int, Field(ge=1, le=MOST_STEPS)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
