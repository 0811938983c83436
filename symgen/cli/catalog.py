"""`symgen catalog`: the equations and systems that symgen knows by name, and their symmetries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from symgen.cli.app import command
from symgen.cli.completion import equations
from symgen.cli.output import Output, equations_text, facts, table, with_carets
from symgen.names import CATALOG, unknown

if TYPE_CHECKING:
    from symgen.catalog.listing import Listing

INFINITE = " +"


@command("symgen catalog", "symgen catalog shallow-water", "symgen catalog --json")
def catalog(
    out: Output,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", autocompletion=equations, help="Say all about this one.")
    ] = None,
) -> None:
    """List the equations and systems that are known by name, or say all about one.

    These are the names for `symgen simulate` and `symgen discover`, which knows images by name besides.
    """
    if name is not None and name not in CATALOG:
        raise unknown(name)
    if name is None and out.mode != "json":
        out.result({}, _all)  # needs no formulas of symmetries, and so nothing that takes long to import
        return
    from symgen.catalog.listing import listing

    if name is not None:
        about = listing(name)
        out.result(about.model_dump(), lambda: _about(about))
    else:
        out.result({"entries": [listing(each).model_dump() for each in CATALOG]}, _all)


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
