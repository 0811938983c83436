"""Generators of images: how far features turn along them, beside affine and random fields, and known answers."""

from __future__ import annotations

import math
import os
import time
from typing import Any

import torch

from symgen.benchmark.experiment import Case, Experiment, Result, Table, Target
from symgen.discovery.image import discover_image_flow, discover_image_spectral
from symgen.discovery.image_settings import ImageFlowSettings, ImageSpectralSettings
from symgen.generators.algebra import angles_to_span
from symgen.generators.artifact import Artifact
from symgen.generators.domains import MovedImages
from symgen.generators.inner_product import field_matrix, orthonormal_basis
from symgen.image.affine import AFFINE, affine_generators
from symgen.image.datasets import ImageData, load_images
from symgen.image.extractor import Extractor
from symgen.image.precision import fast_precision
from symgen.image.settings import TrainingSettings
from symgen.image.synthetic import Group, synthetic
from symgen.image.training import cached_extractor, extractor_path, train_extractor
from symgen.image.warp import pixel_grid
from symgen.validity.image import ImageValidity
from symgen.validity.moved_images import at_scale, moved_images, ratio_to_affine

REAL, OTHER, FOUND, KNOWN = "CIFAR-10", "CIFAR-10 under another extractor", "What was found", "Known answers"
SOURCE = "SYMGEN_CIFAR10"
"""Environment variable with a folder of CIFAR-10's images; without it they are had by name."""
HELD_OUT = 500
WIDTH = 16
RIGID, SCALINGS = ("translation x", "translation y", "rotation"), ("scaling x", "scaling y")
SPAN = 6
"""So many of the first generators should hold them."""
AS_AFFINE = 1.0
WITHIN = 5.0
"""Degrees."""
LESSONS: dict[Group, tuple[int, int]] = {"rotation": (70, 9), "translation": (70, 5), "swirl": (250, 3)}
"""Images of a class and epochs from which a small extractor learns a group: different images do more than epochs."""


def measure_cifar10(method: str, n: int, seed: int, device: str) -> Result:
    """Discover n generators with the default settings; defect on held-out images under two extractors."""
    data = load_images(os.environ.get(SOURCE, "cifar10"))
    training = TrainingSettings(width=WIDTH, seed=seed)
    fresh = not extractor_path(data, training, device).exists()
    start = time.perf_counter(), time.process_time()
    extractor = cached_extractor(data, training, device)
    trained = time.perf_counter(), time.process_time()
    artifact, steps = _discover(data, extractor, method, device, n_generators=n, held_out=HELD_OUT, seed=seed)
    end = time.perf_counter(), time.process_time()
    second = cached_extractor(data, TrainingSettings(width=WIDTH, seed=seed + 1), device)
    other = _table(artifact, second, data)
    result: Result = {
        "accuracy": extractor.info.accuracy,
        "steps": steps,
        "extractor": trained[0] - start[0] if fresh else None,
        "extractor_cpu": trained[1] - start[1] if fresh else None,
        "seconds": end[0] - trained[0],
        "cpu": end[1] - trained[1],
        "minutes": (end[0] - start[0]) / 60 if fresh else None,
    }
    result |= _figures(artifact.metadata.image.moved) | {f"{k}_2": v for k, v in _figures(other).items()}
    return result | _span(artifact)


def measure_known(group: Group, method: str, settings: dict[str, Any], seed: int, device: str) -> Result:
    """Angle under the weight between the first generator found and that of the group, in degrees."""
    per_class, epochs = LESSONS[group]
    made = synthetic(group, per_class, test_per_class=5, seed=seed)
    training = TrainingSettings(width=8, batch=64, lr=0.2, stages=((1.0, epochs),), seed=seed)
    start = time.perf_counter()
    extractor = train_extractor(made.data, training, device)
    artifact, steps = _discover(made.data, extractor, method, device, seed=seed, **settings)
    seconds = time.perf_counter() - start
    found, true = (
        field_matrix(generators, artifact.points, weight=artifact.weight)
        for generators in (artifact.generators, made.generator)
    )
    angle = math.degrees(float(angles_to_span(found[:, :1], true)))
    return {"angle": angle, "accuracy": extractor.info.accuracy, "steps": steps, "seconds": seconds}


def _discover(
    data: ImageData, extractor: Extractor, method: str, device: str, **settings: Any
) -> tuple[Artifact, int | None]:
    """The artifact, and the steps of the training if there was one."""
    extractor.freeze(device, fast_precision(device, min(data.size)))
    if method == "spectral":
        return discover_image_spectral(data, extractor, ImageSpectralSettings.model_validate(settings)), None
    artifact, trained = discover_image_flow(data, extractor, ImageFlowSettings.model_validate(settings))
    return artifact, trained.steps


