"""What there is to doubt about a discovery in a system, in sentences for people; they are stored with the result."""

from __future__ import annotations

from collections.abc import Sequence

from symgen.discovery.doubts import KEPT, MOST_EXACT, POOR_FIT, SMALL
from symgen.discovery.gap import Gap
from symgen.discovery.regression.fit import regression_doubts
from symgen.discovery.system_problem import SystemProblem
from symgen.equations.local_solutions import TOLERANCE, LocalSolutions
from symgen.exceptions import UsageError
from symgen.expressions import parse_field
from symgen.generators.metadata import DataRecord, GeneratorRecord

__all__ = ["KEPT", "MOST_EXACT", "system_doubts"]


def system_doubts(
    problem: SystemProblem, fit: DataRecord, records: Sequence[GeneratorRecord], gap: Gap
) -> tuple[str, ...]:
    """Sentences about the data, their fit, hidden consequences, the count and the formulas."""
    data, system = problem.data, problem.system
    found = [*(data.origin.warnings if data.origin else ()), *regression_doubts(fit)]
    if system.gaps:
        found.append(
            "There may be equations that follow from these by differentiation and are not known: "
            f"{'; '.join(system.gaps)}. So the condition is that on the data's own derivatives, and what is called a "
            "symmetry may be a property of these solutions only."
        )
    if fit.misfit > POOR_FIT:
        which = f" {system.expressions[problem.residual.worst]} = 0" if len(system.expressions) > 1 else ""
        found.append(
            f"The data fit the equation{which} poorly: their own residual is {fit.misfit:.0%} of its terms. The "
            "symmetries are the equations'; noise, a coarse time step or other equations may be behind it."
        )
    if gap.exact == 0 and records[0].validity <= SMALL:
        found.append(
            "There is no clear gap in the spectrum, so no field is called a symmetry: see its figure. Another --degree "
            "may decide it."
        )
    if gap.exact > MOST_EXACT:
        found.append(
            f"{gap.exact} fields of the library are exact symmetries: so many belong to equations that say little, or "
            "that have infinitely many, as linear ones do. The simplest are kept; --n-generators keeps more."
        )
    if failed := _failed(problem, records):
        found.append(
            f"The formula of {', '.join(failed)} fails an independent check, so take it for an approximate symmetry."
        )
    return tuple(found)


def _failed(problem: SystemProblem, records: Sequence[GeneratorRecord]) -> list[str]:
    """Exact generators whose formulas are none on random solutions, see `symgen.equations.local_solutions`."""
    claimed = {f"V{place}": r.formula for place, r in enumerate(records, 1) if r.status == "exact" and r.formula}
    if not claimed:
        return []
    try:
        solutions = LocalSolutions(problem.system)
    except UsageError:  # the system has no value at any random point
        return []
    names = problem.space.names
    return [place for place, text in claimed.items() if solutions.defect(parse_field(text, names)) > TOLERANCE]
