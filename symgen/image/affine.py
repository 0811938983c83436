"""The six generators of the affine group of the plane."""

from __future__ import annotations

import sympy
import torch

from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.inner_product import field_matrix, norms
from symgen.image.fields import IMAGE_SPACE

X, Y = sympy.symbols("x y", real=True)
AFFINE: dict[str, tuple[sympy.Expr, sympy.Expr]] = {
    "translation x": (sympy.Integer(1), sympy.Integer(0)),
    "translation y": (sympy.Integer(0), sympy.Integer(1)),
    "scaling x": (X, sympy.Integer(0)),
    "scaling y": (sympy.Integer(0), Y),
    "shear": (Y, X),
    "rotation": (-Y, X),
}
"""Components by name. The shear is the pure one, orthogonal to the rotation; those along x and y are their sum and
difference, halved."""


def affine_generators(points: torch.Tensor | None = None, weight: torch.Tensor | None = None) -> ClosedFormGenerators:
    """All six, in the order of AFFINE; of norm 1 over `points` (P, 2) under `weight` (P,) where points are given."""
    generators = ClosedFormGenerators(IMAGE_SPACE, list(AFFINE.values()))
    if points is None:
        return generators
    sizes = norms(field_matrix(generators, points, weight=weight)).tolist()
    scaled = [[c / size for c in field] for field, size in zip(AFFINE.values(), sizes, strict=True)]
    return ClosedFormGenerators(IMAGE_SPACE, scaled)
