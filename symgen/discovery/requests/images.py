"""A request for the symmetries of images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from symgen.discovery.requests.listener import Checkpoint, Listener, Update, training_progress
from symgen.discovery.requests.request import OF_EQUATIONS, OF_POINTS, Request
from symgen.exceptions import UsageError
from symgen.settings_errors import checked_options
from symgen.words import numbered

if TYPE_CHECKING:
    from symgen.discovery.flow_training import Trained
    from symgen.discovery.image_settings import ImageSettings
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

    @classmethod
    def of(cls, request: Request) -> ExtractorChoice:
        """That of a request."""
        names = ("extractor", "extractor_width", "extractor_schedule", "extractor_batch")
        return cls(*(request[option] for option in names))


def settings_of(request: Request) -> ImageSettings:
    """Validated settings; UsageError for options that are of equations or points."""
    from symgen.discovery.image_settings import IMAGE_METHODS

    request.refuse("images", (*OF_EQUATIONS, *OF_POINTS))
    return cast("ImageSettings", request.settings(IMAGE_METHODS, "flow"))


def source_of(request: Request) -> Callable[..., ImageData]:
    """`source(progress=...)` loads the images that are asked for."""
    from symgen.image.datasets import load_images

    source = request.name or request.data
    assert source is not None  # else they would be no images
    return partial(
        load_images, source, to_rgb=bool(request["to_rgb"]), data=request.data if request.name is not None else None
    )


def extractor_of(listener: Listener, data: ImageData, choice: ExtractorChoice, seed: int, device: str) -> Extractor:
    """The extractor that was asked for, or one that is trained now unless the cache has it; frozen."""
    from symgen.image.extractor import load_extractor
    from symgen.image.precision import fast_precision
    from symgen.image.pretrained import PREFIX, pretrained_extractor
    from symgen.image.training import Progress, cached_extractor, extractor_path

    if choice.given is None:
        training = _training(listener, data, choice, seed, device)
        if extractor_path(data, training, device).exists():
            listener.note("The extractor is in the cache.")
        else:
            listener.note(
                f"Training an extractor: {NETWORKS[training.architecture]} of width {training.width}, "
                f"{numbered(training.epochs, 'epoch')} of {data.name}."
            )
        with listener.progress("Training the extractor") as update:

            def progress(p: Progress) -> None:
                update(
                    p.step, p.steps, f"Training the extractor  epoch {p.epoch} of {p.epochs}  {p.accuracy:.0%} right"
                )

            network = cached_extractor(data, training, device, progress)
    elif choice.given.startswith(PREFIX):
        network = pretrained_extractor(choice.given, data.size, device)
    else:
        network = load_extractor(Path(choice.given), device)
    if network.info.accuracy is not None:
        listener.note(f"The extractor classifies {network.info.accuracy:.1%} of its test images rightly.")
    return network.freeze(device, fast_precision(device, min(data.size)))


def _training(listener: Listener, data: ImageData, choice: ExtractorChoice, seed: int, device: str) -> TrainingSettings:
    """How the extractor is to be trained."""
    from symgen.image.schedule import default_training
    from symgen.image.settings import TrainingSettings

    count = len(data.train)
    if choice.batch and choice.batch > count:
        raise UsageError(f"--extractor-batch {choice.batch}: {data.name} has {count} training images. Give fewer.")
    width = choice.width or WIDTHS[device.partition(":")[0]]
    kind = TrainingSettings.whitened if choice.schedule == "whitened" else TrainingSettings
    with checked_options({"width": "--extractor-width", "batch": "--extractor-batch"}):
        if choice.schedule == "paper":
            published = TrainingSettings.paper(width=width, seed=seed)
            training = published.with_batch(choice.batch) if choice.batch else published.fitting(count)
        else:
            training = default_training(data, width, seed, choice.batch, kind)
    if choice.batch is None and training.batch < kind(width=width).batch:
        listener.note(f"The extractor is trained in batches of {training.batch}: there are {count} images.")
    return training


def run(
    data: ImageData, extractor: Extractor, settings: ImageSettings, update: Update, checkpoint: Checkpoint
) -> tuple[Artifact, Trained | None]:
    """Run the method that the settings are of; the outcome of a training, too, if there was one."""
    from symgen.discovery.image import discover_image_flow, discover_image_spectral
    from symgen.discovery.image_settings import ImageFlowSettings, ImageSpectralSettings

    match settings:
        case ImageFlowSettings():
            progress = training_progress(update)
            return discover_image_flow(data, extractor, settings, progress, checkpoint.path, checkpoint.resume)
        case ImageSpectralSettings():
            return discover_image_spectral(data, extractor, settings, update), None
    raise TypeError(f"no method has settings of type {type(settings).__name__}")
