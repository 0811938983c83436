"""How generators of images are shown: tables and JSON; shared by discover and inspect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from symgen.cli.output import facts, table, time_text
from symgen.words import numbered

if TYPE_CHECKING:
    from symgen.generators.artifact import Artifact
    from symgen.generators.domains import ImageDomain
    from symgen.generators.metadata import GeneratorRecord

WORDS = {"approximate": "approximate", "none": "no symmetry", "exact": "exact"}
STYLES = {"approximate": "green", "none": "red", "exact": "green"}


def image_document(artifact: Artifact) -> dict[str, Any]:
    """What was found, for --json."""
    m = artifact.metadata
    return {
        "name": m.image.name,
        "method": m.method,
        "approximate": m.approximate,
        "rule": m.rule,
        "generators": [
            {**record.model_dump(), "called": record.called, "text": nearest_text(record)} for record in m.generators
        ],
        "moved": m.image.moved,
        "affine_ratios": affine_ratios(artifact),
        "spectrum": m.spectrum,
        "image": [m.image.height, m.image.width],
        "padding": m.image.padding,
        "extractor": m.image.extractor,
        "data": m.data,
        "settings": m.settings,
    }


def nearest_text(record: GeneratorRecord) -> str:
    """The nearest affine and quadratic field in the usual notation."""
    from symgen.expressions import parse_field
    from symgen.image.polynomial import decimal_text

    return decimal_text(parse_field(record.formula or ("0", "0"), ("x", "y")))


def affine_ratios(artifact: Artifact) -> dict[str, float | None]:
    """Mean defect at |s| = 0.3 of the first 3 and 6 generators over that of the best 3 affine ones and of all 6."""
    from symgen.validity.moved_images import ratio_to_affine

    return {f"first {count}": ratio_to_affine(artifact.metadata.image.moved, count) for count in (3, 6)}


def defect_table(artifact: Artifact, columns: Sequence[float]) -> RenderableType:
    """A row for every generator, every affine one (the best first) and the random ones; a column for each |s| or s."""
    m = artifact.metadata
    moved = m.image.moved
    header = ["", *(f"s = {s:g}" if min(columns) < 0 else f"|s| = {s:g}" for s in columns), "is", "close to"]

    def cells(row: Sequence[float]) -> list[str]:
        return [f"{_at(row, moved.scales, s, both=min(columns) > 0):.3f}" for s in columns]

    rows: list[list[object]] = [
        [f"V{place}", *cells(row), Text(WORDS[record.status], style=STYLES[record.status]), record.called or ""]
        for place, (record, row) in enumerate(zip(m.generators, moved.generators, strict=True), 1)
    ]
    rows.append([""])
    affine = sorted(moved.affine.items(), key=lambda item: _at(item[1], moved.scales, max(columns), both=True))
    rows += [[Text(name, style="dim"), *cells(row)] for name, row in affine]
    for word, pick in (("least", min), ("mean", _mean), ("largest", max)):
        column = [f"{pick([float(c) for c in values]):.3f}" for values in zip(*map(cells, moved.random), strict=True)]
        rows.append([Text(f"random, {word}", style="dim"), *column])
    rows = [[*row, *[""] * (len(header) - len(row))] for row in rows]
    return table(header, rows, numbers=header[1:-2])


def render_image(artifact: Artifact, document: dict[str, Any]) -> RenderableType:
    """What was found, for a person."""
    m = artifact.metadata
    count = len(m.generators)
    are = "is an approximate symmetry" if m.approximate == 1 else "are approximate symmetries"
    title = Text(f"{m.approximate} of {numbered(count, 'generator', 'generators')} {are}", style="bold")
    about = facts(
        {
            "table": f"{m.image.extractor.measure} of {m.image.moved.images} held-out images moved by ±s",
            **image_facts(m.image),
            "first 3 and 6": against_affine(document["affine_ratios"]),
            "file": document["file"],
            "figures": f"{document['figures'][0].parent}/" if document["figures"] else None,
            "report": document["report"],
            "time": time_text(document),
        }
    )
    hint = Text(f"Look closer: symgen inspect {document['file']} --against affine", style="dim")
    return Group(title, defect_table(artifact, (0.1, 0.3)), "", about, "", hint)


def image_facts(domain: ImageDomain) -> dict[str, str]:
    """Images and extractor in words."""
    classes = "" if domain.classes is None else f", {numbered(domain.classes, 'class', 'classes')}"
    return {
        "images": f"{domain.name}, {domain.height} x {domain.width}{classes}",
        domain.extractor.called: domain.extractor.words,
    }


def against_affine(ratios: dict[str, float | None]) -> str | None:
    """The ratios to affine generators in words; None where there are too few generators."""
    known = [f"{value:.2f}" for value in ratios.values() if value is not None]
    return f"{' and '.join(known)} of the affine ones' at |s| = 0.3" if len(known) == len(ratios) else None


def _at(row: Sequence[float], scales: Sequence[float], s: float, both: bool) -> float:
    """The entry of a row at s, or the mean of those at +s and -s."""
    return _mean([v for v, scale in zip(row, scales, strict=True) if abs((abs(scale) if both else scale) - s) < 1e-9])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
