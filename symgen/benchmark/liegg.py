"""LieGG's measures of what symmetry a model has learned (Moskalev, Sepliarskaia, Sosnovik and Smeulders, NeurIPS 2022).

For a scalar function f of data z_n, the matrix E with rows vec(grad f(z_n) z_n^T), for images of the sum over pixels of
df/dI grad I z^T, takes the matrix of a linear field to the derivatives of f along it. The **symmetry variance** of a
unit matrix H is |E H|^2 / N; its least value is the square of E's least singular value over N, at the right singular
vector. The **symmetry bias** of that H, against rotations, is its distance to the nearest skew matrix.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

Scalar = Callable[[torch.Tensor], torch.Tensor]


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
