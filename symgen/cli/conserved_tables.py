"""How what is conserved is shown: tables and JSON, shared by discover and inspect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
OF_DATA = {"ratio": "change within solutions over the variation between them, 0 for what is conserved"}
WIDE = 44
"""Letters of a formula that are shown."""


def conserved_document(records: Sequence[DriftRecord]) -> list[dict[str, Any]]:
    """For --json; the curves are in the generators file."""
    return [record.model_dump(exclude={"curve"}) for record in records]


def conserved_parts(records: Sequence[DriftRecord], notes: Sequence[str] = ()) -> list[RenderableType]:
    """Tables of the laws of the equation, and of what stays constant in the data without one."""
    from symgen.generators.drift_record import explained_in_words

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
        parts += [table(header, rows, numbers), Text(_words(explained_in_words(laws)), style="dim")]
    if seen:
        ratios = ["-" if record.ratio is None else f"{record.ratio:.1e}" for record in seen]
        rows = [
            [_formula(record.density), ratio, *_numbers(record), _formula(record.control_density or ""), _is(record)]
            for record, ratio in zip(seen, ratios, strict=True)
        ]
        parts += [""] if parts else []
        header = ["constant in the data", "ratio", "drift", "error", "control", "of", "is"]
        words = OF_DATA if laws else OF_DATA | explained_in_words(seen)
        parts += [table(header, rows, numbers), Text(_words(words), style="dim")]
    if notes and parts:
        parts += [Text(note, style="dim") for note in notes]
    return ["", *parts] if parts else []


def _words(terms: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {words}" for name, words in terms.items())


def _numbers(record: DriftRecord) -> list[str]:
    control = "-" if record.control is None else f"{record.control:.1e}"
    return [f"{record.drift:.1e}", f"{record.floor:.1e}", control]


def _is(record: DriftRecord) -> Text:
    return Text(record.verdict, style=STYLES.get(record.verdict, ""))


def _formula(text: str) -> str:
    plain = with_carets(text)
    return plain if len(plain) <= WIDE else plain[: WIDE - 4].rstrip() + " ..."
