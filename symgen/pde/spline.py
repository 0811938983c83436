"""Splines on equally spaced points, for data that end: weights of B-splines and coefficients from values.

The spline of odd degree p through n points is a combination of n + p - 1 B-splines; the last p - 1 conditions are de
Boor's "not a knot": near either end it is one polynomial across (p - 1)/2 points (A Practical Guide to Splines,
chapters IX and XIII).
"""

from __future__ import annotations

import torch

from symgen.pde.derivatives import stencil

DEGREE = 7


def degree_for(points: int, most: int = DEGREE) -> int:
    """The highest odd degree, up to `most`, that so many points (2 at least) have a spline of."""
    return min(most, points - 1 - points % 2)


def coefficients(values: torch.Tensor, degree: int) -> torch.Tensor:
    """Values (n, ...) at the points -> coefficients (n + degree - 1, ...) of the B-splines."""
    n, conditions = len(values), degree - 1
    matrix = values.new_zeros(n + conditions, n + conditions)
    at_points = weights(values.new_zeros(1), degree)[0, :degree]  # the last B-spline vanishes at the first point
    for point in range(n):
        matrix[point, point : point + degree] = at_points
    jump = stencil(degree + 1, degree + 2, 0).to(values)  # of the highest derivative at a point inside
    for k in range(conditions):
        first = k if k < conditions // 2 else n - 2 - conditions + k
        matrix[n + k, first : first + degree + 2] = jump
    flat = torch.cat([values.flatten(1), values.new_zeros(conditions, values[0].numel())])
    return torch.linalg.solve(matrix, flat).reshape(-1, *values.shape[1:])


def weights(fraction: torch.Tensor, degree: int) -> torch.Tensor:
    """Weights (..., degree + 1) of the B-splines that do not vanish there, at a fraction (...) of an interval."""
    found = [torch.ones_like(fraction)]
    for d in range(1, degree + 1):
        saved, ahead = torch.zeros_like(fraction), []
        for r, one in enumerate(found):
            share = one / d
            ahead.append(saved + (r + 1 - fraction) * share)
            saved = (fraction + d - 1 - r) * share
        found = [*ahead, saved]
    return torch.stack(found, -1)
