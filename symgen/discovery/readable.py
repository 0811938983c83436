"""From the orthonormal fields of a spectrum to generators worth reading: unit fields with formulas.

Inside a group of exact symmetries the orthonormal fields are an arbitrary rotation of one another: what was
found is their span. So the basis of it that has formulas is shown; fields without one complete it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sympy
import torch

from symgen.discovery.gap import Gap, Rule, Status
from symgen.generators.closed_form import simplicity
from symgen.generators.features import Features
from symgen.generators.formulas import Formula, find_formulas
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import GeneratorRecord
from symgen.generators.space import Space

EXACT_TOLERANCE = 1e-6
LOOSE_TOLERANCE = 0.05
"""Largest angles (rad) between a formula and the fields that it stands for: in an exact span, and for one field that
is no exact symmetry. A family of accuracy a allows 10 a in an exact span."""


@dataclass(frozen=True)
class Judge:
    """How fields are measured: their space, the data's points, and the validity of fields as they are."""

    space: Space
    features: Features
    points: torch.Tensor
    of_coefficients: Callable[[torch.Tensor], torch.Tensor]
    """Library fields (n, d, K) -> validities (n,)."""
    of_formula: Callable[[Sequence[sympy.Expr]], float]

    def fields(self, coefficients: torch.Tensor) -> LibraryGenerators:
        """Library fields (n, d, K) as generators."""
        return LibraryGenerators(self.space, self.features, coefficients)

    def matrix(self, coefficients: torch.Tensor) -> torch.Tensor:
        """Field matrix of library fields (n, d, K)."""
        return field_matrix(self.fields(coefficients), self.points)


def readable_basis(
    judge: Judge, coefficients: torch.Tensor, gap: Gap, rule: Rule, stages: Sequence[Sequence[sympy.Expr]]
) -> tuple[list[GeneratorRecord], torch.Tensor]:
    """Records and coefficients of unit fields, ascending in validity, for orthonormal `coefficients` (n, d, K).

    Validities below the rounding of the spectrum are set to it; the shorter formula goes first among equals.
    """
    found: list[tuple[GeneratorRecord, torch.Tensor]] = []
    for status in ("exact", "approximate", "none"):
        places = [place for place in range(len(coefficients)) if gap.status(place) == status]
        if places:
            tolerance = max(EXACT_TOLERANCE, 10 * rule.accuracy) if status == "exact" else LOOSE_TOLERANCE
            found += _group(judge, coefficients[places], status, gap.rounding, stages, tolerance)
    found.sort(key=lambda item: item[0].validity)  # stable: a group's own order decides among equals
    return [record for record, _ in found], torch.stack([unit for _, unit in found])


def _group(
    judge: Judge,
    coefficients: torch.Tensor,
    status: Status,
    rounding: float,
    stages: Sequence[Sequence[sympy.Expr]],
    tolerance: float,
) -> list[tuple[GeneratorRecord, torch.Tensor]]:
    formulas: Sequence[Formula | None]
    if status == "exact":
        formulas, mixed = _rotated(judge, coefficients, stages, tolerance)
    else:  # validities differ from field to field, so these are explained one by one
        alone = [find_formulas(judge.fields(c[None]), judge.points, stages[:1], tolerance) for c in coefficients]
        formulas, mixed = [f[0] if f else None for f in alone], coefficients
        mixed = torch.stack([c * f.weights[0] if f else c for c, f in zip(mixed, formulas, strict=True)])
    sizes = norms(judge.matrix(mixed))
    unit = mixed / sizes[:, None, None]
    result = []
    for formula, size, field, validity in zip(formulas, sizes.tolist(), unit, judge.of_coefficients(unit), strict=True):
        record = GeneratorRecord(validity=max(float(validity), rounding), status=status)
        if formula:
            record = record.model_copy(
                update={
                    "formula": tuple(str(component) for component in formula.field),
                    "formula_error": formula.error,
                    "formula_validity": judge.of_formula(formula.field) / size,
                    "norm": size,
                }
            )
        result.append((record, field))
    return result


def _rotated(
    judge: Judge, coefficients: torch.Tensor, stages: Sequence[Sequence[sympy.Expr]], tolerance: float
) -> tuple[list[Formula | None], torch.Tensor]:
    """Formulas of the span, the shortest first, and the fields they stand for, completed by orthogonal ones."""
    formulas = find_formulas(judge.fields(coefficients), judge.points, stages, tolerance)
    formulas.sort(key=lambda formula: simplicity(formula.field))
    weights = coefficients.new_zeros(len(formulas), len(coefficients))
    for row, formula in zip(weights, formulas, strict=True):
        row.copy_(formula.weights)
    rest = len(coefficients) - len(formulas)
    if rest:
        triangular = torch.linalg.qr(judge.matrix(coefficients)).R
        spanned = torch.linalg.qr(triangular @ weights.T, mode="complete").Q
        orthogonal = torch.linalg.solve_triangular(triangular, spanned[:, -rest:], upper=True).T
        weights = torch.cat([weights, orthogonal])
    return [*formulas, *[None] * rest], torch.einsum("mn,ndk->mdk", weights, coefficients)
