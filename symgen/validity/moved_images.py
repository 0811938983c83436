"""Generators put to the test: how far features turn when held-out images are moved, beside fields to compare with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from symgen.generators.base import Generators
from symgen.generators.domains import MovedImages
from symgen.generators.held import HeldGenerators
from symgen.image.affine import AFFINE, affine_generators
from symgen.image.fields import random_fields
from symgen.image.warp import moved_grids
from symgen.validity.image import ImageValidity

SCALES = (-0.3, -0.1, 0.1, 0.3)
JUDGED = 0.3
"""|s| that generators are ranked at."""
RANDOM_FIELDS = 10
RANDOM_SEED = 1000


def moved_images(
    validity: ImageValidity,
    images: torch.Tensor,
    grid: torch.Tensor,
    weight: torch.Tensor,
    generators: Generators,
    scales: Sequence[float] = SCALES,
    progress: Callable[[int, int], None] | None = None,
) -> MovedImages:
    """Mean scores of images (B, 3, H, W) moved along unit fields, the six affine ones and random ones.

    `grid` (H, W, 2) are the pixels, `weight` (H W,) theirs in the inner product that makes all of them unit fields,
    and the random ones orthonormal. The extractor is in the precision of its weights.
    """
    grid = grid.double()
    points = grid.reshape(-1, 2)
    families = [
        generators,
        affine_generators(points, weight),
        random_fields(RANDOM_FIELDS, points, weight, 3, RANDOM_SEED),
    ]
    rows: list[list[tuple[float, ...]]] = []
    with torch.no_grad(), validity.extractor.exactly():
        directions = validity.directions(images)
        for family in families:
            columns = []
            for s in scales:
                columns.append(mean_angles(validity, images, grid, family, s, directions))
                if progress:
                    progress(len(rows) * len(scales) + len(columns), len(families) * len(scales))
            rows.append([tuple(row) for row in torch.stack(columns, 1).tolist()])
    return MovedImages(
        images=len(images),
        scales=tuple(scales),
        generators=tuple(rows[0]),
        affine=dict(zip(AFFINE, rows[1], strict=True)),
        random=tuple(rows[2]),
    )


def mean_angles(
    validity: ImageValidity,
    images: torch.Tensor,
    grid: torch.Tensor,
    fields: Generators,
    s: float,
    directions: torch.Tensor,
) -> torch.Tensor:
    """Mean score of images (B, 3, H, W) with known `directions`, moved by s along every field, (n,)."""
    grids = moved_grids(HeldGenerators(fields), grid, grid.new_full((fields.count,), s))
    return validity.scores(images, grids, directions).mean(1)


def at_scale(rows: Sequence[Sequence[float]], scales: Sequence[float], size: float = JUDGED) -> list[float]:
    """Mean of each row of a table of moved images over s = +-size."""
    columns = [k for k, s in enumerate(scales) if abs(abs(s) - size) < 1e-9]
    return [sum(row[k] for k in columns) / len(columns) for row in rows]


def ratio_to_affine(table: MovedImages, count: int) -> float | None:
    """Mean defect of the first `count` generators over that of as many of the best affine ones; None for fewer."""
    own = at_scale(table.generators, table.scales)[:count]
    affine = sorted(at_scale(list(table.affine.values()), table.scales))[:count]
    return sum(own) / sum(affine) if len(own) == len(affine) == count else None
