"""What `symgen inspect` says of a generators file: generators, comparison, brackets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType

from symgen.cli.comparison_tables import bracket_parts, comparison_parts
from symgen.cli.conserved_tables import conserved_parts
from symgen.cli.found import fields_text
from symgen.cli.generators import (
    TRIVIAL,
    assumed_text,
    certainty_text,
    draw,
    generator_rows,
    regression_text,
    residual_text,
    summary,
    system_facts,
    verify,
)
from symgen.cli.image_tables import against_affine, defect_table, image_document, image_facts, nearest_text
from symgen.cli.inspect_points import point_inspection, render_inspected_points
from symgen.cli.output import Output, equation_text, facts, table
from symgen.exceptions import CheckFailed
from symgen.words import numbered

if TYPE_CHECKING:
    from symgen.cli.figure_files import FigureFolder
    from symgen.generators.artifact import Artifact
    from symgen.generators.metadata import Metadata
    from symgen.inspection.brackets import Bracket
    from symgen.inspection.comparison import Comparison

DOCUMENTS = {"image": image_document, "points": point_inspection}
"""What there is for --json, by the kind of what the generators act on; of equations it is `summary`."""


def inspect_generators(
    out: Output, file: Path, against: str | None, max_distance: float | None, folder: FigureFolder | None
) -> None:
    """Show what is in the file, beside what it is compared with; CheckFailed where the two are too far apart."""
    from symgen import load
    from symgen.inspection.brackets import MOST_BRACKETED, bracket_table
    from symgen.inspection.comparison import compare
    from symgen.inspection.exact_brackets import brackets_of_formulas
    from symgen.inspection.reference import reference
    from symgen.inspection.shown_brackets import brackets_of_points
    from symgen.inspection.structure import structure_of

    artifact = load(file)
    m = artifact.metadata
    comparison = compare(artifact, reference(artifact, against)) if against else None
    exact = brackets_of_formulas(artifact) if m.domain.kind == "system" else None
    if m.domain.kind == "points":
        exact = brackets_of_points(artifact)
    brackets = bracket_table(artifact) if exact is None else exact
    bracketed = min(len(m.generators), MOST_BRACKETED)
    if bracketed < len(m.generators):
        out.note(f"Lie brackets are those of the first {bracketed} of {len(m.generators)} generators.")
    moved = verify(artifact, out) if folder and m.domain.kind in ("pde", "system") else None
    drawn = draw(artifact, folder, out, comparison, moved)
    for doubt in m.warnings:
        out.warning(doubt)
    of_brackets: dict[str, Any] = {}
    if m.domain.kind == "points":
        of_brackets = {"exact_brackets": exact is not None}
    elif exact is not None:
        whole = bracketed == len(m.generators)
        of_brackets = {"structure": structure_of(exact, bracketed) if whole else None}
    document = {
        "file": file,
        **DOCUMENTS.get(m.domain.kind, summary)(artifact),
        "brackets": brackets,
        "bracketed": bracketed,
        **of_brackets,
        "comparison": {**comparison.model_dump(), "full_distance": comparison.full_distance} if comparison else None,
        "figures": drawn,
    }
    out.result(document, lambda: render(artifact, brackets, comparison, document))
    if comparison and max_distance is not None and comparison.full_distance > max_distance:
        missed = f", with {', '.join(comparison.missed)} missed" if comparison.missed else ""
        raise CheckFailed(
            f"{file} is {comparison.full_distance:.3g} rad from the {comparison.against}{missed}; "
            f"--max-distance allows {max_distance:g}."
        )


def render(
    artifact: Artifact, brackets: list[Bracket], comparison: Comparison | None, document: dict[str, Any]
) -> RenderableType:
    """Tables for a person."""
    m = artifact.metadata
    if m.domain.kind == "image":
        return _render_image(artifact, brackets, comparison, document)
    if m.domain.kind == "points":
        return render_inspected_points(artifact, brackets, comparison, document)
    header, rows = generator_rows(artifact)
    if comparison:
        header.append("angle")
        for row, angle, record in zip(rows, comparison.found_angles, m.generators, strict=True):
            row.append("" if record.trivial else f"{angle:.1e}")
    about = facts(
        {
            **_equations(m),
            "found as": regression_text(m.data.regression) if m.data.regression else None,
            **{f"found {place}": regression_text(one) for place, one in enumerate(m.data.regressions, 1)},
            "assumed": assumed_text(m.data),
            "data": f"{_samples(m)}, {m.data.source or 'in memory'}; own residual {residual_text(m.data)}",
            "certainty": certainty_text(m.certainty) if m.certainty else None,
            "trivial": TRIVIAL if m.trivial else None,
            "spectrum": f"{m.exact} exact, {m.approximate} approximate, gap a factor of {m.gap:.0e}",
            "algebra": document.get("structure"),
            "rule": m.rule,
            "made by": f"symgen {m.symgen_version}, {m.method}, seed {m.seed}",
        }
    )
    parts: list[RenderableType] = [about, "", table(header, rows, numbers=("defect", "bound", "norm", "angle"))]
    if comparison:
        parts += ["", *comparison_parts(comparison, [record.status for record in m.generators])]
    parts += conserved_parts(m.conserved, m.conserved_notes)
    parts += ["", *bracket_parts(brackets, exact="structure" in document)]
    if document["figures"]:
        parts += ["", f"figures: {document['figures'][0].parent}/"]
    return Group(*parts)


def _samples(m: Metadata) -> str:
    if m.domain.kind == "system":
        return numbered(m.data.samples, "solution", "solutions")
    return numbered(m.data.samples, "trajectory", "trajectories")


def _equations(m: Metadata) -> dict[str, object]:
    from symgen.generators.domains import SystemDomain

    if isinstance(m.domain, SystemDomain):
        return {**system_facts(m.domain), "fields": fields_text(m)}
    return {
        "equation": equation_text(m.pde.equation, m.pde.parameters),
        "fields": "periodic in x" if m.pde.periodic_fields else "on open pieces of the solutions",
    }


def _render_image(
    artifact: Artifact, brackets: list[Bracket], comparison: Comparison | None, document: dict[str, Any]
) -> RenderableType:
    m = artifact.metadata
    moved = m.image.moved
    about = facts(
        {
            **image_facts(m.image),
            "table": f"{m.image.extractor.measure} of {moved.images} held-out images moved by s; beyond their "
            f"edges: {m.image.padding}",
            "first 3 and 6": against_affine(document["affine_ratios"]),
            "rule": m.rule,
            "made by": f"symgen {m.symgen_version}, {m.method}, seed {m.seed}",
        }
    )
    header = ["", "nearest affine and quadratic field", "off by (rad)", *(["angle"] if comparison else [])]
    angles = comparison.found_angles if comparison else [0.0] * len(m.generators)
    rows = [
        [
            f"V{place}",
            nearest_text(record),
            "" if record.formula_error is None else f"{record.formula_error:.2f}",
            f"{angle:.2f}",
        ][: len(header)]
        for place, (record, angle) in enumerate(zip(m.generators, angles, strict=True), 1)
    ]
    parts: list[RenderableType] = [about, "", defect_table(artifact, moved.scales)]
    parts += ["", table(header, rows, numbers=header[2:])]
    if comparison:
        parts += ["", *comparison_parts(comparison, None)]
    parts += ["", *bracket_parts(brackets)]
    if document["figures"]:
        parts += ["", f"figures: {document['figures'][0].parent}/"]
    return Group(*parts)
