"""Spans and Lie brackets: angles between algebras, closure, structure constants."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from symgen.generators.base import Generators
from symgen.generators.inner_product import SMALLEST, norms, orthonormal_basis
from symgen.least_squares import least_squares

NOTHING_NEW = 1e-12
"""Norm of what a unit field adds to others, at most, if it adds nothing."""


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


def grassmann_distance(left: torch.Tensor, right: torch.Tensor) -> float:
    """Norm of the principal angles, in radians; spans of unequal dimension are compared by containment."""
    return float(torch.linalg.vector_norm(principal_angles(left, right)))


def angles_to_span(fields: torch.Tensor, span: torch.Tensor) -> torch.Tensor:
    """Angle in radians of every column of `fields` (rows, n) to the span of the columns of `span` -> (n,)."""
    basis = orthonormal_basis(span)
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
    known: list[torch.Tensor] = []
    angles = []
    for column in (fields / norms(fields).clamp_min(SMALLEST)).T:
        new = column
        for _ in range(2):  # twice is enough (Giraud, Langou and Rozloznik 2005)
            for direction in known:
                new = new - (direction @ new) * direction
        new = new / new.norm() if new.norm() > NOTHING_NEW else column
        angles.append(angles_to_span(new[:, None], span)[0])
        if angles[-1] <= close:
            known.append(new)
    return torch.stack(angles)


@dataclass(frozen=True)
class Brackets:
    """[V_a, V_b] = sum_c constants[a, b, c] V_c + a rest of relative size closure_error[a, b]."""

    constants: torch.Tensor
    """(n, n, n)"""
    closure_error: torch.Tensor
    """(n, n): |rest| / (|bracket| + |V_a| |V_b|); 0 where the algebra closes."""


def lie_brackets(generators: Generators, points: torch.Tensor, weight: torch.Tensor | None = None) -> Brackets:
    """Brackets [V, W]^i = V^j d_j W^i - W^j d_j V^i of all pairs, projected on the span at points (P, d).

    `weight` (P,), of mean 1, is that of the points.
    Brackets are in physical units, so that the constants belong to the fields as they are.
    """
    values = generators(points)
    jacobian = generators.jacobian(points)
    transported = torch.einsum("apj,bpij->abpi", values, jacobian)  # V_a applied to the components of V_b
    brackets = transported - transported.transpose(0, 1)
    root = 1.0 if weight is None else weight.sqrt()[:, None]

    def scale(fields: torch.Tensor) -> torch.Tensor:
        return generators.space.normalise_fields(fields) * root

    basis = scale(values).flatten(1).T
    targets = scale(brackets).flatten(2).flatten(0, 1).T
    sizes = norms(basis).clamp_min(SMALLEST)
    constants = least_squares(basis / sizes, targets) / sizes[:, None]
    rest = norms(targets - basis @ constants)
    n = generators.count
    weight = norms(targets) + (norms(basis)[:, None] * norms(basis)).flatten() / len(points) ** 0.5
    return Brackets(constants.T.reshape(n, n, n), (rest / weight).reshape(n, n))
