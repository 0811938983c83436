"""A basis that is read easily, for the fields found in images: affine ones where they are among them.

What was found is a span. Within it the fields along which features change least (Rayleigh and Ritz) are mixtures of
whatever is about equally valid. So a field that is nearly affine takes the place of such a mixture where it turns the
features hardly more. How much that is, is measured: rates of change leave out what is even in s.
"""

from __future__ import annotations

from typing import Protocol

import torch

from symgen.discovery.image_problem import ImageProblem
from symgen.generators.base import Generators
from symgen.generators.library import LibraryGenerators
from symgen.image.affine import named_fields

IN_SPAN = 0.9
"""Length of a unit field's projection, from which on it counts as one of the span."""
SAME = 0.998
"""Cosine of fields that need not both be measured."""
PURE = 0.95
"""Cosine with an affine field, from which on a field is read easily."""
MIXED = 1.1
"""So many times less than one that is, another must turn the features."""
DEPENDENT = 1e-6
"""Sine of an angle that is none."""


class Judge(Protocol):
    """What a readable basis is judged by."""

    points: torch.Tensor
    weight: torch.Tensor

    def matrix(self, generators: Generators) -> torch.Tensor:
        """Field matrix under the weight, float64."""

    def angles(self, generators: Generators) -> torch.Tensor:
        """How far images moved along each field are from themselves, (n,) float64."""


def ritz(problem: ImageProblem, fields: LibraryGenerators) -> tuple[LibraryGenerators, torch.Tensor]:
    """The orthonormal combinations of n fields along which the features change least, and by how much each, (n,).

    By differences at the scale of the eigenproblem, per unit of s.
    """
    with problem.extractor.exactly():  # small differences drown in the rounding of bfloat16
        spectrum = problem.solve(fields, problem.images, problem.settings.scale)
    return _mixed(fields, spectrum.coefficients[:, 0]), spectrum.singular_values


def readable(problem: Judge, fields: LibraryGenerators, rates: torch.Tensor, others: Generators) -> LibraryGenerators:
    """Another orthonormal basis of the span of n orthonormal `fields` with rates of change (n,), one by one.

    The next is, of what is left of the span, the field that turns the features least: among what it holds of the named
    affine fields and of those of the `others` that are nearly affine, where it holds most of them; the combination with
    the least rate of change that is orthogonal to all named ones that it holds; and the one with the least rate of all.
    That one has to be better by the factor MIXED, unless it is nearly affine itself. Each has the sense of the named
    field that it is most like.
    """
    matrix = problem.matrix(fields)
    affine = matrix.T @ problem.matrix(named_fields(problem.points, problem.weight))
    trained = problem.matrix(others)
    also = matrix.T @ (trained / torch.linalg.vector_norm(trained, dim=0))
    pool = torch.cat([affine, also[:, _nearly(also, affine)]], 1)
    measured, angles = torch.zeros_like(pool), pool.new_full((pool.shape[1],), torch.inf)
    left = torch.eye(fields.count, dtype=matrix.dtype, device=matrix.device)
    chosen: list[torch.Tensor] = []
    while left.shape[1] > 1:
        inside = left @ (left.T @ pool)
        lengths = torch.linalg.vector_norm(inside, dim=0)
        held, inside = lengths >= IN_SPAN, inside / lengths.clamp_min(1e-12)
        rest = _without(left, affine[:, held[: affine.shape[1]]])
        least = torch.stack([_least(rates, some) for some in (left, rest) if some.shape[1]], 1)
        changed = ((inside * measured).sum(0).abs() < SAME) & held
        found = problem.angles(_mixed(fields, torch.cat([least, inside[:, changed]], 1).T))
        angles[changed], measured[:, changed] = found[least.shape[1] :], inside[:, changed]
        options = torch.cat([least, inside], 1)
        turned = torch.cat([found[: least.shape[1]], angles.where(held, torch.inf)])
        if not _nearly(least[:, :1], affine):
            turned[0] *= MIXED
        best = options[:, turned.argmin()]
        chosen.append(best)
        left = _without(left, best[:, None])
    basis = torch.stack([*chosen, left[:, 0]])
    sides = basis @ affine
    nearest = sides.gather(1, sides.abs().argmax(1, keepdim=True))
    return _mixed(fields, torch.where(nearest < 0, -basis, basis))


def _least(rates: torch.Tensor, span: torch.Tensor) -> torch.Tensor:
    """The unit combination (n,) of orthonormal columns with the least rate of change."""
    return span @ torch.linalg.svd(rates[:, None] * span, full_matrices=False).Vh[-1]


def _without(span: torch.Tensor, fields: torch.Tensor) -> torch.Tensor:
    """Orthonormal columns: what is orthogonal to some fields in the span of others."""
    left, singular, _ = torch.linalg.svd(span.T @ fields, full_matrices=True)
    return span @ left[:, int((singular > DEPENDENT).sum()) :]


def _nearly(fields: torch.Tensor, affine: torch.Tensor) -> torch.Tensor:
    """Which of the columns are nearly one of the affine ones."""
    return (fields.T @ affine).abs().amax(1) >= PURE


def _mixed(fields: LibraryGenerators, combinations: torch.Tensor) -> LibraryGenerators:
    """Combinations (m, n) of n fields."""
    coefficients = torch.einsum("mn,nik->mik", combinations, fields.coefficients)
    return LibraryGenerators(fields.space, fields.library, coefficients)
