"""Symmetries of images.

*Defect*: mean angle (rad) by which an extractor's features turn when held-out images are moved by s = ±0.3 along a unit
field. *Three* and *six*: mean of so many of the most valid generators over that of the best affine ones; *below*: first
six below ten *random* smooth fields; *_2*: under an extractor of another seed. *Rigid* (translations, rotation),
*scalings*, *shear*: lengths of these unit fields' projections on the span of the first six, the shortest.
CIFAR-10 comes from the folder in SYMGEN_CIFAR10, else by name; the preset smoke has synthetic images.
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
from symgen.image.precision import fast_precision
from symgen.image.settings import TrainingSettings
from symgen.image.synthetic import synthetic
from symgen.image.training import cached_extractor
from symgen.image.warp import pixel_grid
from symgen.validity.image import ImageValidity
from symgen.validity.moved_images import at_scale, moved_images, ratio_to_affine

KINDS = {
    "rigid": ("translation x", "translation y", "rotation"),
    "scalings": ("scaling x", "scaling y"),
    "shear": ("shear",),
}
SPAN = 6
"""So many of the first generators should hold them."""


def cases(preset: str) -> Iterator[Case]:
    """Both methods."""
    settings: dict[str, Any] = {"source": "cifar10", "width": 16, "n_generators": 10, "held_out": 500}
    wanted: dict[str, Wanted] = {f"{size}{end}": "≤ 1" for end in ("", "_2") for size in ("three", "six")}
    wanted |= {"rigid": "≥ 0.97", "scalings": "≥ 0.9", "shear": "≤ 0.5", "cpu": "≤ 600"}
    if preset == "smoke":
        settings = {"source": "synthetic", "width": 4, "n_generators": 6, "held_out": 40}
    for method in ("spectral",) if preset == "smoke" else ("flow", "spectral"):
        targets = wanted if method == "flow" else {}
        yield Case(method, method, "Fields", measure, {**settings, "method": method}, targets)


def load(source: str, seed: int) -> ImageData:
    """CIFAR-10, from a local copy or by name, or synthetic images."""
    if source == "synthetic":
        return synthetic("translation", per_class=40, test_per_class=10, classes=8, size=16, seed=seed).data
    return load_images(os.environ.get("SYMGEN_CIFAR10", "cifar10"))


def measure(source: str, width: int, method: str, n_generators: int, held_out: int, seed: int, device: str) -> Result:
    """Discover generators with the default settings; defect on held-out images under two extractors."""
    data = load(source, seed)
    extractor = cached_extractor(data, TrainingSettings(width=width, seed=seed), device)
    extractor.freeze(device, fast_precision(device, min(data.size)))
    own = {"n_generators": n_generators, "held_out": held_out, "seed": seed}
    start, cpu = time.perf_counter(), time.process_time()
    if method == "spectral":
        artifact = discover_image_spectral(data, extractor, ImageSpectralSettings.model_validate(own))
    else:
        artifact, _ = discover_image_flow(data, extractor, ImageFlowSettings.model_validate(own))
    spent = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
    second = ImageValidity(cached_extractor(data, TrainingSettings(width=width, seed=seed + 1), device))
    images = data.test.balanced(held_out // len(data.classes), seed).images.to(device).float() / 255  # the same ones
    assert artifact.weight is not None  # of images
    grid = pixel_grid(*data.size, device=device)
    again = _figures(moved_images(second, images, grid, artifact.weight, artifact.generators))
    result = {"accuracy": extractor.info.accuracy, **spent} | _figures(artifact.metadata.image.moved)
    return result | {f"{key}_2": value for key, value in again.items()} | _span(artifact)


def angle(field: Generators, fields: Generators, artifact: Artifact, count: int | None = None) -> float:
    """Of a field to the span of others, or of the first `count`, under the weight of images, in degrees."""
    one, others = (field_matrix(some, artifact.points, weight=artifact.weight) for some in (field, fields))
    return math.degrees(float(angles_to_span(one, others[:, :count])))


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
