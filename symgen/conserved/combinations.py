"""Readable combinations of densities that stay constant: few terms, and small whole numbers where data allow them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sympy

from symgen.conserved.constancy import Constancy
from symgen.generators.formulas import nice_ratios

PIVOT = 0.05
"""Share of the largest coefficient that a term must have to be the one by which others are freed of it."""
NEGLIGIBLE = 1e-5
"""Share of the largest term below which a term is none."""
SURE = 4.0
"""Times its uncertainty that a term must have."""
FEWEST = 4
"""Solutions of which two halves tell how sure coefficients are."""
WORSE = 3.0
"""By which leaving terms out, or rounding their coefficients, may raise a ratio."""
LEAST = 1e-6
"""Ratio that they may raise it to in any case: solvers leave as much."""
RELATIVE = 1e-7, 0.1
"""Uncertainty of coefficients, at least and at most, within which they are taken for small rationals."""


@dataclass(frozen=True)
class Combination:
    """Weights (density,) in units of the densities' own sizes, and coefficients as they are written, by place."""

    weights: np.ndarray
    numbers: dict[int, sympy.Expr]

    def spread(self, places: np.ndarray, size: int) -> Combination:
        """The same in a library of that size, in which the densities have these places."""
        weights = np.zeros(size)
        weights[places] = self.weights
        return Combination(weights, {int(places[k]): number for k, number in self.numbers.items()})


def sparse_combinations(own: Constancy, sizes: np.ndarray, exact: np.ndarray, nearly: np.ndarray) -> list[Combination]:
    """Independent combinations in the span of the `exact` ones, then others in that of all, from rows (m, density)."""
    count = len(exact) + len(nearly)
    if not count:
        return []
    rows, pivots = _frame(exact, nearly)
    halves = [own.half(0), own.half(1)] if own.means.shape[1] >= FEWEST else []
    fitted = [_with_pivots(half.directions()[1][:count], pivots) for half in halves]
    doubts = np.zeros_like(rows)
    if len(sure := [half for half in fitted if half is not None]) == 2:
        doubts = np.abs(sure[0] - sure[1])
    return [_readable(own, sizes, row, doubt) for row, doubt in zip(rows, doubts, strict=True)]


def _frame(exact: np.ndarray, nearly: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """The exact ones by themselves, then the others freed of their terms."""
    rows, pivots = eliminated(exact)
    if len(nearly):
        rest = nearly - nearly[:, pivots] @ rows
        others, more = eliminated(rest)
        rows, pivots = np.concatenate([rows, others]), [*pivots, *more]
    return rows, pivots


def eliminated(rows: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Rows of the same span, each with a term of its own, as plain as possible: the first columns are the plainest."""
    rows, pivots = rows.copy(), []
    for step in range(len(rows)):
        sizes = np.abs(rows[step:])
        plain = (sizes >= PIVOT * sizes.max(1, keepdims=True)).any(0)
        column = int(plain.argmax())
        place = step + int(sizes[:, column].argmax())
        rows[[step, place]] = rows[[place, step]]
        rows[step] /= rows[step, column]
        others = np.arange(len(rows)) != step
        rows[others] -= rows[others, column, None] * rows[step]
        pivots.append(column)
    return rows, pivots


def _with_pivots(rows: np.ndarray, pivots: Sequence[int]) -> np.ndarray | None:
    """Rows of the same span with those terms of their own; None where they have not."""
    if len(rows) < len(pivots):
        return None
    matrix = rows[:, list(pivots)]
    return np.linalg.solve(matrix, rows) if np.linalg.cond(matrix) < 1e8 else None


def _readable(own: Constancy, sizes: np.ndarray, row: np.ndarray, doubt: np.ndarray) -> Combination:
    """With the terms that count, and rounded coefficients, where neither makes it worse."""
    before = own.ratio(row)
    limit = max(WORSE * before, LEAST)
    terms = np.flatnonzero(np.abs(row) > np.maximum(NEGLIGIBLE * np.abs(row).max(), SURE * doubt))
    kept = _refitted(own, row, terms)
    if not len(terms) or own.ratio(kept) > limit:
        terms, kept = np.flatnonzero(np.abs(row) > NEGLIGIBLE * np.abs(row).max()), row
    for term in terms[np.argsort(np.abs(kept[terms]))]:  # what varies too little to be told may be in it
        fewer = terms[terms != term]
        simpler = _refitted(own, row, fewer)
        if len(fewer) and own.ratio(simpler) <= limit:
            terms, kept = fewer, simpler
    values = kept[terms] / sizes[terms]
    uncertain = float((doubt[terms] / np.abs(kept[terms])).max())
    relative = float(np.clip(SURE * uncertain, *RELATIVE))
    digits = max(2, min(10, 2 - int(math.log10(relative))))
    numbers, _ = nice_ratios(values.tolist(), relative, digits)
    rounded = np.zeros_like(row)
    rounded[terms] = np.array([float(number) for number in numbers]) * sizes[terms]
    if own.ratio(rounded) > limit:
        numbers = [sympy.Float(value / values[0], 10) for value in values]
        rounded[terms] = values / values[0] * sizes[terms]
    return Combination(rounded, dict(zip(map(int, terms), numbers, strict=True)))


def _refitted(own: Constancy, row: np.ndarray, terms: np.ndarray) -> np.ndarray:
    """The best combination of these terms alone."""
    result = np.zeros_like(row)
    if not len(terms):
        return row
    rows = own.of(terms).directions()[1]
    result[terms] = rows[0] if len(rows) else row[terms]
    return result
