"""Flows of fields that are affine in the coordinates, in closed form: exp(V) z = E z + e by the matrix exponential."""

from __future__ import annotations

from collections.abc import Sequence

import sympy
import torch

from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.features import Features
from symgen.generators.joined import JoinedGenerators
from symgen.generators.library import FeatureLibrary, LibraryGenerators
from symgen.generators.total_degree import TotalDegreeLibrary


def affine_matrices(generators: Generators) -> torch.Tensor | None:
    """(n, d + 1, d + 1): rows (A | b) of V(z) = A z + b and a row of zeros, in units of the space's scales.

    None where a field is not affine, or not known by a formula or by a library of no more than degree 1.
    """
    if isinstance(generators, JoinedGenerators):
        parts = [affine_matrices(part) for part in generators.parts]
        known = [part for part in parts if part is not None]
        return torch.cat(known) if len(known) == len(parts) else None
    if isinstance(generators, LibraryGenerators):
        return _from_values(generators) if is_affine_library(generators.library) else None
    if not isinstance(generators, ClosedFormGenerators):
        return None
    space = generators.space
    symbols = [sympy.Symbol(name, real=True) for name in space.names]
    if not all(_is_affine(component, symbols) for field in generators.fields for component in field):
        return None
    origin = dict.fromkeys(symbols, 0)
    rows = [
        [*([float(c.diff(s)) for s in symbols] for c in field), [float(c.subs(origin)) for c in field]]
        for field in generators.fields
    ]
    scale = torch.tensor(space.scale, dtype=torch.float64)
    found = torch.zeros(generators.count, space.dimension + 1, space.dimension + 1, dtype=torch.float64)
    for place, (*linear, constant) in enumerate(rows):
        found[place, :-1, :-1] = torch.tensor(linear, dtype=torch.float64) * scale / scale[:, None]
        found[place, :-1, -1] = torch.tensor(constant, dtype=torch.float64) / scale
    return found


def is_affine_library(library: Features) -> bool:
    """Whether all its functions are affine."""
    if isinstance(library, TotalDegreeLibrary):
        return library.degree <= 1 and not library.series
    if not isinstance(library, FeatureLibrary):
        return False
    return sum(axis.degree for axis in library.axes) <= 1 and all(axis.kind == "chebyshev" for axis in library.axes)


@torch.no_grad()
def _from_values(generators: LibraryGenerators) -> torch.Tensor:
    """Of affine fields, from their values where all coordinates are 0 or all but one are."""
    own, d = generators.coefficients, generators.space.dimension
    scale = own.new_tensor(generators.space.scale)
    values = generators(torch.cat([own.new_zeros(1, d), torch.diag(scale)])) / scale
    found = own.new_zeros(generators.count, d + 1, d + 1)
    found[:, :-1, -1] = values[:, 0]
    found[:, :-1, :-1] = (values[:, 1:] - values[:, :1]).mT
    return found


def _is_affine(component: sympy.Expr, symbols: Sequence[sympy.Symbol]) -> bool:
    return bool(component.is_polynomial(*symbols)) and sympy.Poly(component, *symbols).total_degree() <= 1


class AffineFlow:
    """exp(sum_a c_a V_a) of fields given by `affine_matrices`, on a space with those scales."""

    def __init__(self, matrices: torch.Tensor, scale: Sequence[float]) -> None:
        self.matrices = matrices
        self.scale = matrices.new_tensor(scale)

    def __call__(self, points: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Points (C, P, d) by one combination each, weights (C, n) -> (C, P, d)."""
        scale = self.scale.to(points)
        moved = torch.matrix_exp(torch.einsum("ca,aij->cij", weights, self.matrices.to(points)))
        linear = moved[:, :-1, :-1] * scale[:, None] / scale
        return points @ linear.mT + moved[:, None, :-1, -1] * scale
