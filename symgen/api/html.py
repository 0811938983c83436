"""Generators as a table of HTML, for notebooks."""

from __future__ import annotations

from collections.abc import Sequence

from symgen.api.words import in_python
from symgen.generators.metadata import GeneratorRecord, Metadata
from symgen.generators.text import components_text
from symgen.printable import escape
from symgen.report.mathml import formula_mathml


def html_of(metadata: Metadata) -> str:
    """How many symmetries there are, a row for each generator, and what there is to doubt."""
    m = metadata
    names = ", ".join(m.space.names)
    caption = f"{len(m.generators)} generators on {names}: {m.exact} exact, {m.approximate} approximate"
    head = "".join(f"<th>{name}</th>" for name in ("", "generator", "defect", "is"))
    body = "".join(_row(place, record, m.space.names) for place, record in enumerate(m.generators, 1))
    doubts = "".join(f"<li>{escape(in_python(doubt))}</li>" for doubt in m.warnings)
    return (
        f"<table><caption>{escape(caption)} ({escape(m.domain.acts_on)})</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>" + (f"<ul>{doubts}</ul>" if doubts else "")
    )


def _row(place: int, record: GeneratorRecord, names: Sequence[str]) -> str:
    text = components_text(record.formula, names) if record.formula else None
    shown = formula_html(text) if text else "no formula"
    cells = (f"V{place}", shown, f"{record.defect:.2e}", escape(record.verdict))
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def formula_html(text: str) -> str:
    """A formula as MathML, with its text as a tooltip."""
    return f'<span title="{escape(text)}">{formula_mathml(text)}</span>'
