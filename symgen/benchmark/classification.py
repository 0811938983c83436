"""What generators found in images are worth in training: test accuracy with and without augmentation by them."""

from __future__ import annotations

import os
import time
from typing import Any

from torchvision.transforms import v2

from symgen.augmentation import RandomFlipAndCrop, RandomSymmetry
from symgen.benchmark.experiment import Case, Comparison, Experiment, Result, Table
from symgen.benchmark.images import SOURCE
from symgen.discovery.image_cache import cached_generators, generators_path
from symgen.discovery.image_settings import IMAGE_METHODS, ImageFlowSettings, ImageSettings
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.library import LibraryGenerators
from symgen.image.affine import affine_generators
from symgen.image.datasets import ImageData, load_images
from symgen.image.extractor import Extractor
from symgen.image.fields import random_fields
from symgen.image.labelled import Labelled
from symgen.image.precision import fast_precision
from symgen.image.settings import TrainingSettings
from symgen.image.synthetic import synthetic
from symgen.image.training import Augmentation, cached_extractor, extractor_path, train_extractor

TABLE = "Test accuracy"
ARMS = {
    "none": "none",
    "default": "flip and crop",
    "random": "six random smooth fields",
    "affine": "six affine generators",
    "learned": "six learned generators",
    "learned-default": "six learned generators, flip and crop",
}
MOVED = ("random", "affine", "learned", "learned-default")
USED = 6
"""Learned generators that move images: the most valid ones."""
SCALE = 0.15
"""Of coefficients in the preset cpu: that of 0.08, 0.15 and 0.3 with the best validation accuracy in trials."""
PUBLISHED_SCALE = 0.1 / USED**0.5
PUBLISHED = 0.924
"""Without augmentation (Ko, Kim and Lee 2024)."""


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
    result: Result = {"images": len(sample.train)}
    augmentation: Augmentation | None = None
    if arm in MOVED:
        wanted = IMAGE_METHODS[method].model_validate({**discovery, "seed": seed})
        artifact, result["discovery"] = discovered(sample, settings, wanted, device)
        augmentation = _augmentation(arm, artifact, scale, seed)
    elif arm == "default":
        augmentation = RandomFlipAndCrop()
    classifier, spent = trained(sample, settings, device, augmentation)
    result |= spent
    if validation:
        result["validation"] = classifier.info.accuracy
    return result | {"accuracy": classifier.accuracy(data.test)}


def discovered(
    sample: ImageData,
    training: TrainingSettings,
    wanted: ImageSettings,
    device: str,
    extractor: Extractor | None = None,
) -> tuple[Artifact, float | None]:
    """Generators found in the images alone, and the seconds it took; None for those in the cache.

    By default the extractor is the classifier without augmentation, so that nothing is learned from but these images.
    """
    extractor = cached_extractor(sample, training, device) if extractor is None else extractor
    extractor.freeze(device, fast_precision(device, min(sample.size)))
    known = generators_path(sample, extractor, wanted).exists()
    start = time.perf_counter()
    artifact = cached_generators(sample, extractor, wanted)
    return artifact, None if known else time.perf_counter() - start


def trained(
    sample: ImageData, training: TrainingSettings, device: str, augmentation: Augmentation | None = None
) -> tuple[Extractor, Result]:
    """A classifier, and the time it took; without augmentation it is kept in the cache, and took none if it was."""
    start, cpu = time.perf_counter(), time.process_time()
    known = augmentation is None and extractor_path(sample, training, device).exists()
    if augmentation is None:
        classifier = cached_extractor(sample, training, device)
    else:
        classifier = train_extractor(sample, training, device, augmentation=augmentation)
    if known:
        return classifier, {"seconds": None, "cpu": None}
    return classifier, {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}


def load(source: str, seed: int) -> ImageData:
    """CIFAR-10, or synthetic images."""
    if source == "synthetic":
        return synthetic("translation", per_class=40, test_per_class=10, classes=8, size=16, seed=seed).data
    return load_images(os.environ.get(SOURCE, source))


def training_sample(data: ImageData, per_class: int, validation: int, seed: int) -> ImageData:
    """So many training images of every class, and others of them, `validation` of each class, in place of the test's.

    Nothing that is trained or found in it can have seen a test image. Without a validation set, the training images
    themselves stand there too.
    """
    drawn = data.train.balanced(per_class + validation, seed)
    images = per_class * len(data.classes)
    train, held = (Labelled(drawn.images[s], drawn.labels[s]) for s in (slice(images), slice(images, None)))
    return ImageData.of(f"{data.name}-{images}", train, held if validation else train, data.classes)


