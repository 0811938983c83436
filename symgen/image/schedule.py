"""How long the extractor is trained by default: by what the images are and how many."""

from __future__ import annotations

import math

import torch

from symgen.image.labelled import ImageData
from symgen.image.settings import TrainingSettings

DIGITS = ((0.75, 2), (1.0, 1))
"""Stages for MNIST and its kin, grey images of 28 x 28 pixels: they are learned soon, upright or turned."""
LEAST_STEPS = 400
"""Of a training: few images are seen again as often as that takes."""


def default_training(data: ImageData, width: int, seed: int, batch: int | None = None) -> TrainingSettings:
    """Settings for these images; `batch` where another than the usual one is wanted, else one that fits them."""
    usual = TrainingSettings(width=width, seed=seed)
    if _is_like_mnist(data):
        usual = usual.model_copy(update={"stages": DIGITS})
    fitting = usual.with_batch(batch) if batch else usual.fitting(len(data.train))
    steps = fitting.epochs * (len(data.train) // fitting.batch)
    repeat = max(1, math.ceil(LEAST_STEPS / steps))
    return fitting.model_copy(update={"stages": tuple((size, repeat * epochs) for size, epochs in fitting.stages)})


def _is_like_mnist(data: ImageData) -> bool:
    images = data.train.images
    return data.size == (28, 28) and all(torch.equal(images[:, 0], images[:, k]) for k in (1, 2))
