"""Discovery in images, as `symgen discover` runs and shows it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from symgen.cli.destination import Destination, training_progress
from symgen.cli.generators import draw
from symgen.cli.image_tables import image_document, render_image
from symgen.cli.output import Output
from symgen.exceptions import UsageError

if TYPE_CHECKING:
    from symgen.discovery.flow_training import Trained
    from symgen.discovery.image_settings import ImageSettings
    from symgen.discovery.processes import Place
    from symgen.generators.artifact import Artifact
    from symgen.image.datasets import ImageData
    from symgen.image.extractor import Extractor

WIDTHS = {"cpu": 16, "cuda": 64}
"""Of the extractor that is trained where none is given."""


def discover_images(
    out: Output,
    source: str,
    to_rgb: bool,
    extractor: str | None,
    width: int | None,
    schedule: Literal["fast", "paper"] | None,
    settings: ImageSettings,
    device: str,
    destination: Destination,
) -> None:
    """Load the images, load or train the extractor, run the method that the settings are of, save, draw and show."""
    from symgen.discovery.processes import process_group
    from symgen.image.datasets import load_images

    if extractor is not None and (width or schedule):
        raise UsageError("--extractor-width and --extractor-schedule are of an extractor that is trained, not given.")
    start = time.perf_counter()
    with process_group(device) as place:
        out = Output("quiet") if place.rank else out
        with place.first_alone():
            with out.progress("Reading images") as update:
                data = load_images(source, to_rgb=to_rgb, progress=update)
            network = _extractor(out, data, extractor, width, schedule, settings.seed, place)
        trained_at = time.perf_counter()
        with out.progress("Discovering") as update:
            artifact, trained = _discover(data, network, settings, update, destination)
        now = time.perf_counter()
    if place.rank:
        return
    destination.save(artifact, trained)
    history = trained.history if trained else None
    folder = destination.figures
    drawn = draw(artifact, folder, destination.force, out, history=history) if folder else []
    seconds = {"extractor": trained_at - start, "discovery": now - trained_at}
    document = {"file": destination.path, "figures": drawn, "seconds": seconds, **image_document(artifact)}
    out.result(document, lambda: render_image(artifact, document))


def _extractor(
    out: Output,
    data: ImageData,
    given: str | None,
    width: int | None,
    schedule: Literal["fast", "paper"] | None,
    seed: int,
    place: Place,
) -> Extractor:
    """The extractor that was asked for, or one that is trained now unless the cache has it; frozen."""
    from symgen.image.extractor import load_extractor
    from symgen.image.precision import fast_precision
    from symgen.image.pretrained import PREFIX, pretrained_extractor
    from symgen.image.settings import TrainingSettings
    from symgen.image.training import Progress, cached_extractor, extractor_path

    if given is None:
        width = width or WIDTHS[place.device.partition(":")[0]]
        kind = TrainingSettings.paper if schedule == "paper" else TrainingSettings
        training = kind(width=width, seed=seed)
        if extractor_path(data, training, place.device).exists():
            out.note("The extractor is in the cache.")
        else:
            out.note(f"Training an extractor: ResNet-18 of width {width}, {training.epochs} epochs of {data.name}.")
        with out.progress("Training the extractor") as update:

            def progress(p: Progress) -> None:
                update(
                    p.step, p.steps, f"Training the extractor  epoch {p.epoch} of {p.epochs}  {p.accuracy:.0%} right"
                )

            network = cached_extractor(data, training, place.device, progress)
    elif given.startswith(PREFIX):
        network = pretrained_extractor(given, data.size, place.device)
    else:
        network = load_extractor(Path(given), place.device)
    if network.info.accuracy is not None:
        out.note(f"The extractor classifies {network.info.accuracy:.1%} of its test images rightly.")
    return network.freeze(place.device, fast_precision(place.device, min(data.size)))


def _discover(
    data: ImageData,
    extractor: Extractor,
    settings: ImageSettings,
    update: Callable[..., None],
    destination: Destination,
) -> tuple[Artifact, Trained | None]:
    """Run the method that the settings are of; the outcome of a training, too, if there was one."""
    from symgen.discovery.image import discover_image_flow, discover_image_spectral
    from symgen.discovery.image_settings import ImageFlowSettings, ImageSpectralSettings

    match settings:
        case ImageFlowSettings():
            progress, checkpoint = training_progress(update), destination.checkpoint
            return discover_image_flow(data, extractor, settings, progress, checkpoint, destination.resume)
        case ImageSpectralSettings():
            return discover_image_spectral(data, extractor, settings, update), None
    raise TypeError(f"no method has settings of type {type(settings).__name__}")
