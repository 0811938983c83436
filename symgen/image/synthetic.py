"""Images whose classes are exactly invariant under one known group: for checks that know the answer.

All classes are one random pattern, each deformed by a smooth map of its own, and every image is its class's pattern
moved by a random element of the group. So deformations tell the classes apart, and only the group does not: an
extractor that classifies must see every smooth field but the generator of the group. Patterns are functions, evaluated
at the moved points: nothing is interpolated. They vanish outside of a disc, on a grey ground, so that no edge of the
image is ever in the way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import sympy
import torch

from symgen.flow import move_each
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.image.datasets import ImageData
from symgen.image.fields import IMAGE_SPACE, random_fields
from symgen.image.labelled import Labelled
from symgen.image.warp import pixel_grid

Group = Literal["rotation", "translation", "swirl"]
X, Y = sympy.symbols("x y", real=True)
_WINDING = 1 - 2 * (X**2 + Y**2)
GROUPS: dict[Group, tuple[sympy.Expr, sympy.Expr]] = {
    "rotation": (-Y, X),
    "translation": (sympy.Integer(1), sympy.Integer(0)),
    "swirl": (-Y * _WINDING, X * _WINDING),
}
"""Generators. The swirl turns every circle as a whole, by an angle that depends on its radius and changes sign."""
REACH: dict[Group, float] = {"rotation": math.pi, "translation": 0.4, "swirl": 1.5}
"""Images are moved by up to this, forward and backward."""
RADIUS: dict[Group, float] = {"rotation": 0.95, "translation": 0.55, "swirl": 0.95}
"""Of the disc with the pattern, small enough that the group keeps it in the image."""
WAVES = 24
LONGEST, SHORTEST = 2.0, 0.85
"""Wavelengths of the pattern."""
DEFORMATION = 0.25
"""Norm of the displacement that makes a class, of images of half-width 1."""


@dataclass(frozen=True)
class Synthetic:
    """A dataset and the generator of its symmetry group: called on points (P, 2) it gives (1, P, 2)."""

    data: ImageData
    generator: ClosedFormGenerators


def synthetic(
    group: Group, per_class: int = 80, test_per_class: int = 20, classes: int = 32, size: int = 24, seed: int = 0
) -> Synthetic:
    """RGB images (size, size) of so many classes, exactly invariant under one group, repeatable by seed.

    `rotation` about the centre by any angle, `translation` along x, `swirl`, which is not affine. Raises KeyError
    for another group.
    """
    generator = ClosedFormGenerators(IMAGE_SPACE, [GROUPS[group]])
    draw = torch.Generator().manual_seed(seed)
    pattern = _Pattern(RADIUS[group], draw)
    grid = pixel_grid(size, size, torch.float64).reshape(-1, 2)
    deformations = random_fields(classes, grid, degree=3, seed=seed)
    splits = []
    for count in (per_class, test_per_class):
        labels = torch.arange(classes).repeat(count)
        scales = REACH[group] * (2 * torch.rand(len(labels), generator=draw, dtype=torch.float64) - 1)
        moved = move_each(generator, grid.repeat(len(labels), 1)[None], scales.repeat_interleave(len(grid))[None], 16)
        points = moved.reshape(count, classes, -1, 2)
        deformed = points + DEFORMATION * torch.stack(
            [deformations(points[:, c].reshape(-1, 2))[c].reshape(count, -1, 2) for c in range(classes)], 1
        )
        colours = pattern(deformed, window=points)
        pixels = (255 * colours).round().to(torch.uint8).reshape(len(labels), size, size, 3)
        splits.append(Labelled(pixels.permute(0, 3, 1, 2).contiguous(), labels))
    data = ImageData.of(f"synthetic-{group}", splits[0], splits[1], tuple(f"pattern {c}" for c in range(classes)))
    return Synthetic(data, generator)


class _Pattern:
    """A sum of plane waves in each colour, faded to grey towards the edge of a disc."""

    def __init__(self, radius: float, draw: torch.Generator) -> None:
        def uniform(low: float, high: float) -> torch.Tensor:
            return low + (high - low) * torch.rand(WAVES, generator=draw, dtype=torch.float64)

        size, direction = 2 * math.pi / uniform(SHORTEST, LONGEST), uniform(0, 2 * math.pi)
        self.waves = torch.stack([size * direction.cos(), size * direction.sin()])
        self.phases = uniform(0, 2 * math.pi)
        self.mix = torch.randn(WAVES, 3, generator=draw, dtype=torch.float64) / WAVES**0.5
        self.radius = radius

    def __call__(self, points: torch.Tensor, window: torch.Tensor) -> torch.Tensor:
        """Colours (..., 3) in (0, 1) at points (..., 2), faded by the points `window`."""
        inside = (1 - window.square().sum(-1, keepdim=True) / self.radius**2).clamp_min(0)
        return 0.5 + 0.5 * torch.tanh(1.5 * inside**0.5 * ((points @ self.waves + self.phases).cos() @ self.mix))
