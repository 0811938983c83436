"""`symgen benchmark`: the experiments behind the published numbers, each with its targets."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from symgen.cli.app import command
from symgen.cli.completion import benchmarks
from symgen.cli.figure_files import FORMATS
from symgen.cli.options import Device, Format
from symgen.cli.output import Output, table
from symgen.devices import pick_device
from symgen.exceptions import CheckFailed, UsageError
from symgen.words import numbered

MISSED = 4  # exit code of a check that does not hold


def _check_seeds(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"\d+(,\d+)*", text):
        raise typer.BadParameter(f"{text!r} is not a list of numbers, e.g. 0,1,2")
    return text


@command(
    "symgen benchmark --list",
    "symgen benchmark peers",
    "symgen benchmark assume --only kdv,ks --seeds 0,1,2,3,4",
    "symgen benchmark images --only flow",
    "symgen benchmark operators --preset paper --device cuda",
    "symgen benchmark speed --preset smoke --check",
)
def benchmark(
    out: Output,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", autocompletion=benchmarks, help="Experiment; --list names them.")
    ] = None,
    preset: Annotated[
        Literal["smoke", "cpu", "paper"], typer.Option(help="Seconds; minutes to an hour; published sizes, for a GPU.")
    ] = "cpu",
    seeds: Annotated[
        str | None, typer.Option(metavar="0,1,...", callback=_check_seeds, help="Seeds; by default the preset's.")
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="NAME,...", help="Only the cases about these, e.g. kdv,ks.")
    ] = None,
    device: Device = "cpu",
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the runs.")] = Path("benchmarks"),
    format: Format = None,
    force: Annotated[
        bool, typer.Option("--force/--resume", help="Start over, or go on where it was (the default).")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Exit with code 4 if a target is missed.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the experiments and what --only takes.")] = False,
) -> None:
    """Run an experiment and compare what it measures with its targets.

    The results and a report go into a folder named after the preset and the machine. Finished cases are kept there,
    so that an interrupted run goes on where it was, and runs with different --only come together in one without. A
    missed target is shown, but is no error without --check.
    """
    from symgen.benchmark.experiments import EXPERIMENTS, checked

    if listed:
        rows = [(key, ", ".join(one.presets), ", ".join(one.subjects)) for key, one in EXPERIMENTS.items()]
        every = {key: asdict(one) for key, one in EXPERIMENTS.items()}
        out.result(every, lambda: table(("name", "presets", "--only"), rows))
        return
    if name is None:
        raise UsageError(f"Name an experiment. Known: {', '.join(EXPERIMENTS)}.")
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise UsageError("A benchmark runs in one process, not under torchrun. Split the work with --only.")
    subjects = [part.strip() for part in only.split(",")] if only else []
    checked(name, preset, subjects)
    from symgen.benchmark.runs import run  # here, as it takes long

    with out.progress(f"Running {name}", "runs") as update:
        finished = run(
            name,
            preset,
            output,
            seeds=[int(seed) for seed in seeds.split(",")] if seeds else (),
            only=subjects,
            device=pick_device(device),
            force=force,
            progress=_telling(out, output, update),
        )
    if finished.resumed:
        out.note(f"{numbered(finished.resumed, 'result was', 'results were')} there already; --force measures again.")
    path, verdicts = finished.write(format or FORMATS[0]), finished.rows()
    missed = sum(row["verdict"] == "MISS" for row in verdicts)
    out.result(
        {
            "report": path,
            "resumed": finished.resumed,
            "missed": missed,
            "targets": verdicts,
            "results": finished.results,
            "configuration": finished.configuration,
        },
        lambda: render(verdicts, path),
    )
    if check and missed:
        if out.mode == "json":  # the document has said it
            raise typer.Exit(MISSED)
        raise CheckFailed(f"{missed} of {len(verdicts)} targets were missed. See {path}.")


def _telling(out: Output, folder: Path, update: Callable[..., None]) -> Callable[[int, int, str], None]:
    """`update`, and a word before the first measurement."""
    told = False

    def report(done: int, total: int, what: str) -> None:
        nonlocal told
        if not told and done < total:
            left = numbered(total - done, "measurement")
            out.note(f"{left} to make, each kept in {folder}/: if interrupted, the same command goes on from there.")
        told = True
        update(done, total, what)

    return report


def render(rows: list[dict[str, str]], path: Path) -> RenderableType:
    """The targets for a person, and where the report is."""
    if not rows:
        return Text(f"This preset has no targets; what it measured is in the report: {path}")
    cells = [
        [*list(row.values())[:-1], Text(row["verdict"], "red" if row["verdict"] == "MISS" else "green")] for row in rows
    ]
    return Group(table(("case", "quantity", "measured", "target", ""), cells), Text(f"\nReport: {path}"))
