"""Training of the extractor: as a classifier, on images that nothing but time has taught it to see moved.

No crops, as they would teach it the translations that are to be found. Flips are no continuous symmetry and so
would not do that, but the paper's baseline has none either: they are off unless asked for.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from symgen import __version__
from symgen.cache import cache_folder, cached
from symgen.exceptions import DataError
from symgen.image.datasets import ImageData
from symgen.image.extractor import Extractor, ExtractorInfo, load_extractor
from symgen.image.labelled import Labelled
from symgen.image.precision import fast_precision, threads
from symgen.image.settings import TrainingSettings
from symgen.image.whitened import WHITENED, WhitenedNet
from symgen.moments import Moments

Augmentation = Callable[[torch.Tensor], torch.Tensor]
"""Images (B, 3, H, W) in [0, 1] -> as many, moved at random; a transform of torchvision that draws for every image."""
Channels = tuple[float, float, float]
BLOCK = 128
"""Images that are whitened at a time."""
REPORTED = 20
"""Steps between two reports."""


@dataclass(frozen=True)
class Progress:
    """Where a training stands."""

    step: int
    steps: int
    epoch: int
    """Counted from 1."""
    epochs: int
    loss: float
    """Mean over the epoch so far."""
    accuracy: float
    """On the training images as they were in this epoch so far."""


def train_extractor(
    data: ImageData,
    settings: TrainingSettings,
    device: str | torch.device = "cpu",
    progress: Callable[[Progress], None] | None = None,
    augmentation: Augmentation | None = None,
) -> Extractor:
    """Train an extractor on the training images and measure its accuracy on the test images; frozen.

    `augmentation` is applied to every batch. It draws from torch's own generators, and everything else from others: the
    first weights and the order of the images are the same with any. Repeatable by `settings.seed` on the same device
    and threads. Batches larger than the data are made smaller, and the rate with them. Inside it is bfloat16 on CUDA
    and on processors with matrix units for it (AMX), float32 elsewhere.
    Raises DataError if the loss stops being finite.
    """
    if settings.batch > len(data.train):
        settings = settings.fitting(len(data.train))
    mean, std = _channel_moments(data.train.images)
    with torch.random.fork_rng(devices=[device] if torch.device(device).type == "cuda" else []):
        torch.manual_seed(settings.seed)
        info = ExtractorInfo(
            architecture=settings.architecture, width=settings.width, classes=data.classes, mean=mean, std=std
        )
        extractor = Extractor.untrained(info)
        if isinstance(extractor.body, WhitenedNet):
            seen = data.train.images[torch.randperm(len(data.train))[:WHITENED]]
            extractor.body.whiten(extractor.normalised(block) for block in seen.split(BLOCK))
        extractor.to(device).to(memory_format=extractor.memory_format)
        smallest = min(size * side for size, _ in settings.stages for side in data.size)
        extractor.precision = fast_precision(device, int(smallest))
        with threads(device, extractor.precision):
            _fit(extractor.train(), data.train.to(device), settings, progress, augmentation)
    extractor.freeze(device, torch.float32)
    extractor.info = info.model_copy(
        update={
            "accuracy": extractor.accuracy(data.test),
            "dataset": data.name,
            "dataset_sha256": data.sha256,
            "seed": settings.seed,
            "settings": settings.model_dump(mode="json"),
        }
    )
    return extractor.freeze(device)


def cached_extractor(
    data: ImageData,
    settings: TrainingSettings,
    device: str | torch.device = "cpu",
    progress: Callable[[Progress], None] | None = None,
) -> Extractor:
    """The extractor of these data and settings: from the cache if a sound one is there, else trained into it."""
    return cached(
        extractor_path(data, settings, device),
        lambda path: load_extractor(path, device),
        lambda: train_extractor(data, settings, device, progress),
        lambda extractor, path: extractor.save(path, force=True),
    )


def extractor_path(data: ImageData, settings: TrainingSettings, device: str | torch.device = "cpu") -> Path:
    """Where the cache has the extractor of these data and settings."""
    content = f"{__version__} {data.sha256} {settings.model_dump_json()} {torch.device(device).type}"
    key = hashlib.sha256(content.encode()).hexdigest()[:16]
    return cache_folder() / "extractors" / f"{data.name}-{key}.safetensors"


def _fit(
    extractor: Extractor,
    train: Labelled,
    settings: TrainingSettings,
    progress: Callable[[Progress], None] | None,
    augmentation: Augmentation | None,
) -> None:
    optimiser = _optimiser(extractor, settings)
    steps_per_epoch = len(train) // settings.batch
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: settings.rate(step, steps_per_epoch))
    draw = torch.Generator().manual_seed(settings.seed)
    sizes = [size for size, epochs in settings.stages for _ in range(epochs)]
    step, steps = 0, len(sizes) * steps_per_epoch
    for epoch, size in enumerate(sizes, start=1):
        order = torch.randperm(len(train), generator=draw).to(train.labels.device)
        sums = torch.zeros(2, device=train.labels.device)
        for k in range(1, steps_per_epoch + 1):
            chosen = order[(k - 1) * settings.batch : k * settings.batch]
            labels = train.labels[chosen]
            images = _prepare(train.images[chosen], size, draw if settings.flips else None)
            images = images if augmentation is None else augmentation(images)
            logits = extractor.logits(images)
            loss = functional.cross_entropy(logits, labels, label_smoothing=settings.label_smoothing)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            step += 1
            sums += torch.stack([loss.detach(), (logits.argmax(1) == labels).float().mean()])
            if k % REPORTED == 0 or k == steps_per_epoch:
                mean_loss, accuracy = (sums / k).tolist()
                if not math.isfinite(mean_loss):
                    raise DataError(
                        f"The extractor's training diverged in epoch {epoch}: its loss is not finite. "
                        f"Use a smaller learning rate than {settings.lr:g}."
                    )
                if progress:
                    progress(Progress(step, steps, epoch, len(sizes), mean_loss, accuracy))


def _optimiser(extractor: Extractor, settings: TrainingSettings) -> torch.optim.Optimizer:
    """SGD, with a rate of their own for the vectors of the body: biases and scales of normalisations."""
    learned = [(name, p) for name, p in extractor.named_parameters() if p.requires_grad]
    vectors, others = (
        [p for name, p in learned if (name.startswith("body.") and p.ndim == 1) == wanted] for wanted in (True, False)
    )
    groups: list[dict[str, Any]] = [
        {"params": others},
        {
            "params": vectors,
            "lr": settings.lr * settings.bias_rate,
            "weight_decay": settings.weight_decay / settings.bias_rate,
        },
    ]
    return torch.optim.SGD(
        groups,
        lr=settings.lr,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay,
        nesterov=settings.momentum > 0,
    )


def _prepare(images: torch.Tensor, size: float, flips: torch.Generator | None) -> torch.Tensor:
    """uint8 (B, 3, H, W) -> [0, 1], reduced to the relative size by averaging, mirrored at random."""
    prepared = images.float() / 255
    if size < 1:
        height, width = (max(1, round(size * side)) for side in images.shape[2:])
        prepared = functional.interpolate(prepared, (height, width), mode="area")
    if flips is not None:
        mirrored = (torch.rand(len(images), generator=flips) < 0.5).to(images.device)
        prepared = torch.where(mirrored[:, None, None, None], prepared.flip(3), prepared)
    return prepared


def _channel_moments(images: torch.Tensor) -> tuple[Channels, Channels]:
    """Mean and standard deviation of every channel of uint8 images, relative to 255; in blocks, exactly."""
    moments = Moments()
    for block in images.split(4096):
        moments.push(block.double().transpose(0, 1).flatten(1).cpu().numpy() / 255)
    deviation = np.maximum(moments.deviation, 1 / 255)  # of a channel without any content
    return _channels(moments.mean), _channels(deviation)


def _channels(values: np.ndarray) -> Channels:
    red, green, blue = values.tolist()
    return red, green, blue
