"""How a comparison with known generators, and Lie brackets, are shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from symgen.cli.output import facts, table

if TYPE_CHECKING:
    from symgen.inspection.brackets import Bracket
    from symgen.inspection.comparison import Comparison

MEANING = (
    "missed: generators of the reference that no combination of those found comes near; outside: generators found that "
    "no combination of the reference's comes near"
)
LONGEST_NAME = 20  # of a reference generator that heads its column; longer ones are listed beside
MOST_COLUMNS = 10  # of an alignment that fits a terminal
FEW_COLUMNS, WIDEST = 6, 70  # more columns than this stay in one line each only if they are not wider together
MOST_TERMS = 6  # of a bracket that is written out
MOST_BRACKETS = 200  # that are written out; --json has all


def comparison_parts(comparison: Comparison, statuses: Sequence[str] | None) -> list[RenderableType]:
    """Alignment and angles; what is missed and outside too, where there are statuses of exact symmetries."""
    worst = max(comparison.principal_angles)
    verdict = facts(
        {
            "against": comparison.against,
            "Grassmann distance": f"{comparison.distance:.2e} rad over {len(comparison.principal_angles)} principal "
            f"angles, the largest {worst:.2e} ({math.degrees(worst):.2g} degrees)",
            "missed": (", ".join(comparison.missed) or "none") if statuses else None,
            "outside": (_outside(comparison, statuses) or "none") if statuses else None,
        }
    )
    said = [Text(MEANING, style="dim")] if statuses and (comparison.missed or comparison.outside) else []
    return [Text("Comparison", style="bold"), verdict, *said, "", *_alignment(comparison)]


def _alignment(comparison: Comparison) -> list[RenderableType]:
    """A column for every generator of the reference; where these are many, a row with its angle alone."""
    angles = [f"{angle:.1e}" for angle in comparison.reference_angles]
    if len(comparison.names) > MOST_COLUMNS:
        pairs = enumerate(zip(comparison.names, angles, strict=True), 1)
        return [table(["", "reference", "angle"], [[f"W{i}", *pair] for i, pair in pairs], numbers=["angle"])]
    width = sum(max(len(name), 5) + 2 for name in comparison.names)
    crowded = len(comparison.names) > FEW_COLUMNS and width > WIDEST
    long = crowded or max(map(len, comparison.names)) > LONGEST_NAME
    columns = {f"W{i}" if long else name: name for i, name in enumerate(comparison.names, 1)}
    header = ["|<V, W>|", *columns]
    rows = [[f"V{i}", *(f"{v:.3f}" for v in row)] for i, row in enumerate(comparison.alignment, 1)]
    rows.append(["angle", *angles])
    legend: list[RenderableType] = [facts(columns), ""] if long else []
    return [*legend, table(header, rows, numbers=header[1:])]


def _outside(comparison: Comparison, statuses: Sequence[str]) -> str:
    """Generators that are not in the reference's span; the exact ones are symmetries that it does not list."""
    exact = [f"V{place}" for place in comparison.outside if statuses[place - 1] == "exact"]
    others = [f"V{place}" for place in comparison.outside if statuses[place - 1] != "exact"]
    groups = ((exact, "exact by their own defect"), (others, "no exact symmetry"))
    return "; ".join(f"{', '.join(places)} ({what})" for places, what in groups if places)


def bracket_parts(brackets: list[Bracket], exact: bool = False) -> list[RenderableType]:
    """The table of those that are not zero; `exact` are those of exact algebra, which have no closure error."""
    if not brackets:
        return [Text("One generator: no brackets.")]
    title = Text("Lie brackets of the formulas F (generators V = F / norm)", style="bold")
    errors = [bracket.closure_error for bracket in brackets]
    if len(brackets) > 1 and all(bracket.leaves for bracket in brackets):
        by = "" if exact else f", by {min(errors):.0e} to {max(errors):.0e}"
        return [title, Text(f"All {len(brackets)} leave the span{by}.")]
    rows = []
    for bracket in brackets:
        if bracket.leaves:
            value = "leaves the span" + ("" if exact else f" (by {bracket.closure_error:.0e})")
        elif not bracket.constants:
            continue
        else:
            value = bracket.short(MOST_TERMS)
        rows.append([f"[F{bracket.first}, F{bracket.second}]", value])
    more = len(rows) - MOST_BRACKETS
    return [
        title,
        *([table(["bracket", "is"], rows[:MOST_BRACKETS])] if rows else []),
        *([Text(f"... and {more} more, which --json has.")] if more > 0 else []),
        Text(_closure(brackets, rows, exact), style="dim"),
    ]


def _closure(brackets: Sequence[Bracket], rows: Sequence[object], exact: bool) -> str:
    """What there is to say beneath the table."""
    note = "All other pairs commute." if rows else "All pairs commute."
    if exact:
        return f"{note} By exact algebra."
    closed = [bracket.closure_error for bracket in brackets if not bracket.leaves]
    if not closed:
        return note
    return (
        f"{note} Closure error{' of the closed ones' if len(closed) < len(brackets) else ''} at most {max(closed):.0e}."
    )
