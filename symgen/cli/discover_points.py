"""Discovery in points, labelled or not, and in functions of them, as `symgen discover` runs and shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgen.cli.destination import Destination
from symgen.cli.output import Output
from symgen.cli.point_tables import point_document, render_points, structure_document
from symgen.discovery.requests.request import Request

if TYPE_CHECKING:
    from symgen.discovery.point_settings import PointSettings
    from symgen.discovery.requests.points import PointSource


def points_of_request(out: Output, request: Request) -> None:
    """Discover as `symgen discover` was asked to; UsageError for options that are of equations or images."""
    from symgen.discovery.requests.points import settings_of, source_of

    settings, source = settings_of(request), source_of(request)
    assert request.data is not None  # that is what makes it a request for points
    destination = Destination.of(request, request.data.stem)
    discover_of_points(out, source, settings, request.device, destination)


def discover_of_points(
    out: Output, source: PointSource, settings: PointSettings, device: str, destination: Destination
) -> None:
    """Read the points, fit what is to be fitted, find the generators, save, draw and show them."""
    from symgen.discovery.requests.points import run, validity_of
    from symgen.processes import process_group

    with process_group(device) as place:
        out = Output("quiet") if place.rank else out
        validity = validity_of(out, source, settings.seed, place.device)
        with out.progress("Discovering", "discovery") as update:
            artifact, trained = run(validity, settings, update, destination.of_training)
    if place.rank:
        return
    files, _ = destination.put(out, artifact, trained)
    for doubt in artifact.metadata.warnings:
        out.warning(doubt)
    found = {**point_document(artifact), **structure_document(artifact)}
    document = {**files, **out.time(), **found}
    out.result(document, lambda: render_points(artifact, document))
