"""`symgen benchmark`: the experiments behind the published numbers, each with its targets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from symgen.cli.app import command
from symgen.cli.options import Device, pick_device
from symgen.cli.output import Output, table
from symgen.exceptions import CheckFailed

MISSED = 4  # exit code of a check that does not hold


def _check_seeds(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"\d+(,\d+)*", text):
        raise typer.BadParameter(f"{text!r} is not a list of numbers, e.g. 0,1,2")
    return text


@command(
    "symgen benchmark alignment",
    "symgen benchmark alignment --only kdv,ks --seeds 0,1,2,3,4",
    "symgen benchmark images --only cifar10",
    "symgen benchmark speed --preset smoke --check",
)
def benchmark(
    out: Output,
    name: Annotated[str, typer.Argument(metavar="NAME", help="alignment, images, noise, resampling or speed.")],
    preset: Annotated[str, typer.Option(metavar="smoke|cpu", help="A look in seconds, or everything.")] = "cpu",
    seeds: Annotated[
        str | None, typer.Option(metavar="0,1,...", callback=_check_seeds, help="Seeds; by default the preset's.")
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="NAME,...", help="Only the cases about these, e.g. kdv,ks.")
    ] = None,
    device: Device = "cpu",
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the runs.")] = Path("benchmarks"),
    force: Annotated[bool, typer.Option("--force", help="Start over instead of going on.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Exit with code 4 if a target is missed.")] = False,
) -> None:
    """Run an experiment and compare what it measures with its targets.

    The results and a report go into a folder named after the configuration. Finished cases are kept there, so
    that an interrupted run goes on where it was. A missed target is shown, but is no error without --check.
    """
    from symgen.benchmark import registry, report
    from symgen.benchmark.runner import run

    experiment = registry.get(name)
    with out.progress(f"Running {name}") as update:
        finished = run(
            experiment,
            preset,
            output,
            seeds=[int(seed) for seed in seeds.split(",")] if seeds else None,
            only=[part.strip() for part in only.split(",")] if only else (),
            device=pick_device(device),
            force=force,
            progress=update,
        )
    if finished.resumed:
        out.note(f"{finished.resumed} results were there already; --force measures them again.")
    path = report.write(finished)
    rows, missed = report.targets(finished), report.missed(finished)
    out.result(
        {
            "report": path,
            "resumed": finished.resumed,
            "missed": len(missed),
            "targets": rows,
            "results": finished.results,
            "configuration": finished.configuration,
        },
        lambda: render(rows, path),
    )
    if check and missed:
        if out.mode == "json":  # the document has said it
            raise typer.Exit(MISSED)
        raise CheckFailed(f"{len(missed)} of {len(rows)} targets were missed. See {path}.")


def render(rows: list[dict[str, str]], path: Path) -> RenderableType:
    """The targets for a person, and where the report is."""
    cells = [
        [*list(row.values())[:-1], Text(row["verdict"], "red" if row["verdict"] == "MISS" else "green")] for row in rows
    ]
    return Group(table(("case", "quantity", "measured", "target", ""), cells), Text(f"\nReport: {path}"))
