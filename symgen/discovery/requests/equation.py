"""A request for the symmetries of one equation for u(x, t)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from symgen.discovery.requests.listener import Checkpoint, Update, training_progress
from symgen.discovery.requests.request import COORDINATES, OF_IMAGES, OF_POINTS, Request

if TYPE_CHECKING:
    from symgen.discovery.flow_training import Trained
    from symgen.discovery.settings import DiscoverySettings
    from symgen.generators.artifact import Artifact
    from symgen.pde.equation import Equation
    from symgen.pde.trajectories import Trajectories

Source = Callable[..., "tuple[Trajectories, Equation]"]
"""`source(device=..., progress=...)` gets or makes the data and the equation."""


def settings_of(request: Request) -> DiscoverySettings:
    """Validated settings; UsageError for options that are of images, points or systems."""
    from symgen.discovery.settings import METHODS

    request.refuse("equations", (*OF_IMAGES, *OF_POINTS))
    request.refuse_unread(("field", *COORDINATES, "skip_bad"))  # simulated data can be taken as open
    return cast("DiscoverySettings", request.settings(METHODS, "spectral"))


def source_of(request: Request) -> Source:
    """The data and the equation that are asked for, see `find_source`."""
    from symgen.discovery.source import DEFAULT_SAMPLES, find_source, told_or_found
    from symgen.pde.trajectories import Trajectories

    formula, assume = next(iter(request["equation"] or []), None), tuple(request["assume"] or ())
    if request.solutions is not None:
        data = Trajectories.of(request.solutions)

        def in_memory(device: str, progress: Update) -> tuple[Trajectories, Equation]:
            return told_or_found(data, request.name, formula, request.parameters, progress, request["terms"], assume)

        return in_memory
    return partial(
        find_source,
        request.name,
        request.data,
        formula,
        request.parameters,
        request["samples"] or DEFAULT_SAMPLES,
        request["seed"],
        bool(request["skip_bad"]),
        content=request.content,
        **{option: request[option] for option in ("field", "x", "t", "boundary")},
        library=request["terms"],
        assume=assume,
    )


def run(
    data: Trajectories,
    equation: Equation,
    settings: DiscoverySettings,
    device: str,
    update: Update,
    checkpoint: Checkpoint,
) -> tuple[Artifact, Trained | None]:
    """Run the method that the settings are of; the outcome of a training, too, if there was one."""
    from symgen.discovery.pde import discover_flow, discover_network, discover_spectral
    from symgen.discovery.settings import NetworkSettings, PdeFlowSettings, SpectralSettings

    trained = None
    match settings:
        case PdeFlowSettings():
            progress = training_progress(update)
            found = discover_flow(data, equation, settings, device, progress, checkpoint.path, checkpoint.resume)
            artifact, trained = found
        case NetworkSettings():
            artifact = discover_network(data, equation, settings, device, update)
        case SpectralSettings():
            artifact = discover_spectral(data, equation, settings, device, update)
        case _:
            raise TypeError(f"no method has settings of type {type(settings).__name__}")
    return artifact, trained
