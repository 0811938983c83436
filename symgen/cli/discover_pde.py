"""Discovery in solutions of an equation, as `symgen discover` runs and shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgen.cli.destination import Destination
from symgen.cli.found import finish
from symgen.cli.output import Output
from symgen.discovery.requests.listener import tell_origin
from symgen.discovery.requests.request import Request

if TYPE_CHECKING:
    from symgen.discovery.requests.equation import Source
    from symgen.discovery.settings import DiscoverySettings


def equation_of_request(out: Output, request: Request) -> None:
    """Discover as `symgen discover` was asked to; UsageError for options that are of images or systems."""
    from symgen.discovery.requests.equation import settings_of, source_of

    settings = settings_of(request)
    destination = Destination.of(request, request.stem, request.files_of_coordinates)
    discover_equation(out, source_of(request), settings, request.device, destination)


def discover_equation(
    out: Output,
    source: Source,
    settings: DiscoverySettings,
    device: str,
    destination: Destination,
) -> None:
    """Get the data from `source(device=..., progress=...)`, run the method of the settings, save, draw and show."""
    from symgen.discovery.conserved import with_conserved
    from symgen.discovery.requests.equation import run
    from symgen.processes import process_group

    with process_group(device) as place:
        out = Output("quiet") if place.rank else out
        with out.progress("Preparing the data", "data") as update:
            trajectories, equation = source(device=place.device, progress=update)
        tell_origin(out, trajectories)
        with out.progress("Discovering", "discovery") as update:
            artifact, trained = run(trajectories, equation, settings, place.device, update, destination.of_training)
    if place.rank:
        return
    with out.progress("Integrating what is conserved", "conserved"):
        found = trajectories.regression is not None
        artifact = with_conserved(artifact, trajectories.solutions, equation.system, found)
    told = trajectories.origin.notes if trajectories.origin else ()
    finish(out, destination, artifact, trained, [note for note in artifact.metadata.data.notes if note not in told])
