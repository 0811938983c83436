"""What the generators make: brackets, the algebra, matrices, and the quadratic forms that it leaves alone."""

from __future__ import annotations

from collections.abc import Sequence

from symgen.generators.artifact import Artifact
from symgen.generators.domains import PointsDomain
from symgen.inspection.brackets import Bracket
from symgen.inspection.inputs import on_inputs
from symgen.inspection.point_structure import algebra_of_points, forms_of_points
from symgen.inspection.quadratic_form import InvariantForms, form_text
from symgen.inspection.shown_brackets import brackets_to_show
from symgen.inspection.structure import structure_of
from symgen.report.html import Content, Html, Section, element, facts, formula, join, section, table
from symgen.report.numbers import scientific

MOST_IN_TABLE, MOST_TERMS = 9, 3
"""Generators of a full table of brackets, and terms in one of its cells."""
SHARP = 1e-4
"""Residual up to which the coefficients of a form hold with the digits that are shown."""
MOST_GENERATORS = 40
"""Beyond, there are too many pairs to look at."""


def algebra_section(artifact: Artifact) -> Section:
    """Brackets of the formulas F, V = F / norm; of points also what the algebra is called and leaves alone."""
    count = artifact.generators.count
    said: dict[str, Content | None] = {}
    if isinstance(artifact.metadata.domain, PointsDomain):
        algebra = algebra_of_points(artifact)
        said["algebra"] = str(algebra) if algebra else None
        forms = forms_of_points(artifact, algebra)
        said["left alone"] = _forms(forms) if forms else None
    if not 1 < count <= MOST_GENERATORS:
        return section("algebra", "Lie algebra", facts(said))
    brackets, exact = brackets_to_show(artifact)
    if exact and not isinstance(artifact.metadata.domain, PointsDomain):
        structure = structure_of(brackets, count)
        said["structure"] = str(structure) if structure else None
    return section(
        "algebra",
        "Lie algebra",
        facts(said),
        _brackets(brackets, count),
        element("p", _closure(brackets, exact), class_="note"),
        lead="Lie brackets of the formulas F; the generators are V = F / norm, and F = V where there is no formula.",
    )


def _forms(found: InvariantForms) -> Content:
    """The quadratic forms as mathematics; in words where they cannot be told, or not sharply."""
    only = found.only
    if only is None or found.residual > SHARP:
        return str(found)
    return join([formula(form_text(only.matrix, found.names)), f"{found.of_what} (unique)"])


def _brackets(brackets: Sequence[Bracket], count: int) -> Html:
    """A table of all pairs where it stays readable, else those that do not vanish, one a line."""
    if _none_closes(brackets):
        return element("p", f"All {len(brackets)} brackets leave the span of these fields.")
    short = all(len(bracket.constants) <= MOST_TERMS for bracket in brackets if not bracket.leaves)
    if count <= MOST_IN_TABLE and short:
        return _table(brackets, count)
    rows: list[list[Content]] = [
        [formula(f"[F{bracket.first}, F{bracket.second}]"), _value(bracket)]
        for bracket in brackets
        if bracket.constants or bracket.leaves
    ]
    return table(["bracket", "is"], rows, caption="Lie brackets") if rows else element("p", "All pairs commute.")


def _none_closes(brackets: Sequence[Bracket]) -> bool:
    return len(brackets) > 1 and all(bracket.leaves for bracket in brackets)


def _table(brackets: Sequence[Bracket], count: int) -> Html:
    known = {(bracket.first, bracket.second): bracket for bracket in brackets}
    rows: list[list[Content]] = []
    for a in range(1, count + 1):
        row: list[Content] = [formula(f"F{a}")]
        for b in range(1, count + 1):
            bracket = known.get((min(a, b), max(a, b)))
            if bracket is None:
                row.append(element("span", "0", class_="zero"))
            elif a > b and not bracket.leaves:
                row.append(_value(bracket.turned()))
            else:
                row.append(_value(bracket))
        rows.append(row)
    header: list[Content] = [formula("[F_i, F_j]"), *(formula(f"F{b}") for b in range(1, count + 1))]
    return element("div", table(header, rows, caption="Lie brackets of row and column"), class_="brackets")


def _value(bracket: Bracket) -> Html:
    if bracket.leaves:
        return element("span", "outside", class_="leaves")
    return formula(str(bracket)) if bracket.constants else element("span", "0", class_="zero")


def _closure(brackets: Sequence[Bracket], exact: bool) -> Content:
    closed = [bracket.closure_error for bracket in brackets if not bracket.leaves]
    outside = [bracket.closure_error for bracket in brackets if bracket.leaves]
    said: list[Content] = ["By exact algebra."] if exact else []
    if closed and not exact:
        said += ["Measured at the points of the data; closed ones are off by at most ", scientific(max(closed)), "."]
    if outside:
        said.append(f" Outside: {len(outside)} of {len(brackets)} are no combinations of these fields")
        said += ["." if exact else join([", by ", scientific(min(outside)), " to ", scientific(max(outside)), "."])]
    return join(said)


def matrices_section(artifact: Artifact) -> Section:
    """Affine fields of points as matrices."""
    from symgen.inspection.linear_parts import affine_parts

    domain = artifact.metadata.domain
    if not isinstance(domain, PointsDomain):
        return section("matrices", "Matrices")
    parts = affine_parts(*on_inputs(artifact))
    names = domain.columns
    if parts is None or len(names) > 6:
        return section("matrices", "Matrices")
    each = []
    for place, record in enumerate(artifact.metadata.generators):
        size = record.norm if record.formula and record.norm else 1.0
        linear, shift = parts.maps[place] * size, parts.shifts[place] * size
        least = 1e-9 * max(float(linear.abs().max()), 1e-300)
        shifted = not parts.linear
        rows: list[list[Content]] = [
            [
                formula(f"d/d{name}") if name.isidentifier() else name,
                *(_entry(value, least) for value in row),
                *([_entry(float(moved), least)] if shifted else []),
            ]
            for name, row, moved in zip(names, linear.tolist(), shift, strict=True)
        ]
        header: list[Content] = [f"F{place + 1}", *names, *(["1"] if shifted else [])]
        each.append(table(header, rows, range(1, len(header)), f"Matrix of F{place + 1}"))
    return section(
        "matrices",
        "Matrices",
        element("div", *each, class_="grid"),
        lead="Of the formulas, or of the unit field where there is none.",
    )


def _entry(value: float, least: float) -> Content:
    if abs(value) <= least:
        return element("span", "0", class_="zero")
    return f"{value:.4g}".replace("-", "−")
