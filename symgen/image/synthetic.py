"""Images whose classes are exactly invariant under one known group: for checks that know the answer.

All classes are one random pattern, deformed by a smooth map, and every image is its class's pattern moved by a random
element of the group. The maps come in pairs, forward and backward along fields orthogonal to the group's generator: an
extractor that does not see one of the fields confuses two classes. So it must see every smooth field but the
generator. Patterns are functions, evaluated at the moved points: nothing is interpolated. They end inside of the image,
so that no edge is ever in the way: on a grey ground, outside of a disc, or where the group keeps the square as it is,
at the square's own edge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import sympy
import torch

from symgen.flow import move_each
from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.held import HeldGenerators
from symgen.generators.inner_product import field_matrix
from symgen.generators.library import LibraryGenerators
from symgen.image.datasets import ImageData
from symgen.image.fields import IMAGE_SPACE, random_fields
from symgen.image.labelled import Labelled
from symgen.image.warp import pixel_grid

Group = Literal["rotation", "translation", "swirl"]
X, Y = sympy.symbols("x y", real=True)


@dataclass(frozen=True)
class Design:
    """What the images of a group are made of."""

    field: tuple[sympy.Expr, sympy.Expr]
    """The generator."""
    reach: float
    """Images are moved by up to this, forward and backward."""
    radius: float | None
    """Of the disc with the pattern, small enough that the group keeps it in the image; None for the whole square."""
    wavelengths: tuple[float, float] = (0.85, 2.0)
    """Of the pattern, from and to."""
    softest: float = 0.0
    """Waves of wave number k are damped by up to exp(-softest k^2), in every image by as much as chance has it."""
    deformation: float = 0.25
    """Norm of the displacement that makes a class, of images of half-width 1."""
    shared: bool = False
    """Whether the classes share their group elements, which makes many images cheap; else every image has its own."""


_STREAM = (1 - X**2) * (1 - Y**2) / 2
GROUPS: dict[Group, Design] = {
    "rotation": Design((-Y, X), reach=math.pi, radius=0.95),
    "translation": Design((sympy.Integer(1), sympy.Integer(0)), reach=0.4, radius=0.55),
    "swirl": Design(
        (_STREAM.diff(Y), -_STREAM.diff(X)),
        reach=2.5,
        radius=None,
        wavelengths=(1.0, 2.5),
        softest=0.01,
        deformation=0.15,
        shared=True,
    ),
}
"""The swirl circulates along the level lines of (1 - x^2) (1 - y^2): circles in the middle, the square at the edge.

