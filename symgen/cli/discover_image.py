"""Discovery in images, as `symgen discover` runs and shows it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from symgen.cli.destination import Destination, training_progress
from symgen.cli.generators import draw
from symgen.cli.image_tables import image_document, render_image
from symgen.cli.output import Output
from symgen.cli.request import OF_EQUATIONS, OF_POINTS, Request
from symgen.exceptions import UsageError

if TYPE_CHECKING:
    from symgen.discovery.flow_training import Trained
    from symgen.discovery.image_settings import ImageSettings
    from symgen.discovery.processes import Place
    from symgen.generators.artifact import Artifact
    from symgen.image.datasets import ImageData
    from symgen.image.extractor import Extractor
    from symgen.image.settings import TrainingSettings

Schedule = Literal["fast", "whitened", "paper"]
NETWORKS = {"resnet18-cifar": "ResNet-18", "whitened": "whitened network"}
"""Architectures as they are called in notes."""
WIDTHS = {"cpu": 16, "cuda": 64}
"""Of the extractor that is trained where none is given."""


@dataclass(frozen=True)
class ExtractorChoice:
    """Which extractor: one that is `given`, or one that is trained so; None where the default is meant."""

    given: str | None
    width: int | None
    schedule: Schedule | None
    batch: int | None

    def __post_init__(self) -> None:
        if self.given is None:
            return
        for option in ("width", "schedule", "batch"):
            if getattr(self, option):
                raise UsageError(f"--extractor-{option} is of an extractor that is trained, not given.")


def images_of_request(out: Output, request: Request) -> None:
    """Discover as `symgen discover` was asked to; UsageError for options that are of equations."""
    from symgen.discovery.image_settings import IMAGE_METHODS, ImageSettings
    from symgen.image.datasets import load_images

    request.refuse("images", (*OF_EQUATIONS, *OF_POINTS))
    settings = cast(ImageSettings, request.settings(IMAGE_METHODS, "flow"))
    name, data = request.name, request.data
    source = name or data
    assert source is not None  # else they would be no images
    stem = data.stem if name is None and data and data.is_file() else Path(source).resolve().name
    destination = request.destination(stem, [request["extractor"]])
    load = partial(load_images, source, to_rgb=request["to_rgb"], data=data if name else None)
    given = (request[option] for option in ("extractor", "extractor_width", "extractor_schedule", "extractor_batch"))
    discover_images(out, load, ExtractorChoice(*given), settings, request.device, destination)


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
    from symgen.discovery.processes import process_group

    start = time.perf_counter()
    with process_group(device) as place:
        out = Output("quiet") if place.rank else out
        with place.first_alone():
            with out.progress("Reading images") as update:
                data = load(progress=update)
            for note in data.notes:
                out.note(note)
            network = _extractor(out, data, extractor, settings.seed, place)
        trained_at = time.perf_counter()
        if isinstance(settings, ImageFlowSettings):
            out.note(f"Training {settings.count} fields, {settings.steps} steps.")
        with out.progress("Discovering") as update:
            artifact, trained = _discover(data, network, settings, update, destination)
        now = time.perf_counter()
    if place.rank:
        return
    destination.save(artifact, trained)
    history = trained.history if trained else None
    drawn = draw(artifact, destination.figures, out, history=history)
    page = destination.write_report(out)
    seconds = {"extractor": trained_at - start, "discovery": now - trained_at}
    for doubt in artifact.metadata.warnings:
        out.warning(doubt)
    document = {
        "file": destination.path,
        "figures": drawn,
        "report": page,
        "seconds": seconds,
        **image_document(artifact),
    }
    out.result(document, lambda: render_image(artifact, document))


def _extractor(out: Output, data: ImageData, choice: ExtractorChoice, seed: int, place: Place) -> Extractor:
    """The extractor that was asked for, or one that is trained now unless the cache has it; frozen."""
    from symgen.image.extractor import load_extractor
    from symgen.image.precision import fast_precision
    from symgen.image.pretrained import PREFIX, pretrained_extractor
    from symgen.image.training import Progress, cached_extractor, extractor_path

    if choice.given is None:
        training = _training(out, data, choice, seed, place)
        if extractor_path(data, training, place.device).exists():
            out.note("The extractor is in the cache.")
        else:
            out.note(
                f"Training an extractor: {NETWORKS[training.architecture]} of width {training.width}, "
                f"{training.epochs} epochs of {data.name}."
            )
        with out.progress("Training the extractor") as update:

            def progress(p: Progress) -> None:
                update(
                    p.step, p.steps, f"Training the extractor  epoch {p.epoch} of {p.epochs}  {p.accuracy:.0%} right"
                )

            network = cached_extractor(data, training, place.device, progress)
    elif choice.given.startswith(PREFIX):
        network = pretrained_extractor(choice.given, data.size, place.device)
    else:
        network = load_extractor(Path(choice.given), place.device)
    if network.info.accuracy is not None:
        out.note(f"The extractor classifies {network.info.accuracy:.1%} of its test images rightly.")
    return network.freeze(place.device, fast_precision(place.device, min(data.size)))


def _training(out: Output, data: ImageData, choice: ExtractorChoice, seed: int, place: Place) -> TrainingSettings:
    """How the extractor is to be trained."""
    from symgen.image.schedule import default_training
    from symgen.image.settings import TrainingSettings

    count = len(data.train)
    if choice.batch and choice.batch > count:
        raise UsageError(f"--extractor-batch {choice.batch}: {data.name} has {count} training images. Give fewer.")
    width = choice.width or WIDTHS[place.device.partition(":")[0]]
    kind = TrainingSettings.whitened if choice.schedule == "whitened" else TrainingSettings
    if choice.schedule == "paper":
        published = TrainingSettings.paper(width=width, seed=seed)
        training = published.with_batch(choice.batch) if choice.batch else published.fitting(count)
    else:
        training = default_training(data, width, seed, choice.batch, kind)
    if choice.batch is None and training.batch < kind(width=width).batch:
        out.note(f"The extractor is trained in batches of {training.batch}: there are {count} images.")
    return training


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
