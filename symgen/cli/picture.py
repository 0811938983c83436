"""The picture that goes with a file of solutions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from symgen.exceptions import UsageError

if TYPE_CHECKING:
    from symgen.pde.solutions import Solutions

SUFFIXES = (".png", ".pdf", ".svg")


def picture_path(data: Path, figures: Path | None, no_figures: bool, force: bool) -> Path | None:
    """Where the picture of a file goes, by default beside it; None for none.

    Raises UsageError where it cannot be written, or would take the place of the data.
    """
    from symgen.atomic import require_writable

    if no_figures and figures is not None:
        raise UsageError("--figures and --no-figures exclude each other. Give one of them.")
    if no_figures:
        return None
    path = figures or data.with_suffix(SUFFIXES[0])
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"--figures {path}: a picture is a file that ends in {', '.join(SUFFIXES)}.")
    if path == data:
        raise UsageError(f"{path} cannot be both the data and their picture. Give another --output, such as data.h5.")
    require_writable(path, force)
    return path


def draw_solutions(data: Solutions, path: Path, force: bool) -> None:
    """Draw the first solutions into a file."""
    from symgen.plots.solutions import solutions_figure
    from symgen.plots.style import save_figure

    save_figure(solutions_figure(data), path, force)
