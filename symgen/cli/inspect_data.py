"""`symgen inspect` on a file of trajectories: what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import RenderableType

from symgen.cli.output import Output, equation_text, facts

if TYPE_CHECKING:
    from symgen.inspection.data import DataSummary
    from symgen.pde.trajectories import Trajectories

UNKNOWN = "unknown: give --equation FORMULA, or let symgen discover find one"
COARSE = 1e-5  # share of the energy in the highest waves above which the grid is called coarse


def inspect_data(
    out: Output,
    path: Path,
    formula: str | None,
    parameters: Mapping[str, float | str],
    field: str | None,
    boundary: str | None,
    x: str | None = None,
    t: str | None = None,
) -> None:
    """Print what a file of trajectories holds; bad samples are left out and named."""
    from symgen.discovery.axis_order import in_order
    from symgen.discovery.source import with_equation
    from symgen.inspection.data import summarise
    from symgen.pde.equation import Equation
    from symgen.pde.trajectories import load_trajectories

    data = load_trajectories(path, True, field, None if boundary is None else boundary == "periodic", x, t)
    if formula is not None or data.info.equation is not None:
        data = with_equation(data, None, formula, parameters)
    data = in_order(data)
    tell_origin(out, data)
    equation = Equation.from_string(data.info.equation, data.info.parameters) if data.info.equation else None
    summary = summarise(data, equation)
    notes = list(data.origin.notes) if data.origin else []
    out.result({"file": path, **summary.model_dump(), "notes": notes}, lambda: render(path, summary))


def tell_origin(out: Output, data: Trajectories) -> None:
    """Say what was assumed about the data, and warn of what may make results wrong."""
    if data.origin:
        for note in data.origin.notes:
            out.note(note)
        for warning in data.origin.warnings:
            out.warning(warning)


def render(path: Path, s: DataSummary) -> RenderableType:
    """The summary for a person."""
    x, t, u = (f" {s.units[name]}" if name in s.units else "" for name in ("x", "t", "u"))
    boundary = f"periodic with length {s.length:.6g}" if s.periodic else f"not periodic, length {s.length:.6g}"
    skipped = f", {s.skipped} bad ones left out" if s.skipped else ""
    resolution = f"{s.resolution:.1e} of the energy is in the highest tenth of the waves"
    r = s.residual
    weak = f", {r.weak:.1e} in weak form" if r and r.weak is not None else ""
    residual = (
        f"{r.relative:.1e}{weak}; steps in t explain about {r.time_step_error:.1e} and in x {r.grid_error:.1e}"
        if r
        else None
    )
    return facts(
        {
            "file": f"{path} ({s.layout})",
            "read": s.reading,
            "samples": f"{s.samples}{skipped}",
            "grid": f"{s.nt} times x {s.nx} points",
            "x": f"{s.x[0]:g} to {s.x[1]:.6g}{x}, step {s.dx:.4g}; {boundary}",
            "ends": f"{s.seam:.2g} times as rough across the ends as at the roughest place inside"
            + ("; the last point repeats the first" if s.repeated else ""),
            "t": f"{s.t[0]:g} to {s.t[1]:.6g}{t}, step {s.dt:.4g}",
            "u": f"{s.u[0]:.4g} to {s.u[1]:.4g}{u}, standard deviation {s.u_std:.4g}",
            "resolution": resolution + (": the grid is coarse, or the data are noisy" if s.resolution > COARSE else ""),
            "noise": f"at most {s.noise:.1e} of the deviation of u",
            "equation": equation_text(s.equation, s.parameters) if s.equation else UNKNOWN,
            "own residual": residual,
        }
    )
