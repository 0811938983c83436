"""`symgen report`: a generators file as one page to look at in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symgen.cli.app import command
from symgen.cli.completion import names_or_generators
from symgen.cli.generators import require_generators
from symgen.cli.options import Force, against_option
from symgen.cli.output import Output, facts, time_text
from symgen.cli.viewer import show
from symgen.exceptions import UsageError

if TYPE_CHECKING:
    from symgen.validity.verification import FiniteTable

SUFFIXES = (".html", ".htm")


@command(
    "symgen report kdv-generators.safetensors",
    "symgen report kdv-generators.safetensors -o kdv.html --against lps --open",
    "symgen report mine-generators.safetensors --data mine.h5",
)
def report(
    out: Output,
    generators: Annotated[
        Path, typer.Argument(autocompletion=names_or_generators(), help="A generators file, made by discover.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE.html", help="The page.", show_default="NAME-report.html"),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="The data that the generators were found in: the page says whether these are the same."),
    ] = None,
    against: Annotated[
        str | None, against_option("Compare with known generators, as symgen inspect --against does.")
    ] = None,
    open: Annotated[bool, typer.Option("--open", help="Show the page with the browser of the desktop.")] = False,
    force: Force = False,
) -> None:
    """Write a report: one page, without any network, that moves the data along each generator.

    The page has the spectrum, formulas, fields that can be turned, a slider that moves a solution, an image or points
    along each generator, brackets, what is conserved, how sure all of this is, and how to get it again. It needs a
    browser of 2023 or later; without scripts, and on paper, all but what moves is there.
    """
    path = output or report_path(generators)
    require_page(path)
    require_generators(generators)
    written = write(out, generators, path, force, data=data, against=against)
    if open:
        show(out, [written])
    size = written.stat().st_size
    document = {"file": generators, "report": written, "bytes": size, **out.time()}
    told = {"report": written, "size": f"{size / 1e6:.2f} MB", "time": time_text(document)}
    out.result(document, lambda: facts(told))


def report_path(generators: Path) -> Path:
    """Beside a generators file, as figures are."""
    return generators.with_name(f"{generators.stem.removesuffix('-generators')}-report.html")


def require_page(path: Path) -> None:
    """Raise UsageError for a name that browsers do not take for a page."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path}: a report is a page. Give a name that ends in .html.")


def write(
    out: Output,
    generators: Path,
    path: Path,
    force: bool,
    data: Path | None = None,
    against: str | None = None,
    moved: FiniteTable | None = None,
) -> Path:
    """Write the report of a file, with a bar; `moved` are data that were moved already."""
    from symgen.report.page import write_report

    with out.progress("Writing the report", "report") as update:
        return write_report(
            generators, path, data=data, against=against, moved=moved, force=force, progress=update, warn=out.warning
        )