def _table(artifact: Artifact, extractor: Extractor, data: ImageData) -> MovedImages:
    """The artifact's generators on the same held-out images under another extractor."""
    device, seed = artifact.points.device, artifact.metadata.seed
    images = data.test.balanced(HELD_OUT // len(data.classes), seed).images.to(device).float() / 255
    assert artifact.weight is not None  # of images
    validity = ImageValidity(extractor)
    grid = pixel_grid(*data.size, device=str(device))
    return moved_images(validity, images, grid, artifact.weight, artifact.generators)


def _figures(table: MovedImages) -> Result:
    own, random = (at_scale(rows, table.scales) for rows in (table.generators, table.random))
    affine = sorted(at_scale(list(table.affine.values()), table.scales))
    return {
        "generators": " ".join(f"{v:.3f}" for v in own),
        "affine": " ".join(f"{v:.3f}" for v in affine),
        "three": ratio_to_affine(table, 3),
        "six": ratio_to_affine(table, 6),
        "random": sum(random) / len(random),
        "below": max(own[:6]) < min(random),
    }


def _span(artifact: Artifact) -> Result:
    """Lengths of affine unit fields' projections on the span of the first SPAN generators; what those are called."""
    found, affine = (
        field_matrix(generators, artifact.points, weight=artifact.weight)
        for generators in (artifact.generators, affine_generators(artifact.points, artifact.weight))
    )
    basis = orthonormal_basis(found[:, :SPAN])
    inside = dict(zip(AFFINE, torch.linalg.vector_norm(basis.T @ affine, dim=0).tolist(), strict=True))
    return {
        "rigid": min(inside[name] for name in RIGID),
        "scalings": min(inside[name] for name in SCALINGS),
        "shear": inside["shear"],
        "names": "; ".join(record.called or "-" for record in artifact.metadata.generators[:SPAN]),
    }


def _cifar10(method: str) -> Case:
    targets: dict[str, Target] = {}
    if method == "flow":
        for end in ("", "_2"):
            targets |= {f"three{end}": Target(AS_AFFINE, at_most=True), f"six{end}": Target(AS_AFFINE, at_most=True)}
        targets |= {"rigid": Target(0.97, at_least=True), "scalings": Target(0.9, at_least=True)}
        targets |= {"shear": Target(0.5, at_most=True), "cpu": Target(600.0, at_most=True)}
    return Case(
        name=f"cifar10-{method}",
        subject="cifar10",
        label=method,
        measure=measure_cifar10,
        settings={"method": method, "n": 10},
        tables=(FOUND, REAL, OTHER),
        targets=targets,
    )


def _known(group: Group, method: str, **settings: Any) -> Case:
    return Case(
        name=f"{group}-{method}",
        subject=group,
        label=f"{group}, {method}",
        measure=measure_known,
        settings={"group": group, "method": method, "settings": settings},
        tables=(KNOWN,),
        targets={"angle": Target(WITHIN, at_most=True)},
    )


_FEW: dict[str, Any] = {"n_generators": 2, "held_out": 68}
_SMALL: dict[str, Any] = {**_FEW, "images": 68, "weight_images": 340}
_TRAINED: dict[str, Any] = {**_FEW, "steps": 200}
_BOUND: dict[Group, dict[str, Any]] = {"swirl": {"lipschitz_bound": 5.0}}
"""The unit swirl has slopes of 3.5, more than the fields that images usually have."""
_DEFECT = {
    "three": "first 3 / affine's best 3",
    "six": "first 6 / 6 affine",
    "below": "first 6 below random",
    "random": "random, mean",
    "generators": "generators",
    "affine": "affine",
}
EXPERIMENT = Experiment(
    name="images",
    title="Symmetries of images",
    about=(
        "Defect is the mean angle (rad) by which the features of an extractor turn when held-out images, classes in "
        "equal numbers, are moved by s = ±0.3 along a unit field, beyond the edges reflected. *First 3*: mean of the "
        "three most valid generators over that of the three best affine ones; *first 6*: of six over the six affine "
        "ones (translations, scalings, shear, rotation). *Random*: ten smooth orthonormal fields. Known answers: "
        "synthetic images whose classes are exactly invariant under one group; *angle* between the first generator "
        f"found and that of the group, in degrees. CIFAR-10 comes from the folder in {SOURCE}, else by name."
    ),
    presets={
        "smoke": (_known("translation", "spectral", **_SMALL),),
        "cpu": (
            _cifar10("flow"),
            _cifar10("spectral"),
            *(_known(group, "spectral", **_FEW) for group in LESSONS),
            *(_known(group, "flow", **_TRAINED, **_BOUND.get(group, {})) for group in LESSONS),
        ),
    },
    seeds={"smoke": (0,), "cpu": (0, 1, 2)},
    tables={
        FOUND: Table(
            "method",
            {
                "rigid": "translations, rotation",
                "scalings": "scalings",
                "shear": "shear",
                "names": "close to, cosine",
            },
            f"CIFAR-10: lengths of affine unit fields' projections on the span of the first {SPAN}, the shortest.",
        ),
        REAL: Table(
            "method",
            {
                **_DEFECT,
                "accuracy": "extractor right",
                "steps": "steps",
                "extractor": "extractor (s)",
                "extractor_cpu": "extractor, CPU (s)",
                "seconds": "discovery (s)",
                "cpu": "discovery, CPU (s)",
                "minutes": "together (min)",
            },
            f"A narrow ResNet-18 (width {WIDTH}), ten generators, {HELD_OUT} held-out images, default settings.",
        ),
        OTHER: Table(
            "method",
            {f"{key}_2": header for key, header in _DEFECT.items()},
            "The same generators under an extractor of another seed, which had no part in finding them.",
        ),
        KNOWN: Table(
            "images, method",
            {"angle": "angle (degrees)", "accuracy": "extractor right", "steps": "steps", "seconds": "seconds"},
        ),
    },
)
