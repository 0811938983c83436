"""Discovery in solutions of a system, of any number of variables, as `symgen discover` runs and shows it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from symgen.cli.destination import Destination
from symgen.cli.found import finish
from symgen.cli.output import Output
from symgen.discovery.requests.listener import tell_origin
from symgen.discovery.requests.request import Request

if TYPE_CHECKING:
    from symgen.discovery.requests.system import SystemSource
    from symgen.discovery.settings import DiscoverySettings


def system_of_request(out: Output, request: Request) -> None:
    """Discover as `symgen discover` was asked to; UsageError for options that are of images or of one u(x, t)."""
    from symgen.discovery.requests.system import settings_of, source_of

    settings = settings_of(request)
    destination = Destination.of(request, request.stem, request.files_of_coordinates)
    discover_of_system(out, partial(source_of, request), settings, request.device, destination)


def discover_of_system(
    out: Output,
    source_for: Callable[[Output], SystemSource],
    settings: DiscoverySettings,
    device: str,
    destination: Destination,
) -> None:
    """Simulate or read the data, find the generators, save, draw and show them."""
    from symgen.discovery.conserved import with_conserved
    from symgen.discovery.requests.system import run
    from symgen.processes import process_group

    with process_group(device) as place:
        out = Output("quiet") if place.rank else out
        source = source_for(out)
        with out.part("data"):
            data = source.read()
        tell_origin(out, data)
        with out.progress("Discovering", "discovery") as update:
            given = source.system(data)
            artifact, trained = run(data, given, settings, place.device, update, destination.of_training)
    if place.rank:
        return
    with out.progress("Integrating what is conserved", "conserved"):
        artifact = with_conserved(artifact, data, given.system, bool(given.regressions))
    finish(out, destination, artifact, trained, given.notes)
