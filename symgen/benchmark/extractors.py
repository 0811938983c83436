"""Extractors.

The default training of a ResNet-18 and that of a whitened network: share of the test images classified rightly,
seconds, and the angle by which features turn when held-out images are moved by s = ±0.3 along a unit field, relative to
the mean over ten *random* smooth fields; of synthetic images with classes invariant under one group, that of its
generator, *own*.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

import torch

from symgen.benchmark.images import LESSONS, WIDTH, cifar10
from symgen.benchmark.table import Case, Comparison, Result
from symgen.image.affine import AFFINE, affine_generators
from symgen.image.settings import TrainingSettings
from symgen.image.synthetic import Group, synthetic
from symgen.image.training import train_extractor
from symgen.image.warp import pixel_grid
from symgen.validity.image import ImageValidity
from symgen.validity.moved_images import at_scale, moved_images

SEEDS = {"cpu": (0, 1)}
HELD_OUT = 200
KINDS = {"resnet": TrainingSettings, "whitened": TrainingSettings.whitened}


def cases(preset: str) -> Iterator[Case]:
    """Either network on CIFAR-10 and on images of every group."""
    small = {"width": 8, "batch": 64, "lr": 0.2}
    changes: dict[Group | None, dict[str, Any]] = {"translation": {**small, "width": 4, "stages": ((1.0, 1),)}}
    if preset == "cpu":
        changes = {None: {}, **{group: {**small, "stages": ((1.0, LESSONS[group][1]),)} for group in LESSONS}}
    for group, own in changes.items():
        for kind, make in KINDS.items():
            settings = make(width=WIDTH).model_copy(update=own)  # type: ignore[operator]
            training = settings.model_dump(mode="json", exclude={"seed"})
            table = "Synthetic images" if group else "CIFAR-10"
            name = f"{group}-{kind}" if group else kind
            yield Case(name, group or "cifar10", table, measure, {"training": training, "group": group})


def comparisons(preset: str) -> Iterator[Comparison]:
    """The whitened network is to have a point more of accuracy, in about the time of the other."""
    if preset == "cpu":
        yield "whitened", "resnet", "cpu", "ratio ≤ 1.1"
        yield "whitened", "resnet", "accuracy", "difference ≥ 0.01"


def measure(group: Group | None, training: dict[str, Any], seed: int, device: str) -> Result:
    """Train on CIFAR-10, or images of a group; angles relative to those of random smooth fields."""
    made = synthetic(group, LESSONS[group][0], test_per_class=5, seed=seed) if group else None
    data = made.data if made else cifar10()
    start, cpu = time.perf_counter(), time.process_time()
    extractor = train_extractor(data, TrainingSettings.model_validate({**training, "seed": seed}), device)
    spent = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
    per_class = min(HELD_OUT // len(data.classes), int(data.test.labels.bincount(minlength=len(data.classes)).min()))
    images = data.test.balanced(per_class).images.to(extractor.mean.device).float() / 255
    validity = ImageValidity(extractor)
    weight = validity.saliency(images).flatten()
    grid = pixel_grid(*data.size, device=str(images.device))
    moved = made.generator if made else affine_generators(grid.reshape(-1, 2).double(), weight)
    with torch.no_grad():
        table = moved_images(validity, images, grid, weight, moved)
    random = statistics.fmean(at_scale(table.random, table.scales))
    affine = at_scale(list(table.affine.values()), table.scales)
    angles = {"own": at_scale(table.generators, table.scales)[0] / random}
    if made is None:
        angles = {name: angle / random for name, angle in zip(AFFINE, affine, strict=True)}
    return {"accuracy": extractor.info.accuracy, **spent, **angles, "random": random}
