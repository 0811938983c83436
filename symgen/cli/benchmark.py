"""`symgen benchmark`: the experiments behind the published numbers, each with its targets."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from symgen.cli.app import command
from symgen.cli.completion import benchmarks
from symgen.cli.figure_files import FORMATS
from symgen.cli.options import Device, Format
from symgen.cli.output import Output, table
from symgen.devices import pick_device
from symgen.exceptions import CheckFailed
from symgen.words import numbered

if TYPE_CHECKING:
    from symgen.benchmark.runner import Shard

MISSED = 4  # exit code of a check that does not hold


def _check_seeds(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"\d+(,\d+)*", text):
        raise typer.BadParameter(f"{text!r} is not a list of numbers, e.g. 0,1,2")
    return text


def _check_shard(text: str | None) -> str | None:
    match = re.fullmatch(r"(\d+)/(\d+)", text or "1/1")
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise typer.BadParameter(f"{text!r} is not a part of so many, e.g. 1/2")
    return text


@command(
    "symgen benchmark alignment",
    "symgen benchmark alignment --only kdv,ks --seeds 0,1,2,3,4",
    "symgen benchmark images --only cifar10",
    "symgen benchmark operators --shard 1/2",
    "torchrun --nproc-per-node 2 -m symgen benchmark operators --preset paper --device cuda",
    "symgen benchmark speed --preset smoke --check",
)
def benchmark(
    out: Output,
    name: Annotated[
        str, typer.Argument(metavar="NAME", autocompletion=benchmarks, help="Experiment; a wrong one lists them all.")
    ],
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
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", callback=_check_shard, help="Only part I of N, from 1; by default torchrun's."),
    ] = None,
    format: Format = None,
    force: Annotated[
        bool, typer.Option("--force/--resume", help="Start over, or go on where it was (the default).")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Exit with code 4 if a target is missed.")] = False,
) -> None:
    """Run an experiment and compare what it measures with its targets.

    The results and a report go into a folder named after the configuration. Finished cases are kept there, so
    that an interrupted run goes on where it was. A missed target is shown, but is no error without --check.
    Several processes, or machines of one kind, with one folder share the work: --shard, or torchrun.
    """
    from symgen.benchmark import registry

    experiment = registry.get(name)
    from symgen.benchmark import report  # here, as they take long
    from symgen.benchmark.runner import run

    device = pick_device(device)
    part = _part(shard, device)
    with out.progress(f"Running {name}", "runs") as update:
        finished = run(
            experiment,
            preset,
            output,
            seeds=[int(seed) for seed in seeds.split(",")] if seeds else None,
            only=[part.strip() for part in only.split(",")] if only else (),
            device=device,
            force=force,
            progress=_telling(out, output, update),
            shard=part,
        )
    if finished.resumed:
        out.note(f"{numbered(finished.resumed, 'result was', 'results were')} there already; --force measures again.")
    if finished.missing:
        out.note(
            f"{numbered(finished.missing, 'result is', 'results are')} still to come from other shards; the last "
            "writes the report. Only processes with the same settings, processor and number of threads share a folder."
        )
        out.result(
            {"report": None, "folder": finished.folder, "resumed": finished.resumed, "missing": finished.missing},
            lambda: Text(f"Results: {finished.folder}"),
        )
        return
    if force and part.count > 1:
        out.note("The results of the other shards were taken as they are; --force is for each of them.")
    path = report.write(finished, format or FORMATS[0])
    rows = report.targets(finished)
    missed = report.missed(rows)
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


def _part(text: str | None, device: str) -> Shard:
    """The part of the work for this process: as --shard says, or torchrun, under which each has a GPU of its own."""
    from symgen.benchmark.runner import Shard
    from symgen.processes import place_of_this_process

    if text:
        number, count = map(int, text.split("/"))
        return Shard(number, count)
    place = place_of_this_process(device)
    return Shard(place.rank + 1, place.count, place.device)


def render(rows: list[dict[str, str]], path: Path) -> RenderableType:
    """The targets for a person, and where the report is."""
    if not rows:
        return Text(f"This preset has no targets; what it measured is in the report: {path}")
    cells = [
        [*list(row.values())[:-1], Text(row["verdict"], "red" if row["verdict"] == "MISS" else "green")] for row in rows
    ]
    return Group(table(("case", "quantity", "measured", "target", ""), cells), Text(f"\nReport: {path}"))
