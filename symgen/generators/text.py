"""An artifact as plain text, for `print` and notebooks."""

from __future__ import annotations

from collections.abc import Sequence

from symgen.generators.metadata import GeneratorRecord, Metadata

MOST_ROWS = 24
SHOWN = 1e-3
"""Angle (rad) between a field and its formula from which on it is said."""


def table_text(metadata: Metadata) -> str:
    """How many symmetries there are, and a row for each generator: formula, defect, status."""
    records = metadata.generators
    exact, approximate = metadata.exact, metadata.approximate
    names = ", ".join(metadata.space.names)
    count = f"{len(records)} generator{'s' * (len(records) != 1)}"
    lines = [f"{count} on {names}: {exact} exact, {approximate} approximate ({metadata.domain.acts_on})"]
    header = ["", "defect", "is", "field"]
    rows = [
        [f"V{place}", f"{record.defect:.2e}", record.verdict, _field(record, metadata.space.names)]
        for place, record in enumerate(records[:MOST_ROWS], 1)
    ]
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(3)]
    for row in (header, *rows):
        lines.append("  ".join([*map(str.ljust, row, widths), row[-1]]).rstrip())
    if len(records) > MOST_ROWS:
        lines.append(f"... and {len(records) - MOST_ROWS} more")
    return "\n".join([*lines, *(f"Doubt: {warning}" for warning in metadata.warnings)])


def _field(record: GeneratorRecord, names: Sequence[str]) -> str:
    text = components_text(record.formula, names) if record.formula else ""
    if record.near and not text:
        return f"no formula; near {components_text(record.near, names)}"
    like = f"{record.called}: " if record.called else ""
    off = f"  (within {record.formula_error:.2g} rad)" if (record.formula_error or 0) > SHOWN else ""
    return like + text + off if text else "no formula"


def components_text(formula: Sequence[str], names: Sequence[str]) -> str:
    """A field by its components as they are written: `-x2 d/dx1 + x1 d/dx2`."""
    text = ""
    for component, name in zip(formula, names, strict=True):
        if component in ("0", "0.0"):
            continue
        shown = component.replace("**", "^").replace("*", " ")
        minus = shown.startswith("-") and "+" not in shown and " - " not in shown
        factor = shown.removeprefix("-") if minus else shown
        factor = f"({factor})" if " + " in factor or " - " in factor else factor
        sign = (" - " if minus else " + ") if text else ("-" if minus else "")
        text += sign + ("" if factor == "1" else f"{factor} ") + f"d/d{name}"
    return text or "0"
