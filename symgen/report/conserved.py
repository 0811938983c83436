"""What is conserved: laws of the equation and what stays constant in the data, with how well the data keep them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from symgen.generators.drift_record import DriftCurve, DriftRecord, explained_in_words
from symgen.generators.metadata import Metadata
from symgen.report.chart import Chart, legend
from symgen.report.html import Content, Html, Section, element, formula, join, section, table
from symgen.report.numbers import scientific

MOST_CURVES = 8
KINDS = {
    "kept": "exact",
    "conserved": "exact",
    "nearly kept": "approximate",
    "nearly conserved": "approximate",
    "changes": "none",
}
FLOOR = 1e-17


def conserved_section(metadata: Metadata) -> Section:
    """Tables and curves; nothing where nothing is known to be conserved."""
    laws = [record for record in metadata.conserved if record.source == "equation"]
    seen = [record for record in metadata.conserved if record.source == "data"]
    notes = [element("p", note, class_="note") for note in metadata.conserved_notes]
    if not laws and not seen:
        return section("conserved", "What is conserved")
    return section(
        "conserved",
        "What is conserved",
        *([_table(laws, "Conservation laws of the equation")] if laws else []),
        *([_table(seen, "Constant in the data")] if seen else []),
        _curves([*laws, *seen]),
        element("p", _legend([*laws, *seen]), class_="note"),
        *notes,
    )


def _table(records: Sequence[DriftRecord], caption: str) -> Html:
    of_data = records[0].source == "data"
    fluxes = any(record.flux for record in records)
    named = any(record.name for record in records)
    header: list[Content] = [*(["name"] if named else []), "density", *(["flux"] if fluxes else [])]
    header += [*(["ratio"] if of_data else []), "drift", "error", "control", "of", "in the data"]
    rows: list[list[Content]] = []
    for record in records:
        row: list[Content] = [*([record.name or ""] if named else []), formula(record.density)]
        row += [join((formula(part) for part in record.flux), ", ")] if fluxes else []
        row += ["–" if record.ratio is None else scientific(record.ratio)] if of_data else []
        row += [scientific(record.drift), scientific(record.floor)]
        row += ["–" if record.control is None else scientific(record.control)]
        row += [formula(record.control_density) if record.control_density else ""]
        row.append(element("span", record.verdict, class_=f"verdict {KINDS.get(record.verdict, 'undecided')}"))
        rows.append(row)
    numbers = [place for place, name in enumerate(header) if name in ("ratio", "drift", "error", "control")]
    return table(header, rows, numbers, caption)


def _curves(records: Sequence[DriftRecord]) -> Html:
    """Changes over time with their controls, one small chart for each law."""
    figures = []
    for record in records[:MOST_CURVES]:
        if record.curve is not None and len(record.curve.t) > 1:
            name = element("strong", record.name, " ") if record.name else ""
            figures.append(
                element("figure", _curve(record.curve, record), element("figcaption", name, formula(record.density)))
            )
    if not figures:
        return Html("")
    keys = [
        ("own", "stroke", "change of the density's mean"),
        ("reference", "stroke", "control: a density that is not conserved"),
    ]
    return join([element("div", *figures, class_="grid"), legend(keys)])


def _curve(curve: DriftCurve, record: DriftRecord) -> Html:
    values = [max(abs(value), FLOOR) for value in (*curve.change, *curve.control) if _shown(value)]
    chart = Chart(330, 200, (curve.t[0], curve.t[-1]), values or [FLOOR, 1.0], logarithmic=True)
    chart.ticks([curve.t[0], (curve.t[0] + curve.t[-1]) / 2, curve.t[-1]])
    chart.label("t", "change")
    if curve.control:
        chart.line([(t, v) for t, v in zip(curve.t, curve.control, strict=True) if _shown(v)], "reference", "control")
    chart.line([(t, v) for t, v in zip(curve.t, curve.change, strict=True) if _shown(v)], "own", "change")
    return chart.html(f"Relative change of {record.name or record.density} over time")


def _shown(value: float) -> bool:
    """Whether a logarithmic axis has a place for it."""
    return bool(value) and math.isfinite(value)


def _legend(records: Sequence[DriftRecord]) -> str:
    return " ".join(f"{name.capitalize()}: {words}." for name, words in explained_in_words(records).items())
