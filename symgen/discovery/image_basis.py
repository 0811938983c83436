"""A basis that is read easily, for the fields found in images: affine ones where they are among them.

What was found is a span. Within it the fields along which features change least (Rayleigh and Ritz) are mixtures of
whatever is about equally valid. So a field that is nearly affine takes the place of such a mixture where it changes
the features hardly more.
"""

from __future__ import annotations

import torch

from symgen.discovery.image_problem import ImageProblem
from symgen.generators.library import LibraryGenerators
from symgen.image.affine import named_fields

IN_SPAN = 0.9
"""Length of an affine unit field's projection, from which on it counts as one of the span."""
AS_GOOD = 1.1
"""How many times more than the best field it may change the features."""


def ritz(problem: ImageProblem, fields: LibraryGenerators) -> tuple[LibraryGenerators, torch.Tensor]:
    """The orthonormal combinations of n fields along which the features change least, and by how much each, (n,).

    To first order: per unit of s, for a difference at half of the largest scale.
    """
    with problem.extractor.exactly():  # small differences drown in the rounding of bfloat16
        spectrum = problem.solve(fields, problem.images, problem.settings.scale)
    return _mixed(fields, spectrum.coefficients[:, 0]), spectrum.singular_values


def readable(problem: ImageProblem, fields: LibraryGenerators, rates: torch.Tensor) -> LibraryGenerators:
    """Another orthonormal basis of the span of n orthonormal `fields` with rates of change (n,), one by one.

    The next is the projection of a named affine field, less those before it, if that still is mostly the affine one
    and changes the features at most AS_GOOD times as much as the best of what is left; else that best.
    """
    matrix = problem.matrix(fields)
    affine = problem.matrix(named_fields(problem.points, problem.weight))
    wanted = matrix.T @ affine
    wanted = wanted[:, torch.linalg.vector_norm(wanted, dim=0) >= IN_SPAN]
    left = torch.eye(fields.count, dtype=matrix.dtype, device=matrix.device)
    chosen = []
    while left.shape[1]:
        within = torch.linalg.svd(rates[:, None] * left, full_matrices=False)
        best, least = left @ within.Vh[-1], within.S[-1]
        inside = left @ (left.T @ wanted)
        lengths = torch.linalg.vector_norm(inside, dim=0)
        change = torch.linalg.vector_norm(rates[:, None] * inside, dim=0) / lengths.clamp_min(1e-12)
        change[lengths < IN_SPAN] = torch.inf
        if len(change) and float(change.min()) <= AS_GOOD * float(least):
            place = int(change.argmin())
            best = inside[:, place] / lengths[place]
        chosen.append(best)
        left = left @ torch.linalg.qr((left.T @ best)[:, None], mode="complete").Q[:, 1:]
    return _mixed(fields, torch.stack(chosen))


def _mixed(fields: LibraryGenerators, combinations: torch.Tensor) -> LibraryGenerators:
    """Combinations (m, n) of n fields."""
    coefficients = torch.einsum("mn,nik->mik", combinations, fields.coefficients)
    return LibraryGenerators(fields.space, fields.library, coefficients)
