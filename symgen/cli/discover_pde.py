"""Discovery in solutions of an equation, as `symgen discover` runs and shows it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from symgen.cli.destination import Destination, training_progress
from symgen.cli.found import render_found
from symgen.cli.generators import draw, summary, verify
from symgen.cli.inspect_data import tell_origin
from symgen.cli.output import Output
from symgen.cli.request import COORDINATES, OF_IMAGES, OF_POINTS, Request

if TYPE_CHECKING:
    from symgen.discovery.flow_training import Trained
    from symgen.discovery.settings import DiscoverySettings
    from symgen.generators.artifact import Artifact
    from symgen.pde.equation import Equation
    from symgen.pde.trajectories import Trajectories


def equation_of_request(out: Output, request: Request) -> None:
    """Discover as `symgen discover` was asked to; UsageError for options that have no meaning for it."""
    from symgen.discovery.settings import METHODS, DiscoverySettings
    from symgen.discovery.source import DEFAULT_SAMPLES, find_source

    request.refuse("equations", (*OF_IMAGES, *OF_POINTS))
    request.refuse_unread(("field", *COORDINATES, "skip_bad"))  # simulated data can be taken as open
    settings = cast(DiscoverySettings, request.settings(METHODS, "spectral"))
    name, data = request.name, request.data
    stem = name or (data.stem if data else "generators")
    read = partial(
        find_source,
        name,
        data,
        next(iter(request["equation"] or []), None),
        request.parameters,
        request["samples"] or DEFAULT_SAMPLES,
        request["seed"],
        request["skip_bad"],
        content=request.content,
        **{option: request[option] for option in ("field", "x", "t", "boundary")},
        library=request["terms"],
        assume=tuple(request["assume"] or ()),
    )
    discover_equation(out, read, settings, request.device, request.destination(stem, request.files_of_coordinates))


def discover_equation(
    out: Output,
    source: Callable[..., tuple[Trajectories, Equation]],
    settings: DiscoverySettings,
    device: str,
    destination: Destination,
) -> None:
    """Get the data from `source(device=..., progress=...)`, run the method of the settings, save, draw and show."""
    from symgen.discovery.conserved import with_conserved
    from symgen.discovery.processes import process_group

    with process_group(device) as place:
        out = Output("quiet") if place.rank else out
        with place.first_alone(), out.progress("Preparing the data", "data") as update:
            trajectories, equation = source(device=place.device, progress=update)
        tell_origin(out, trajectories)
        with out.progress("Discovering", "discovery") as update:
            artifact, trained = _discover(trajectories, equation, settings, place.device, update, destination)
    if place.rank:
        return
    with out.progress("Integrating what is conserved", "conserved"):
        found = trajectories.regression is not None
        artifact = with_conserved(artifact, trajectories.solutions, equation.system, found)
    destination.save(artifact, trained)
    moved = verify(artifact, out)
    history = trained.history if trained else None
    folder = destination.figures
    drawn = draw(artifact, folder, destination.force, out, moved=moved, history=history) if folder else []
    for note in artifact.metadata.data.notes:
        if trajectories.origin is None or note not in trajectories.origin.notes:
            out.note(note)
    for doubt in artifact.metadata.warnings:
        if doubt not in out.warnings:
            out.warning(doubt)
    document = {"file": destination.path, "figures": drawn, **out.time(), **summary(artifact), "moved": moved}
    out.result(document, lambda: render_found(artifact, document, moved))


def _discover(
    data: Trajectories,
    equation: Equation,
    settings: DiscoverySettings,
    device: str,
    update: Callable[..., None],
    destination: Destination,
) -> tuple[Artifact, Trained | None]:
    """Run the method that the settings are of; the outcome of a training, too, if there was one."""
    from symgen.discovery.pde import discover_flow, discover_network, discover_spectral
    from symgen.discovery.settings import NetworkSettings, PdeFlowSettings, SpectralSettings

    match settings:
        case PdeFlowSettings():
            progress, checkpoint = training_progress(update), destination.checkpoint
            return discover_flow(data, equation, settings, device, progress, checkpoint, destination.resume)
        case NetworkSettings():
            return discover_network(data, equation, settings, device, update), None
        case SpectralSettings():
            return discover_spectral(data, equation, settings, device, update), None
    raise TypeError(f"no method has settings of type {type(settings).__name__}")
