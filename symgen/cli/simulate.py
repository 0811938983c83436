"""`symgen simulate`: trajectories of an equation of the catalog, into an HDF5 file."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.filesize import decimal
from rich.table import Table

from symgen.cli.app import command
from symgen.cli.errors import checked_options
from symgen.cli.options import Device, Force, Param, Seed, parameters, pick_device
from symgen.cli.output import Output, facts, values_text

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
COARSE = 1e-5  # share of the energy near the grid's limit above which the data are under-resolved


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
)
def simulate(
    out: Output,
    name: Annotated[str, typer.Argument(metavar="NAME", help="An equation of the catalog, e.g. kdv.")],
    samples: Annotated[int, typer.Option("--samples", "-n", help="Number of trajectories.", min=1)] = 64,
    nx: Annotated[int | None, typer.Option(help="Grid points in x.")] = None,
    nt: Annotated[int | None, typer.Option(help="Times over the whole duration.")] = None,
    stored: Annotated[int | None, typer.Option(help="How many of them, the last ones, to keep.")] = None,
    length: Annotated[float | None, typer.Option(help="Length of the periodic domain.")] = None,
    duration: Annotated[float | None, typer.Option(help="Time from the initial data to the end.")] = None,
    param: Param = None,
    waves: Annotated[
        str | None,
        typer.Option(metavar="LOW-HIGH", callback=_check_waves, help="Wave numbers of the initial data."),
    ] = None,
    sines: Annotated[int | None, typer.Option(help="Number of sines in the initial data.")] = None,
    amplitude: Annotated[float | None, typer.Option(help="Their largest amplitude.")] = None,
    max_step: Annotated[float | None, typer.Option(help="Largest time step of the solver.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Trajectories solved at once.")] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out samples that fail.")] = False,
    seed: Seed = 0,
    device: Device = "auto",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The HDF5 file.", show_default="NAME.h5")
    ] = None,
    force: Force = False,
) -> None:
    """Solve an equation of the catalog from random initial data and write the trajectories.

    What is not given is the equation's own default. The file has the layout of PDEBench.
    """
    from symgen.atomic import require_writable
    from symgen.pde.simulate import SimulationSettings
    from symgen.pde.simulate import simulate as solve

    lowest, highest = wave_numbers(waves)
    with checked_options(OPTIONS):
        settings = SimulationSettings.for_equation(
            name,
            n=samples,
            nx=nx,
            nt=nt,
            stored=stored,
            length=length,
            duration=duration,
            parameters=parameters(param or []),
            waves=sines,
            amplitude=amplitude,
            lowest=lowest,
            highest=highest,
            seed=seed,
            max_step=max_step,
            batch=batch_size,
        )
    path = output or Path(f"{name}.h5")
    require_writable(path, force)
    start = time.perf_counter()
    with out.progress(f"Solving {name}") as update:
        trajectories = solve(name, settings, device=pick_device(device), progress=update, skip_bad=skip_bad)
    seconds = time.perf_counter() - start
    trajectories.save(path, force)
    resolution, dropped = (trajectories.info.settings[key] for key in ("resolution", "dropped"))
    if resolution > COARSE:
        out.warning(f"{name} is not resolved on {settings.nx} points. Use a larger --nx or smoother initial data.")
    if dropped:
        out.warning(f"{len(dropped)} of {samples} samples failed and are left out: {_listed(dropped)}.")
    document = {"file": path, "bytes": path.stat().st_size, "seconds": seconds, **summary(trajectories)}
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
        "dropped": info.settings["dropped"],
    }


def _listed(numbers: list[int], limit: int = 8) -> str:
    return ", ".join(map(str, numbers[:limit])) + (", ..." if len(numbers) > limit else "")


def render(document: dict[str, Any]) -> Table:
    """The summary for a person."""
    d = document
    return facts(
        {
            "equation": f"{d['equation']} = 0",
            "parameters": ", ".join(values_text(d["parameters"])) or None,
            "samples": d["samples"],
            "grid": f"{d['nt']} times x {d['nx']} points",
            "x": f"{d['x'][0]:g} to {d['x'][1]:.6g}, periodic with length {d['length']:g}",
            "t": f"{d['t'][0]:.6g} to {d['t'][1]:.6g}",
            "std of u": f"{d['u_std']:.4g}",
            "file": f"{d['file']} ({decimal(d['bytes'])})",
            "time": f"{d['seconds']:.1f} s",
        }
    )
