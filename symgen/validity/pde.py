"""Validity of generators for an equation: how far the moved data are from solving it.

Linearised at the identity, d/ds of Delta(moved data) is pr V (Delta), a linear form in the total derivatives of V
(symgen.equations.prolongation). With the equation known it is an identity in the free jets of u, those that do not
follow from the equation: any values will do as a sample of jet space, solution or not, noisy or not, and a true
generator vanishes to rounding. Free are all derivatives in x for u_t = F, those of u and u_t for u_tt = F, and so on.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy
import torch

from symgen.equations.prolongation import determining_forms
from symgen.exceptions import DataError
from symgen.expressions import CompiledExpressions
from symgen.generators.features import Features
from symgen.generators.space import Space
from symgen.pde.equation import Equation
from symgen.pde.grammar import Jet, T, X, jet_symbol
from symgen.pde.jets import JetSample
from symgen.validity.total_derivatives import TotalDerivatives


class LinearisedValidity:
    """The linearised symmetry condition of an equation that is solved for its leading derivative."""

    def __init__(self, equation: Equation) -> None:
        form = determining_forms(equation.system)[0]
        self.equation = equation
        self.terms: list[tuple[int, Jet]] = [(c, (orders[0], orders[1])) for c, orders in form]
        self._total = TotalDerivatives({jet for _, jet in self.terms})
        solved = {jet_symbol(jet): equation.reduce(jet) for jet in equation.jets(equation.expression)}
        parts = sympy.Add.make_args(sympy.expand(equation.expression))
        on_solutions = [part.subs(solved, simultaneous=True) for part in parts]
        expressions = [*(equation.reduce(jet) for jet in self._total.jets), *form.values(), *on_solutions]
        free = {jet for e in expressions for jet in equation.jets(e)}
        latest = max((j for _, j in free), default=0)
        highest = [max((i for i, j in free if j == k), default=0) for k in range(latest + 1)]
        self.jets = [(i, j) for j, most in enumerate(highest) for i in range(most + 1)]
        """The free derivatives of u that are needed; u_x, u_xx, ... first, then those of u_t, and so on."""
        self._arguments = [X, T, *map(jet_symbol, self.jets)]
        self._evaluate = CompiledExpressions(self._arguments, expressions)

    def coefficients(self, sample: JetSample) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Derivatives of u (jets, P), C[c, J] (terms, P) and the squared size of the equation's terms (P,).

        Raises DataError where they are not finite, as with sqrt(u) in the equation and negative u.
        """
        values = self._evaluate(_values(sample))
        if not torch.isfinite(values).all():
            raise DataError(f"The equation {self.equation} has no finite value at some points of the data.")
        jets, terms = len(self._total.jets), len(self.terms)
        return values[:jets], values[jets : jets + terms], values[jets + terms :].square().sum(0)

    def defined(self, sample: JetSample) -> torch.Tensor:
        """Whether all that the condition needs is finite at the points of a sample (P,)."""
        return torch.isfinite(self._evaluate(_values(sample))).all(0)

    def residual_matrix(self, features: Features, space: Space, sample: JetSample) -> tuple[torch.Tensor, torch.Tensor]:
        """pr V (Delta) of every feature in every component, and the squared size of the equation's terms (P,).

        The matrix is (P, 3 K), ordered (component, feature), for fields of unit size in normalised coordinates.
        """
        jets, coefficients, size = self.coefficients(sample)
        total = self._total(features, space, sample.points, jets)
        blocks = []
        for component in range(3):
            block = torch.zeros_like(total[0, 0])
            for (c, jet), coefficient in zip(self.terms, coefficients, strict=True):
                if c == component:
                    block = torch.addcmul(block, coefficient[:, None], total[jet])
            blocks.append(block * space.scale[component])
        return torch.cat(blocks, dim=1), size

    def residuals(self, fields: Sequence[Sequence[sympy.Expr]], sample: JetSample) -> torch.Tensor:
        """pr V (Delta) of fields given by formulas, in physical units: n rows of 3 expressions -> (n, P)."""
        _, coefficients, _ = self.coefficients(sample)
        parts = [self._differentiated(field[component], jet) for field in fields for component, jet in self.terms]
        values = CompiledExpressions(self._arguments, parts)(_values(sample))
        return torch.einsum("ap,nap->np", coefficients, values.reshape(len(fields), len(self.terms), -1))

    def _differentiated(self, expression: sympy.Expr, jet: tuple[int, int]) -> sympy.Expr:
        """D_J of a field's component, not multiplied out: (t - 1e8)^2 keeps its digits."""
        for direction, times in enumerate(jet):
            for _ in range(times):
                expression = self.equation.total_derivative(expression, direction, expand=False)
        return expression


def _values(sample: JetSample) -> list[torch.Tensor]:
    x, t, _ = sample.points.unbind(-1)
    return [x, t, *sample.derivatives]
