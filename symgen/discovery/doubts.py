"""What there is to doubt about a discovery, in sentences for people; they are stored with the result."""

from __future__ import annotations

from collections.abc import Sequence

from symgen.discovery.algebra_check import why_infinite
from symgen.discovery.counting import Counted
from symgen.discovery.problem import PdeProblem
from symgen.exceptions import UsageError
from symgen.expressions import parse_field
from symgen.generators.metadata import AlgebraRecord, DataRecord, GeneratorRecord
from symgen.pde.characteristic import TOLERANCE, LocalSolutions

POOR_FIT = 0.1
"""Relative residual of the data above which the equation is hardly theirs."""
LITTLE, FAR_ABOVE = 1e-4, 100.0
"""Residual of an equation found in data that tells nothing, and how far above what the grid explains it must be to say
that the equation is another."""
MOST_EXACT = 24
"""More exact symmetries than this are an alarm, not a result."""
KEPT = 12
"""Of these, if the settings do not say how many."""
MOST_NAMED = 4
SMALL = 1e-2
"""Validity above which the best field is plainly no symmetry, so that nothing is left open."""


def doubts(
    problem: PdeProblem,
    fit: DataRecord,
    records: Sequence[GeneratorRecord],
    counted: Counted,
    algebra: AlgebraRecord | None,
) -> tuple[str, ...]:
    """Sentences about the data, the equation that was found in them, its fit, the count and the formulas."""
    data, residual, gap = problem.data, problem.residual, counted.gap
    found = [*(data.origin.warnings if data.origin else ()), *(data.regression.doubts if data.regression else ())]
    explained = residual.time_step_error + residual.grid_error
    if data.regression and not data.regression.truncation and residual.relative > max(LITTLE, FAR_ABOVE * explained):
        found.append(
            f"The equation leaves {residual.relative:.1e} of its terms, far more than noise and the grid explain "
            f"(about {explained:.0e}), so it approximates another one, perhaps with terms that are in no library, such "
            "as sin(u). Give the equation with --equation if you know it."
        )
    if fit.misfit > POOR_FIT:
        found.append(
            f"The data fit the equation poorly: their own residual is {fit.misfit:.0%} of its terms. The symmetries "
            "are the equation's; noise, a coarse time step or another equation may be behind it."
        )
    if gap.exact == 0 and counted.validities[0] <= SMALL:
        found.append(
            "There is no clear gap in the spectrum, so no field is called a symmetry: see its figure. Other degrees "
            "(--x-degree, --t-degree, --u-degree) may decide it."
        )
    if gap.exact > MOST_EXACT:
        found.append(
            f"{gap.exact} fields of the library are exact symmetries: so many belong to an equation that says little, "
            "or to one that has infinitely many. The simplest are kept; --n-generators keeps more."
        )
    if algebra and algebra.missing and not why_infinite(problem.equation):
        found.append(
            f"Algebra finds {len(algebra.missing)} more, of functions that the library does not have or that its "
            f"spectrum does not tell apart: {'; '.join(algebra.missing[:MOST_NAMED])}"
            + ("; ..." if len(algebra.missing) > MOST_NAMED else ".")
        )
    if failed := _failed(problem, records):
        found.append(
            f"The formula of {', '.join(failed)} fails an independent check, so take it for an approximate symmetry."
        )
    return tuple(found)


def _failed(problem: PdeProblem, records: Sequence[GeneratorRecord]) -> list[str]:
    """Exact generators whose formulas are none on random solutions, see `symgen.pde.characteristic`."""
    claimed = {f"V{place}": r.formula for place, r in enumerate(records, 1) if r.status == "exact" and r.formula}
    try:
        solutions = LocalSolutions(problem.equation) if claimed else None
    except UsageError:  # the equation has no value at any random point
        return []
    names = problem.space.names
    return [v for v, text in claimed.items() if solutions and solutions.defect(parse_field(text, names)) > TOLERANCE]
