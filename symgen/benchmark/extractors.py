"""Extractors: what their training costs, how well they classify, and how far moves turn their features."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from symgen.benchmark.experiment import Case, Comparison, Experiment, Result, Table
from symgen.benchmark.images import LESSONS, SOURCE, WIDTH
from symgen.generators.base import Generators
from symgen.image.affine import AFFINE, affine_generators
from symgen.image.datasets import ImageData, load_images
from symgen.image.extractor import Extractor
from symgen.image.settings import TrainingSettings
from symgen.image.synthetic import Group, synthetic
from symgen.image.training import train_extractor
from symgen.image.warp import pixel_grid
from symgen.validity.image import ImageValidity
from symgen.validity.moved_images import at_scale, moved_images

REAL, KNOWN = "Extractors of CIFAR-10", "Extractors of synthetic images"
HELD_OUT = 200
BETTER, SAME = 0.01, 1.1
"""The whitened network is to have a point more of accuracy, in about the time of the other."""
KINDS: dict[str, tuple[str, Callable[..., TrainingSettings]]] = {
    "resnet": ("ResNet-18", TrainingSettings),
    "whitened": ("whitened network", TrainingSettings.whitened),
}


def measure_cifar10(training: dict[str, Any], seed: int, device: str) -> Result:
    """Train with these settings; angles of affine moves relative to those of random smooth fields."""
    data = load_images(os.environ.get(SOURCE, "cifar10"))
    extractor, result = _train(data, training, seed, device)
    affine, random, _ = _angles(extractor, data, None)
    mean = statistics.fmean(random)
    return result | {name: angle / mean for name, angle in zip(AFFINE, affine, strict=True)} | {"random": mean}


def measure_known(group: Group, training: dict[str, Any], seed: int, device: str) -> Result:
    """Train on images whose classes are invariant under the group; its angle relative to that of random fields."""
    made = synthetic(group, LESSONS[group][0], test_per_class=5, seed=seed)
    extractor, result = _train(made.data, training, seed, device)
    _, random, own = _angles(extractor, made.data, made.generator)
    return result | {"own": own[0] / statistics.fmean(random), "random": statistics.fmean(random)}


def _train(data: ImageData, training: dict[str, Any], seed: int, device: str) -> tuple[Extractor, Result]:
    settings = TrainingSettings.model_validate({**training, "seed": seed})
    start, cpu = time.perf_counter(), time.process_time()
    extractor = train_extractor(data, settings, device)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    return extractor, {"accuracy": extractor.info.accuracy, "seconds": seconds, "cpu": cpu}


def _angles(
    extractor: Extractor, data: ImageData, generator: Generators | None
) -> tuple[list[float], list[float], list[float]]:
    """Mean angles at the scale that generators are ranked at: of affine and random fields, and those given."""
    device = extractor.mean.device
    classes = len(data.classes)
    per_class = min(HELD_OUT // classes, int(data.test.labels.bincount(minlength=classes).min()))
    images = data.test.balanced(per_class).images.to(device).float() / 255
    validity = ImageValidity(extractor)
    weight = validity.saliency(images).flatten()
    grid = pixel_grid(*data.size, device=str(device))
    moved = generator or affine_generators(grid.reshape(-1, 2).double(), weight)
    with torch.no_grad():
        table = moved_images(validity, images, grid, weight, moved)
    affine, random, own = (
        at_scale(rows, table.scales) for rows in (list(table.affine.values()), table.random, table.generators)
    )
    return affine, random, own


def _cases(group: Group | None, **changes: Any) -> tuple[Case, ...]:
    """One of every kind of training: on CIFAR-10, or the images of a group."""
    cases = []
    for kind, (label, make) in KINDS.items():
        settings = make(width=WIDTH).model_copy(update=changes)
        training = settings.model_dump(mode="json", exclude={"seed"})
        cases.append(
            Case(
                name=kind if group is None else f"{group}-{kind}",
                subject=group or "cifar10",
                label=label if group is None else f"{group}, {label}",
                measure=measure_cifar10 if group is None else measure_known,
                settings={"training": training} | ({"group": group} if group else {}),
                tables=(KNOWN if group else REAL,),
            )
        )
    return tuple(cases)


def _known(group: Group) -> tuple[Case, ...]:
    return _cases(group, width=8, batch=64, lr=0.2, stages=((1.0, LESSONS[group][1]),))


_COST = {"accuracy": "right", "cpu": "training, CPU (s)", "seconds": "training (s)"}
EXPERIMENT = Experiment(
    name="extractor",
    title="Extractors",
    about=(
        "The default training of a ResNet-18 and that of a whitened network, by themselves: share of the test images "
        "classified rightly, seconds, and what discovery builds on, the angle by which features turn when held-out "
        "images are moved by s = ±0.3 along a unit field, relative to the mean over ten random smooth fields. "
        "Synthetic images have classes that are exactly invariant under one group: *own*, the angle of its generator, "
        "should be far below 1. CPU seconds are of one thread where precision is bfloat16. CIFAR-10 comes from the "
        f"folder in {SOURCE}, else by name."
    ),
    presets={
        "smoke": _cases("translation", width=4, batch=64, lr=0.2, stages=((1.0, 1),)),
        "cpu": (*_cases(None), *_known("rotation"), *_known("translation"), *_known("swirl")),
    },
    seeds={"smoke": (0,), "cpu": (0, 1)},
    comparisons={
        "cpu": (
            Comparison("whitened", "resnet", "cpu", at_most=SAME),
            Comparison("whitened", "resnet", "accuracy", by_at_least=BETTER),
        )
    },
    tables={
        REAL: Table("network", _COST | {name: name for name in AFFINE} | {"random": "random (rad)"}),
        KNOWN: Table("images, network", _COST | {"own": "own", "random": "random (rad)"}),
    },
)
