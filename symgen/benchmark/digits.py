"""Classification of few digits with augmentation.

A narrow ResNet-18 is trained on few of MNIST's digits, each turned by a random angle; its accuracy is measured on the
test digits, turned too. Arms differ in the fields that every image is moved by alone: *none*; *learned*, found in the
same digits with the classifier without augmentation as extractor, and once more with the classifier trained so; as many
*random* smooth ones; the true *rotation*. Each has the scale with the best accuracy on validation digits. *Angle*: of
the true rotation to the span of the fields, in degrees. MNIST comes from the copy in SYMGEN_MNIST, else by name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from symgen.augmentation import RandomSymmetry
from symgen.benchmark.classification import discovered, fields_of, trained, training_sample
from symgen.benchmark.images import angle
from symgen.benchmark.table import Case, Comparison, Result
from symgen.discovery.image_settings import ImageSpectralSettings
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.image.affine import AFFINE, affine_generators
from symgen.image.datasets import ImageData, load_images
from symgen.image.extractor import Extractor
from symgen.image.fields import IMAGE_SPACE
from symgen.image.labelled import Labelled
from symgen.image.rotated import rotated
from symgen.image.settings import TrainingSettings
from symgen.image.synthetic import synthetic

SOURCE = "SYMGEN_MNIST"
"""Environment variable with a local copy of MNIST."""
ARMS = ("none", "random", "learned", "rotation")
SIZES = (200, 1000)
DISCOVERY = {"n_generators": 6, "degree": 1, "images": 200, "weight_images": 200, "held_out": 200, "readable": False}
"""Few images bear few fields; made readable, a field near the rotation would be replaced by it."""
MOVES = (0.2, 0.4, 0.8)
"""Scales of the differences in the eigenproblem: that one counts whose first generator stands out most."""


def cases(preset: str) -> Iterator[Case]:
    """Every arm with every number of labels."""
    for images in (96,) if preset == "smoke" else SIZES:
        training = TrainingSettings(width=4, stages=((1.0, 2),), batch=32, lr=0.1)
        settings: dict[str, Any] = {"source": "synthetic", "per_class": 12, "validation": 8, "scales": (0.1, 1.8)}
        settings |= {"discovery": DISCOVERY | {"images": 32, "weight_images": 64, "held_out": 32}, "moves": MOVES[:2]}
        if preset == "cpu":
            stages = ((1.0, 800 * 50 // images),)  # 800 updates whatever the images
            training = TrainingSettings(width=8, stages=stages, batch=50, lr=0.2, label_smoothing=0.0)
            settings = {"source": "mnist", "per_class": images // 10, "validation": 50}
            settings["scales"] = (0.2, 0.6, 1.8)  # at the last a rotation reaches the full circle
            settings |= {"discovery": DISCOVERY, "moves": MOVES}
        settings["training"] = training.model_dump(mode="json", exclude={"seed"})
        for arm in ARMS:
            yield Case(f"{arm}-{images}", arm, f"{images} labelled digits", measure_arm, {"arm": arm, **settings})


def comparisons(preset: str) -> Iterator[Comparison]:
    """Learned fields are to be within half a point of the true rotation, and five points above the others."""
    for images in SIZES if preset == "cpu" else ():
        for other, wanted in (("rotation", "≥ -0.005"), ("random", "≥ 0.05"), ("none", "≥ 0.05")):
            yield f"learned-{images}", f"{other}-{images}", "accuracy", f"difference {wanted}"


def measure_arm(
    arm: str,
    source: str,
    per_class: int,
    validation: int,
    training: dict[str, Any],
    discovery: dict[str, Any],
    moves: Sequence[float],
    scales: Sequence[float],
    seed: int,
    device: str,
) -> Result:
    """Train a classifier with one augmentation at each scale; its accuracy on the test digits at the best of them."""
    sample, test = digits(source, per_class, validation, seed)
    settings = TrainingSettings.model_validate({**training, "seed": seed})
    result: Result = {"images": len(sample.train)}
    if arm == "none":
        classifier, spent = trained(sample, settings, device)
        return result | spent | {"validation": classifier.info.accuracy, "accuracy": classifier.accuracy(test)}
    extractor: Extractor | None = None  # first the classifier without augmentation
    for turn in (1, 2) if arm == "learned" else (1,):
        wanted = [ImageSpectralSettings(**discovery, scale=move, seed=seed) for move in moves]
        found_in = [discovered(sample, settings, one, device, extractor) for one in wanted]
        artifact = max(found_in, key=lambda one: ratios(one)[0])  # whose first generator stands out most
        affine = affine_generators(artifact.points, artifact.weight)  # of norm 1 in the inner product of the images
        rotation = ClosedFormGenerators(IMAGE_SPACE, [affine.fields[list(AFFINE).index("rotation")]])
        fields = rotation if arm == "rotation" else fields_of(arm, artifact, leading(artifact), seed)
        trials = [_trial(fields, scale, sample, test, settings, device) for scale in scales]
        extractor, found = max(trials, key=lambda trial: trial[1]["validation"])  # of equal ones the smallest scale
        if turn == 1 or found["validation"] > result["validation"]:
            own = {"fields": fields.count, "angle": angle(rotation, fields, artifact), "round": turn}
            result |= found | own
    return result


def _trial(
    fields: Generators, scale: float, sample: ImageData, test: Labelled, settings: TrainingSettings, device: str
) -> tuple[Extractor, Result]:
    """The classifier trained at a scale, and what was measured of it."""
    # a unit rotation turns by about 0.3 in a step
    augmentation = RandomSymmetry(fields, scale, each=True, step=0.25).float().to(device)
    classifier, spent = trained(sample, settings, device, augmentation)
    validated, accuracy = classifier.accuracy(sample.test), classifier.accuracy(test)
    return classifier, spent | {"scale": scale, "validation": validated, "accuracy": accuracy}


def digits(source: str, per_class: int, validation: int, seed: int) -> tuple[ImageData, Labelled]:
    """Rotated digits: a training sample with validation images in its test's place, and the test.

    Drawn before they are turned, so that only those are that are used. Or synthetic images, turned by their making.
    """
    if source == "synthetic":
        data = synthetic("rotation", per_class=40, test_per_class=10, classes=8, size=16, seed=seed).data
        return training_sample(data, per_class, validation, seed), data.test
    copy = os.environ.get(SOURCE)
    upright = load_images(source, data=Path(copy) if copy else None)
    drawn = training_sample(upright, per_class + validation, 0, seed)
    turned = rotated(ImageData.of(upright.name, drawn.train, upright.test, upright.classes), seed)
    return training_sample(turned, per_class, validation, seed), turned.test


def ratios(artifact: Artifact) -> list[float]:
    """Of every defect, in ascending order, to the one before."""
    defects = [record.defect for record in artifact.metadata.generators]
    return [after / before for before, after in pairwise(defects)]


def leading(artifact: Artifact) -> int:
    """How many generators are used: the approximate symmetries before the largest ratio of defects, at least one."""
    own = ratios(artifact)[: max(1, artifact.metadata.approximate)]
    return 1 + own.index(max(own))
