"""From the orthonormal fields of a spectrum to generators worth reading: unit fields with formulas.

Inside a group of exact symmetries the orthonormal fields are an arbitrary rotation of one another: what was
found is their span. So the basis of it that has formulas is shown; fields without one complete it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy
import torch

from symgen.discovery.condition import Measure
from symgen.discovery.gap import Gap, Rule, Status
from symgen.generators.algebra import angles_to_span
from symgen.generators.closed_form import ClosedFormGenerators, simplicity
from symgen.generators.features import Features
from symgen.generators.formulas import Formula, find_formulas
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import GeneratorRecord
from symgen.generators.origin import about_origin
from symgen.generators.space import Space
from symgen.least_squares import least_squares

EXACT_TOLERANCE = 1e-6
LOOSE_TOLERANCE = 0.05
"""Largest angles (rad) between a formula and the fields that it stands for: in an exact span, and for one field that
is no exact symmetry. A family of accuracy a allows 10 a in an exact span."""
SURE = 1e-9
AS_GOOD = 3.0
"""A formula of exact symmetries is given if its own defect is at most SURE, or this many times the fields'."""
DEPENDENT = 1e-7
"""Fields that are closer than this on the data are told apart on free points."""


@dataclass(frozen=True)
class _Near:
    """A formula that is near a field, but not as valid."""

    formula: Formula


_Explained = Formula | _Near | None


@dataclass(frozen=True)
class Judge:
    """How fields are measured: their space, the data's points, and the condition that gives their defect."""

    space: Space
    features: Features
    points: torch.Tensor
    """(P, d): of the data, for norms."""
    spread: torch.Tensor
    """(Q, d): points over which fields are compared with formulas."""
    condition: Measure

    def fields(self, coefficients: torch.Tensor) -> LibraryGenerators:
        """Library fields (n, d, K) as generators."""
        return LibraryGenerators(self.space, self.features, coefficients)

    def matrix(self, coefficients: torch.Tensor, points: torch.Tensor | None = None) -> torch.Tensor:
        """Field matrix of library fields (n, d, K), over the data's points if none are given."""
        return field_matrix(self.fields(coefficients), self.points if points is None else points)

    def size(self, coefficients: torch.Tensor) -> torch.Tensor:
        """Norms (n,) of library fields (n, d, K) on the data; those that vanish there have a little of another."""
        on_data, spread = (norms(self.matrix(coefficients, points)) for points in (self.points, self.spread))
        return torch.maximum(on_data, DEPENDENT * spread)

    def defect(self, coefficients: torch.Tensor) -> torch.Tensor:
        """Defects (n,) of library fields (n, d, K), as they are."""
        return self.condition.of_coefficients(self.features, coefficients)


def readable_basis(
    judges: Mapping[Status, Judge],
    coefficients: torch.Tensor,
    gap: Gap,
    rule: Rule,
    stages: Sequence[Sequence[sympy.Expr]],
    known: Sequence[Sequence[sympy.Expr]] = (),
) -> tuple[list[GeneratorRecord], torch.Tensor]:
    """Records and coefficients of unit fields, ascending in defect, for orthonormal `coefficients` (n, d, K).

    `known` are formulas of the exact ones, if they need not be sought.

    Defects below the rounding of the spectrum are set to it; the shorter formula goes first among equals.
    """
    found: list[tuple[GeneratorRecord, torch.Tensor]] = []
    for status, judge in judges.items():
        places = [place for place in range(len(coefficients)) if gap.status(place) == status]
        if places:
            if status == "exact":
                tolerance, sure = max(EXACT_TOLERANCE, 10 * rule.accuracy), max(SURE, rule.accuracy)
                formulas, mixed = _exact(judge, coefficients[places], stages, known, tolerance, sure)
            else:
                limit = rule.approximate_limit if status == "approximate" else math.inf
                formulas, mixed = _alone(judge, coefficients[places], stages, LOOSE_TOLERANCE, limit)
            found += sorted(_records(judge, formulas, mixed, status, gap.rounding), key=lambda item: item[0].defect)
    # stable: a group's own order decides among equals
    return [record for record, _ in found], torch.stack([unit for _, unit in found])


