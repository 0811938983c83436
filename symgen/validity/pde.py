"""Validity of generators for an equation: how far the moved data are from solving it.

Linearised at the identity, d/ds of Delta(moved data) is pr V (Delta), a linear form in the total derivatives of V
(symgen.pde.prolongation). With the equation known it is an identity in the jets of u: any u will do as a
sample of jet space, solution or not, noisy or not, and a true generator vanishes to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import sympy
import torch

from symgen.exceptions import DataError, UsageError
from symgen.expressions import compile_expressions
from symgen.generators.features import Features
from symgen.generators.space import Space
from symgen.pde.equation import Equation
from symgen.pde.grammar import T, X, jet_symbol
from symgen.pde.jets import JetSample
from symgen.pde.prolongation import Term, determining_form
from symgen.series import derivatives


class LinearisedValidity:
    """The linearised symmetry condition of u_t = F(x, t, u, u_x, ...), whose free jets are the x-derivatives of u.

    Raises UsageError for other equations.
    """

    def __init__(self, equation: Equation) -> None:
        if not equation.is_evolution:
            raise UsageError(
                f"{equation} is not of the form u_t = F(x, t, u, u_x, ...). Other equations are not supported yet."
            )
        form = determining_form(equation)
        self.equation = equation
        self.terms: list[Term] = list(form)
        solved = {jet_symbol(jet): equation.reduce(jet) for jet in equation.jets(equation.expression)}
        parts = sympy.Add.make_args(sympy.expand(equation.expression))
        on_solutions = [part.subs(solved, simultaneous=True) for part in parts]
        expressions = [equation.right_hand_side, *form.values(), *on_solutions]
        self.highest = max(jet[0] for e in expressions for jet in equation.jets(e))
        """Highest x-derivative of u that is needed."""
        self.order = max(jet[0] for _, jet in self.terms)
        """Highest x-derivative of V that is needed."""
        self._arguments = [X, T, *(jet_symbol((order, 0)) for order in range(self.highest + 1))]
        self._evaluate = compile_expressions(self._arguments, expressions)

    def coefficients(self, sample: JetSample) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """u_t = F (P,), C[c, J] (terms, P) and the squared size of the equation's terms (P,).

        Raises DataError where they are not finite, as with sqrt(u) in the equation and negative u.
        """
        values = self._evaluate(_jets(sample))
        if not torch.isfinite(values).all():
            raise DataError(f"The equation {self.equation} has no finite value at some points of the data.")
        count = len(self.terms)
        return values[0], values[1 : count + 1], values[count + 1 :].square().sum(0)

    def residual_matrix(self, features: Features, space: Space, sample: JetSample) -> tuple[torch.Tensor, torch.Tensor]:
        """pr V (Delta) of every feature in every component, and the squared size of the equation's terms (P,).

        The matrix is (P, 3 K), ordered (component, feature), for fields of unit size in normalised coordinates.
        """
        slope, coefficients, size = self.coefficients(sample)
        in_x = derivatives(features.along(_curve_in_x(sample, self.order)))
        in_t = features.along(_curve_in_t(sample, slope))
        blocks = []
        for component in range(3):
            block = torch.zeros_like(in_x[0])
            for (c, (i, j)), coefficient in zip(self.terms, coefficients, strict=True):
                if c == component:
                    block = torch.addcmul(block, coefficient[:, None], in_t[1] if j else in_x[i])
            blocks.append(block * space.scale[component])
        return torch.cat(blocks, dim=1), size

    def residuals(self, fields: Sequence[Sequence[sympy.Expr]], sample: JetSample) -> torch.Tensor:
        """pr V (Delta) of fields given by formulas, in physical units: n rows of 3 expressions -> (n, P)."""
        _, coefficients, _ = self.coefficients(sample)
        parts = [self._total(field[component], jet) for field in fields for component, jet in self.terms]
        values = compile_expressions(self._arguments, parts)(_jets(sample))
        return torch.einsum("ap,nap->np", coefficients, values.reshape(len(fields), len(self.terms), -1))

    def _total(self, expression: sympy.Expr, jet: tuple[int, int]) -> sympy.Expr:
        for direction, times in enumerate(jet):
            for _ in range(times):
                expression = self.equation.total_derivative(expression, direction)
        return expression


def _jets(sample: JetSample) -> list[torch.Tensor]:
    x, t, _ = sample.points.unbind(-1)
    return [x, t, *sample.derivatives]


def _curve_in_x(sample: JetSample, order: int) -> torch.Tensor:
    """Taylor coefficients of (x + h, t, u(x + h, t)) -> (order + 1, P, 3)."""
    x, t, _ = sample.points.unbind(-1)
    zero = torch.zeros_like(x)
    rows = [torch.stack([x, t, sample.derivatives[0]], -1)]
    for i in range(1, order + 1):
        step = torch.ones_like(x) if i == 1 else zero
        rows.append(torch.stack([step, zero, sample.derivatives[i] / math.factorial(i)], -1))
    return torch.stack(rows)


def _curve_in_t(sample: JetSample, slope: torch.Tensor) -> torch.Tensor:
    """Taylor coefficients of (x, t + h, u(x, t + h)) to first order -> (2, P, 3)."""
    direction = torch.stack([torch.zeros_like(slope), torch.ones_like(slope), slope], -1)
    return torch.stack([sample.points, direction])
