"""Splines on equally spaced points, for data that end: weights of B-splines and coefficients from values.

The spline of odd degree p through n points is a combination of n + p - 1 B-splines; the last p - 1 conditions are de
Boor's "not a knot": near either end it is one polynomial across (p - 1)/2 points (A Practical Guide to Splines,
chapters IX and XIII).
"""

from __future__ import annotations

from functools import lru_cache

import torch

from symgen.pde.derivatives import stencil

DEGREE = 7


def degree_for(points: int, most: int = DEGREE) -> int:
    """The highest odd degree, up to `most`, that so many points (2 at least) have a spline of."""
    return min(most, points - 1 - points % 2)


def coefficients(values: torch.Tensor, degree: int) -> torch.Tensor:
    """Values (n, ...) at the points -> coefficients (n + degree - 1, ...) of the B-splines."""
    return torch.tensordot(_from_values(len(values), degree).to(values), values, 1)


@lru_cache(16)
def _from_values(n: int, degree: int) -> torch.Tensor:
    """(n + degree - 1, n): what the coefficients are of the values."""
    conditions = degree - 1
    matrix = torch.zeros(n + conditions, n + conditions, dtype=torch.float64)
    at_points = weights(torch.zeros((), dtype=torch.float64), degree)[:degree]  # the last B-spline vanishes at 0
    for point in range(n):
        matrix[point, point : point + degree] = at_points
    jump = stencil(degree + 1, degree + 2, 0)  # of the highest derivative at a point inside
    for k in range(conditions):
        first = k if k < conditions // 2 else n - 2 - conditions + k
        matrix[n + k, first : first + degree + 2] = jump
    return torch.linalg.inv(matrix)[:, :n].contiguous()


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
