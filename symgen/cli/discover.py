"""`symgen discover`: the symmetries hidden in data, as ranked generators with formulas."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
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
from symgen.exceptions import Interrupted, UsageError

if TYPE_CHECKING:
    from symgen.discovery.flow_training import Trained
    from symgen.discovery.settings import DiscoverySettings
    from symgen.generators.artifact import Artifact
    from symgen.pde.equation import Equation
    from symgen.pde.trajectories import Trajectories
    from symgen.validity.verification import FiniteTable

POOR_FIT = 0.1  # relative residual of the data above which the user should know


FLOW_PANEL = "Flow training (--method flow)"
Loss = Annotated[float | None, typer.Option(rich_help_panel=FLOW_PANEL, min=0, help="Weight of that loss.")]


@command(
    "symgen discover kdv",
    "symgen discover ckdv --periodic --seed 1 -o ckdv.safetensors",
    "symgen discover ks --method network --periodic",
    "symgen discover kdv --method flow --periodic --init random --steps 1200",
    "torchrun --nproc-per-node 2 -m symgen discover kdv --preset paper",
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
        Literal["spectral", "network", "flow"] | None,
        typer.Option(
            help="An eigenproblem in a library of features, or in those of a trained network; or networks trained on "
            "data that are moved at finite scale.",
            show_default="spectral",
        ),
    ] = None,
    preset: Annotated[
        Literal["paper"] | None,
        typer.Option(help="The published settings of flow training (Ko, Kim and Lee 2024); options given here win."),
    ] = None,
    periodic: Annotated[bool, typer.Option("--periodic", help="Only fields that are periodic in x.")] = False,
    x_degree: Annotated[
        int | None, typer.Option(help="Degree in x; waves in x if --periodic.", show_default="2; 0 if --periodic")
    ] = None,
    t_degree: Annotated[int | None, typer.Option(help="Degree in t.", show_default="12")] = None,
    u_degree: Annotated[int | None, typer.Option(help="Degree in u.", show_default="2")] = None,
    width: Annotated[int | None, typer.Option(help="Features of the network.", show_default="64")] = None,
    steps: Annotated[
        int | None, typer.Option(help="Training steps of the network.", show_default="200; 600 for flow")
    ] = None,
    init: Annotated[
        Literal["spectral", "random"] | None,
        typer.Option(
            rich_help_panel=FLOW_PANEL,
            help="Start fitted to what the eigenproblem finds, or from random weights.",
            show_default="spectral",
        ),
    ] = None,
    batch: Annotated[
        int | None, typer.Option(rich_help_panel=FLOW_PANEL, help="Trajectories in a step.", show_default="2")
    ] = None,
    sigma: Annotated[
        float | None, typer.Option(rich_help_panel=FLOW_PANEL, help="Largest scale of the flow.", show_default="0.4")
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            rich_help_panel=FLOW_PANEL, help="At its highest.", show_default="3e-3 from random weights, else 3e-4"
        ),
    ] = None,
    validity_weight: Loss = None,
    orthonormality_weight: Loss = None,
    lipschitz_weight: Loss = None,
    sobolev_weight: Loss = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", rich_help_panel=FLOW_PANEL, help="Go on from the checkpoint beside the output."),
    ] = False,
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
    from symgen.discovery.processes import process_group
    from symgen.discovery.source import find_source

    given = {
        "n_generators": n_generators,
        "x_degree": x_degree,
        "t_degree": t_degree,
        "u_degree": u_degree,
        "width": width,
        "steps": steps,
        "init": init,
        "batch": batch,
        "sigma": sigma,
        "learning_rate": learning_rate,
        "validity_weight": validity_weight,
        "orthonormality_weight": orthonormality_weight,
        "lipschitz_weight": lipschitz_weight,
        "sobolev_weight": sobolev_weight,
        "periodic": periodic or None,
        "resume": resume or None,
    }
    settings = _settings(method, preset, given, points=points, seed=seed)
    stem = name or (data.stem if data else "generators")
    path = output or Path(f"{stem}-generators.safetensors")
    folder = None if no_figures else figures or path.with_name(f"{path.stem.removesuffix('-generators')}-figures")
    checkpoint = path.with_name(f"{path.stem}.checkpoint.safetensors")
    _require_start(checkpoint, resume, force)
    force = force or resume
    require_writable(path, force)
    require_fresh_folder(folder, force)
    with process_group(pick_device(device)) as place:
        if place.rank:
            place.after_first()
            out = Output("quiet")
        with out.progress("Simulating") as update:
            trajectories, found_equation = find_source(
                name,
                data,
                equation,
                parameters(param or []),
                samples,
                seed,
                skip_bad,
                place.device,
                update,
                field,
                boundary,
            )
        for note in trajectories.origin.notes if trajectories.origin else ():
            out.note(note)
        if not place.rank:
            place.after_first()
        start = time.perf_counter()
        with out.progress("Discovering") as update:
            artifact, trained = _discover(
                trajectories, found_equation, settings, place.device, update, checkpoint, resume
            )
        seconds = time.perf_counter() - start
    if place.rank:
        return
    artifact.save(path, force)
    if trained and trained.steps < trained.wanted:
        raise Interrupted(
            f"Interrupted at step {trained.steps} of {trained.wanted}. {path} has the best fields to then; "
            "the same command with --resume goes on."
        )
    checkpoint.unlink(missing_ok=True)
    moved = verify(artifact, out)
    history = trained.history if trained else None
    drawn = draw(artifact, folder, force, out, moved=moved, history=history) if folder else []
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


def _settings(method: str | None, preset: str | None, given: dict[str, Any], **shared: Any) -> DiscoverySettings:
    """The settings of a method from the options that were given; UsageError for those of another method."""
    from symgen.discovery.settings import METHODS, PdeFlowSettings

    if preset and method not in (None, "flow"):
        raise UsageError(f"--preset {preset} has the settings of --method flow, not of {method}.")
    method = method or ("flow" if preset else "spectral")
    given = {option: value for option, value in given.items() if value is not None}
    if given.pop("resume", False) and method != "flow":
        raise UsageError(f"--resume belongs to --method flow, not to {method}.")
    for option in given:
        if option not in METHODS[method].model_fields:
            owners = [f"--method {other}" for other, kind in METHODS.items() if option in kind.model_fields]
            name = f"--{option.replace('_', '-')}"
            raise UsageError(f"{name} belongs to {' and '.join(owners)}, not to {method}.")
    with checked_options({}):
        if preset:
            return PdeFlowSettings.paper(**shared, **given)
        return METHODS[method].model_validate({**shared, **given})


def _require_start(checkpoint: Path, resume: bool, force: bool) -> None:
    """Raise UsageError where there is no checkpoint to go on from, or one that would be lost."""
    if resume and not checkpoint.exists():
        raise UsageError(f"--resume: there is no checkpoint {checkpoint}. Start without it.")
    if checkpoint.exists() and not (resume or force):
        raise UsageError(
            f"{checkpoint} is of a training that was not finished. Use --resume to go on from it, or --force to "
            "start over."
        )


def _discover(
    data: Trajectories,
    equation: Equation,
    settings: DiscoverySettings,
    device: str,
    update: Callable[..., None],
    checkpoint: Path,
    resume: bool,
) -> tuple[Artifact, Trained | None]:
    """Run the method that the settings are of; the outcome of a training, too, if there was one."""
    from symgen.discovery.pde import discover_flow, discover_network, discover_spectral
    from symgen.discovery.settings import NetworkSettings, PdeFlowSettings, SpectralSettings

    def training(step: int, steps: int, figures: Mapping[str, float]) -> None:
        live = [
            f"V{name.removeprefix('validity_')} {value:.1e}" for name, value in figures.items() if "validity" in name
        ]
        update(step, steps, "Training  " + "  ".join(live))

    match settings:
        case PdeFlowSettings():
            return discover_flow(data, equation, settings, device, training, checkpoint, resume)
        case NetworkSettings():
            return discover_network(data, equation, settings, device, update), None
        case SpectralSettings():
            return discover_spectral(data, equation, settings, device, update), None
    raise TypeError(f"no method has settings of type {type(settings).__name__}")


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