It is chosen so that the data identify it. A swirl within a disc on a grey ground was not found: the weight reaches a
little beyond the pattern, where fields move nothing. Where a field stands still, classes are most easily told apart,
and an extractor that looks there alone need not mind what the rest does: this one stands still in the centre and the
corners only, and the pattern fades towards the latter. Bilinear interpolation softens moved images, which turns
features that react to softness along the true field too: so the patterns are soft by different amounts.
"""
WAVES = 24
DEGREE = 2
FIELDS = 2 * (DEGREE + 1) ** 2
"""That classes are deformed along: as many as polynomials of that degree in x and in y have dimensions."""


@dataclass(frozen=True)
class Synthetic:
    """A dataset and the generator of its symmetry group: called on points (P, 2) it gives (1, P, 2)."""

    data: ImageData
    generator: ClosedFormGenerators


def synthetic(
    group: Group, per_class: int = 80, test_per_class: int = 20, classes: int = 34, size: int = 24, seed: int = 0
) -> Synthetic:
    """RGB images (size, size) of so many classes, exactly invariant under one group, repeatable by seed.

    `rotation` about the centre by any angle, `translation` along x, `swirl`, which is not affine. Raises KeyError
    for another group.
    """
    design = GROUPS[group]
    generator = ClosedFormGenerators(IMAGE_SPACE, [design.field])
    draw = torch.Generator().manual_seed(seed)
    soften = torch.Generator().manual_seed(seed)
    pattern = _Pattern(design, draw)
    grid = pixel_grid(size, size, torch.float64).reshape(-1, 2)
    deformations = _pairs(generator, classes, grid, seed)
    splits = []
    for count in (per_class, test_per_class):
        labels = torch.arange(classes).repeat(count)
        own = 1 if design.shared else classes
        scales = design.reach * (2 * torch.rand(count * own, generator=draw, dtype=torch.float64) - 1)
        softness = design.softest * torch.rand(count, 1, 1, generator=soften, dtype=torch.float64)
        moved = move_each(generator, grid.repeat(len(scales), 1)[None], scales.repeat_interleave(len(grid))[None], 16)
        points = moved.reshape(count, own, -1, 2).transpose(0, 1)
        if design.shared:
            displacements = deformations(points.reshape(-1, 2))
        else:
            displacements = deformations.each(points.reshape(classes, -1, 2))
        deformed = points + design.deformation * displacements.reshape(classes, count, -1, 2)
        colours = [
            255 * pattern(inner, outer, softness)
            for inner, outer in zip(deformed, points.expand_as(deformed), strict=True)
        ]
        pixels = torch.stack([c.round().to(torch.uint8) for c in colours], 1).reshape(len(labels), size, size, 3)
        splits.append(Labelled(pixels.permute(0, 3, 1, 2).contiguous(), labels))
    data = ImageData.of(f"synthetic-{group}", splits[0], splits[1], tuple(f"pattern {c}" for c in range(classes)))
    return Synthetic(data, generator)


def _pairs(generator: Generators, classes: int, grid: torch.Tensor, seed: int) -> HeldGenerators:
    """Fields V and -V, orthonormal but for that and orthogonal to the generator on the grid (P, 2), at random."""
    if classes % 2 or not 2 <= classes <= 2 * (FIELDS - 1):
        raise ValueError(f"{classes} classes: there are 2 to {2 * (FIELDS - 1)}, in pairs")
    every = random_fields(FIELDS, grid, degree=DEGREE, seed=seed).generators
    assert isinstance(every, LibraryGenerators)
    along = field_matrix(every, grid).T @ field_matrix(generator, grid)
    others = torch.linalg.qr(along, mode="complete").Q[:, 1 : classes // 2 + 1]
    some = torch.einsum("nm,nik->mik", others, every.coefficients)
    both = torch.stack([some, -some], 1).flatten(0, 1)
    return HeldGenerators(LibraryGenerators(IMAGE_SPACE, every.library, both))


class _Pattern:
    """A sum of plane waves in each colour, faded to grey towards the edge of a disc or of the square."""

    def __init__(self, design: Design, draw: torch.Generator) -> None:
        def uniform(low: float, high: float) -> torch.Tensor:
            return low + (high - low) * torch.rand(WAVES, generator=draw, dtype=torch.float64)

        size, direction = 2 * math.pi / uniform(*design.wavelengths), uniform(0, 2 * math.pi)
        self.waves = torch.stack([size * direction.cos(), size * direction.sin()])
        self.phases = uniform(0, 2 * math.pi)
        self.mix = torch.randn(WAVES, 3, generator=draw, dtype=torch.float64) / WAVES**0.5
        self.radius = design.radius

    def __call__(self, points: torch.Tensor, window: torch.Tensor, softness: torch.Tensor) -> torch.Tensor:
        """Colours (..., 3) in (0, 1) at points (..., 2), faded by the points `window`; `softness` is (..., 1)."""
        if self.radius is None:
            inside = (1 - window.square()).prod(-1, keepdim=True)
        else:
            inside = 1 - window.square().sum(-1, keepdim=True) / self.radius**2
        waves = (-softness * self.waves.square().sum(0)).exp() * (points @ self.waves + self.phases).cos()
        return 0.5 + 0.5 * torch.tanh(1.5 * inside.clamp_min(0) ** 0.5 * (waves @ self.mix))
