"""Solutions and their copies written, drawn, and told of, whether of one unknown or of a system."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from symgen.cli.afterwards import afterwards
from symgen.cli.augment_figure import draw_augmented
from symgen.cli.output import Output

if TYPE_CHECKING:
    from symgen.augmentation.file import Augmented
    from symgen.augmentation.solution_file import AugmentedSystem
    from symgen.cli.figure_files import FigureFile

COARSE = 1e-3  # relative error of interpolation above which the user should know


def write_and_tell(
    out: Output,
    output: Path,
    picture: FigureFile | None,
    write: Callable[[Callable[[int, int], None]], Augmented | AugmentedSystem],
    about: dict[str, Any],
    render: Callable[[dict[str, Any]], RenderableType],
    cure: str,
    unjudged: str,
) -> None:
    """Write a file by `write(progress)`, draw some of it, and say what came of it and what it is `about`.

    `cure` is for copies that are put back on a coarse grid; `unjudged` is said where none can be held to the equations.
    """
    from symgen.augmentation.solution_file import AugmentedSystem
    from symgen.processes import go_on_alone

    with afterwards(output, "figure" if picture else "") as placed:
        with out.progress("Moving", "copies") as update:
            written = write(update)
        placed.path = written.path
        go_on_alone()
        document = {
            "file": written.path,
            "figures": draw_augmented(out, picture, written.path, isinstance(written, AugmentedSystem)),
            "bytes": written.path.stat().st_size,
            **out.time(),
            **about,
            **written.model_dump(exclude={"path"}),
        }
        if (written.interpolation_error or 0.0) > COARSE:
            out.warning(
                f"Putting moved solutions back on the grid makes an error of about {written.interpolation_error:.0e}. "
                + cure
            )
        for doubt in written.doubts:
            out.warning(doubt)
        if written.copies and written.residual_copies is None:
            out.warning(unjudged)
        out.result(document, lambda: render(document))