def _records(
    judge: Judge, formulas: Sequence[_Explained], fields: torch.Tensor, status: Status, rounding: float
) -> list[tuple[GeneratorRecord, torch.Tensor]]:
    sizes = judge.size(fields)
    unit = fields / sizes[:, None, None]
    result = []
    for formula, size, field, defect in zip(formulas, sizes.tolist(), unit, judge.defect(unit), strict=True):
        record = GeneratorRecord(defect=max(float(defect), rounding), status=status)
        if isinstance(formula, _Near):
            found = formula.formula
            record = record.model_copy(update={"near": _strings(found), "near_error": found.error})
        elif formula:
            record = record.model_copy(
                update={
                    "formula": _strings(formula),
                    "formula_error": formula.error,
                    "formula_defect": judge.condition.of_formula(formula.field) / size,
                    "norm": size,
                }
            )
        result.append((record, field))
    return result


def _alone(
    judge: Judge, coefficients: torch.Tensor, stages: Sequence[Sequence[sympy.Expr]], tolerance: float, limit: float
) -> tuple[list[_Explained], torch.Tensor]:
    """Formulas of fields, one by one, as their defects differ; and the fields in the size of these."""
    formulas: list[_Explained] = []
    fields = coefficients.clone()
    for place, field in enumerate(coefficients):
        found = find_formulas(judge.fields(field[None]), judge.spread, stages[:1], tolerance)
        if good := _as_good(judge, found, field[None], limit):
            fields[place] = field * good[0].weights[0]
        formulas += good or [_Near(f) for f in found] or [None]
    return formulas, fields


def _exact(
    judge: Judge,
    coefficients: torch.Tensor,
    stages: Sequence[Sequence[sympy.Expr]],
    known: Sequence[Sequence[sympy.Expr]],
    tolerance: float,
    sure: float,
) -> tuple[list[_Explained], torch.Tensor]:
    """Formulas of the span, the shortest first, and the fields they stand for, completed by orthogonal ones."""
    if known:
        sought = _given(judge, coefficients, known)
    else:
        sought = find_formulas(judge.fields(coefficients), judge.spread, stages, tolerance)
    sizes = norms(judge.matrix(coefficients, judge.spread))
    limit = max(sure, AS_GOOD * float((judge.defect(coefficients) / sizes).max()))
    formulas = about_origin(_as_good(judge, sought, coefficients, limit), judge.space)
    formulas.sort(key=lambda formula: simplicity(formula.field))
    weights = coefficients.new_zeros(len(formulas), len(coefficients))
    for row, formula in zip(weights, formulas, strict=True):
        row.copy_(formula.weights)
    rest = len(coefficients) - len(formulas)
    if rest:
        triangular = torch.linalg.qr(judge.matrix(coefficients)).R
        diagonal = triangular.diagonal().abs()
        if diagonal.min() <= DEPENDENT * diagonal.max():
            triangular = torch.linalg.qr(judge.matrix(coefficients, judge.spread)).R
        spanned = torch.linalg.qr(triangular @ weights.T, mode="complete").Q
        orthogonal = torch.linalg.solve_triangular(triangular, spanned[:, -rest:], upper=True).T
        weights = torch.cat([weights, orthogonal])
    return [*formulas, *[None] * rest], torch.einsum("mn,ndk->mdk", weights, coefficients)


def _given(judge: Judge, coefficients: torch.Tensor, known: Sequence[Sequence[sympy.Expr]]) -> list[Formula]:
    """Formulas that are known, as combinations of the fields (n, d, K)."""
    span = judge.matrix(coefficients, judge.spread)
    true = field_matrix(ClosedFormGenerators(judge.space, known), judge.spread)
    weights, errors = least_squares(span, true).T, angles_to_span(true, span).tolist()
    return [Formula(tuple(f), w, e, True) for f, w, e in zip(known, weights, errors, strict=True)]


def _as_good(judge: Judge, formulas: Sequence[Formula], coefficients: torch.Tensor, limit: float) -> list[Formula]:
    """Formulas of the span of fields (n, d, K) whose own defect, as unit fields, is within the limit."""
    good = []
    for formula in formulas:
        field = torch.einsum("n,ndk->dk", formula.weights, coefficients)[None]
        size = float(norms(judge.matrix(field, judge.spread)))
        if judge.condition.of_formula(formula.field) <= limit * size:
            good.append(formula)
    return good


def _strings(formula: Formula) -> tuple[str, ...]:
    return tuple(str(component) for component in formula.field)
