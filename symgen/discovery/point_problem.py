"""What every method of discovery needs of points: those to fit fields to, those to judge them by, and the condition."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import sympy
import torch

from symgen.cost import Cost, require_affordable
from symgen.discovery.condition import Family
from symgen.discovery.point_settings import PointSettings
from symgen.discovery.spectral import Spectrum
from symgen.discovery.surfaces import keeping
from symgen.exceptions import DataError
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.features import Features
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.library import LibraryGenerators
from symgen.generators.space import Space
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.jets.space import orders_of
from symgen.least_squares import least_squares
from symgen.validity.points import PointValidity

RANDOM = 8
"""Fields of random coefficients that others are compared with."""
GENTLE = 1e-5
"""Rate of change along a field, over the largest at the same point, that is no rounding."""
FORMULA_POINTS = 4096
"""Over which fields are compared with formulas."""
LEAST_HELD_OUT = 16
"""Points, where these are no more than a quarter, whatever share is asked for."""
COMPARED = 2048
"""Points at which rates are compared one by one."""


class PointProblem:
    """The points to fit fields to and to judge them by, the family of fields, and the condition on both."""

    def __init__(self, validity: PointValidity, settings: PointSettings) -> None:
        self.validity, self.settings = validity, settings
        values = validity.data.values
        draw = torch.Generator().manual_seed(settings.seed)
        order = torch.randperm(len(values), generator=draw).to(values.device)
        share = settings.held_out or validity.share_held_out
        held = max(round(share * len(values)), min(LEAST_HELD_OUT, len(values) // 4))
        self.held_out, self.fit = values[order[:held]], values[order[held:]]
        self.space = validity.space
        columns = self.space.dimension * math.comb(self.space.dimension + settings.total_degree, settings.total_degree)
        cost = Cost(16.0 * columns**2, 2e-9 * float(columns) ** 3)
        require_affordable(f"An eigenproblem of {columns} fields", cost, "Take a lower --degree, or fewer --columns.")
        self.library = TotalDegreeLibrary.on(self.space.lower, self.space.upper, settings.total_degree)
        span = self._span()
        kept = keeping(validity, self.library, span) if validity.surrogate else None
        self.on_surface = kept is not None
        """Whether all points lie on a surface, to which the fields keep."""
        self.family = Family(self.library, span if kept is None else kept)
        self.points = validity.joint(self.fit).flatten(0, 1)
        self._require_enough()
        self.resolution = validity.resolution(self.fit, self.held_out)

    @property
    def words(self) -> str:
        """The family of fields, for people."""
        surface = " that keep to the surface on which all points lie" if self.on_surface else ""
        return f"{self.settings.words}{surface}"

    def solve(self) -> Spectrum:
        """All orthonormal fields of the family, those that meet the condition best first."""
        rows = self.validity.factor(self.library, self.fit)
        values = self.library.along(self.points[None])[0]
        matrix, features = self.family.restricted(rows, values)
        return self.family.solve(matrix, features / len(features) ** 0.5)

    def measure(self, fields: torch.Tensor) -> torch.Tensor:
        """Defects (n,) of fields (n, D, K), as unit fields, on the points held out."""
        size = norms(field_matrix(LibraryGenerators(self.space, self.library, fields), self.held_joint))
        return self.measured.of_coefficients(self.library, fields) / size

    def gentle(self, fields: torch.Tensor) -> torch.Tensor:
        """Shares (n,) of held-out conditions that fields (n, D, K) do not meet, each beside its own steepness.

        Defects are root mean squares, to which gentle places add nothing where others are far steeper.
        """
        if not len(fields):
            return fields.new_zeros(0)
        rows = self.validity.rows(self.library, self.held_out[:COMPARED])
        steep = torch.linalg.vector_norm(rows, dim=1)
        changes = rows @ fields.flatten(1).T
        sizes = torch.linalg.vector_norm(fields.flatten(1), dim=1)
        return (changes.abs() > GENTLE * steep[:, None] * sizes).double().mean(0)

    @property
    def free(self) -> torch.Tensor:
        """Points fitted to, with values of others (P, D): formulas of fields on points have no values in them."""
        d, k = self.validity.data.dimension, self.validity.data.particles
        some = self.points[:FORMULA_POINTS]
        return torch.cat([some[:, :d], some[:, d:].roll(k, 0)], 1)

    @property
    def measured(self) -> PointMeasure:
        """The condition on the points held out."""
        if self._measured is None:
            factor = self.validity.factor(self.library, self.held_out)
            self._measured = PointMeasure(factor, self.library, self.space, self.held_joint)
        return self._measured

    _measured: PointMeasure | None = None

    @property
    def held_joint(self) -> torch.Tensor:
        """Points held out, of all particles, in the coordinates of the space (P, D)."""
        return self.validity.joint(self.held_out).flatten(0, 1)

    def random(self) -> LibraryGenerators:
        """Unit fields of the family with random coefficients."""
        draw = torch.Generator().manual_seed(self.settings.seed)
        span = self.family.span
        count = len(span) if span is not None else self.space.dimension * self.library.size
        weights = torch.randn(RANDOM, count, generator=draw, dtype=torch.float64).to(self.points)
        if span is None:
            fields = weights.unflatten(1, (self.space.dimension, self.library.size))
        else:
            fields = torch.einsum("rn,nik->rik", weights, span)
        generators = LibraryGenerators(self.space, self.library, fields)
        size = norms(field_matrix(generators, self.points))
        return LibraryGenerators(self.space, self.library, fields / size[:, None, None])

    def dictionary(self) -> list[sympy.Expr]:
        """Monomials in the coordinates up to the degree of the fields."""
        symbols = [sympy.Symbol(name, real=True) for name in self.space.names]
        degrees = range(self.settings.total_degree + 1)
        return [
            sympy.Mul(*(s**n for s, n in zip(symbols, orders, strict=True)))
            for total in degrees
            for orders in orders_of(len(symbols), total)
        ]

    def _span(self) -> torch.Tensor | None:
        """Fields to combine (n, D, K), where they are not all of the library."""
        like = self.validity.data.values
        allowed = self.validity.allowed(self.library)
        if self.settings.degree is None and self.settings.library == "linear":
            return self._linear(allowed, like)
        if allowed is None:
            return None
        d, k = allowed.shape
        return torch.eye(d * k).to(like)[allowed.flatten()].unflatten(1, (d, k))

    def _linear(self, allowed: torch.Tensor | None, like: torch.Tensor) -> torch.Tensor:
        """z_j d/dz_i as fields of the library: about the origin, not about the middle of the data."""
        d, k = self.space.dimension, self.library.size
        corners = torch.cat([torch.eye(d), -torch.eye(d), torch.zeros(1, d)]).to(like)
        scale = like.new_tensor(self.space.scale)
        points = like.new_tensor(self.space.origin) + corners * scale
        # in units of the scales: fields of very different size would not all count as independent
        columns = least_squares(self.library.along(points[None])[0], points / scale).T
        uses = [[degrees[j] > 0 for degrees in self.library.degrees] for j in range(d)]
        fields = []
        for i in range(d):
            for j in range(d):
                place = uses[j].index(True)
                if allowed is None or allowed[i, place]:
                    field = like.new_zeros(d, k)
                    field[i] = columns[j]
                    fields.append(field)
        return torch.stack(fields)

    def _require_enough(self) -> None:
        span = self.family.span
        unknowns = len(span) if span is not None else self.space.dimension * self.library.size
        distinct = len(torch.unique(self.fit.flatten(1), dim=0))  # what is said twice is one condition
        rows = distinct * max(1, len(self.validity.outputs))
        if rows < unknowns:
            count = f"{self.validity.data.count} points"
            if distinct < len(self.fit):
                count += f" ({distinct} different ones to fit to)"
            raise DataError(
                f"{count} are too few for {unknowns} unknowns, the coefficients of "
                f"{self.settings.words} in {', '.join(self.space.names)}: {rows} conditions are left when some points "
                "are held out. Give more points, or a smaller --library."
            )


@dataclass(frozen=True)
class PointMeasure:
    """The condition as one matrix."""

    factor: torch.Tensor
    features: TotalDegreeLibrary
    space: Space
    points: torch.Tensor

    def of_coefficients(self, features: Features, coefficients: torch.Tensor) -> torch.Tensor:
        """Defects (n,) of fields (n, D, K), as they are."""
        return torch.linalg.vector_norm(self.factor @ coefficients.flatten(1).T, dim=0)

    def of_formula(self, field: Sequence[sympy.Expr]) -> float:
        """Defect of a polynomial field in physical units, as it is."""
        values = self.space.normalise_fields(ClosedFormGenerators(self.space, [field])(self.points))[0]
        coefficients = least_squares(self.features.along(self.points[None])[0], values).T
        return float(self.of_coefficients(self.features, coefficients[None])[0])
