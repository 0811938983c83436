"""Discovery of what leaves functions of points, or their density, as they are: from a condition to an artifact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy
import torch

from symgen.discovery.artifact import written
from symgen.discovery.condition import Family
from symgen.discovery.gap import Gap, Status, rounding_of
from symgen.discovery.point_counting import Verdicts, count_points, rule_of
from symgen.discovery.point_settings import PointSettings
from symgen.discovery.readable import Judge, readable_basis
from symgen.discovery.spectral import Spectrum
from symgen.exceptions import DataError
from symgen.generators.artifact import Artifact
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.domains import MovedPoints, PointsDomain
from symgen.generators.features import Features
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import DataRecord, GeneratorRecord
from symgen.generators.space import Space
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.jets.space import orders_of
from symgen.validity.moved_points import moved_points
from symgen.validity.points import PointValidity

KEPT = 8192
"""Points of the inner product that are written to files."""
SHOWN = 256
"""Of the specimen."""
RANDOM = 8
LOCAL = 1e-6
"""Change of what is invariant at the least scale, from which on a symmetry is one of the gradient only."""
LOCAL_ERROR = 100.0
"""The same, in units of the error of what is differentiated."""
Progress = Callable[[int, int], None]


def discover_points(
    validity: PointValidity,
    settings: PointSettings,
    device: str | torch.device = "cpu",
    progress: Progress | None = None,
) -> Artifact:
    """The fields along which what is judged changes least, from an eigenproblem on three quarters of the points.

    Their defects are measured on the others. `validity` is on the device of its data. Raises DataError for fewer points
    than unknowns, and for what is constant, not finite or without gradient.
    """
    problem = PointProblem(validity, settings)
    with torch.no_grad():
        spectrum = problem.solve()
        fields = problem.family.fields(spectrum.coefficients)
        defects, order = problem.measure(fields).sort()
        fields = fields[order]
        return _artifact(problem, fields, defects.tolist(), "spectral", progress)


class PointProblem:
    """The points to fit fields to and to judge them by, the family of fields, and the condition on both."""

    def __init__(self, validity: PointValidity, settings: PointSettings) -> None:
        self.validity, self.settings = validity, settings
        values = validity.data.values
        draw = torch.Generator().manual_seed(settings.seed)
        order = torch.randperm(len(values), generator=draw).to(values.device)
        held = max(1, round(settings.held_out * len(values)))
        self.held_out, self.fit = values[order[:held]], values[order[held:]]
        self.space = validity.space
        self.library = TotalDegreeLibrary.on(self.space.lower, self.space.upper, settings.total_degree)
        self.family = Family(self.library, self._span())
        self.points = validity.joint(self.fit).flatten(0, 1)
        self._require_enough()
        self.error, self.within = validity.error(self.held_out), validity.within(self.held_out)

    def solve(self) -> Spectrum:
        """All orthonormal fields of the family, those that meet the condition best first."""
        rows = self.validity.factor(self.library, self.fit)
        values = self.library.along(self.points[None])[0]
        matrix, features = self.family.restricted(rows, values)
        return self.family.solve(matrix, features / len(features) ** 0.5)

    def measure(self, fields: torch.Tensor) -> torch.Tensor:
        """Defects (n,) of fields (n, D, K), as unit fields, on the points held out."""
        size = norms(field_matrix(LibraryGenerators(self.space, self.library, fields), self._held_joint))
        return self.measured.of_coefficients(self.library, fields) / size

    @property
    def measured(self) -> PointMeasure:
        """The condition on the points held out."""
        if self._measured is None:
            factor = self.validity.factor(self.library, self.held_out)
            self._measured = PointMeasure(factor, self.library, self.space, self._held_joint)
        return self._measured

    _measured: PointMeasure | None = None

    @property
    def _held_joint(self) -> torch.Tensor:
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
        points = like.new_tensor(self.space.origin) + corners * like.new_tensor(self.space.scale)
        columns = torch.linalg.lstsq(self.library.along(points[None])[0], points).solution.T
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
        rows = len(self.fit) * max(1, len(self.validity.outputs))
        if rows < unknowns:
            raise DataError(
                f"{self.validity.data.count} points are too few for {unknowns} unknowns, the coefficients of "
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
        coefficients = torch.linalg.lstsq(self.features.along(self.points[None])[0], values).solution.T
        return float(self.of_coefficients(self.features, coefficients[None])[0])


def _artifact(
    problem: PointProblem, fields: torch.Tensor, defects: list[float], method: str, progress: Progress | None
) -> Artifact:
    """Fields (m, D, K) with ascending defects, counted, explained, and put to the test."""
    validity, settings, space, library = problem.validity, problem.settings, problem.space, problem.library
    verdicts = count_points(defects, problem.error, problem.within)
    symmetries = verdicts.exact + verdicts.approximate
    count = min(settings.n_generators or max(1, symmetries), len(fields))
    if settings.n_generators and settings.n_generators > len(fields):
        raise DataError(f"{settings.n_generators} generators were asked for; {len(fields)} independent fields exist.")
    rounding = max(problem.error, rounding_of(defects))
    judge = Judge(space, library, problem.points, problem.points, problem.measured)
    # what is fitted to data has approximate symmetries only, which are a span as exact ones are
    told = verdicts.exact or verdicts.approximate
    gap = Gap(exact=told, approximate=symmetries - told, ratio=verdicts.ratio, rounding=rounding)
    kept = fields[: max(count, told)]
    judges: dict[Status, Judge] = dict.fromkeys(("exact", "approximate", "none"), judge)
    rule = rule_of(problem.error, problem.within)
    if not verdicts.exact and verdicts.approximate:  # digits of formulas beyond what holds would mean nothing
        rule = rule.model_copy(update={"accuracy": max(rule.accuracy, min(0.01, defects[told - 1] / 3))})
    records, coefficients = readable_basis(judges, kept, gap, rule, [problem.dictionary()])
    generators = LibraryGenerators(space, library, coefficients[:count])
    moved = moved_points(validity, problem.held_out, generators, problem.random(), progress=progress)
    records, verdicts, warnings = _judged(records[:count], verdicts, moved, problem.error)
    return _written(problem, generators, records, verdicts, defects, moved, warnings, method)


def _judged(
    records: Sequence[GeneratorRecord], verdicts: Verdicts, moved: MovedPoints, error: float
) -> tuple[list[GeneratorRecord], Verdicts, list[str]]:
    """Records with their status; those that hold for gradients and not at finite scale are no exact symmetries."""
    judged, warnings, local = [], [], []
    limit = max(LOCAL, LOCAL_ERROR * error)
    for place, record in enumerate(records):
        status = verdicts.status(place)
        change = moved.generators[place][0]
        if status == "exact" and (change is None or change > limit):
            local.append(place + 1)
            status = "approximate"
        undecided = status == "none" and verdicts.undecided(record.defect)
        judged.append(record.model_copy(update={"status": status, "undecided": undecided}))
    if local:
        named = ", ".join(f"V{place}" for place in local)
        warnings.append(
            f"{named} leave the gradient's condition at rounding, but not what is judged when points are moved by "
            f"s = {moved.scales[0]:g}: it jumps, or is defined by parts. They are called approximate."
        )
    order = sorted(range(len(judged)), key=lambda i: ("exact", "approximate", "none").index(judged[i].status))
    assert order == sorted(order) or local
    fewer = replace(verdicts, exact=verdicts.exact - len(local), approximate=verdicts.approximate + len(local))
    return judged, fewer, warnings


def _written(
    problem: PointProblem,
    generators: LibraryGenerators,
    records: Sequence[GeneratorRecord],
    verdicts: Verdicts,
    defects: Sequence[float],
    moved: MovedPoints,
    warnings: Sequence[str],
    method: str,
    **arguments: Any,
) -> Artifact:
    validity, settings, data = problem.validity, problem.settings, problem.validity.data
    shown = problem.held_out[:SHOWN]
    order = sorted(range(len(records)), key=lambda i: ("exact", "approximate", "none").index(records[i].status))
    return written(
        LibraryGenerators(problem.space, problem.library, generators.coefficients[order]),
        problem.points[:KEPT],
        {"points": shown, "values": validity.values(shown)},
        settings,
        method=method,
        kind="library",
        library=problem.library.axes,
        total_degree=problem.library.degree,
        domain=PointsDomain(
            condition=validity.condition,
            name=validity.name,
            words=validity.words,
            columns=data.names,
            outputs=validity.outputs,
            particles=data.particles,
            library=settings.words,
            error=problem.error,
            surrogate=validity.surrogate,
            moved=moved.model_copy(update={"generators": tuple(moved.generators[i] for i in order)}),
        ),
        generators=tuple(records[i] for i in order),
        spectrum=tuple(defects),
        exact=verdicts.exact,
        approximate=verdicts.approximate,
        gap=verdicts.ratio,
        rounding=max(problem.error, rounding_of(defects)),
        rule=str(rule_of(problem.error, problem.within)),
        warnings=tuple(warnings),
        data=DataRecord(source=data.source, sha256=data.sha256, samples=data.count, notes=data.notes),
        **arguments,
    )
