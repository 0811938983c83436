"""The six generators of the affine group of the plane, and the names of fields that are nearly affine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy
import torch

from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.inner_product import alignment, field_matrix, norms
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
NAMED: dict[str, tuple[sympy.Expr, sympy.Expr]] = {**AFFINE, "zoom": (X, Y), "squeeze": (X, -Y)}
"""What a field may be called: also the scaling of both coordinates, and of one against the other."""


def affine_generators(points: torch.Tensor | None = None, weight: torch.Tensor | None = None) -> ClosedFormGenerators:
    """All six, in the order of AFFINE; of norm 1 over `points` (P, 2) under `weight` (P,) where points are given."""
    if points is None:
        return ClosedFormGenerators(IMAGE_SPACE, list(AFFINE.values()))
    return _of_unit_norm(AFFINE, points, weight)


def named_fields(points: torch.Tensor, weight: torch.Tensor | None = None) -> ClosedFormGenerators:
    """All of NAMED, in that order, of norm 1 over `points` (P, 2) under `weight` (P,)."""
    return _of_unit_norm(NAMED, points, weight)


def nearest_names(
    generators: Generators, points: torch.Tensor, weight: torch.Tensor | None = None
) -> list[tuple[str, float]]:
    """For every generator the name in NAMED of the field that it is most like, and |cosine| between the two."""
    named = named_fields(points, weight)
    left, right = (field_matrix(some, points, weight=weight) for some in (generators, named))
    cosine, place = alignment(left, right).max(1)
    names = list(NAMED)
    return [(names[k], min(1.0, c)) for k, c in zip(place.tolist(), cosine.tolist(), strict=True)]


def _of_unit_norm(
    fields: Mapping[str, Sequence[sympy.Expr]], points: torch.Tensor, weight: torch.Tensor | None
) -> ClosedFormGenerators:
    raw = ClosedFormGenerators(IMAGE_SPACE, list(fields.values()))
    sizes = norms(field_matrix(raw, points, weight=weight)).tolist()
    scaled = [[c / size for c in field] for field, size in zip(fields.values(), sizes, strict=True)]
    return ClosedFormGenerators(IMAGE_SPACE, scaled)
