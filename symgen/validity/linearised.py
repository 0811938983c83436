"""The linearised symmetry condition of a system: how far data that are moved a little are from solving it.

d/ds of Delta(moved data) at the identity is pr V (Delta), a linear form in the total derivatives of V
(`symgen.equations.prolongation`), one for each equation. With the leading derivatives put in it is an identity in the
free jets, those that do not follow from the equations: any values will do as a sample of jet space, solution or not,
noisy or not, and a true generator vanishes to rounding. Free are all derivatives in x for u_t = F, those of u and u_t
for u_tt = F, and so on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy
import torch

from symgen.equations.prolongation import determining_forms
from symgen.equations.system import System
from symgen.exceptions import DataError
from symgen.expressions import CompiledExpressions
from symgen.generators.features import Features
from symgen.generators.space import Space
from symgen.jets.curves import CurveDerivatives
from symgen.jets.sample import JetSample
from symgen.jets.space import Jet, Orders


@dataclass(frozen=True)
class _Values:
    """What the condition needs at the points of a sample."""

    jets: dict[Jet, torch.Tensor]
    coefficients: list[torch.Tensor]
    """C[c, J] (terms, P) of every equation."""
    squares: torch.Tensor
    """(R, P): squared sizes of the terms of every equation."""


class LinearisedValidity:
    """The condition of every equation of a system that is solved for leading derivatives."""

    def __init__(self, system: System) -> None:
        self.system = system
        space = system.space
        self.forms = determining_forms(system)
        self._curves = CurveDerivatives(space, {orders for form in self.forms for _, orders in form})
        parts = [
            [system.on_solutions(part) for part in sympy.Add.make_args(sympy.expand(delta))]
            for delta in system.expressions
        ]
        self._counts = [len(self._curves.jets), *map(len, self.forms), *map(len, parts)]
        expressions = [
            *(system.reduce(jet) for jet in self._curves.jets),
            *(coefficient for form in self.forms for coefficient in form.values()),
            *(part for own in parts for part in own),
        ]
        self.jets = [jet for jet in space.jets(*expressions) if jet.order]
        """The free derivatives that are needed, the unknowns themselves left out."""
        self._arguments = [*space.coordinates, *map(space.symbol, self.jets)]
        self._evaluate = CompiledExpressions(self._arguments, expressions)

    @property
    def series_size(self) -> int:
        """Values that are computed of every feature at every point."""
        return self._curves.series_size

    def defined(self, sample: JetSample) -> torch.Tensor:
        """Whether all that the condition needs is finite at the points of a sample (P,)."""
        return torch.isfinite(self._evaluate(_arguments(sample))).all(0)

    def squares(self, sample: JetSample) -> torch.Tensor:
        """Squared sizes (R, P) of the terms of every equation; DataError as for `residual_matrix`."""
        return self._values(sample).squares

    def residual_matrix(self, features: Features, space: Space, sample: JetSample) -> tuple[torch.Tensor, torch.Tensor]:
        """pr V (Delta) of every feature in every component, and the squared sizes (R, P) of the equations' terms.

        The matrix is (R, P, d K), ordered (component, feature), for fields of unit size in normalised coordinates.
        Raises DataError where an equation has no finite value, as with sqrt(u) and negative u.
        """
        values = self._values(sample)
        total = self._curves(features.along, sample.points, values.jets, space.scale)
        matrix = []
        for form, coefficients in zip(self.forms, values.coefficients, strict=True):
            columns = [torch.zeros_like(total[self.system.space.none]) for _ in space.scale]
            for (component, orders), coefficient in zip(form, coefficients, strict=True):
                columns[component] = torch.addcmul(columns[component], coefficient[:, None], total[orders])
            matrix.append(torch.cat([c * scale for c, scale in zip(columns, space.scale, strict=True)], 1))
        return torch.stack(matrix), values.squares

    def residuals(self, fields: Sequence[Sequence[sympy.Expr]], sample: JetSample) -> torch.Tensor:
        """pr V (Delta) of fields given by formulas, in physical units: n rows of d expressions -> (n, R, P)."""
        values = self._values(sample)
        wanted = sorted({term for form in self.forms for term in form})
        parts = [self._differentiated(field[component], orders) for field in fields for component, orders in wanted]
        found = CompiledExpressions(self._arguments, parts)(_arguments(sample)).reshape(len(fields), len(wanted), -1)
        rows = []
        for form, coefficients in zip(self.forms, values.coefficients, strict=True):
            places = [wanted.index(term) for term in form]
            rows.append(torch.einsum("ap,nap->np", coefficients, found[:, places]))
        return torch.stack(rows, 1)

    def _values(self, sample: JetSample) -> _Values:
        found = self._evaluate(_arguments(sample))
        if not torch.isfinite(found).all():
            raise DataError(f"The {_named(self.system)} has no finite value at some points of the data.")
        jets, *rest = found.split(self._counts)
        equations = len(self.forms)
        return _Values(
            dict(zip(self._curves.jets, jets, strict=True)),
            list(rest[:equations]),
            torch.stack([part.square().sum(0) for part in rest[equations:]]),
        )

    def _differentiated(self, expression: sympy.Expr, orders: Orders) -> sympy.Expr:
        """D_J of a field's component, not multiplied out: (t - 1e8)^2 keeps its digits."""
        for axis, times in enumerate(orders):
            for _ in range(times):
                expression = self.system.total_derivative(expression, axis, expand=False)
        return expression


def _arguments(sample: JetSample) -> list[torch.Tensor]:
    return [*sample.points.unbind(-1), *sample.derivatives]


def _named(system: System) -> str:
    return f"{'equation' if len(system.expressions) == 1 else 'system'} {system}"
