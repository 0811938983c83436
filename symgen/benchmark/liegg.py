"""LieGG's measures of what symmetry a model has learned (Moskalev, Sepliarskaia, Sosnovik and Smeulders, NeurIPS 2022).

For a scalar function f of data z_n, the matrix E with rows vec(grad f(z_n) z_n^T), for images of the sum over pixels of
df/dI grad I z^T, takes the matrix of a linear field to the derivatives of f along it. The **symmetry variance** of a
unit matrix H is |E H|^2 / N; its least value is the square of E's least singular value over N, at the right singular
vector. The **symmetry bias** of that H, against rotations, is its distance to the nearest skew matrix. The networks are
those that LieGG was shown on, trained as there; symgen is asked about the same ones.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

from symgen.benchmark.digits import digits
from symgen.benchmark.points_data import FIVE, FUNCTIONS, rotations
from symgen.benchmark.points_found import ABSENT, matrices
from symgen.benchmark.table import Result
from symgen.exceptions import DataError, UsageError
from symgen.generators.algebra import principal_angles
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.image.affine import AFFINE
from symgen.image.fields import IMAGE_SPACE
from symgen.image.labelled import Labelled
from symgen.image.warp import gaussian_smooth
from symgen.inspection.groups import group_generators
from symgen.models.invariance import invariance_error
from symgen.models.symmetries import symmetries_of

Scalar = Callable[[torch.Tensor], torch.Tensor]
MEAN, DEVIATION = 0.1303, 0.3008
"""Of turned digits, which images are normalised by."""
BLUR = 1.5
"""Of digits, in pixels: their gradients mean something then."""
HELD_OUT = 500


def polarization_of_vectors(function: Scalar, points: torch.Tensor) -> torch.Tensor:
    """E (N, d d) float64 of a function of sets of k vectors (N, k, d), that one matrix acts on; outputs are summed."""
    slopes, points = _gradient(function, points), points.double()
    return torch.einsum("nki,nkj->nij", slopes, points).flatten(1)


def polarization_of_images(function: Scalar, images: torch.Tensor) -> torch.Tensor:
    """E (N, 4) float64 of a function of images (N, H, W), in coordinates (down, right); outputs are summed.

    As in LieGG's code: grad I by forward differences, the last row and column left out, coordinates i / (H // 2) - 1 of
    pixel i.
    """
    slopes = _gradient(function, images)[:, :-1, :-1]
    values = images.double()
    corner = values[:, :-1, :-1]
    steps = torch.stack([values[:, 1:, :-1] - corner, values[:, :-1, 1:] - corner], -1)
    height, width = images.shape[1:]
    down, right = (
        torch.arange(n - 1, dtype=torch.float64, device=images.device) / (n // 2) - 1 for n in (height, width)
    )
    places = torch.stack(torch.meshgrid(down, right, indexing="ij"), -1)
    return torch.einsum("nhw,nhwi,hwj->nij", slopes, steps, places).flatten(1)


def best_matrices(polarization: torch.Tensor) -> torch.Tensor:
    """Unit matrices (d d, d, d) from E (N, d d), of the least variance first."""
    side = round(polarization.shape[1] ** 0.5)
    return torch.linalg.svd(polarization, full_matrices=False).Vh.flip(0).reshape(-1, side, side)


def variance(polarization: torch.Tensor, matrix: torch.Tensor) -> float:
    """Mean square derivative along the field of a matrix (d, d), taken with norm 1."""
    return float((polarization @ (matrix / matrix.norm()).flatten()).square().mean())


def bias(matrix: torch.Tensor) -> float:
    """Distance of a matrix, taken with norm 1, to the nearest skew one: the norm of its symmetric part."""
    unit = matrix / matrix.norm()
    return float((unit + unit.T).norm() / 2)


def _gradient(function: Scalar, inputs: torch.Tensor) -> torch.Tensor:
    own = inputs.detach().requires_grad_()
    return torch.autograd.grad(function(own).sum(), own)[0].double()


def _seeded(seed: int, inputs: int, outputs: int, width: int, hidden: int) -> nn.Sequential:
    """A perceptron of `hidden` layers with SiLU and no bias."""
    sides = [inputs, *[width] * hidden]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pairs = [(nn.Linear(a, b, bias=False), nn.SiLU()) for a, b in itertools.pairwise(sides)]
        return nn.Sequential(*itertools.chain(*pairs), nn.Linear(width, outputs, bias=False))


def regression(points: torch.Tensor, values: torch.Tensor, seed: int, seen: int = 900_000, batch: int = 500) -> Scalar:
    """A function of points (n, k, d), fitted to values (n, 1), both float32, `seen` points gone through with repeats.

    Adam on the mean square error, weights decaying by 1e-4; outputs are scaled by mean and deviation.
    """
    network, mean, deviation = _seeded(seed, points[0].numel(), 1, 32, 2), values.mean(), values.std()
    network.to(points.device)
    optimizer = torch.optim.Adam(network.parameters(), 3e-3, weight_decay=1e-4)

    def model(some: torch.Tensor) -> torch.Tensor:
        return network(some.flatten(1)) * deviation + mean

    draw = torch.Generator().manual_seed(seed)
    order = torch.cat([torch.randperm(len(points), generator=draw) for _ in range(-(-seen // len(points)))])
    for some in order[: max(1, seen // batch) * batch].split(batch):
        optimizer.zero_grad()
        functional.mse_loss(model(points[some]), values[some]).backward()
        optimizer.step()
    network.requires_grad_(False)
    return model


def classifier(
    images: torch.Tensor,
    labels: torch.Tensor,
    validation: tuple[torch.Tensor, torch.Tensor],
    seed: int,
    epochs: int = 200,
    batch: int = 512,
) -> Scalar:
    """A function of images (n, H, W), ten logits as a direction, which is how LieGG looks at them.

    Adam; of the epoch with the best accuracy on validation images.
    """
    model = _seeded(seed, images[0].numel(), 10, 128, 5).to(images.device)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    draw = torch.Generator().manual_seed(seed)
    flat, unseen = images.flatten(1), validation[0].flatten(1)
    best, state = -1.0, model.state_dict()
    for _ in range(epochs):
        for some in torch.randperm(len(flat), generator=draw).split(batch):
            optimizer.zero_grad()
            functional.cross_entropy(model(flat[some]), labels[some]).backward()
            optimizer.step()
        with torch.no_grad():
            right = float((model(unseen).argmax(1) == validation[1]).float().mean())
        if right > best:
            best, state = right, {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(state)
    model.requires_grad_(False)
    return lambda some: functional.normalize(model(some.flatten(1)), dim=1)


def prepared(part: Labelled, device: str = "cpu") -> tuple[torch.Tensor, torch.Tensor]:
    """Digits as LieGG's network sees them: (n, H, W) float32, blurred and normalised, and their classes."""
    images = gaussian_smooth(part.images[:, :1].float() / 255, BLUR)[:, 0]
    return ((images - MEAN) / DEVIATION).to(device), part.labels.to(device)


def measure_regression(points: int, training: dict[str, int], seed: int, device: str) -> Result:
    """The perceptron trained on a function of two vectors that O(5) leaves alone."""
    inputs, values = (one.float().to(device) for one in FUNCTIONS["synthetic"].draw(points, seed))
    known = len(inputs) - min(HELD_OUT, len(inputs) // 4)
    model = regression(inputs[:known], values[:known], seed, **training)
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


def measure_digits(
    source: str, per_class: int, validation: int, training: dict[str, int], seed: int, device: str
) -> Result:
    """The perceptron trained on turned digits."""
    try:
        sample, test = digits(source, per_class, validation, seed)
    except (DataError, UsageError, OSError):
        return {"note": ABSENT}
    (images, labels), unseen, (pictures, truth) = (prepared(part, device) for part in (sample.train, sample.test, test))
    model = classifier(images, labels, unseen, seed, **training)
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
