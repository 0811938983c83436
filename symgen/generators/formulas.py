"""Formulas for a span of generators: a sparse basis of it in a dictionary of functions.

The fields of the span that lie in the dictionary's span are found by principal angles, brought to a sparse
basis by elimination, refitted on their few terms, and their coefficients written as small rationals where
they are that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import sympy
import torch

from symgen.expressions import CompiledExpressions
from symgen.generators.algebra import angles_to_basis
from symgen.generators.base import Generators
from symgen.generators.inner_product import field_matrix

LARGEST_DENOMINATOR = 24
SIMPLE_DENOMINATOR = 4
LARGEST_MULTIPLE = 1000
SPARSITY = 1e-3
"""Coefficients below this share of the largest, in unit features, are tried as zero."""
DEPENDENT = 0.01
"""A formula within this angle (rad) of those before it says nothing new."""


@dataclass(frozen=True)
class Formula:
    """One field of the span in closed form."""

    field: tuple[sympy.Expr, ...]
    """Components in physical units."""
    weights: torch.Tensor
    """(n,): it is the sum of weights_a V_a over the given generators."""
    error: float
    """Angle between the formula and the span, in radians."""
    rational: bool
    """Whether all coefficients are small rationals; else they are decimals."""


def find_formulas(
    generators: Generators,
    points: torch.Tensor,
    stages: Sequence[Sequence[sympy.Expr]],
    tolerance: float = 1e-6,
) -> list[Formula]:
    """Independent formulas within `tolerance` (rad) of the span of the generators, at most n of them.

    `stages` are dictionaries of scalar functions of the coordinates, the simplest first; every component may
    use all functions of a stage. Later stages are tried only while fields remain without a formula.
    """
    fields = field_matrix(generators, points)
    basis, triangular = torch.linalg.qr(fields)
    found: list[Formula] = []
    told = fields.new_zeros(len(fields), 0)  # orthonormal, with the span of the formulas found
    for stage in stages:
        if len(found) == generators.count:
            break
        for terms, columns in _sparse_fields(basis, points, generators, stage, tolerance):
            formula = _formula(terms, columns, basis, triangular, generators.space.dimension, tolerance)
            if formula is None:
                continue
            vector = (fields @ formula.weights)[:, None]
            if angles_to_basis(vector, told) > DEPENDENT:
                found.append(formula)
                told = torch.cat([told, _new_direction(vector, told)], 1)
    return found


def _new_direction(vector: torch.Tensor, basis: torch.Tensor) -> torch.Tensor:
    """What a column (rows, 1) adds to orthonormal ones, of unit size."""
    for _ in range(2):  # twice is enough (Giraud, Langou and Rozloznik 2005)
        vector = vector - basis @ (basis.T @ vector)
    return vector / torch.linalg.vector_norm(vector)


_Terms = list[tuple[int, sympy.Expr]]


def _sparse_fields(
    basis: torch.Tensor,
    points: torch.Tensor,
    generators: Generators,
    stage: Sequence[sympy.Expr],
    tolerance: float,
) -> list[tuple[_Terms, torch.Tensor]]:
    """Candidates: their terms (component, function) and the values of each term as a unit-free field."""
    d, n, count = generators.space.dimension, basis.shape[1], len(points)
    symbols = [sympy.Symbol(name, real=True) for name in generators.space.names]
    values = CompiledExpressions(symbols, stage)(points.unbind(-1)).T / count**0.5
    sizes = torch.linalg.vector_norm(values, dim=0)
    left, singular, right = torch.linalg.svd(values / sizes, full_matrices=False)
    independent = singular > 1e-9 * singular[0]
    left, singular, right = left[:, independent], singular[independent], right[independent]
    parts = basis.reshape(count, d, n).transpose(0, 1)
    inside = left.T @ parts
    _, sines, mixtures = torch.linalg.svd((parts - left @ inside).flatten(0, 1), full_matrices=False)
    mixtures = mixtures[sines <= tolerance]
    coefficients = torch.einsum("mk,dmn,rn->rdk", right / singular[:, None], inside, mixtures)
    candidates = []
    for row, share in product(
        eliminate(coefficients.flatten(1)), sorted({max(SPARSITY, 2 * tolerance), 2 * tolerance})
    ):
        support = (row.abs() > share * row.abs().max()).nonzero().flatten().tolist()
        terms = [(k // len(stage), stage[k % len(stage)]) for k in support]
        columns = points.new_zeros(count, d, len(support))
        for column, k in enumerate(support):
            component = k // len(stage)
            columns[:, component, column] = values[:, k % len(stage)] / generators.space.scale[component]
        candidates.append((terms, columns.flatten(0, 1)))
    return sorted(candidates, key=lambda c: len(c[0]))


def eliminate(matrix: torch.Tensor) -> torch.Tensor:
    """Reduced row echelon form by complete pivoting: the same row span, each pivot column in one row only."""
    rows = matrix.clone()
    for step in range(len(rows)):
        place = int(rows[step:].abs().argmax())
        pivot_row, pivot_column = step + place // rows.shape[1], place % rows.shape[1]
        rows[[step, pivot_row]] = rows[[pivot_row, step]]
        rows[step] = rows[step] / rows[step, pivot_column]
        others = torch.arange(len(rows)) != step
        rows[others] -= rows[others, pivot_column, None] * rows[step]
    return rows


def _formula(
    terms: _Terms,
    columns: torch.Tensor,
    basis: torch.Tensor,
    triangular: torch.Tensor,
    dimension: int,
    tolerance: float,
) -> Formula | None:
    """Refit the coefficients of the terms alone; None if that leaves the span by more than `tolerance`."""
    sizes = torch.linalg.vector_norm(columns, dim=0)
    unit = columns / sizes
    outside = unit - basis @ (basis.T @ unit)
    # smallest angle to the span among all fields with these terms, in an orthonormal frame of the terms
    mixing = torch.linalg.qr(unit).R
    in_frame = torch.linalg.solve_triangular(mixing, outside, upper=True, left=False)
    if not in_frame.isfinite().all():  # terms that are the same on these points
        return None
    _, sines, directions = torch.linalg.svd(in_frame, full_matrices=False)
    if float(sines[-1]) > tolerance:
        return None
    fitted = torch.linalg.solve_triangular(mixing, directions[-1][:, None], upper=True)[:, 0] / sizes
    if not (fitted.isfinite().all() and fitted.all()):  # terms that depend on the others, on these points
        return None
    accuracy = max(1e-12, 10 * float(sines[-1]))
    # a guard digit and one more, so that writing them costs nothing
    relative, digits = max(1e-10, 10 * accuracy), min(15, max(2, int(-math.log10(accuracy))) + 2)
    numbers, rational = nice_ratios(fitted.tolist(), relative, digits)
    vector = columns @ columns.new_tensor([float(v) for v in numbers])
    error = float(angles_to_basis(vector[:, None], basis))
    if error > max(tolerance, 1e-9):
        return None
    weights = torch.linalg.solve_triangular(triangular, (basis.T @ vector)[:, None], upper=True)[:, 0]
    field = [sympy.Integer(0)] * dimension
    for (component, function), number in zip(terms, numbers, strict=True):
        field[component] += number * function
    return Formula(tuple(field), weights, error, rational)


def nice_ratios(values: Sequence[float], relative: float, digits: int = 7) -> tuple[list[sympy.Expr], bool]:
    """The values times one common factor: small integers or rationals if they are that within `relative` (> 0).

    The other return value says whether they are; if not, the first value becomes 1 and the others decimals of
    so many digits, but for those that are simple by themselves.
    """
    best: list[Fraction] | None = None
    # with large denominators everything is near a rational: only so large that a match means something
    largest = min(LARGEST_DENOMINATOR, max(1, int((0.1 / relative) ** 0.5)))
    for unit in values:
        ratios = [value / unit for value in values]
        close = [Fraction(r).limit_denominator(largest) for r in ratios]
        fits = all(abs(c - r) <= relative * abs(r) for c, r in zip(close, ratios, strict=True))
        if fits and (best is None or _length(close) < _length(best)):
            best = close
    if best is None:
        return [_number(value / values[0], relative, digits) for value in values], False
    return whole_numbers([sympy.Rational(b.numerator, b.denominator) for b in best]), True


def _number(value: float, relative: float, digits: int) -> sympy.Expr:
    close = Fraction(value).limit_denominator(SIMPLE_DENOMINATOR)
    simple = 0 < abs(close) <= LARGEST_MULTIPLE and abs(close - value) <= relative * abs(value)
    return sympy.Rational(close.numerator, close.denominator) if simple else sympy.Float(value, digits)


def whole_numbers(values: Sequence[sympy.Rational]) -> list[sympy.Rational]:
    """The values times a common factor: whole numbers without a common divisor, the first of them positive.

    Where that takes a factor beyond LARGEST_MULTIPLE they stay fractions.
    """
    multiple = math.lcm(*(int(v.q) for v in values))
    if multiple <= LARGEST_MULTIPLE:
        divisor = math.gcd(*(int(v.p) * (multiple // int(v.q)) for v in values))
        values = [v * multiple / divisor for v in values]
    sign = 1 if next(v for v in values if v) > 0 else -1
    return [sign * v for v in values]


def _length(ratios: Sequence[Fraction]) -> int:
    return sum(len(str(ratio)) for ratio in ratios)
