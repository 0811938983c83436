"""Symmetries of images.

*Defect*: mean angle (rad) by which an extractor's features turn when held-out images are moved by s = ±0.3 along a unit
field. *Three* and *six*: mean of so many of the most valid generators over that of the best affine ones; *below*: first
six below ten *random* smooth fields; *_2*: under an extractor of another seed. *Rigid* (translations, rotation),
*scalings*, *shear*: lengths of these unit fields' projections on the span of the first six, the shortest. Known
answers: synthetic images whose classes are invariant under one group; *angle* between its generator and the first one
found, in degrees. CIFAR-10 comes from the folder in SYMGEN_CIFAR10, else by name.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from typing import Any

import torch

from symgen.benchmark.table import Case, Result, Wanted
from symgen.discovery.image import discover_image_flow, discover_image_spectral
from symgen.discovery.image_settings import ImageFlowSettings, ImageSpectralSettings
from symgen.generators.algebra import angles_to_span
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.domains import MovedImages
from symgen.generators.inner_product import field_matrix, orthonormal_basis
from symgen.image.affine import AFFINE, affine_generators
from symgen.image.datasets import ImageData, load_images
from symgen.image.extractor import Extractor
from symgen.image.precision import fast_precision
from symgen.image.settings import TrainingSettings
from symgen.image.synthetic import Group, synthetic
from symgen.image.training import cached_extractor, train_extractor
from symgen.image.warp import pixel_grid
from symgen.validity.image import ImageValidity
from symgen.validity.moved_images import at_scale, moved_images, ratio_to_affine

HELD_OUT = 500
WIDTH = 16
KINDS = {
    "rigid": ("translation x", "translation y", "rotation"),
    "scalings": ("scaling x", "scaling y"),
    "shear": ("shear",),
}
SPAN = 6
"""So many of the first generators should hold them."""
LESSONS: dict[Group, tuple[int, int]] = {"rotation": (70, 9), "translation": (70, 5), "swirl": (250, 3)}
"""Images of a class and epochs from which a small extractor learns a group: different images do more than epochs."""


def cases(preset: str) -> Iterator[Case]:
    """CIFAR-10, then known answers."""
    few: dict[str, Any] = {"n_generators": 2, "held_out": 68}
    if preset == "smoke":
        yield _known("translation", "spectral", {**few, "images": 68, "weight_images": 340})
        return
    wanted: dict[str, Wanted] = {f"{size}{end}": "≤ 1" for end in ("", "_2") for size in ("three", "six")}
    wanted |= {"rigid": "≥ 0.97", "scalings": "≥ 0.9", "shear": "≤ 0.5", "cpu": "≤ 600"}
    for method in ("flow", "spectral"):
        settings, own = {"method": method, "n": 10}, wanted if method == "flow" else {}
        yield Case(f"cifar10-{method}", "cifar10", "CIFAR-10", measure_cifar10, settings, own)
    yield from (_known(group, "spectral", few) for group in LESSONS)
    for group in LESSONS:
        # the unit swirl has slopes of 3.5, more than the fields that images usually have
        bound = {"lipschitz_bound": 5.0} if group == "swirl" else {}
        yield _known(group, "flow", {**few, "steps": 200, **bound})


def _known(group: Group, method: str, own: dict[str, Any]) -> Case:
    settings = {"group": group, "method": method, "settings": own}
    return Case(f"{group}-{method}", group, "Known answers", measure_known, settings, {"angle": "≤ 5"})


def cifar10() -> ImageData:
    """The images from a local copy, or by name."""
    return load_images(os.environ.get("SYMGEN_CIFAR10", "cifar10"))


def measure_cifar10(method: str, n: int, seed: int, device: str) -> Result:
    """Discover n generators with the default settings; defect on held-out images under two extractors."""
    data = cifar10()
    training = TrainingSettings(width=WIDTH, seed=seed)
    extractor = cached_extractor(data, training, device)
    start, cpu = time.perf_counter(), time.process_time()
    artifact, steps = _discover(data, extractor, method, device, n_generators=n, held_out=HELD_OUT, seed=seed)
    spent = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
    second = ImageValidity(cached_extractor(data, TrainingSettings(width=WIDTH, seed=seed + 1), device))
    images = data.test.balanced(HELD_OUT // len(data.classes), seed).images.to(device).float() / 255  # the same ones
    assert artifact.weight is not None  # of images
    grid = pixel_grid(*data.size, device=device)
    again = _figures(moved_images(second, images, grid, artifact.weight, artifact.generators))
    result = {"accuracy": extractor.info.accuracy, "steps": steps, **spent} | _figures(artifact.metadata.image.moved)
    return result | {f"{key}_2": value for key, value in again.items()} | _span(artifact)


def measure_known(group: Group, method: str, settings: dict[str, Any], seed: int, device: str) -> Result:
    """Angle under the weight between the first generator found and that of the group, in degrees."""
    per_class, epochs = LESSONS[group]
    made = synthetic(group, per_class, test_per_class=5, seed=seed)
    training = TrainingSettings(width=8, batch=64, lr=0.2, stages=((1.0, epochs),), seed=seed)
    start = time.perf_counter()
    extractor = train_extractor(made.data, training, device)
    artifact, steps = _discover(made.data, extractor, method, device, seed=seed, **settings)
    seconds = time.perf_counter() - start
    found = angle(made.generator, artifact.generators, artifact, 1)
    return {"angle": found, "accuracy": extractor.info.accuracy, "steps": steps, "seconds": seconds}


def angle(field: Generators, fields: Generators, artifact: Artifact, count: int | None = None) -> float:
    """Of a field to the span of others, or of the first `count`, under the weight of images, in degrees."""
    one, others = (field_matrix(some, artifact.points, weight=artifact.weight) for some in (field, fields))
    return math.degrees(float(angles_to_span(one, others[:, :count])))


def _discover(
    data: ImageData, extractor: Extractor, method: str, device: str, **settings: Any
) -> tuple[Artifact, int | None]:
    """The artifact, and the steps of the training if there was one."""
    extractor.freeze(device, fast_precision(device, min(data.size)))
    if method == "spectral":
        return discover_image_spectral(data, extractor, ImageSpectralSettings.model_validate(settings)), None
    artifact, trained = discover_image_flow(data, extractor, ImageFlowSettings.model_validate(settings))
    return artifact, trained.steps


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
    names = [record.called or "-" for record in artifact.metadata.generators[:SPAN]]
    return {key: min(inside[name] for name in some) for key, some in KINDS.items()} | {"names": "; ".join(names)}
