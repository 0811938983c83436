"""The brackets to show of an artifact: by exact algebra where its formulas allow that, else measured."""

from __future__ import annotations

from collections.abc import Sequence

from symgen.generators.artifact import Artifact
from symgen.inspection.brackets import Bracket, bracket_table
from symgen.inspection.exact_brackets import brackets_of_formulas

LEAST = 1e-3
"""Share of the largest structure constant up to which others of points are not shown."""


def brackets_to_show(artifact: Artifact) -> tuple[list[Bracket], bool]:
    """All pairs, and whether they are exact; of points without constants that their error explains."""
    metadata = artifact.metadata
    kind = metadata.domain.kind
    if kind == "points":
        exact = brackets_of_points(artifact)
        return (exact, True) if exact is not None else (readable(bracket_table(artifact), metadata.rounding), False)
    exact = brackets_of_formulas(artifact) if kind == "system" else None
    return (exact, True) if exact is not None else (bracket_table(artifact), False)


def brackets_of_points(artifact: Artifact) -> list[Bracket] | None:
    """Of the formulas, in exact arithmetic; None where these are not exact enough to close, as the fields do."""
    exact = brackets_of_formulas(artifact)
    if exact is None:
        return None
    measured = bracket_table(artifact)
    rounded = any(e.closure_error and not f.leaves for e, f in zip(exact, measured, strict=True))
    return None if rounded else exact


def readable(brackets: Sequence[Bracket], rounding: float) -> list[Bracket]:
    """Without constants that are no more than the error of what the fields were found in, and with fewer digits."""
    largest = max((abs(value) for bracket in brackets for value in bracket.numbers.values()), default=0.0)
    least = max(LEAST, min(1.0, rounding)) * largest
    return [
        bracket.model_copy(
            update={"constants": {place: float(f"{v:.3g}") for place, v in bracket.numbers.items() if abs(v) > least}}
        )
        for bracket in brackets
    ]
