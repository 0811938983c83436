"""The linearised symmetry condition of a system on samples of jet space, for discovery without algebra.

pr V (Delta) is linear in V (`symgen.equations.prolongation`): one block of rows for each equation. With the leading
derivatives eliminated it is an identity in the free jets, so that any values of these will do as a sample.
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
from symgen.jets.curves import CurveDerivatives
from symgen.jets.space import Jet


@dataclass(frozen=True)
class SystemJets:
    """P points of jet space, physical units."""

    points: torch.Tensor
    """(P, d): the coordinates of M."""
    derivatives: torch.Tensor
    """(jets, P), in the order of `SystemValidity.jets`."""

    def at(self, places: torch.Tensor) -> SystemJets:
        """The points of these places."""
        return SystemJets(self.points[places], self.derivatives[:, places])


class SystemValidity:
    """The condition of every equation of a system that is solved for leading derivatives."""

    def __init__(self, system: System) -> None:
        self.system = system
        space = system.space
        self._forms = determining_forms(system)
        self._curves = CurveDerivatives(space, {orders for form in self._forms for _, orders in form})
        sizes = [
            [system.on_solutions(part) for part in sympy.Add.make_args(sympy.expand(delta))]
            for delta in system.expressions
        ]
        self._counts = [len(parts) for parts in sizes]
        expressions = [
            *(system.reduce(jet) for jet in self._curves.jets),
            *(coefficient for form in self._forms for coefficient in form.values()),
            *(part for parts in sizes for part in parts),
        ]
        self.jets = [jet for jet in space.jets(*expressions) if jet.order]
        """The free derivatives that are needed."""
        self._evaluate = CompiledExpressions([*space.coordinates, *map(space.symbol, self.jets)], expressions)

    @property
    def series_size(self) -> int:
        """Values that `matrix` computes of every feature at every point."""
        return self._curves.series_size

    def matrix(self, features: Features, sample: SystemJets, scale: Sequence[float] | None = None) -> torch.Tensor:
        """Rows (R, P, d K), ordered (component, feature), each relative to the size of its equation's terms.

        `scale` (d,) makes them those of fields of unit size in normalised coordinates. Raises DataError where an
        equation has no finite value.
        """
        values = self._evaluate([*sample.points.unbind(-1), *sample.derivatives])
        if not torch.isfinite(values).all():
            raise DataError(f"The system {self.system} has no finite value at some points of the data.")
        jets, values = values[: len(self._curves.jets)], values[len(self._curves.jets) :]
        table: dict[Jet, torch.Tensor] = dict(zip(self._curves.jets, jets, strict=True))
        total = self._curves(features.along, sample.points, table)
        coefficients = list(values[: sum(map(len, self._forms))])
        parts = list(values[len(coefficients) :])
        factors = scale or [1.0] * len(self.system.space.names)
        blocks = []
        for form, count in zip(self._forms, self._counts, strict=True):
            columns = [torch.zeros_like(total[self.system.space.none]) for _ in factors]
            for (component, orders), coefficient in zip(form, coefficients[: len(form)], strict=True):
                columns[component] = columns[component] + coefficient[:, None] * total[orders] * factors[component]
            size = torch.stack(parts[:count]).square().sum(0).sqrt()
            blocks.append(torch.cat(columns, 1) / size[:, None])
            del coefficients[: len(form)], parts[:count]
        return torch.stack(blocks)

    def sizes(self, sample: SystemJets) -> torch.Tensor:
        """Sizes (R, P) of the terms of every equation; not finite where the system has no value."""
        values = self._evaluate([*sample.points.unbind(-1), *sample.derivatives])
        finite = torch.isfinite(values).all(0)
        parts = values[len(values) - sum(self._counts) :].split(self._counts)
        sizes = torch.stack([part.square().sum(0).sqrt() for part in parts])
        return torch.where(finite, sizes, torch.nan)


def random_jets(validity: SystemValidity, count: int, seed: int) -> SystemJets:
    """Points with coordinates uniform in -1..1 and normal derivatives, float64."""
    draw = torch.Generator().manual_seed(seed)
    d = len(validity.system.space.names)
    points = 2 * torch.rand(count, d, dtype=torch.float64, generator=draw) - 1
    return SystemJets(points, torch.randn(len(validity.jets), count, dtype=torch.float64, generator=draw))


def free_jet_matrix(
    system: System, features: Features, jets: SystemJets, scale: Sequence[float] | None = None
) -> torch.Tensor:
    """Rows (R P, d K) of the condition on free jets, for the features in every component; see `SystemValidity`."""
    return SystemValidity(system).matrix(features, jets, scale).flatten(0, 1)
