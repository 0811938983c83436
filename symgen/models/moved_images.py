"""How much a model's outputs change for moved images, or fail to move with them."""

from __future__ import annotations

from collections.abc import Callable

import torch

from symgen.exceptions import DataError
from symgen.generators.base import Generators
from symgen.generators.held import HeldGenerators
from symgen.generators.inner_product import field_matrix, norms
from symgen.image.fields import random_fields
from symgen.image.model import ImageModel
from symgen.image.warp import Padding, moved_grids, pixel_grid, warp
from symgen.trained_model import Model, require_function
from symgen.validity.image_model import CONSTANT, OutputValidity

BATCH = 64


def image_errors(
    model: Model,
    images: torch.Tensor,
    fields: Generators,
    scale: float,
    controls: int,
    padding: Padding,
    flattened: bool,
    dtype: torch.dtype,
    seed: int,
) -> tuple[torch.Tensor, bool]:
    """Errors (n + controls, 2 B) of images (B, C, H, W) moved along unit fields and back, and whether outputs move.

    Outputs that are images are compared with the moved ones, pixel by pixel, all of the square alike; any others with
    themselves, under the weight of what they react to.
    """
    seen = ImageModel(model, dtype, flattened)
    require_function(seen, images)
    grid = pixel_grid(images.shape[2], images.shape[3], torch.float64, images.device)
    points = grid.reshape(-1, 2)
    example = seen.raw(images[:1])
    pictures = example.ndim == 4 and min(example.shape[2:]) > 1
    if pictures:
        weight = torch.ones_like(points[:, 0])
        scores = _picture_scores(seen, images, grid, example.shape[1:], padding)
    else:
        validity = OutputValidity(seen, images, padding, BATCH, seed)
        weight = validity.weight(images).flatten()
        scores = _output_scores(validity, images, grid)
    errors = []
    for family in (fields, random_fields(controls, points, weight, seed=seed)):
        sizes = norms(field_matrix(family, points, weight=weight)).clamp_min(1e-300)
        both = [scores(HeldGenerators(family), sign * scale / sizes) for sign in (1, -1)]
        errors.append(torch.cat(both, 1).double())
    return torch.cat(errors), pictures


Scores = Callable[[Generators, torch.Tensor], torch.Tensor]
"""From n fields and their scales (n,) to a score of every moved image (n, B)."""


def _output_scores(validity: OutputValidity, images: torch.Tensor, grid: torch.Tensor) -> Scores:
    outputs = validity.directions(images)
    return lambda fields, scales: validity.scores(images, moved_grids(fields, grid, scales), outputs)


def _picture_scores(
    seen: ImageModel, images: torch.Tensor, grid: torch.Tensor, shape: torch.Size, padding: Padding
) -> Scores:
    """Root mean square over pixels of what the model makes of moved images, less what it made of them, moved."""

    def made(some: torch.Tensor) -> torch.Tensor:
        return torch.cat([seen(part) for part in some.split(BATCH)]).reshape(len(some), *shape)

    pictures = made(images)
    deviation = pictures.std((0, 2, 3), correction=0)[:, None, None]
    kept = deviation.flatten() > CONSTANT * pictures.abs().amax((0, 2, 3))
    if not kept.any():
        raise DataError("The model makes the same of all the images, one flat colour: anything is a symmetry of that.")
    own = pixel_grid(shape[1], shape[2], dtype=grid.dtype, device=grid.device)

    def scores(fields: Generators, scales: torch.Tensor) -> torch.Tensor:
        found = []
        for inside, outside in zip(moved_grids(fields, grid, scales), moved_grids(fields, own, scales), strict=True):
            ours = made(warp(images, inside.expand(len(images), -1, -1, -1), padding))
            theirs = warp(pictures, outside.expand(len(images), -1, -1, -1), padding)
            apart = ((ours - theirs) / deviation)[:, kept]
            found.append(apart.square().mean((1, 2, 3)).sqrt())
        return torch.stack(found)

    return scores
