"""How generators are shown in a terminal; shared by discover and inspect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from symgen.generators.artifact import Artifact
    from symgen.generators.metadata import GeneratorRecord

STYLES = {"exact": "green", "approximate": "yellow", "none": "red"}
WORDS = {"exact": "exact", "approximate": "approximate", "none": "no symmetry"}


def formula_text(record: GeneratorRecord, names: Sequence[str]) -> str | None:
    """The formula in the usual notation, None where there is none."""
    from symgen.expressions import parse_field
    from symgen.generators.closed_form import formula

    return formula(parse_field(record.formula, names), names) if record.formula else None


def generator_rows(artifact: Artifact) -> tuple[list[str], list[list[object]]]:
    """Header and rows of the table of generators."""
    m = artifact.metadata
    rows: list[list[object]] = []
    for place, record in enumerate(m.generators, 1):
        text = formula_text(record, m.space.names)
        if text and record.formula_error and record.formula_error > 1e-3:
            text += f"  (within {record.formula_error:.2g} rad; alone {record.formula_validity:.1e})"
        rows.append(
            [
                f"V{place}",
                text or "no closed form",
                validity_text(record.validity, m.rounding),
                f"{record.norm:.3g}" if record.norm else "1",
                Text(WORDS[record.status], style=STYLES[record.status]),
            ]
        )
    return ["", "generator", "validity", "norm", "is"], rows


def validity_text(value: float, rounding: float) -> str:
    """A validity; one within the rounding of the spectrum, which can't be told from 0, as an upper bound."""
    return f"< {rounding:.0e}" if value <= rounding else f"{value:.1e}"


def numbered(count: int, one: str, many: str) -> str:
    """`1 symmetry`, `4 symmetries`."""
    return f"{count} {one if count == 1 else many}"
