"""`symgen simulate` for the systems of the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.filesize import decimal

from symgen.cli.afterwards import afterwards
from symgen.cli.figure_files import FigureFile
from symgen.cli.options import parameters
from symgen.cli.output import Output, equations_text, facts, time_text
from symgen.cli.together import in_another_process
from symgen.devices import pick_device
from symgen.discovery.requests.method_settings import refuse
from symgen.settings_errors import checked_options

if TYPE_CHECKING:
    from symgen.cost import Cost
    from symgen.pde.solutions import Solutions

OPTIONS = {
    "n": "--samples",
    "parameters": "--param",
    "waves": "--sines",
    "times": "--nt",
    "lengths": "--length",
    "batch": "--batch-size",
}
"""Fields of the settings whose options have other names."""
REFUSED = {
    "nx": "give --points, the number along each axis of space",
    "stored": "all times are stored; --nt says how many and --duration how far apart",
    "waves": "initial data have waves of up to two periods along each axis; --sines and --amplitude change them",
}
"""Options that equations for one u(x, t) have, and what systems have instead."""


def simulate_of_system(out: Output, name: str, options: Mapping[str, Any], path: Path) -> None:
    """Simulate as `symgen simulate` was asked to; UsageError for options that systems lack."""
    from symgen import catalog
    from symgen.atomic import require_writable
    from symgen.catalog.doubts import doubts
    from symgen.catalog.simulate_system import SystemSimulationSettings, cost_of, simulate_system
    from symgen.pde.solutions_file import save_solutions

    for option, instead in REFUSED.items():
        refuse("a system", {option: options[option]}, instead)
    with checked_options(OPTIONS):
        settings = SystemSimulationSettings.for_system(
            name,
            n=options["samples"],
            times=options["nt"],
            lengths=options["length"],
            parameters=parameters(options["param"] or []),
            waves=options["sines"],
            batch=options["batch_size"],
            **{key: options[key] for key in ("points", "duration", "amplitude", "seed", "max_step")},
        )
    force, device = options["force"], pick_device(options["device"])
    require_writable(path, force)
    picture = picture_of(options, path)
    tell_cost(out, cost_of(catalog.system(name), settings))
    with out.progress(f"Solving {name}", "solving") as update:
        data = simulate_system(name, settings, device=device, progress=update, skip_bad=options["skip_bad"])
    if in_another_process():
        return
    with afterwards(path, "figure" if picture else "") as placed:
        path = placed.path = save_solutions(data, path, force)
        drawn = draw_solutions(out, data, picture)
        for doubt in doubts(name, settings, data.info.settings):
            out.warning(doubt)
        about = {"file": path, "bytes": path.stat().st_size, "figures": drawn, **out.time()}
        document = {**about, **summary(data)}
        out.result(document, lambda: render(document))


def tell_cost(out: Output, cost: Cost) -> None:
    """Say beforehand what takes long."""
    if cost.is_long and cost.is_possible:
        out.note(f"This takes {cost}.")


def picture_of(options: Mapping[str, Any], path: Path) -> FigureFile | None:
    """Where the picture goes, by default beside the file of data; None with --no-figures."""
    if options["no_figures"]:
        return None
    wanted = (options["figures"], options["format"], options["force"], options["open"])
    return FigureFile.choose(*wanted, default=path, data=path)


def draw_solutions(out: Output, data: Solutions, picture: FigureFile | None) -> list[Path]:
    """Draw the first solutions into a file, if there is one."""
    if picture is None:
        return []
    with out.part("figure"):
        from symgen.plots.solutions import solutions_figure

        return picture.save(out, solutions_figure(data))


def summary(data: Solutions) -> dict[str, Any]:
    """What there is to know about solutions of a system at a glance, in physical units."""
    info, moments = data.info, data.moments()
    return {
        "name": info.name,
        "equations": info.equations,
        "parameters": info.parameters,
        "samples": len(data),
        "axes": {
            axis.name: {
                "points": len(axis),
                "from": axis.points[0],
                "to": axis.points[-1],
                "period": axis.length if axis.periodic else None,
            }
            for axis in data.axes
        },
        "unknowns": {
            name: {"least": low, "largest": high, "std": deviation}
            for name, low, high, deviation in zip(
                data.unknowns, moments.low, moments.high, moments.deviation, strict=True
            )
        },
        "seed": info.seed,
        "solver": info.solver,
        "max_step": info.settings["max_step"],
        "resolution": info.settings["resolution"],
        "drifts": info.settings["drifts"],
        "dropped": info.settings["dropped"],
    }


def drifts_text(drifts: Mapping[str, float]) -> str | None:
    """How accurately a solver keeps what is conserved; None where nothing is."""
    each = ", ".join(f"{name} {drift:.1e}" for name, drift in drifts.items())
    return f"{each} (largest change, relative)" if each else None


def render(document: Mapping[str, Any]) -> RenderableType:
    """The summary for a person."""
    d = document
    axes = {
        name: f"{axis['points']} {'times' if name == 't' else 'points'} over {axis['from']:g} to {axis['to']:.6g}"
        + (f", periodic with length {axis['period']:.6g}" if axis["period"] else "")
        for name, axis in d["axes"].items()
    }
    unknowns = {
        name: f"{u['least']:.4g} to {u['largest']:.4g}, std {u['std']:.4g}" for name, u in d["unknowns"].items()
    }
    space = len(d["axes"]) > 1
    return facts(
        {
            **equations_text(d["equations"], d["parameters"]),
            "samples": d["samples"],
            **axes,
            **unknowns,
            "solver": d["solver"] + (f", steps of at most {d['max_step']:.4g}" if d["max_step"] else ""),
            "drift of": drifts_text(d["drifts"]),
            "grid's edge": f"{d['resolution']:.1e} of the energy" if space else None,
            "file": f"{d['file']} ({decimal(d['bytes'])})",
            "figure": d["figures"][0] if d["figures"] else None,
            "time": time_text(d),
        }
    )
