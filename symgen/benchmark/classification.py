"""Classification with augmentation.

A ResNet-18 is trained on CIFAR-10 from scratch, and its accuracy measured on the test images, which no other step sees.
Arms differ in how a batch is augmented, every image by its own draw, and in nothing else: *none*; *default*, flip and
crop; by a combination of six fields, *affine*, *random* smooth ones or *learned*: of ten found in the training images
alone, with the classifier without augmentation as extractor, the most valid; *learned-default* both. All fields are of
norm 1 in the same inner product. CIFAR-10 comes from the folder in SYMGEN_CIFAR10, else by name; the preset smoke has
synthetic images.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from torchvision.transforms import v2

from symgen.augmentation import RandomFlipAndCrop, RandomSymmetry
from symgen.benchmark.images import load
from symgen.benchmark.table import Case, Comparison, Result
from symgen.discovery.image_cache import cached_generators
from symgen.discovery.image_settings import IMAGE_METHODS, ImageFlowSettings, ImageSettings
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.library import LibraryGenerators
from symgen.image.affine import affine_generators
from symgen.image.datasets import ImageData
from symgen.image.extractor import Extractor
from symgen.image.fields import random_fields
from symgen.image.labelled import Labelled
from symgen.image.precision import fast_precision
from symgen.image.settings import TrainingSettings
from symgen.image.training import Augmentation, cached_extractor, extractor_path, train_extractor

ARMS = ("none", "default", "random", "affine", "learned", "learned-default")
MOVED = ARMS[2:]
USED = 6
"""Learned generators that move images: the most valid ones."""
SCALES = {"smoke": 0.1, "cpu": 0.15, "paper": 0.1 / USED**0.5}
"""Of coefficients; that of cpu, of 0.08, 0.15 and 0.3 with the best validation accuracy in trials."""
EFFORTS: dict[str, tuple[dict[str, Any], TrainingSettings, dict[str, Any]]] = {
    "smoke": (
        {"source": "synthetic", "per_class": 24, "validation": 8, "method": "spectral"},
        TrainingSettings(width=4, stages=((1.0, 2),), batch=32, lr=0.1),
        {"images": 32, "weight_images": 64, "held_out": 32},
    ),
    "cpu": (
        {"source": "cifar10", "per_class": 200, "validation": 100, "method": "flow"},
        TrainingSettings(width=8, stages=((1.0, 30),), batch=64, lr=0.2, label_smoothing=0.0),
        {"held_out": 500},
    ),
    "paper": (
        {"source": "cifar10", "per_class": 5000, "validation": 0, "method": "flow"},
        TrainingSettings.paper(),
        ImageFlowSettings.paper().model_dump(mode="json", exclude={"seed"}),
    ),
}


def cases(preset: str) -> Iterator[Case]:
    """Every arm; random fields, a control, not in the published setting."""
    data, training, discovery = EFFORTS[preset]
    settings = {**data, "training": training.model_dump(mode="json", exclude={"seed"}), "discovery": discovery}
    for arm in ARMS if preset != "paper" else [arm for arm in ARMS if arm != "random"]:
        scale = SCALES[preset] if arm in MOVED else 0.0
        known = {"published": 0.924} if (arm, preset) == ("none", "paper") else {}  # Ko, Kim and Lee 2024
        own = {**settings, "arm": arm, "scale": scale}
        yield Case(arm, arm, "Test accuracy", measure_arm, own, {}, {"scale": scale or None, **known})


def comparisons(preset: str) -> Iterator[Comparison]:
    """Learned generators are to gain."""
    if preset != "smoke":
        yield "learned", "none", "accuracy", "difference > spread"


def measure_arm(
    arm: str,
    source: str,
    per_class: int,
    validation: int,
    training: dict[str, Any],
    method: str,
    discovery: dict[str, Any],
    scale: float,
    seed: int,
    device: str,
) -> Result:
    """Train a classifier with one augmentation and measure its accuracy on all test images."""
    data = load(source, seed)
    sample = training_sample(data, per_class, validation, seed)
    settings = TrainingSettings.model_validate({**training, "seed": seed})
    augmentation: Augmentation | None = RandomFlipAndCrop() if arm == "default" else None
    if arm in MOVED:
        wanted = IMAGE_METHODS[method].model_validate({**discovery, "seed": seed})
        fields = fields_of(arm, discovered(sample, settings, wanted, device), USED, seed)
        augmentation = RandomSymmetry(fields, scale, each=True).float().to(device)
        if arm == "learned-default":
            augmentation = v2.Compose([augmentation, RandomFlipAndCrop()])
    classifier, spent = trained(sample, settings, device, augmentation)
    validated = {"validation": classifier.info.accuracy} if validation else {}
    return {"images": len(sample.train), **spent, **validated, "accuracy": classifier.accuracy(data.test)}


def discovered(
    sample: ImageData,
    training: TrainingSettings,
    wanted: ImageSettings,
    device: str,
    extractor: Extractor | None = None,
) -> Artifact:
    """Generators found in the images alone; by default the extractor is the classifier without augmentation."""
    extractor = cached_extractor(sample, training, device) if extractor is None else extractor
    extractor.freeze(device, fast_precision(device, min(sample.size)))
    return cached_generators(sample, extractor, wanted)


def trained(
    sample: ImageData, training: TrainingSettings, device: str, augmentation: Augmentation | None = None
) -> tuple[Extractor, Result]:
    """A classifier, and the time it took; without augmentation it is kept in the cache, and took none if it was."""
    start, cpu = time.perf_counter(), time.process_time()
    if augmentation is not None:
        classifier = train_extractor(sample, training, device, augmentation=augmentation)
    else:
        known = extractor_path(sample, training, device).exists()
        classifier = cached_extractor(sample, training, device)
        if known:
            return classifier, {"seconds": None, "cpu": None}
    return classifier, {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}


def training_sample(data: ImageData, per_class: int, validation: int, seed: int) -> ImageData:
    """So many training images of every class, and others of them, `validation` of each class, in place of the test's.

    Nothing that is trained or found in it can have seen a test image. Without a validation set, the training images
    themselves stand there too.
    """
    drawn = data.train.balanced(per_class + validation, seed)
    images = per_class * len(data.classes)
    train, held = (Labelled(drawn.images[s], drawn.labels[s]) for s in (slice(images), slice(images, None)))
    return ImageData.of(f"{data.name}-{images}", train, held if validation else train, data.classes)


def fields_of(arm: str, artifact: Artifact, count: int, seed: int) -> Generators:
    """Fields of norm 1 in the inner product of the images: affine or random ones, or the most valid ones learned."""
    if arm == "affine":
        return affine_generators(artifact.points, artifact.weight)
    if arm == "random":
        return random_fields(count, artifact.points, artifact.weight, seed=seed)
    learned = artifact.generators
    assert isinstance(learned, LibraryGenerators)  # of images
    return LibraryGenerators(learned.space, learned.library, learned.coefficients[:count])
