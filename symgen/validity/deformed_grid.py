"""Total derivatives on a grid that was moved, by the chain rule.

Independent variables Y and whatever is differentiated are smooth functions of the original indices xi of the grid's
points. With J = dY/dxi, m x m, D_i F = sum_j (J^-1)_ji dF/dxi_j, without solving anything at any point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from symgen.pde.axis import grid_order
from symgen.pde.derivatives import finite_difference, spectral_derivatives

FLAT = 1e-6
"""A grid whose cells shrink below this share of their mean size counts as folded."""
Matrix = Sequence[Sequence[torch.Tensor]]


def graph_of(values: torch.Tensor, points: Mapping[str, torch.Tensor], independent: Sequence[str]) -> torch.Tensor:
    """The graph (..., *grid, m + k) of unknowns (..., *grid, k) over the points (n,) of its axes, by name."""
    names = grid_order(independent)
    shape = values.shape[:-1]
    coordinates = []
    for name in independent:
        own = [len(points[name]) if other == name else 1 for other in names]
        coordinates.append(points[name].reshape(own).expand(shape))
    return torch.cat([torch.stack(coordinates, -1), values], -1)


class DeformedGrid:
    """Total derivatives of functions of the indices on a moved grid.

    `moved` (..., *grid, m) are the independent variables, in the order of `names`, at the grid's points, whose axes are
    in that of `grid_order`. Along an axis whose variable and all functions are periodic, derivatives by the index are
    spectral, and the variable grows by the period of that name; elsewhere they are central differences of even order
    `accuracy`, which lose `accuracy / 2` points at either end.
    """

    def __init__(self, moved: torch.Tensor, names: Sequence[str], periods: Mapping[str, float], accuracy: int) -> None:
        order, m = grid_order(names), len(names)
        self.accuracy, self.axes = accuracy, tuple(range(-m, 0))
        self._dims = [order.index(name) - m for name in names]
        """The axis of each variable's index."""
        self.lost = [0 if name in periods else accuracy // 2 for name in order]
        """Points lost to one derivative at either end of every axis."""
        rows = []
        for place, (name, dim, values) in enumerate(zip(names, self._dims, moved.unbind(-1), strict=True)):
            size = values.shape[dim]
            advance = periods[name] / size if name in periods else 0.0  # with its own index; the rest is periodic
            ramp = advance * torch.arange(size, dtype=values.dtype, device=values.device)
            row = self.by_indices(values - ramp.reshape(-1, *[1] * (-1 - dim)))
            row[place] = row[place] + advance
            rows.append(row)
        determinant = _determinant(rows)
        sign = determinant.mean(self.axes, keepdim=True).sign()
        size = determinant.abs()
        smallest = torch.minimum((determinant * sign).amin(self.axes), size.amax(self.axes))
        # the negation also catches NaN
        self.folds = ~(smallest > FLAT * size.mean(self.axes)).detach()
        """(...): samples whose grid is folded or not finite: unknowns are no functions of the variables there."""
        # folded samples get any harmless metric: they are never divided by a vanishing determinant
        fold = self.folds[(..., *[None] * m)]
        determinant = torch.where(fold, torch.ones_like(determinant), determinant)
        self.inverse = [
            [torch.where(fold, torch.zeros_like(determinant), _cofactor(rows, i, j)) / determinant for j in range(m)]
            for i in range(m)
        ]
        """J^-1, a row of indices j for every variable i."""

    def total(self, gradient: Sequence[torch.Tensor], level: int, variable: int) -> torch.Tensor:
        """D_i of a function, the level-th derivative in a row, from its derivatives `by_indices`."""
        terms = [by * self.crop(along, level - 1) for by, along in zip(gradient, self.inverse[variable], strict=True)]
        return sum(terms[1:], terms[0])

    def crop(self, values: torch.Tensor, levels: int) -> torch.Tensor:
        """Values (..., *grid) without the margins of so many derivatives."""
        return _inside(values, self.axes, [levels * lost for lost in self.lost])

    def by_indices(self, values: torch.Tensor) -> list[torch.Tensor]:
        """Derivatives of values (..., *grid) by each variable's index, without the margins of one derivative."""
        found = []
        for dim in self._dims:
            others = [axis for axis in self.axes if axis != dim]
            inside = _inside(values, others, [self.lost[axis] for axis in others])
            if self.lost[dim]:
                found.append(finite_difference(inside, 1, 1, self.accuracy, dim))
            else:
                along = inside.movedim(dim, -1)
                found.append(spectral_derivatives(along, along.shape[-1], 1)[1].movedim(-1, dim))
        return found


def _inside(values: torch.Tensor, axes: Sequence[int], lost: Sequence[int]) -> torch.Tensor:
    """Values without so many entries at either end of some axes."""
    for axis, count in zip(axes, lost, strict=True):
        values = values.narrow(axis, count, values.shape[axis] - 2 * count)
    return values


def _determinant(rows: Matrix) -> torch.Tensor:
    """Of a small matrix of tensors, by its first row (Laplace)."""
    if len(rows) == 1:
        return rows[0][0]
    parts = [rows[0][j] * _cofactor(rows, 0, j) for j in range(len(rows))]
    return sum(parts[1:], parts[0])


def _cofactor(rows: Matrix, i: int, j: int) -> torch.Tensor:
    """The minor without row i and column j, with its sign."""
    minor = [[*row[:j], *row[j + 1 :]] for place, row in enumerate(rows) if place != i]
    if not minor:
        return torch.ones_like(rows[0][0])
    return -_determinant(minor) if (i + j) % 2 else _determinant(minor)
