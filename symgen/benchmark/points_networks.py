"""LieGG's two networks: its measures of them, and what symgen says of the same ones."""

from __future__ import annotations

import time

import torch

from symgen.benchmark import liegg
from symgen.benchmark.digits import digits
from symgen.benchmark.liegg import (
    best_matrices,
    bias,
    classifier,
    polarization_of_images,
    polarization_of_vectors,
    prepared,
    variance,
)
from symgen.benchmark.points_data import FIVE, FUNCTIONS, rotations
from symgen.benchmark.points_found import ABSENT, matrices
from symgen.benchmark.table import Result
from symgen.exceptions import DataError, UsageError
from symgen.generators.algebra import principal_angles
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.image.affine import AFFINE
from symgen.image.fields import IMAGE_SPACE
from symgen.inspection.groups import group_generators
from symgen.models.invariance import invariance_error
from symgen.models.symmetries import symmetries_of

HELD_OUT = 500


def regression(points: int, training: dict[str, int], seed: int, device: str) -> Result:
    """The perceptron trained on a function of two vectors that O(5) leaves alone."""
    inputs, values = (one.float().to(device) for one in FUNCTIONS["synthetic"].draw(points, seed))
    known = len(inputs) - min(HELD_OUT, len(inputs) // 4)
    model = liegg.regression(inputs[:known], values[:known], seed, **training)
    with torch.no_grad():
        missed = (model(inputs[known:]) - values[known:]).square().mean().sqrt() / values.std()
    matrix = polarization_of_vectors(model, inputs)
    theirs = best_matrices(matrix)
    start = time.perf_counter()
    artifact = symmetries_of(model, inputs, library="linear", n_generators=len(rotations(FIVE)), seed=seed)
    seconds = time.perf_counter() - start
    metadata = artifact.metadata
    mine = matrices(artifact.generators, artifact.points).cpu()
    group = group_generators("rotation", metadata.space)[2]
    true = matrices(group, artifact.points.cpu()).flatten(1).T
    errors = invariance_error(model, inputs, artifact)
    return {
        "held_out": float(missed),
        "variance": variance(matrix, theirs[0]),
        "bias": bias(theirs[0]),
        "angle": float(principal_angles(theirs[: true.shape[1]].flatten(1).T.cpu(), true).max()),
        "own_found": metadata.exact + metadata.approximate,
        "own_variance": variance(matrix.cpu(), mine[0]),
        "own_bias": bias(mine[0]),
        "own_angle": float(principal_angles(mine.flatten(1).T, true).max()),
        "moved": errors.fields[0].error,
        "random": errors.control.error,
        "seconds": seconds,
    }


def classification(
    source: str, per_class: int, validation: int, training: dict[str, int], seed: int, device: str
) -> Result:
    """The perceptron trained on turned digits."""
    try:
        sample, test = digits(source, per_class, validation, seed)
    except (DataError, UsageError, OSError):
        return {"note": ABSENT}
    images, labels = (tensor.to(device) for tensor in prepared(sample.train))
    unseen, answers = (tensor.to(device) for tensor in prepared(sample.test))
    model = classifier(images, labels, (unseen, answers), seed, **training)
    pictures, truth = (tensor.to(device) for tensor in prepared(test))
    with torch.no_grad():
        right = torch.cat([model(some).argmax(1) for some in pictures.split(HELD_OUT)]) == truth
    matrix = polarization_of_images(model, images)
    theirs = best_matrices(matrix)[0]
    start = time.perf_counter()
    artifact = symmetries_of(model, images[:, None], library="linear", readable=False, seed=seed)
    seconds = time.perf_counter() - start
    mine = matrices(artifact.generators, artifact.points)[0].flip(0, 1).cpu()  # LieGG's coordinates are (y, x)
    rotation = ClosedFormGenerators(IMAGE_SPACE, [AFFINE["rotation"]])
    errors = invariance_error(model, pictures[:HELD_OUT, None], rotation)
    metadata = artifact.metadata
    return {
        "accuracy": float(right.float().mean()),
        "variance": variance(matrix, theirs),
        "bias": bias(theirs),
        "own_found": metadata.approximate,
        "own_first": metadata.generators[0].called,
        "own_variance": variance(matrix.cpu(), mine),
        "own_bias": bias(mine),
        "moved": errors.fields[0].error,
        "random": errors.control.error,
        "seconds": seconds,
    }
