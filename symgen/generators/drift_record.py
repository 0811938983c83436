"""What a generators file says of quantities that stay constant in its data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from symgen.generators.domains import Record

Verdict = Literal["kept", "nearly kept", "not told", "changes", "conserved", "nearly conserved", "undecided"]

CLEAR = 100.0
"""Factor between the drift of a law and that of its control from which on the law is seen to be nearly kept."""
EXPLAINED = 10.0
"""Times its estimated error by which a drift is still explained."""


SOLVED = 1e-6
"""Drift that solvers leave, whatever the grid explains."""


class DriftCurve(Record):
    """Relative changes over time, the largest of all solutions."""

    t: tuple[float, ...]
    change: tuple[float, ...]
    control: tuple[float, ...] = ()


class DriftRecord(Record):
    """The integral over the box of one density, or the value of a first integral, in the stored solutions."""

    name: str | None = None
    density: str
    """A formula in unknowns and derivatives."""
    flux: tuple[str, ...] = ()
    """One for each axis of space: D_t density + sum D_i flux_i = 0 on solutions. Empty for ordinary equations, and
    where the density was found in the data."""
    source: Literal["equation", "data"] = "equation"
    """Whether it is a law of the equation by algebra, or found in the data without an equation."""
    drift: float = Field(ge=0)
    """Largest |mean(t) - mean(0)| of the density over the box, of all solutions, over the largest mean of |density| in
    the same solution. Where the box has ends, what has flowed out through them is added to the mean."""
    floor: float = Field(0.0, ge=0)
    """Of this, what is explained by the grid, the time step and noise, as far as can be estimated."""
    control: float | None = None
    """Drift of a density of the same kind that is not known to be conserved: it says how much the data move."""
    control_density: str | None = None
    ratio: float | None = None
    """Of densities found in the data: how much the integral changes within a solution, over how much it differs
    between solutions."""
    error: float | None = None
    """Of that ratio, what noise and the grid explain."""
    samples: int = Field(ge=1)
    """Solutions that were looked at."""
    verdict: Verdict
    """Laws of the equation: `kept` within the errors, or to 1e-6; `nearly kept`, where it changes by more, but by a
    hundredth of its control at most, and `changes` by more than that, so that the solver of the data, or the equation,
    is not exact; `not told` where the control hardly moves. Densities found in the data: `conserved`, with a ratio
    up to 1e-6; `nearly conserved`; or `undecided`."""
    curve: DriftCurve | None = None


def law_verdict(drift: float, floor: float, control: float | None) -> Verdict:
    """What a drift says about a law that holds for solutions of the equation."""
    explained = drift <= EXPLAINED * floor
    if control is not None and control <= EXPLAINED * max(floor, drift if explained else 0.0):
        return "not told"
    if explained or drift <= SOLVED:
        return "kept"
    return "nearly kept" if control is not None and CLEAR * drift <= control else "changes"
