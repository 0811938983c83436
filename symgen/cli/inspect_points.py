"""What `symgen inspect` says of generators of points: how they act, the algebra they make and what it leaves alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from symgen.cli.comparison_tables import bracket_parts, comparison_parts
from symgen.cli.output import facts, table
from symgen.cli.point_tables import (
    algebra_facts,
    generator_rows,
    matrix_tables,
    moved_rows,
    moved_text,
    point_document,
    point_facts,
    spectrum_text,
    structure_document,
)

if TYPE_CHECKING:
    from symgen.generators.artifact import Artifact
    from symgen.inspection.brackets import Bracket
    from symgen.inspection.comparison import Comparison


def point_inspection(artifact: Artifact) -> dict[str, Any]:
    """What was found and what it makes, for --json."""
    return {**point_document(artifact), **structure_document(artifact)}


def render_inspected_points(
    artifact: Artifact, brackets: Sequence[Bracket], comparison: Comparison | None, document: dict[str, Any]
) -> RenderableType:
    """Tables for a person."""
    from symgen.inspection.shown_brackets import readable

    m = artifact.metadata
    domain = m.of_points
    header, rows = generator_rows(artifact)
    header.insert(3, "norm")
    for row, record in zip(rows, m.generators, strict=True):
        row.insert(3, f"{record.norm:.3g}" if record.norm else "1")
    if comparison:
        header.append("angle")
        for row, angle in zip(rows, comparison.found_angles, strict=True):
            row.append(f"{angle:.1e}")
    moved, beside = moved_rows(domain, domain.moved.scales)
    of_moved = ["moved s", *(f"{scale:g}" for scale in domain.moved.scales)]
    shifts = [[f"V{place}", *cells] for place, cells in enumerate(moved, 1)]
    shifts += [[what, *cells] for what, cells in beside.items()]
    about = facts(
        {
            **point_facts(m, domain),
            "spectrum": spectrum_text(m),
            **algebra_facts(document),
            "moved s": moved_text(domain, any("lost" in row for row in shifts)),
            "rule": m.rule,
            "made by": f"symgen {m.symgen_version}, {m.method}, seed {m.seed}",
        }
    )
    parts: list[RenderableType] = [about, "", table(header, rows, numbers=("defect", "norm", "angle")), ""]
    parts.append(table(of_moved, shifts, numbers=of_moved[1:]))
    if comparison:
        parts += ["", *comparison_parts(comparison, [record.status for record in m.generators])]
    if document["matrices"]:
        matrices = matrix_tables(document["matrices"], m.space.names)
        parts += [
            "",
            Text("Matrices of the formulas, or of the unit field where there is none", style="bold"),
            *matrices,
        ]
    exact = document["exact_brackets"]
    parts += ["", *bracket_parts(list(brackets) if exact else readable(brackets, m.rounding), exact)]
    if document["figures"]:
        parts += ["", f"figures: {document['figures'][0].parent}/"]
    return Group(*parts)
