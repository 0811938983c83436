"""Discovery in images, as `symgen discover` runs and shows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from symgen.cli.destination import Destination
from symgen.cli.image_tables import image_document, render_image
from symgen.cli.output import Output
from symgen.discovery.requests.request import Request
from symgen.words import numbered

if TYPE_CHECKING:
    from symgen.discovery.image_settings import ImageSettings
    from symgen.discovery.requests.images import ExtractorChoice
    from symgen.image.datasets import ImageData


def images_of_request(out: Output, request: Request) -> None:
    """Discover as `symgen discover` was asked to; UsageError for options that are of equations."""
    from symgen.discovery.requests.images import ExtractorChoice, settings_of, source_of

    settings, extractor = settings_of(request), ExtractorChoice.of(request)
    name, data = request.name, request.data
    stem = data.stem if name is None and data and data.is_file() else Path(name or data or "").resolve().name
    destination = Destination.of(request, stem, [request["extractor"]])
    discover_images(out, source_of(request), extractor, settings, request.device, destination)


def discover_images(
    out: Output,
    load: Callable[..., ImageData],
    extractor: ExtractorChoice,
    settings: ImageSettings,
    device: str,
    destination: Destination,
) -> None:
    """Get the images from `load(progress=...)`, load or train the extractor, run the method that the settings are of,
    save, draw and show."""
    from symgen.discovery.image_settings import ImageFlowSettings
    from symgen.discovery.requests.images import extractor_of, run
    from symgen.processes import process_group

    with process_group(device) as place:
        out = Output("quiet") if place.rank else out
        with place.first_alone():
            with out.progress("Reading images", "images") as update:
                data = load(progress=update)
            for note in data.notes:
                out.note(note)
            with out.part("extractor"):
                network = extractor_of(out, data, extractor, settings.seed, place.device)
        if isinstance(settings, ImageFlowSettings):
            out.note(f"Training {numbered(settings.count, 'field')}, {numbered(settings.steps, 'step')}.")
        with out.progress("Discovering", "discovery") as update:
            artifact, trained = run(data, network, settings, update, destination.of_training)
    if place.rank:
        return
    files, _ = destination.put(out, artifact, trained)
    for doubt in artifact.metadata.warnings:
        out.warning(doubt)
    document = {**files, **out.time(), **image_document(artifact)}
    out.result(document, lambda: render_image(artifact, document))
