"""How what is conserved is shown: tables and JSON, shared by discover and inspect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text

from symgen.cli.output import table, with_carets

if TYPE_CHECKING:
    from symgen.generators.drift_record import DriftRecord

STYLES = {
    "kept": "green",
    "conserved": "green",
    "nearly conserved": "yellow",
    "nearly kept": "yellow",
    "changes": "red",
}
OF_LAWS = (
    "drift: largest change of the mean over the box (of the value, in ordinary equations), relative to the mean size "
    "of the density; error: what the grid, the time step and noise explain of it; control: the drift of a density of "
    "the same kind that is not conserved"
)
IN_DATA = (
    "; kept: the drift is at most {:g} times the error, or {:g}; not told: the control hardly exceeds the errors, and "
    "so the data say nothing about the law"
)
OF_DATA = "ratio: change within solutions over the variation between them, 0 for what is conserved"
WIDE = 44
"""Letters of a formula that are shown."""


def conserved_document(records: Sequence[DriftRecord]) -> list[dict[str, Any]]:
    """For --json; the curves are in the generators file."""
    return [record.model_dump(exclude={"curve"}) for record in records]


def conserved_parts(records: Sequence[DriftRecord], notes: Sequence[str] = ()) -> list[RenderableType]:
    """Tables of the laws of the equation, and of what stays constant in the data without one."""
    from symgen.generators.drift_record import EXPLAINED, SOLVED

    parts: list[RenderableType] = []
    laws = [record for record in records if record.source == "equation"]
    seen = [record for record in records if record.source == "data"]
    numbers = ["ratio", "drift", "error", "control"]
    if laws:
        rows = [
            [
                record.name or "",
                _formula(record.density),
                *_numbers(record),
                _formula(record.control_density or ""),
                _is(record),
            ]
            for record in laws
        ]
        header = ["conserved", "density", "drift", "error", "control", "of", "in the data"]
        parts += [table(header, rows, numbers), Text(OF_LAWS + IN_DATA.format(EXPLAINED, SOLVED), style="dim")]
    if seen:
        ratios = ["-" if record.ratio is None else f"{record.ratio:.1e}" for record in seen]
        rows = [
            [_formula(record.density), ratio, *_numbers(record), _formula(record.control_density or ""), _is(record)]
            for record, ratio in zip(seen, ratios, strict=True)
        ]
        parts += [""] if parts else []
        header = ["constant in the data", "ratio", "drift", "error", "control", "of", "is"]
        parts += [table(header, rows, numbers), Text(OF_DATA if laws else f"{OF_DATA}; {OF_LAWS}", style="dim")]
    if notes and parts:
        parts += [Text(note, style="dim") for note in notes]
    return ["", *parts] if parts else []


def _numbers(record: DriftRecord) -> list[str]:
    control = "-" if record.control is None else f"{record.control:.1e}"
    return [f"{record.drift:.1e}", f"{record.floor:.1e}", control]


def _is(record: DriftRecord) -> Text:
    return Text(record.verdict, style=STYLES.get(record.verdict, ""))


def _formula(text: str) -> str:
    plain = with_carets(text)
    return plain if len(plain) <= WIDE else plain[: WIDE - 4].rstrip() + " ..."
