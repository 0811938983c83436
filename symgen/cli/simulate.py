"""`symgen simulate`: solutions of an equation or a system of the catalog, into an HDF5 file and a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.filesize import decimal

from symgen.cli.afterwards import afterwards
from symgen.cli.app import command
from symgen.cli.completion import equations
from symgen.cli.figure_files import require_no_figures
from symgen.cli.options import Device, Force, Format, Open, Param, Seed, parameters
from symgen.cli.output import Output, facts, time_text, values_text, with_carets
from symgen.cli.simulate_system import draw_solutions, drifts_text, picture_of, simulate_of_system, tell_cost
from symgen.cli.together import in_another_process, together
from symgen.devices import pick_device
from symgen.exceptions import UsageError
from symgen.names import CATALOG, SYSTEMS, unknown
from symgen.settings_errors import checked_options

if TYPE_CHECKING:
    from symgen.pde.trajectories import Trajectories

OPTIONS = {
    "n": "--samples",
    "parameters": "--param",
    "waves": "--sines",
    "lowest": "--waves",
    "highest": "--waves",
    "batch": "--batch-size",
}
"""Fields of the settings whose options have other names."""


def wave_numbers(text: str | None) -> tuple[int | None, int | None]:
    """`"1-2"` -> (1, 2) and `"3"` -> (3, 3)."""
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", text or "")
    if text is not None and not match:
        raise typer.BadParameter(f"{text!r} is not a range of wave numbers, e.g. 1-2")
    return (int(match[1]), int(match[2] or match[1])) if match else (None, None)


def _check_waves(text: str | None) -> str | None:
    wave_numbers(text)
    return text


@command(
    "symgen simulate kdv",
    "symgen simulate burgers -n 256 --param nu=0.02 -o burgers.h5",
    "symgen simulate heat --nx 128 --length 16 --waves 1-4 --json",
    "symgen simulate nls",
    "symgen simulate reaction-diffusion -n 4 --points 32 --duration 2",
    "symgen simulate kepler --nt 65 --no-figures",
)
@together
def simulate(
    out: Output,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            autocompletion=equations,
            help="An equation or a system of the catalog, e.g. kdv; see symgen catalog.",
        ),
    ],
    samples: Annotated[
        int | None,
        typer.Option("--samples", "-n", help="Number of solutions.", min=1, show_default="64; systems: 16"),
    ] = None,
    nx: Annotated[int | None, typer.Option(help="Grid points in x; of systems --points.")] = None,
    points: Annotated[int | None, typer.Option(help="Systems: grid points along each axis of space.")] = None,
    nt: Annotated[int | None, typer.Option(help="Times over the whole duration.")] = None,
    stored: Annotated[
        int | None,
        typer.Option(
            help="How many of them, the last ones, to keep; of systems all are kept.", show_default="140, or all"
        ),
    ] = None,
    length: Annotated[float | None, typer.Option(help="Length of the periodic domain, along each axis.")] = None,
    duration: Annotated[float | None, typer.Option(help="Time from the initial data to the end.")] = None,
    param: Param = None,
    waves: Annotated[
        str | None,
        typer.Option(
            metavar="LOW-HIGH", callback=_check_waves, help="Wave numbers of the initial data; not of systems."
        ),
    ] = None,
    sines: Annotated[int | None, typer.Option(help="Number of sines in the initial data.")] = None,
    amplitude: Annotated[float | None, typer.Option(help="Their largest amplitude.")] = None,
    max_step: Annotated[float | None, typer.Option(help="Largest time step of the solver.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Solutions advanced at once.")] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out samples that fail.")] = False,
    seed: Seed = 0,
    device: Device = "auto",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The HDF5 file.", show_default="NAME.h5")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The picture.", show_default="beside the file: NAME.png")
    ] = None,
    no_figures: Annotated[bool, typer.Option("--no-figures", help="Draw no picture.")] = False,
    format: Format = None,
    open: Open = False,
    force: Force = False,
) -> None:
    """Solve an equation or a system of the catalog from random initial data; write the solutions and a picture.

    What is not given is the default of NAME. The file has the layout of PDEBench, that of a system the layout of The
    Well.
    """
    options = dict(locals())
    if name not in CATALOG:
        raise unknown(name)
    if no_figures:
        require_no_figures(figures, format, open)
    run = simulate_of_system if name in SYSTEMS else _of_equation
    run(out, name, options, output or Path(f"{name}.h5"))


def _of_equation(out: Output, name: str, options: Mapping[str, Any], path: Path) -> None:
    from symgen import catalog
    from symgen.atomic import require_writable
    from symgen.catalog.doubts import doubts
    from symgen.catalog.simulate import SimulationSettings, cost_of
    from symgen.catalog.simulate import simulate as solve

    if options["points"] is not None:
        raise UsageError(f"--points is for systems. The points of {name} are --nx.")
    lowest, highest = wave_numbers(options["waves"])
    same = ("nx", "nt", "stored", "length", "duration", "amplitude", "seed", "max_step")
    with checked_options(OPTIONS):
        settings = SimulationSettings.for_equation(
            name,
            n=options["samples"],
            parameters=parameters(options["param"] or []),
            waves=options["sines"],
            lowest=lowest,
            highest=highest,
            batch=options["batch_size"],
            **{key: options[key] for key in same},
        )
    force, device = options["force"], pick_device(options["device"])
    require_writable(path, force)
    picture = picture_of(options, path)
    tell_cost(out, cost_of(catalog.get(name), settings))
    with out.progress(f"Solving {name}", "solving") as update:
        trajectories = solve(name, settings, device=device, progress=update, skip_bad=options["skip_bad"])
    if in_another_process():
        return
    with afterwards(path, "figure" if picture else "") as placed:
        path = placed.path = trajectories.save(path, force)
        drawn = draw_solutions(out, trajectories.solutions, picture)
        for doubt in doubts(name, settings, trajectories.info.settings):
            out.warning(doubt)
        about = {"file": path, "bytes": path.stat().st_size, "figures": drawn, **out.time()}
        document = {**about, **summary(trajectories)}
        out.result(document, lambda: render(document))


def summary(trajectories: Trajectories) -> dict[str, Any]:
    """What there is to know about trajectories at a glance, in physical units."""
    from symgen.moments import Moments

    info, x, t = trajectories.info, trajectories.x, trajectories.t
    moments = Moments()
    for u in trajectories.batches():
        moments.push(u.ravel())
    return {
        "name": info.name,
        "equation": info.equation,
        "parameters": info.parameters,
        "samples": len(trajectories),
        "nx": len(x),
        "nt": len(t),
        "x": [x[0], x[-1]],
        "t": [t[0], t[-1]],
        "length": info.length,
        "u_std": float(moments.deviation),
        "seed": info.seed,
        "solver": info.solver,
        "resolution": info.settings["resolution"],
        "drifts": info.settings["drifts"],
        "dropped": info.settings["dropped"],
    }


def render(document: dict[str, Any]) -> RenderableType:
    """The summary for a person."""
    d = document
    return facts(
        {
            "equation": with_carets(f"{d['equation']} = 0"),
            "parameters": ", ".join(values_text(d["parameters"])) or None,
            "samples": d["samples"],
            "grid": f"{d['nt']} times x {d['nx']} points",
            "x": f"{d['x'][0]:g} to {d['x'][1]:.6g}, periodic with length {d['length']:g}",
            "t": f"{d['t'][0]:.6g} to {d['t'][1]:.6g}",
            "std of u": f"{d['u_std']:.4g}",
            "drift of": drifts_text(d["drifts"]),
            "file": f"{d['file']} ({decimal(d['bytes'])})",
            "figure": d["figures"][0] if d["figures"] else None,
            "time": time_text(d),
        }
    )
