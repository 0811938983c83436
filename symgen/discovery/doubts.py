"""What there is to doubt about a discovery, in sentences for people; they are stored with the result."""

from __future__ import annotations

from collections.abc import Sequence

from symgen.discovery.counting import Counted
from symgen.discovery.problem import UNCHECKED, Problem
from symgen.equations.local_solutions import TOLERANCE
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
    failed: int = 0,
) -> tuple[str, ...]:
    """Sentences about the data and their equations, the count and the formulas, of which so many `failed`."""
    found, gap = [*dict.fromkeys(problem.given_up), *problem.doubts(fit)], counted.gap
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
            f"{gap.exact}. What algebra says is given: terms of very different sizes, or series in t, blur the "
            "spectrum."
        )
    if algebra and algebra.missing and not problem.infinite:
        found.append(
            f"Algebra finds {len(algebra.missing)} more, of functions that the library does not have or that its "
            f"spectrum does not tell apart: {'; '.join(algebra.missing[:MOST_NAMED])}"
            + ("; ..." if len(algebra.missing) > MOST_NAMED else ".")
            + f" Other degrees ({problem.degrees}) may bring them."
        )
    unknown = gap.exact - failed - (algebra.shared if algebra else gap.exact) - _beyond(problem, records)
    if unknown > 0 and not problem.infinite:
        found.append(
            f"Of the exact fields {unknown} {'is' if unknown == 1 else 'are'} not among those that algebra finds: "
            "terms far smaller than the others may break what numbers call exact."
        )
    if failed:
        found.append(
            f"{failed} field{'s' * (failed > 1)} at rounding {'is' if failed == 1 else 'are'} called approximate, as "
            f"the formula{'s' * (failed > 1)} fail{'s' * (failed == 1)} an independent check on random solutions."
        )
    return tuple(found)


def _beyond(problem: Problem, records: Sequence[GeneratorRecord]) -> int:
    """How many exact formulas, which have passed their check, are of functions that algebra does not try."""
    names, coordinates = problem.space.names, problem.system.space.coordinates
    exact = [parse_field(r.formula, names) for r in records if r.status == "exact" and r.formula]
    return sum(not all(c.is_polynomial(*coordinates) for c in field) for field in exact)


def failing(problem: Problem, records: Sequence[GeneratorRecord]) -> list[int]:
    """Places of exact generators whose formulas are none on random solutions.

    See `symgen.equations.local_solutions`.
    """
    names = problem.space.names
    claimed = {k: parse_field(r.formula, names) for k, r in enumerate(records) if r.status == "exact" and r.formula}
    solutions = problem.local_solutions if claimed else None
    if solutions is None:
        return []
    defects = problem.within_time(
        lambda: {k: solutions.defect(field) for k, field in claimed.items()}, UNCHECKED, decides=True
    )
    return [place for place, defect in (defects or {}).items() if defect > TOLERANCE]
