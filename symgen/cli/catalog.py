"""`symgen catalog`: the equations and systems that symgen knows by name, and their symmetries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from symgen.cli.app import command
from symgen.cli.completion import equations
from symgen.cli.figure_files import FigureFile
from symgen.cli.options import Force, Format, Open
from symgen.cli.output import Output, equations_text, facts, table, with_carets
from symgen.cli.simulate_system import draw_solutions
from symgen.exceptions import UsageError
from symgen.names import CATALOG, SYSTEMS, unknown

if TYPE_CHECKING:
    from symgen.catalog.listing import Listing

INFINITE = " +"
SOLUTIONS = 4
"""That a picture is drawn of."""


@command("symgen catalog", "symgen catalog shallow-water", "symgen catalog kepler --open", "symgen catalog --json")
def catalog(
    out: Output,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", autocompletion=equations, help="Say all about this one.")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw solutions of NAME, which are made for that.")
    ] = None,
    format: Format = None,
    open: Open = False,
    force: Force = False,
) -> None:
    """List the equations and systems that are known by name, or say all about one.

    These are the names for `symgen simulate` and `symgen discover`, which knows images by name besides.
    """
    if name is not None and name not in CATALOG:
        raise unknown(name)
    if name is None and (figures or format or open):
        raise UsageError("--figures, --format and --open draw solutions of one entry: give its NAME.")
    if force and figures is None:
        raise UsageError("--force is about --figures, and there are none.")
    if name is None and out.mode != "json":
        out.result({}, _all)  # needs no formulas of symmetries, and so nothing that takes long to import
        return
    from symgen.catalog.listing import listing

    if name is not None:
        one = listing(name)
        picture = FigureFile.choose(figures, format, force, open)
        drawn = _drawn(out, name, picture) if picture else []
        shown = [f"figure: {path}" for path in drawn]
        out.result({**one.model_dump(), "figures": drawn}, lambda: Group(_about(one), *shown))
    else:
        out.result({"entries": [listing(each).model_dump() for each in CATALOG]}, _all)


def _drawn(out: Output, name: str, picture: FigureFile) -> list[Path]:
    """Draw a few solutions of an entry with its defaults, from the cache if they are there."""
    from symgen.catalog.cache import simulated, simulated_system
    from symgen.catalog.simulate import SimulationSettings
    from symgen.catalog.simulate_system import SystemSimulationSettings
    from symgen.pde.solutions_file import load_solutions
    from symgen.pde.trajectories import load_trajectories

    with out.progress(f"Solving {name}", "solving") as update:
        if name in SYSTEMS:
            path = simulated_system(name, SystemSimulationSettings.for_system(name, n=SOLUTIONS), progress=update)
            data = load_solutions(path)
        else:
            path = simulated(name, SimulationSettings.for_equation(name, n=SOLUTIONS), progress=update)
            data = load_trajectories(path).solutions
    return draw_solutions(out, data, picture)


def _all() -> RenderableType:
    from symgen.catalog import find

    rows = []
    for one in map(find, CATALOG):
        what = Text.assemble((one.title, "bold"), "\n", with_carets("\n".join(one.equations)))
        count = f"{len(one.symmetries)}{INFINITE if one.infinite else ''}"
        rows.append([one.name, what, count, f"{', '.join(one.unknowns)} of {', '.join(one.independent)}"])
    note = Text(f"{INFINITE.strip()}: and infinitely many others, which symgen catalog NAME describes", style="dim")
    return Group(table(["name", "equations", "symmetries", "variables"], rows), note)


def _about(one: Listing) -> RenderableType:
    defaults = one.defaults
    box = [
        f"{axis} of length {length:.6g}, {defaults['points'][axis]} points"
        for axis, length in defaults["lengths"].items()
    ]
    times = f"{defaults['times']} over {defaults['duration']:g}"
    if defaults["stored"] != defaults["times"]:
        times += f", the last {defaults['stored']} stored"
    rows: dict[str, Any] = {
        "name": one.name,
        "title": one.title,
        **equations_text(one.equations, one.parameters),
        "unknowns": ", ".join(one.unknowns),
        "variables": ", ".join(one.independent),
        "box": "; ".join(box) or None,
        "times": times,
        "amplitude": f"{defaults['amplitude']:g}",
        "solver": one.solver + (f", steps of at most {defaults['max_step']:.4g}" if defaults["max_step"] else ""),
    }
    symmetries = [
        [each.name, with_carets(each.formula), "yes" if each.keeps_periods else ""] for each in one.symmetries
    ]
    header = ["symmetry", "generator", *(["periodic"] if defaults["lengths"] else [])]
    parts: list[RenderableType] = [facts(rows), "", table(header, [row[: len(header)] for row in symmetries])]
    if one.infinite:
        parts.append(Text(f"and infinitely many others: {one.infinite}"))
    if one.conserved:
        conserved = [[name, with_carets(density)] for name, density in one.conserved.items()]
        parts += ["", table(["conserved", "density" if defaults["lengths"] else "formula"], conserved)]
    return Group(*parts)
