"""`symgen discover`: the symmetries hidden in data, as ranked generators with formulas."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Group
from rich.text import Text

from symgen.cli.app import command
from symgen.cli.errors import checked_options
from symgen.cli.generators import (
    draw,
    generator_rows,
    numbered,
    regression_text,
    require_fresh_folder,
    residual_text,
    summary,
    verify,
)
from symgen.cli.options import Boundary, Device, Field, Force, Param, Seed, SkipBad, parameters, pick_device
from symgen.cli.output import Output, facts, table

if TYPE_CHECKING:
    from symgen.generators.artifact import Artifact
    from symgen.validity.verification import FiniteTable

POOR_FIT = 0.1  # relative residual of the data above which the user should know


@command(
    "symgen discover kdv",
    "symgen discover ckdv --periodic --seed 1 -o ckdv.safetensors",
    "symgen discover ks --method network --periodic",
    "symgen discover burgers --data burgers.h5 --param nu=0.02",
    'symgen discover --data mine.h5 --equation "u_t + u*u_x + u_xxx"',
    "symgen discover --data unknown.npz",
)
def discover(
    out: Output,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="An equation of the catalog, e.g. kdv.")] = None,
    data: Annotated[Path | None, typer.Option(help="Trajectories to use instead of simulated ones.")] = None,
    equation: Annotated[
        str | None, typer.Option(metavar="FORMULA", help="The data's equation, an expression that equals zero.")
    ] = None,
    param: Param = None,
    n_generators: Annotated[
        int | None, typer.Option(help="How many generators to keep.", show_default="by the gap in the spectrum")
    ] = None,
    method: Annotated[
        Literal["spectral", "network"],
        typer.Option(help="An eigenproblem in a library of features, or in those of a trained network."),
    ] = "spectral",
    periodic: Annotated[bool, typer.Option("--periodic", help="Only fields that are periodic in x.")] = False,
    x_degree: Annotated[
        int | None, typer.Option(help="Degree in x; waves in x if --periodic.", show_default="2; 0 if --periodic")
    ] = None,
    t_degree: Annotated[int | None, typer.Option(help="Degree in t.", show_default="12")] = None,
    u_degree: Annotated[int | None, typer.Option(help="Degree in u.", show_default="2")] = None,
    width: Annotated[int | None, typer.Option(help="Features of the network.", show_default="64")] = None,
    steps: Annotated[int | None, typer.Option(help="Training steps of the network.", show_default="200")] = None,
    points: Annotated[int, typer.Option(help="Points of the data to use.")] = 32768,
    samples: Annotated[int, typer.Option("--samples", "-n", help="Trajectories to simulate.", min=1)] = 16,
    field: Field = None,
    boundary: Boundary = None,
    skip_bad: SkipBad = False,
    seed: Seed = 0,
    device: Device = "auto",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The generators file.", show_default="NAME-generators.safetensors"),
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the figures.", show_default="NAME-figures")
    ] = None,
    no_figures: Annotated[bool, typer.Option("--no-figures", help="Draw no figures.")] = False,
    force: Force = False,
) -> None:
    """Find the symmetries of an equation in its data: ranked generators, formulas, figures.

    With a NAME alone the data are simulated (and kept in the cache). With --data, the equation is NAME, --equation
    or what the file says; if it says nothing, a sparse one is found in the data first. Validity is the residual that
    moving the data brings, relative to the equation's terms.
    """
    from symgen.atomic import require_writable
    from symgen.discovery.pde import discover_network, discover_spectral
    from symgen.discovery.settings import NetworkSettings, SpectralSettings
    from symgen.discovery.source import find_source
    from symgen.exceptions import UsageError

    own = {
        "spectral": {"x_degree": x_degree, "t_degree": t_degree, "u_degree": u_degree},
        "network": {"width": width, "steps": steps},
    }
    for other, options in own.items():
        stray = [option for option, value in options.items() if value is not None and other != method]
        if stray:
            raise UsageError(f"--{stray[0].replace('_', '-')} belongs to --method {other}, not to {method}.")
    shared = {"periodic": periodic, "points": points, "n_generators": n_generators, "seed": seed}
    given = {option: value for option, value in own[method].items() if value is not None}
    with checked_options({}):
        settings = (SpectralSettings if method == "spectral" else NetworkSettings).model_validate({**shared, **given})
    stem = name or (data.stem if data else "generators")
    path = output or Path(f"{stem}-generators.safetensors")
    folder = None if no_figures else figures or path.with_name(f"{path.stem.removesuffix('-generators')}-figures")
    require_writable(path, force)
    require_fresh_folder(folder, force)
    chosen = pick_device(device)
    with out.progress("Simulating") as update:
        trajectories, found_equation = find_source(
            name, data, equation, parameters(param or []), samples, seed, skip_bad, chosen, update, field, boundary
        )
    for note in trajectories.origin.notes if trajectories.origin else ():
        out.note(note)
    start = time.perf_counter()
    with out.progress("Discovering") as update:
        if isinstance(settings, NetworkSettings):
            artifact = discover_network(trajectories, found_equation, settings, chosen, update)
        else:
            artifact = discover_spectral(trajectories, found_equation, settings, chosen, update)
    seconds = time.perf_counter() - start
    artifact.save(path, force)
    moved = verify(artifact, out)
    drawn = draw(artifact, folder, force, out, moved=moved) if folder else []
    metadata = artifact.metadata
    if metadata.exact == 0:
        out.warning("There is no clear gap in the spectrum, so no field is called a symmetry: see its figure.")
    if metadata.data.misfit > POOR_FIT:
        out.warning(
            f"The data fit the equation poorly: their own residual is {metadata.data.misfit:.0%} of its terms. "
            "The symmetries are the equation's; noise, a coarse time step or another equation may be behind it."
        )
    document = {"file": path, "figures": drawn, "seconds": seconds, **summary(artifact), "moved": moved}
    out.result(document, lambda: render(artifact, document, moved))


def render(artifact: Artifact, document: dict[str, Any], moved: FiniteTable | None) -> Group:
    """What was found, for a person."""
    m = artifact.metadata
    header, rows = generator_rows(artifact, moved)
    if m.exact:
        following = m.spectrum[m.exact : m.exact + 1]
        gap = f"{m.exact} exact" + (f", then a gap of {m.gap:.0e} to {following[0]:.1e}" if following else "")
    else:
        gap = "no clear gap"
    if m.approximate:
        gap += f"; {numbered(m.approximate, 'approximate symmetry', 'approximate symmetries')}"
    about = facts(
        {
            "equation": f"{m.domain.equation} = 0" + "".join(f", {k} = {v:g}" for k, v in m.domain.parameters.items()),
            "found as": regression_text(m.data.regression) if m.data.regression else None,
            "data": f"{m.data.samples} trajectories of {m.data.times} times x {m.data.points} points; "
            f"own residual {residual_text(m.data)}",
            "spectrum": gap,
            "moved s": "residual of data moved by +s or -s along the unit field, over the terms" if moved else None,
            "file": document["file"],
            "figures": f"{document['figures'][0].parent}/" if document["figures"] else None,
            "time": f"{document['seconds']:.1f} s",
        }
    )
    kept = f", the first {len(m.generators)} kept" if len(m.generators) < m.exact else ""
    doubt = " (of the equation, which the data fit poorly)" if m.data.misfit > POOR_FIT else ""
    title = Text(f"{numbered(m.exact, 'symmetry', 'symmetries')} found{kept}{doubt}", style="bold")
    hint = Text(f"Look closer: symgen inspect {document['file']} --against lps", style="dim")
    return Group(title, table(header, rows, numbers=("validity", "norm", *header[5:])), "", about, "", hint)
