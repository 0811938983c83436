"""An artifact as plain text, for `print` and notebooks."""

from __future__ import annotations

from collections.abc import Sequence

from symgen.expressions import parse_field
from symgen.generators.closed_form import formula
from symgen.generators.metadata import GeneratorRecord, Metadata
from symgen.printable import printable

MOST_ROWS = 24
SHOWN = 1e-3
"""Angle (rad) between a field and its formula from which on it is said."""


def table_text(metadata: Metadata) -> str:
    """How many symmetries there are, and a row for each generator: formula, defect, status."""
    records = metadata.generators
    exact, approximate = metadata.exact, metadata.approximate
    names = ", ".join(metadata.space.names)
    count = f"{len(records)} generator{'s' * (len(records) != 1)}"
    told = f"{exact} exact, {approximate} approximate"
    if undecided := sum(record.verdict == "undecided" for record in records):
        told += f", {undecided} undecided"
    lines = [f"{count} on {names}: {told} ({metadata.domain.acts_on})"]
    header = ["", "defect", "is", "field"]
    rows = [
        [f"V{place}", f"{record.defect:.2e}", record.verdict, _field(record, metadata.space.names)]
        for place, record in enumerate(records[:MOST_ROWS], 1)
    ]
    lines.append(aligned([header, *rows]))
    if len(records) > MOST_ROWS:
        lines.append(f"... and {len(records) - MOST_ROWS} more")
    return printable("\n".join([*lines, *(f"Doubt: {warning}" for warning in metadata.warnings)]))


def _field(record: GeneratorRecord, names: Sequence[str]) -> str:
    text = components_text(record.formula, names) if record.formula else ""
    if record.near and not text:
        return f"no formula; near {components_text(record.near, names)}"
    like = f"{record.called}: " if record.called else ""
    off = f"  (within {record.formula_error:.2g} rad)" if (record.formula_error or 0) > SHOWN else ""
    return like + text + off if text else "no formula"


def components_text(components: Sequence[str], names: Sequence[str]) -> str:
    """A field by its components as they are written, in the usual notation: `-x2 d/dx1 + x1 d/dx2`."""
    return formula(parse_field(components, names), names)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as lines, each column as wide as its longest cell; the last one is not filled up."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    return "\n".join("  ".join([*map(str.ljust, row, widths), row[-1]]).rstrip() for row in rows)
