"""What a generator found in few labelled digits is worth: rotated MNIST, with a known symmetry to compare with."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from symgen.augmentation import RandomSymmetry
from symgen.benchmark.classification import discovered, first, trained, training_as_settings, training_sample
from symgen.benchmark.experiment import Case, Comparison, Experiment, Result, Table
from symgen.discovery.image_settings import ImageSpectralSettings
from symgen.generators.algebra import angles_to_span
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.inner_product import field_matrix
from symgen.image.affine import AFFINE
from symgen.image.datasets import ImageData, load_images
from symgen.image.extractor import Extractor
from symgen.image.fields import IMAGE_SPACE, random_fields
from symgen.image.labelled import Labelled
from symgen.image.rotated import rotated
from symgen.image.settings import TrainingSettings
from symgen.image.synthetic import synthetic

SOURCE = "SYMGEN_MNIST"
"""Environment variable with a local copy of MNIST."""
ARMS = {
    "none": "none",
    "random": "random smooth fields",
    "learned": "learned generators",
    "rotation": "true rotation",
}
STEP = 0.25
"""Of the flow, in units of s: a unit rotation turns by about 0.3 in it."""
SIZES = (200, 1000)
CLASSES = 10
VALIDATION = 50
"""Of each class."""
SCALES = (0.2, 0.6, 1.8)
BATCH = 50
UPDATES = 800
DISCOVERY = {
    "n_generators": 6,
    "degree": 1,
    "images": 200,
    "weight_images": 200,
    "held_out": 200,
    "readable": False,  # else a field near the rotation would be replaced by it
}
"""Few images bear few fields."""
MOVES = (0.2, 0.4, 0.8)
"""Scales of the differences in the eigenproblem that are tried."""
ROUNDS = 2
"""Of discovery: a classifier that was trained with what the first one found is the better extractor."""
CLOSE = 0.005
"""Half a point of accuracy."""
FAR = 0.05


def measure_arm(
    arm: str,
    source: str,
    per_class: int,
    validation: int,
    tested: int | None,
    training: dict[str, Any],
    discovery: dict[str, Any],
    moves: tuple[float, ...],
    scales: tuple[float, ...],
    seed: int,
    device: str,
) -> Result:
    """Train a classifier with one augmentation at each scale; its accuracy on the test digits at the best of them."""
    sample, test = digits(source, per_class, validation, tested, seed)
    settings = TrainingSettings.model_validate({**training, "seed": seed})
    result: Result = {"images": len(sample.train)}
    if arm == "none":
        classifier, spent = trained(sample, settings, device)
        return result | spent | {"validation": classifier.info.accuracy, "accuracy": classifier.accuracy(test)}
    spent_on: float | None = 0.0
    extractor: Extractor | None = None  # first the classifier without augmentation
    for turn in range(1, 1 + (ROUNDS if arm == "learned" else 1)):
        artifact, seconds = clearest(
            [
                discovered(
                    sample, settings, ImageSpectralSettings(**discovery, scale=move, seed=seed), device, extractor
                )
                for move in moves
            ]
        )
        spent_on = None if spent_on is None or seconds is None else spent_on + seconds
        fields = _fields(arm, artifact, seed)
        extractor, found = _augmented(fields, sample, test, settings, scales, device)
        if turn == 1 or found["validation"] > result["validation"]:  # type: ignore[operator]
            matrix, true = (
                field_matrix(generators, artifact.points, weight=artifact.weight)
                for generators in (fields, _rotation())
            )
            angle = math.degrees(float(angles_to_span(true, matrix)))
            result |= found | {"fields": fields.count, "angle": angle, "round": turn}
    return result | {"discovery": spent_on}


def _augmented(
    fields: Generators,
    sample: ImageData,
    test: Labelled,
    settings: TrainingSettings,
    scales: tuple[float, ...],
    device: str,
) -> tuple[Extractor, Result]:
    """The classifier trained at the scale with the best accuracy on validation digits, and what was measured of it."""
    best: tuple[Extractor, Result] | None = None
    for scale in scales:
        augmentation = RandomSymmetry(fields, scale, each=True, step=STEP).float().to(device)
        classifier, spent = trained(sample, settings, device, augmentation)
        validated = classifier.accuracy(sample.test)
        if best is None or validated > best[1]["validation"]:  # type: ignore[operator]  # of equal ones the smallest
            best = classifier, spent | {"scale": scale, "validation": validated, "accuracy": classifier.accuracy(test)}
    assert best is not None
    return best


def digits(source: str, per_class: int, validation: int, tested: int | None, seed: int) -> tuple[ImageData, Labelled]:
    """Rotated digits: a training sample with validation images in its test's place, and the test, `tested` per class.

    Drawn before they are turned, so that only those are that are used. Or synthetic images, turned by their making.
    """
    if source == "synthetic":
        data = synthetic("rotation", per_class=40, test_per_class=10, classes=8, size=16, seed=seed).data
        return training_sample(data, per_class, validation, seed), data.test
    copy = os.environ.get(SOURCE)
    upright = load_images(source, data=Path(copy) if copy else None)
    drawn = training_sample(upright, per_class + validation, 0, seed)
    test = upright.test if tested is None else upright.test.balanced(tested, seed)
    turned = rotated(ImageData.of(upright.name, drawn.train, test, upright.classes), seed)
    return training_sample(turned, per_class, validation, seed), turned.test


def clearest(found: Sequence[tuple[Artifact, float | None]]) -> tuple[Artifact, float | None]:
    """The artifact whose first generator stands out most, and the time of all; None if one was in the cache."""
    seconds = [spent for _, spent in found if spent is not None]
    best = max((artifact for artifact, _ in found), key=lambda artifact: _ratios(artifact)[0])
    return best, sum(seconds) if len(seconds) == len(found) else None


def _ratios(artifact: Artifact) -> list[float]:
    """Of every defect, in ascending order, to the one before."""
    defects = [record.defect for record in artifact.metadata.generators]
    return [after / before for before, after in pairwise(defects)]


def leading(artifact: Artifact) -> int:
    """How many generators are used: the approximate symmetries before the widest gap in defect, at least one.

    The widest gap is the largest ratio of one defect to the one before, in ascending order, of those generators and
    the next.
    """
    ratios = _ratios(artifact)[: max(1, artifact.metadata.approximate)]
    return 1 + ratios.index(max(ratios))


def _fields(arm: str, artifact: Artifact, seed: int) -> Generators:
    """Fields of norm 1 in the inner product of the images, as many as the learned ones except for the one rotation."""
    if arm == "rotation":
        return _rotation(artifact)
    count = leading(artifact)
    if arm == "random":
        return random_fields(count, artifact.points, artifact.weight, seed=seed)
    return first(artifact, count)


def _rotation(artifact: Artifact | None = None) -> ClosedFormGenerators:
    """The true generator; of norm 1 in the inner product of the artifact."""
    field = AFFINE["rotation"]
    if artifact is None:
        return ClosedFormGenerators(IMAGE_SPACE, [field])
    size = float(field_matrix(_rotation(), artifact.points, weight=artifact.weight).norm())
    return ClosedFormGenerators(IMAGE_SPACE, [tuple(component / size for component in field)])


def _cases(images: int, training: TrainingSettings, scales: tuple[float, ...], **settings: Any) -> tuple[Case, ...]:
    return tuple(
        Case(
            name=f"{arm}-{images}",
            subject=arm,
            label=label,
            measure=measure_arm,
            settings={"arm": arm, "training": training_as_settings(training), "scales": scales, **settings},
            tables=(_table(images),),
        )
        for arm, label in ARMS.items()
    )


def _table(images: int) -> str:
    return f"{images} labelled digits"


def _comparisons(images: int) -> tuple[Comparison, ...]:
    learned = f"learned-{images}"
    return (
        Comparison(learned, f"rotation-{images}", "accuracy", by_at_least=-CLOSE),
        Comparison(learned, f"random-{images}", "accuracy", by_at_least=FAR),
        Comparison(learned, f"none-{images}", "accuracy", by_at_least=FAR),
    )


def _training(images: int) -> TrainingSettings:
    """As many updates whatever the images."""
    stages = ((1.0, UPDATES * BATCH // images),)
    return TrainingSettings(width=8, stages=stages, batch=BATCH, lr=0.2, label_smoothing=0.0)


_COLUMNS = {
    "accuracy": "test accuracy",
    "validation": "validation",
    "scale": "scale",
    "fields": "fields",
    "round": "round",
    "angle": "to true rotation (degrees)",
    "discovery": "discovery (s)",
    "seconds": "training (s)",
    "cpu": "training, CPU (s)",
}
EXPERIMENT = Experiment(
    name="digits",
    title="Classification of few digits with augmentation",
    about=(
        "A narrow ResNet-18 is trained to classify MNIST's digits, every one turned by a random angle, from few "
        "labels, and its accuracy measured on the 10 000 test digits, turned too, which no other step sees. Arms "
        "differ in how a batch is augmented, every image by its own draw, and in nothing else: for a seed, first "
        "weights, images, their order and the number of updates are the same. Images move by a combination of unit "
        "fields with coefficients uniform in ± a scale. *Learned generators*: found in the same few digits alone, by "
        "the eigenproblem, with the classifier without augmentation as extractor, and ranked on the validation "
        f"digits; of the eigenproblems at the scales {', '.join(f'{move:g}' for move in MOVES)} that one counts whose "
        "first generator is the furthest below the second. Then once more, with the classifier trained so as "
        "extractor; of the two the better one on the validation digits counts. Used are the approximate symmetries "
        "before the widest gap in defect (the largest ratio of one to the one before). *Random smooth fields*: as "
        "many cubic ones. *True rotation*: the one field (-y, x). Every arm has the scale, out of "
        f"{', '.join(f'{scale:g}' for scale in SCALES)}, with which its accuracy on the validation digits is best: "
        f"{VALIDATION * CLASSES} digits, split off from MNIST's training images and never trained on. At "
        f"{SCALES[-1]:g} a rotation reaches the full circle. *Angle*: between the true rotation and the span of the "
        f"fields, under the weight of the inner product. MNIST comes from the local copy in {SOURCE}, else by name; "
        "the preset smoke has synthetic images and a few steps."
    ),
    presets={
        "smoke": _cases(
            96,
            TrainingSettings(width=4, stages=((1.0, 2),), batch=32, lr=0.1),
            (0.1, 1.8),
            source="synthetic",
            per_class=12,
            validation=8,
            tested=None,
            discovery=DISCOVERY | {"images": 32, "weight_images": 64, "held_out": 32},
            moves=MOVES[:2],
        ),
        "cpu": tuple(
            case
            for images in SIZES
            for case in _cases(
                images,
                _training(images),
                SCALES,
                source="mnist",
                per_class=images // CLASSES,
                validation=VALIDATION,
                tested=None,
                discovery=DISCOVERY,
                moves=MOVES,
            )
        ),
    },
    seeds={"smoke": (0,), "cpu": (0, 1, 2)},
    by_seed=True,  # extractor and generators
    comparisons={"cpu": tuple(comparison for images in SIZES for comparison in _comparisons(images))},
    tables={_table(images): Table("augmentation", _COLUMNS) for images in (96, *SIZES)},
)