def _augmentation(arm: str, artifact: Artifact, scale: float, seed: int) -> Augmentation:
    """Random combinations of fields of norm 1 in the inner product of the images, and flip and crop besides."""
    device = artifact.points.device
    generators: Generators
    if arm == "affine":
        generators = affine_generators(artifact.points, artifact.weight)
    elif arm == "random":
        generators = random_fields(USED, artifact.points, artifact.weight, seed=seed)
    else:
        generators = first(artifact, USED)
    symmetry = RandomSymmetry(generators, scale, each=True).float().to(device)
    return v2.Compose([symmetry, RandomFlipAndCrop()]) if arm == "learned-default" else symmetry


def first(artifact: Artifact, count: int) -> LibraryGenerators:
    """The most valid generators of images."""
    learned = artifact.generators
    assert isinstance(learned, LibraryGenerators)  # of images
    return LibraryGenerators(learned.space, learned.library, learned.coefficients[:count])


def training_as_settings(settings: TrainingSettings) -> dict[str, Any]:
    """As a case has it: the seed is that of the case."""
    return settings.model_dump(mode="json", exclude={"seed"})


def _cases(arms: dict[str, float], published: float | None = None, **settings: Any) -> tuple[Case, ...]:
    """Arms with the scales of those that move images by generators."""
    return tuple(
        Case(
            name=arm,
            subject=arm,
            label=ARMS[arm],
            measure=measure_arm,
            settings={"arm": arm, "scale": scale, **settings},
            tables=(TABLE,),
            known={**({"scale": scale} if scale else {}), **({"published": published} if arm == "none" else {})},
        )
        for arm, scale in arms.items()
    )


_SYNTHETIC = _cases(
    {arm: 0.1 if arm in MOVED else 0.0 for arm in ARMS},
    source="synthetic",
    per_class=24,
    validation=8,
    training=training_as_settings(TrainingSettings(width=4, stages=((1.0, 2),), batch=32, lr=0.1)),
    method="spectral",
    discovery={"images": 32, "weight_images": 64, "held_out": 32},
)
_SMALL = _cases(
    {arm: SCALE if arm in MOVED else 0.0 for arm in ARMS},
    source="cifar10",
    per_class=200,
    validation=100,
    training=training_as_settings(
        TrainingSettings(width=8, stages=((1.0, 30),), batch=64, lr=0.2, label_smoothing=0.0)
    ),
    method="flow",
    discovery={"held_out": 500},
)
_PAPER = _cases(
    {arm: PUBLISHED_SCALE if arm in MOVED else 0.0 for arm in ARMS if arm != "random"},
    published=PUBLISHED,
    source="cifar10",
    per_class=5000,
    validation=0,
    training=training_as_settings(TrainingSettings.paper()),
    method="flow",
    discovery=ImageFlowSettings.paper().model_dump(mode="json", exclude={"seed"}),
)

EXPERIMENT = Experiment(
    name="classification",
    title="Classification with augmentation",
    about=(
        "A ResNet-18 is trained to classify CIFAR-10 from scratch, and its accuracy measured on the 10 000 test "
        "images, which no other step sees. Arms differ in how a batch is augmented, every image by its own draw, and "
        "in nothing else: for a seed, first weights, images, their order and the number of updates are the same. "
        "*Flip and crop*: mirrored with probability 1/2 and shifted by up to 4 pixels over black. *Six affine "
        "generators*: moved by a combination with coefficients uniform in ± the scale. *Six random smooth fields*: the "
        "same with cubic ones, a control. *Six learned generators*: of ten found in the training images alone, with "
        "the classifier without augmentation as extractor, the most valid (cpu: by default settings, ranked on "
        "the validation images; paper: by the published ones, ranked on training images). "
        "All generators are of norm 1 in the same inner product. *Validation*: accuracy on images split off from the "
        f"training images, never trained on. CIFAR-10 comes from the folder in {SOURCE}, else by name; the preset "
        "smoke has synthetic images and a few steps."
    ),
    presets={"smoke": _SYNTHETIC, "cpu": _SMALL, "paper": _PAPER},
    seeds={"smoke": (0,), "cpu": (0, 1, 2), "paper": (0, 1, 2)},
    by_seed=True,  # extractor and generators
    comparisons={preset: (Comparison("learned", "none", "accuracy"),) for preset in ("cpu", "paper")},
    tables={
        TABLE: Table(
            "augmentation",
            {
                "scale": "scale",
                "accuracy": "test accuracy",
                "published": "published",
                "validation": "validation",
                "images": "training images",
                "discovery": "discovery (s)",
                "seconds": "training (s)",
                "cpu": "training, CPU (s)",
            },
            f"Without augmentation, Ko, Kim and Lee (2024) have {PUBLISHED:.1%} at full width, with all images and 200 "
            "epochs (`--preset paper`).",
        )
    },
)
