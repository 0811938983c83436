"""What a generators file says of quantities that stay constant in its data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from symgen.bounds import AtLeastOne, Factor, Finite, Formula, Name, Size
from symgen.generators.domains import Record
from symgen.generators.space import MOST_COORDINATES

Verdict = Literal["kept", "nearly kept", "not told", "changes", "conserved", "nearly conserved", "undecided"]

CLEAR = 100.0
"""Factor between the drift of a law and that of its control from which on the law is seen to be nearly kept."""
EXPLAINED = 10.0
"""Times its estimated error by which a drift is still explained."""
EXPECTED = 2.0
"""Times its estimated error up to which a drift is what the error lets one expect; a larger one must be small, too."""


SOLVED = 1e-6
"""Drift that solvers leave, whatever the grid explains."""


NUMBERS = {
    "drift": "largest change of the mean over the box (of the value, in ordinary equations), relative to the mean size "
    "of the density",
    "error": "what the grid, the time step and noise explain of it",
    "control": "the drift of a density of the same kind that is not conserved",
}
"""What the numbers of a record say, for people."""
LAW_VERDICTS = {
    "kept": f"a drift of at most {EXPLAINED:g} times the error and, if of more than {EXPECTED:g} times, of a hundredth "
    f"of the control; or of {SOLVED:g}",
    "nearly kept": "more than the error explains, but at most a hundredth of the control",
    "changes": "by more than that: the solver of the data, or the equation, does not keep it",
    "not told": "the errors hardly let it be told from the control, and so the data say nothing about the law",
}
"""What is said of a law of the equation, for people; see `law_verdict`."""


MOST_TIMES = 10_000


class DriftCurve(Record):
    """Relative changes over time, the largest of all solutions."""

    t: Annotated[tuple[Finite, ...], Field(min_length=1, max_length=MOST_TIMES)]
    change: Annotated[tuple[Size, ...], Field(min_length=1, max_length=MOST_TIMES)]
    control: Annotated[tuple[Size, ...], Field(max_length=MOST_TIMES)] = ()

    @model_validator(mode="after")
    def _same_times(self) -> Self:
        if len(self.change) != len(self.t) or len(self.control) not in (0, len(self.t)):
            raise ValueError("a curve has another number of changes than of times")
        return self


class DriftRecord(Record):
    """The integral over the box of one density, or the value of a first integral, in the stored solutions."""

    name: Name | None = None
    density: Formula
    """A formula in unknowns and derivatives."""
    flux: Annotated[tuple[Formula, ...], Field(max_length=MOST_COORDINATES)] = ()
    """One for each axis of space: D_t density + sum D_i flux_i = 0 on solutions. Empty for ordinary equations, and
    where the density was found in the data."""
    source: Literal["equation", "data"] = "equation"
    """Whether it is a law of the equation by algebra, or found in the data without an equation."""
    drift: Size
    """Largest |mean(t) - mean(0)| of the density over the box, of all solutions, over the largest mean of |density| in
    the same solution. Where the box has ends, what has flowed out through them is added to the mean."""
    floor: Size = 0.0
    """Of this, what is explained by the grid, the time step and noise, as far as can be estimated."""
    control: Size | None = None
    """Drift of a density of the same kind that is not known to be conserved: it says how much the data move."""
    control_density: Formula | None = None
    ratio: Factor | None = None
    """Of densities found in the data: how much the integral changes within a solution, over how much it differs
    between solutions."""
    error: Factor | None = None
    """Of that ratio, what noise and the grid explain."""
    samples: AtLeastOne
    """Solutions that were looked at."""
    verdict: Verdict
    """Laws of the equation: see `LAW_VERDICTS`. Densities found in the data: `conserved`, with a ratio
    up to 1e-6; `nearly conserved`; or `undecided`."""
    curve: DriftCurve | None = None


def explained_in_words(records: Sequence[DriftRecord]) -> dict[str, str]:
    """The numbers of these records, and what is said of the laws of an equation among them."""
    said = {record.verdict for record in records if record.source == "equation"}
    return NUMBERS | {verdict: words for verdict, words in LAW_VERDICTS.items() if verdict in said}


def law_verdict(drift: float, floor: float, control: float | None) -> Verdict:
    """What a drift says about a law that holds for solutions of the equation."""
    explained = drift <= EXPLAINED * floor
    expected = drift <= max(EXPECTED * floor, SOLVED)
    told_from = max(floor * EXPLAINED, drift * (EXPLAINED if expected else CLEAR) if explained else 0.0)
    if control is not None and control <= told_from:
        return "not told"
    if explained or drift <= SOLVED:
        return "kept"
    return "nearly kept" if control is not None and CLEAR * drift <= control else "changes"
