"""Defect at finite scale: how far data that were moved are from solving their equation.

A moved solution is its graph (X, T, U) as a smooth function of the original indices (tau, xi). Its derivatives
follow from the chain rule on the deformed grid, without solving anything at any point:
D_x F = (F_xi T_tau - F_tau T_xi) / det and D_t F = (F_tau X_xi - F_xi X_tau) / det, det = X_xi T_tau - X_tau T_xi.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy
import torch

from symgen.exceptions import DataError
from symgen.expressions import CompiledExpressions
from symgen.pde.derivatives import finite_difference, spectral_derivatives
from symgen.pde.equation import Equation
from symgen.pde.grammar import Jet, T, X, jet_symbol

FLAT = 1e-6
"""A grid whose cells shrink below this share of their mean size counts as folded."""


@dataclass(frozen=True)
class MovedResidual:
    """The equation's residual Delta of moved data, on the grid without its edges."""

    residual: torch.Tensor
    """(..., nt', nx'): Delta; 0 in folded samples, without gradient."""
    squares: torch.Tensor
    """(..., nt', nx'): sum of the squares of the equation's terms; 0 in folded samples."""
    folds: torch.Tensor
    """(...): samples whose grid is folded or not finite: u is no function of x and t there."""

    @property
    def size(self) -> torch.Tensor:
        """Root mean square of the equation's terms of each sample (...)."""
        return self.squares.mean((-2, -1)).sqrt()

    def score(self, counted: torch.Tensor | None = None) -> torch.Tensor:
        """Root mean square of the residual relative to that of the terms (...); infinite for folded samples.

        With `counted` (..., nt', nx') only those points count; NaN for samples without any.
        """
        weight = torch.ones_like(self.residual) if counted is None else counted.to(self.residual)
        share = (weight * self.residual**2).sum((-2, -1)) / (weight * self.squares).sum((-2, -1))
        return share.sqrt().masked_fill(self.folds, torch.inf)


class FiniteValidity:
    """The residual of any equation on moved data; differentiable, for any device and floating dtype.

    Derivatives in tau, and in xi on open windows, are central differences of even order `accuracy`; in xi they
    are spectral where the graph is periodic. A derivative of order n of u is n first derivatives in a row.
    """

    def __init__(self, equation: Equation, accuracy: int = 8) -> None:
        if accuracy < 2 or accuracy % 2:
            raise ValueError(f"the accuracy of central differences is even and positive, not {accuracy}")
        self.equation, self.accuracy = equation, accuracy
        self.jets = equation.jets(equation.expression)
        self.depth = max(1, *(i + j for i, j in self.jets))
        terms = sympy.Add.make_args(sympy.expand(equation.expression))
        self._terms = CompiledExpressions([X, T, *map(jet_symbol, self.jets)], terms)

    def margins(self, periodic: bool) -> tuple[int, int]:
        """How many times and points the residual loses at either end."""
        lost = self.depth * self.accuracy // 2
        return lost, 0 if periodic else lost

    def __call__(self, graph: torch.Tensor, length: float | None = None) -> MovedResidual:
        """Residual of moved data from their graph (..., nt, nx, 3): x, t, u in physical units, by original indices.

        `length`: the period in x, if the data and the fields that moved them are periodic in it: then X grows by
        `length` over the nx points. None for an open window. Raises DataError for fewer points than the stencils
        need.
        """
        rows, columns = self.margins(length is not None)
        if graph.shape[-3] <= 2 * rows or graph.shape[-2] <= 2 * columns:
            raise DataError(
                f"The data have {graph.shape[-3]} times and {graph.shape[-2]} points; the residual of a moved solution "
                f"needs more than {2 * rows} and {2 * columns}. Use data on a finer grid."
            )
        x, t, u = graph.unbind(-1)
        chain = _Chain(x, t, length, self.accuracy)
        table: dict[Jet, torch.Tensor] = {(0, 0): u}
        for i, j in sorted(self._closure(), key=sum):
            table[i, j] = chain.total(table[i - 1, j], i + j, 0) if not j else chain.total(table[i, j - 1], i + j, 1)
        arguments = [chain.crop(x, self.depth), chain.crop(t, self.depth)]
        arguments += [chain.crop(table[jet], self.depth - sum(jet)) for jet in self.jets]
        terms = self._terms(arguments)
        keep = ~chain.folds[..., None, None]
        terms = torch.where(keep, terms, 0)
        return MovedResidual(terms.sum(0), terms.square().sum(0), chain.folds)

    def _closure(self) -> set[Jet]:
        """The derivatives to compute: first all in x, then those in t."""
        wanted = {(k, 0) for i, _ in self.jets for k in range(1, i + 1)}
        return wanted | {(i, k) for i, j in self.jets for k in range(1, j + 1)}


class _Chain:
    """Total derivatives on the deformed grid X, T (..., nt, nx)."""

    def __init__(self, x: torch.Tensor, t: torch.Tensor, length: float | None, accuracy: int) -> None:
        self.periodic, self.accuracy = length is not None, accuracy
        self.lost = accuracy // 2, 0 if self.periodic else accuracy // 2
        advance = 0.0 if length is None else length / x.shape[-1]  # of X with xi; the rest of X is periodic
        ramp = advance * torch.arange(x.shape[-1], dtype=x.dtype, device=x.device)
        x_xi, x_tau = self._gradient(x - ramp)
        t_xi, t_tau = self._gradient(t)
        x_xi = x_xi + advance
        det = x_xi * t_tau - x_tau * t_xi
        smallest = torch.minimum(
            (det * det.mean((-2, -1), keepdim=True).sign()).amin((-2, -1)), det.abs().amax((-2, -1))
        )
        # the negation also catches NaN
        self.folds = ~(smallest > FLAT * det.abs().mean((-2, -1))).detach()
        # folded samples get any harmless metric: they are never divided by a vanishing det
        fold = self.folds[..., None, None]
        ones, zeros = torch.ones_like(det), torch.zeros_like(det)
        det = torch.where(fold, ones, det)
        # rows of the inverse metric: (D_x, D_t) by (xi, tau)
        self.inverse = [
            [torch.where(fold, zeros, entry) / det for entry in row] for row in ([t_tau, -t_xi], [-x_tau, x_xi])
        ]

    def total(self, values: torch.Tensor, level: int, direction: int) -> torch.Tensor:
        """D_x (direction 0) or D_t (1) of `values`, which have lost the margins of level - 1 derivatives."""
        by_xi, by_tau = self._gradient(values)
        along_xi, along_tau = (self.crop(entry, level - 1) for entry in self.inverse[direction])
        return by_xi * along_xi + by_tau * along_tau

    def crop(self, values: torch.Tensor, levels: int) -> torch.Tensor:
        """Without the margins of so many derivatives."""
        rows, columns = (levels * lost for lost in self.lost)
        return values[..., rows : values.shape[-2] - rows, columns : values.shape[-1] - columns]

    def _gradient(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Derivatives by the indices xi and tau, without the margins of one derivative."""
        rows, columns = self.lost
        inside = values[..., rows : values.shape[-2] - rows, :]
        if self.periodic:
            by_xi = spectral_derivatives(inside, values.shape[-1], 1)[1]
        else:
            by_xi = finite_difference(inside, 1, 1, self.accuracy, -1)
        between = values[..., columns : values.shape[-1] - columns]
        return by_xi, finite_difference(between, 1, 1, self.accuracy, -2)
