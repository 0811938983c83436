"""What stays constant in a file of data, for `symgen inspect`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from symgen.cli.conserved_tables import conserved_document, conserved_parts
from symgen.cli.output import Output

if TYPE_CHECKING:
    from symgen.equations.system import System
    from symgen.generators.drift_record import DriftRecord
    from symgen.pde.solutions import Solutions


@dataclass(frozen=True)
class Seen:
    """For --json, and for a person."""

    document: dict[str, Any]
    parts: list[RenderableType]
    records: Sequence[DriftRecord]


def look_at_conserved(out: Output, data: Solutions, system: System | None, asked: bool) -> Seen:
    """How well data keep what their system conserves; where it is `asked` for, also what stays constant in them
    whatever that is.
    """
    from symgen.discovery.conserved import conserved_by, constant_in

    with out.progress("Integrating what is conserved", "conserved"):
        found = [conserved_by(data, system)] if system else []
        found += [constant_in(data)] if asked else []
    records = [record for one in found for record in one.records]
    notes = [note for one in found for note in one.notes]
    if asked:
        for note in notes:
            out.warning(note)
    document = {"conserved": conserved_document(records), "conserved_notes": notes}
    parts = conserved_parts(records, () if asked else notes)
    if asked and not records:
        parts = ["", "Nothing is found that stays constant in these data."]
    return Seen(document, parts, records)
