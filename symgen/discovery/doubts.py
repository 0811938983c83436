"""What there is to doubt about a discovery, in sentences for people; they are stored with the result."""

from __future__ import annotations

from collections.abc import Sequence

from symgen.discovery.counting import Counted
from symgen.discovery.problem import Problem
from symgen.equations.local_solutions import TOLERANCE, LocalSolutions
from symgen.exceptions import UsageError
from symgen.expressions import parse_field
from symgen.generators.metadata import AlgebraRecord, DataRecord, GeneratorRecord

MOST_EXACT = 24
"""More exact symmetries than this are an alarm, not a result."""
KEPT = 12
"""Of these, if the settings do not say how many."""
MOST_NAMED = 4
SMALL = 1e-2
"""Defect above which the best field is plainly no symmetry, so that nothing is left open."""


def doubts(
    problem: Problem,
    fit: DataRecord,
    records: Sequence[GeneratorRecord],
    counted: Counted,
    algebra: AlgebraRecord | None,
) -> tuple[str, ...]:
    """Sentences about the data and their equations, the count and the formulas."""
    found, gap = problem.doubts(fit), counted.gap
    if problem.too_coarse:
        found.append(f"{problem.too_coarse} Fields after the exact ones are ranked without the data's derivatives.")
    few = len(problem.system.expressions) == 1
    if gap.exact == 0 and counted.defects[0] <= SMALL:
        found.append(
            "There is no clear gap in the spectrum, so no field is called a symmetry: see its figure. Another degree "
            f"({problem.degrees}) may decide it."
        )
    if gap.exact > MOST_EXACT:
        found.append(
            f"{gap.exact} fields of the library are exact symmetries: so many belong to "
            + ("an equation that says little, or to one that has" if few else "equations that say little, or that have")
            + " infinitely many, as linear ones do. The simplest are kept; --n-generators keeps more."
        )
    if counted.by_spectrum != gap.exact:
        found.append(
            f"By the spectrum alone there would be {counted.by_spectrum} symmetries, by exact algebra there are "
            f"{gap.exact}: terms of very different sizes blur the spectrum. What algebra says is given."
        )
    if algebra and algebra.missing and not problem.infinite:
        found.append(
            f"Algebra finds {len(algebra.missing)} more, of functions that the library does not have or that its "
            f"spectrum does not tell apart: {'; '.join(algebra.missing[:MOST_NAMED])}"
            + ("; ..." if len(algebra.missing) > MOST_NAMED else ".")
        )
    plain = sum(record.status == "exact" and record.formula is None for record in records)
    if plain and algebra and algebra.shared < gap.exact and not problem.infinite:
        found.append(
            f"Of the exact fields {gap.exact - algebra.shared} without a formula "
            f"{'is' if gap.exact - algebra.shared == 1 else 'are'} not among those that algebra finds: terms far "
            "smaller than the others may break what numbers call exact."
        )
    if failed := failing(problem, records):
        found.append(
            f"The formula of {', '.join(failed)} fails an independent check, so take it for an approximate symmetry."
        )
    return tuple(found)


def failing(problem: Problem, records: Sequence[GeneratorRecord]) -> list[str]:
    """Exact generators whose formulas are none on random solutions, see `symgen.equations.local_solutions`."""
    claimed = {f"V{place}": r.formula for place, r in enumerate(records, 1) if r.status == "exact" and r.formula}
    try:
        solutions = LocalSolutions(problem.system) if claimed else None
    except UsageError:  # the equations have no value at any random point
        return []
    names = problem.space.names
    return [v for v, text in claimed.items() if solutions and solutions.defect(parse_field(text, names)) > TOLERANCE]
