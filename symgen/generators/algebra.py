"""Spans and Lie brackets: angles between algebras, closure, structure constants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from symgen.generators.base import Generators
from symgen.generators.inner_product import SMALLEST, norms, orthonormal_basis

NOTHING_NEW = 1e-12
"""Norm of what a unit field adds to others, at most, if it adds nothing."""
CHUNK_VALUES = 2**22
"""Of brackets that are held at a time."""


def principal_angles(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Ascending principal angles, in radians, between the spans of two field matrices (rows, n) and (rows, m).

    There are min(dim, dim). Cosines lose small angles and sines large ones, so each is used where it is exact
    (Bjorck and Golub 1973; Knyazev and Argentati 2002).
    """
    a, b = orthonormal_basis(left), orthonormal_basis(right)
    if a.shape[1] < b.shape[1]:
        a, b = b, a
    cosines = torch.linalg.svdvals(a.T @ b).clamp(max=1)
    sines = torch.linalg.svdvals(b - a @ (a.T @ b)).flip(0).clamp(max=1)
    return torch.where(cosines > 0.5**0.5, torch.asin(sines), torch.acos(cosines))


def full_angles(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """The same, then a right angle for every dimension of (rows, n) or (rows, m) that is missing -> (max(n, m),)."""
    angles = principal_angles(left, right) if left.shape[1] and right.shape[1] else left.new_zeros(0)
    missing = max(left.shape[1], right.shape[1]) - len(angles)
    return torch.cat([angles, angles.new_full((missing,), torch.pi / 2)])


def grassmann_distance(left: torch.Tensor, right: torch.Tensor) -> float:
    """Norm of the principal angles, in radians; spans of unequal dimension are compared by containment."""
    return float(torch.linalg.vector_norm(principal_angles(left, right)))


def angles_to_span(fields: torch.Tensor, span: torch.Tensor) -> torch.Tensor:
    """Angle in radians of every column of `fields` (rows, n) to the span of the columns of `span` -> (n,)."""
    return angles_to_basis(fields, orthonormal_basis(span))


def angles_to_basis(fields: torch.Tensor, basis: torch.Tensor) -> torch.Tensor:
    """The same for a span that is given by orthonormal columns."""
    unit = fields / norms(fields).clamp_min(SMALLEST)
    inside = torch.linalg.vector_norm(basis.T @ unit, dim=0)
    outside = torch.linalg.vector_norm(unit - basis @ (basis.T @ unit), dim=0)
    return torch.atan2(outside, inside)


def added_angles(fields: torch.Tensor, span: torch.Tensor, close: float) -> torch.Tensor:
    """Angle in radians to the span of what every column of `fields` (rows, n) adds to the columns before it -> (n,).

    Only those before it count that are in the span themselves, to `close` radians. Far from the origin t d/dx + d/du is
    nearly parallel to d/dx: its own angle to a span would say nothing of d/du. A column that adds nothing has its own
    angle.
    """
    basis = orthonormal_basis(span)
    known: list[torch.Tensor] = []
    angles = []
    for column in (fields / norms(fields).clamp_min(SMALLEST)).T:
        new = column
        for _ in range(2):  # twice is enough (Giraud, Langou and Rozloznik 2005)
            for direction in known:
                new = new - (direction @ new) * direction
        new = new / new.norm() if new.norm() > NOTHING_NEW else column
        angles.append(angles_to_basis(new[:, None], basis)[0])
        if angles[-1] <= close:
            known.append(new)
    return torch.stack(angles)


@dataclass(frozen=True)
class Brackets:
    """[V_a, V_b] = sum_c constants[a, b, c] V_c + a rest of relative size closure_error[a, b], for a, b < m."""

    constants: torch.Tensor
    """(m, m, n)"""
    closure_error: torch.Tensor
    """(m, m): |rest| / (|bracket| + |V_a| |V_b|); 0 where the algebra closes."""


def lie_brackets(
    generators: Generators, points: torch.Tensor, weight: torch.Tensor | None = None, first: int | None = None
) -> Brackets:
    """Brackets [V, W]^i = V^j d_j W^i - W^j d_j V^i, projected on the span of all fields at points (P, d).

    Of all pairs of the `first` fields, by default of all. `weight` (P,), of mean 1, is that of the points. Brackets are
    in physical units, so that the constants belong to the fields as they are. They are computed in pieces: memory grows
    with the number of fields, not with that of pairs.
    """
    n = generators.count
    m = n if first is None else min(first, n)
    values = generators(points)
    slopes = generators.jacobian(points)[:m].movedim(-1, 0).contiguous()  # (d, m, P, d): d_j of all components
    root = 1.0 if weight is None else weight.sqrt()[:, None]

    def columns(fields: torch.Tensor) -> torch.Tensor:
        return (generators.space.normalise_fields(fields) * root).flatten(1).T

    basis = columns(values)
    sizes = norms(basis).clamp_min(SMALLEST)
    solve = _least_squares(basis / sizes)
    constants, closure_error = basis.new_zeros(m, m, n), basis.new_zeros(m, m)
    chunk = max(1, CHUNK_VALUES // len(basis))
    for a in range(m - 1):
        for start in range(a + 1, m, chunk):
            some = slice(start, min(start + chunk, m))
            forth = sum(v[:, None] * d for v, d in zip(values[a].T, slopes[:, some], strict=True))
            back = sum(v[..., None] * d for v, d in zip(values[some].unbind(-1), slopes[:, a], strict=True))
            targets = columns(forth - back)
            found = solve(targets) / sizes[:, None]
            scale = norms(targets) + norms(basis)[a] * norms(basis)[some] / len(points) ** 0.5
            constants[a, some], constants[some, a] = found.T, -found.T
            closure_error[a, some] = closure_error[some, a] = norms(targets - basis @ found) / scale
    return Brackets(constants, closure_error)


def _least_squares(matrix: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
    """The shortest solutions of matrix (rows, n) @ x = columns (rows, k) -> (n, k), from one decomposition."""
    left, singular, right = torch.linalg.svd(matrix, full_matrices=False)
    known = singular > max(matrix.shape) * torch.finfo(matrix.dtype).eps * singular[0]
    left, scaled = left[:, known], right[known].T / singular[known]
    return lambda columns: scaled @ (left.T @ columns)
