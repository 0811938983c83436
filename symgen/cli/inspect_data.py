"""`symgen inspect` on a file of data: what it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from symgen.cli.data_conserved import look_at_conserved
from symgen.cli.generators import system_residual_text
from symgen.cli.output import Output, equation_text, equations_text, facts, table
from symgen.discovery.requests.listener import tell_origin
from symgen.exceptions import UsageError

if TYPE_CHECKING:
    from symgen.cli.figure_files import FigureFolder
    from symgen.generators.drift_record import DriftRecord
    from symgen.inspection.data import DataSummary
    from symgen.inspection.solutions import AxisSummary, SolutionsSummary
    from symgen.pde.readers import Choice
    from symgen.pde.solutions import Solutions

UNKNOWN = "unknown: give --equation FORMULA, or let symgen discover find one"
UNKNOWNS = "unknown: give one --equation FORMULA for each unknown"
COARSE = 1e-5  # share of the energy in the highest waves above which the grid is called coarse


def inspect_data(
    out: Output,
    path: Path,
    choice: Choice,
    formulas: Sequence[str],
    parameters: Mapping[str, float | str],
    boundary: str | None,
    conserved: bool = False,
    folder: FigureFolder | None = None,
) -> None:
    """Print what a file of data holds, and how well it keeps what its equation conserves; bad samples are left out and
    named. With `conserved` also what stays constant whatever the equation. Figures of both go
    into the folder.
    """
    from symgen.discovery.axis_order import in_order
    from symgen.discovery.source import with_equation
    from symgen.inspection.data import summarise
    from symgen.pde.equation import Equation
    from symgen.pde.solutions import periodic_of
    from symgen.pde.solutions_file import checked, open_content, sha256_of
    from symgen.pde.trajectories import Trajectories

    content = open_content(path, choice)
    solutions = checked(content, path, sha256_of(path), True, periodic_of(boundary))
    if not solutions.is_scalar or len(formulas) > 1:
        return inspect_solutions(out, path, solutions, formulas, parameters, conserved, folder)
    data = Trajectories.of(solutions)
    if formulas or data.info.equation is not None:
        data = with_equation(data, None, formulas[0] if formulas else None, parameters)
    elif parameters:
        raise UsageError(f"{path} does not say which equation it solves, so there is nothing with parameters.")
    data = in_order(data)
    tell_origin(out, data)
    equation = Equation.from_string(data.info.equation, data.info.parameters) if data.info.equation else None
    summary = summarise(data, equation)
    notes = list(data.origin.notes) if data.origin else []
    seen = look_at_conserved(out, data.solutions, equation.system if equation else None, conserved)
    drawn = _draw(out, folder, data.solutions, seen.records if conserved else ())
    document = {"file": path, **summary.model_dump(), **seen.document, "notes": notes, "figures": drawn}
    out.result(document, lambda: Group(render(path, summary), *seen.parts, *map(_figure_text, drawn)))


def inspect_solutions(
    out: Output,
    path: Path,
    data: Solutions,
    formulas: Sequence[str],
    parameters: Mapping[str, float | str],
    conserved: bool = False,
    folder: FigureFolder | None = None,
) -> None:
    """Print what a file holds that has several unknowns, or other variables than x and t; see `inspect_data`."""
    from symgen.discovery.system_source import system_of
    from symgen.inspection.solutions import summarise_solutions

    given = None
    if formulas or data.info.equations:
        given = system_of(data, formulas, parameters)
    elif parameters:
        raise UsageError(f"{path} does not say which equations it solves, so there is nothing with parameters.")
    tell_origin(out, data)
    summary = summarise_solutions(data, given)
    if summary.without_residual:
        out.warning(f"How well the data solve the equations is not known. {summary.without_residual}")
    notes = [*(data.origin.notes if data.origin else ()), *(given.notes if given else ())]
    seen = look_at_conserved(out, data, given.system if given else None, conserved)
    drawn = _draw(out, folder, data, seen.records if conserved else ())
    document = {"file": path, **summary.model_dump(), **seen.document, "notes": notes, "figures": drawn}
    out.result(document, lambda: Group(render_solutions(path, summary), *seen.parts, *map(_figure_text, drawn)))


def _draw(out: Output, folder: FigureFolder | None, data: Solutions, kept: Sequence[DriftRecord]) -> list[Path]:
    """Draw the data, and what is kept in them, into a folder, if there is one."""
    if folder is None:
        return []
    from symgen.plots.conserved import conserved_figure
    from symgen.plots.solutions import solutions_figure

    drifts = conserved_figure(kept)
    return folder.save(out, {"data": solutions_figure(data), **({"conserved": drifts} if drifts else {})})


def _figure_text(path: Path) -> str:
    return f"figure: {path}"


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
            "ends": s.ends,
            "t": f"{s.t[0]:g} to {s.t[1]:.6g}{t}, step {s.dt:.4g}",
            "u": f"{s.u[0]:.4g} to {s.u[1]:.4g}{u}, standard deviation {s.u_std:.4g}",
            "resolution": resolution + (": the grid is coarse, or the data are noisy" if s.resolution > COARSE else ""),
            "noise": f"at most {s.noise:.1e} of the deviation of u",
            "equation": equation_text(s.equation, s.parameters) if s.equation else UNKNOWN,
            "own residual": residual,
        }
    )


def render_solutions(path: Path, s: SolutionsSummary) -> RenderableType:
    """The summary of solutions of any number of variables for a person."""
    skipped = f", {s.skipped} bad ones left out" if s.skipped else ""
    points = " x ".join(f"{axis.points} {'times' if axis.name == 't' else f'points in {axis.name}'}" for axis in s.axes)
    parts = [f"{name} = {name}_r + I*{name}_i" for name in s.complex]
    numbers = ["least", "greatest", "mean", "deviation"]
    rows = [
        [own.name, *(f"{value:.4g}" for value in (own.low, own.high, own.mean, own.std)), own.unit or ""]
        for own in s.unknowns
    ]
    last = ["unit"] if any(own.unit for own in s.unknowns) else []
    return Group(
        facts(
            {
                "file": f"{path} ({s.layout})",
                "read": s.reading,
                "samples": f"{s.samples}{skipped}",
                "grid": points,
                **{axis.name: _axis_text(axis) for axis in s.axes},
                "complex": ", ".join(parts) or None,
                **(equations_text(s.equations, s.parameters) if s.equations else {"equations": UNKNOWNS}),
                "own residual": _system_residual(s),
            }
        ),
        table(["unknown", *numbers, *last], [row[: 5 + len(last)] for row in rows], numbers),
    )


def _system_residual(s: SolutionsSummary) -> str | None:
    r = s.residual
    if r is None:
        return None
    space = r.grid_error if len(s.axes) > 1 else None
    return system_residual_text(r.relative, r.averaged[r.worst], r.time_step_error, space)


def _axis_text(axis: AxisSummary) -> str:
    unit = f" {axis.unit}" if axis.unit else ""
    text = f"{axis.first:g} to {axis.last:.6g}{unit}, step {axis.step:.4g}"
    if axis.ends is None or axis.resolution is None:
        return text
    boundary = f"periodic with length {axis.length:.6g}" if axis.periodic else f"not periodic, length {axis.length:.6g}"
    coarse = ": coarse, or noisy" if axis.resolution > COARSE else ""
    waves = f"{axis.resolution:.1e} of the energy is in the highest tenth of the waves{coarse}"
    return f"{text}; {boundary} ({axis.ends}); {waves}"
