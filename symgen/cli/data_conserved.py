"""What stays constant in a file of data, for `symgen inspect`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from symgen.cli.conserved_tables import conserved_document, conserved_parts
from symgen.cli.generators import FIGURE, require_fresh_folder
from symgen.cli.output import Output

if TYPE_CHECKING:
    from symgen.equations.system import System
    from symgen.pde.solutions import Solutions


@dataclass(frozen=True)
class Seen:
    """For --json, and for a person."""

    document: dict[str, Any]
    parts: list[RenderableType]


def look_at_conserved(
    out: Output, data: Solutions, system: System | None, asked: bool, figures: Path | None, force: bool
) -> Seen:
    """How well data keep what their system conserves; where it is `asked` for, also what stays constant in them
    whatever that is, and a figure in a folder.
    """
    from symgen.discovery.conserved import conserved_by, constant_in

    require_fresh_folder(figures, force, [data.source])
    with out.progress("Integrating what is conserved", "conserved"):
        found = [conserved_by(data, system)] if system else []
        found += [constant_in(data)] if asked else []
    records = [record for one in found for record in one.records]
    notes = [note for one in found for note in one.notes]
    if asked:
        for note in notes:
            out.warning(note)
    drawn = _draw(records, figures, force) if figures else []
    document = {"conserved": conserved_document(records), "conserved_notes": notes, "figures": drawn}
    parts = conserved_parts(records, () if asked else notes)
    if asked and not records:
        parts = ["", "Nothing is found that stays constant in these data."]
    return Seen(document, [*parts, *(f"figure: {path}" for path in drawn)])


def _draw(records: Any, folder: Path, force: bool) -> list[Path]:
    from symgen.plots import conserved_figure, save_figure

    figure = conserved_figure(records)
    if figure is None:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"conserved{FIGURE}"
    save_figure(figure, path, force)
    return [path]
