"""Validity of generators for an equation: how far the moved data are from solving it.

Linearised at the identity, d/ds of Delta(moved data) is pr V (Delta), a linear form in V and its derivatives
(symgen.pde.prolongation). With the equation known it is an identity in the jets of u: any u will do as a
sample of jet space, solution or not, noisy or not, and a true generator vanishes to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy
import torch

from symgen.exceptions import UsageError
from symgen.expressions import compile_expressions
from symgen.generators.library import FeatureLibrary, outer
from symgen.generators.space import Space
from symgen.pde.equation import Equation
from symgen.pde.grammar import T, U, X, jet_symbol
from symgen.pde.jets import JetSample
from symgen.pde.prolongation import Term, determining_form


class LinearisedValidity:
    """The linearised symmetry condition of an equation in which x-derivatives are the only free jets."""

    def __init__(self, equation: Equation) -> None:
        if not equation.is_evolution:
            raise UsageError(
                f"{equation} is not of the form u_t = F(x, t, u, u_x, ...). Other equations are not supported yet."
            )
        form = determining_form(equation)
        self.equation = equation
        self.terms: list[Term] = list(form)
        parts = sympy.Add.make_args(sympy.expand(equation.expression))
        solved = {jet_symbol(jet): equation.reduce(jet) for jet in equation.jets(equation.expression)}
        on_solutions = [part.subs(solved, simultaneous=True) for part in parts]
        expressions = [*form.values(), *on_solutions]
        self.highest = max(jet[0] for e in expressions for jet in equation.jets(e))
        """Highest x-derivative of u that is needed."""
        jets = [jet_symbol((order, 0)) for order in range(self.highest + 1)]
        self._evaluate = compile_expressions([X, T, *jets], expressions)

    def coefficients(self, sample: JetSample) -> tuple[torch.Tensor, torch.Tensor]:
        """C[c, alpha] at the points (terms, P), and the squared size of the equation's terms (P,)."""
        x, t, _ = sample.points.unbind(-1)
        values = self._evaluate([x, t, *sample.derivatives])
        return values[: len(self.terms)], values[len(self.terms) :].square().sum(0)

    def residual_matrix(
        self, library: FeatureLibrary, space: Space, sample: JetSample
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """pr V (Delta) of every library feature in every component, and the squared size of the terms (P,).

        The matrix is (P, 3 K), ordered (component, feature), for fields of unit size in normalised coordinates.
        """
        coefficients, size = self.coefficients(sample)
        by_term = dict(zip(self.terms, coefficients, strict=True))
        orders = {i: max((alpha[i] for _, alpha in self.terms), default=0) for i in range(3)}
        in_x, in_t, in_u = library.tables(sample.points, orders)
        blocks = []
        for component in range(3):
            block = sample.points.new_zeros(len(sample.points), in_x[0].shape[1], in_t[0].shape[1], in_u[0].shape[1])
            for j, t_values in enumerate(in_t):
                # sum over i and k first: the product with the functions of t, the largest, is made once per j
                by_u = {
                    k: [
                        by_term[key][:, None] * x_values
                        for i, x_values in enumerate(in_x)
                        if (key := (component, (i, j, k))) in by_term
                    ]
                    for k in range(len(in_u))
                }
                parts = [outer(sum(x_parts[1:], x_parts[0]), in_u[k]) for k, x_parts in by_u.items() if x_parts]
                if parts:
                    in_space = sum(parts[1:], parts[0]).reshape(len(block), block.shape[1], 1, block.shape[3])
                    block.addcmul_(in_space, t_values[:, None, :, None])
            blocks.append(block.flatten(1) * space.scale[component])
        return torch.cat(blocks, dim=1), size

    def residuals(self, fields: Sequence[Sequence[sympy.Expr]], sample: JetSample) -> torch.Tensor:
        """pr V (Delta) of fields given by formulas, in physical units: n rows of 3 expressions -> (n, P)."""
        coefficients, _ = self.coefficients(sample)
        partials = [
            sympy.diff(field[component], (X, alpha[0]), (T, alpha[1]), (U, alpha[2]))
            for field in fields
            for component, alpha in self.terms
        ]
        values = compile_expressions([X, T, U], partials)(sample.points.unbind(-1))
        return torch.einsum("ap,nap->np", coefficients, values.reshape(len(fields), len(self.terms), -1))
