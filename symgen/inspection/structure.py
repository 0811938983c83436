"""What kind of Lie algebra brackets make: solvable, nilpotent, semisimple, its derived algebra and its centre."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from symgen.inspection.brackets import Bracket

RANK = 1e-9
"""Singular values below this share of the largest are rounding."""


class Structure(BaseModel):
    """Of a closed algebra of vector fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dimension: int
    kind: str
    """abelian, nilpotent, solvable, semisimple, or neither solvable nor semisimple."""
    derived: int
    """Dimension of the span of all brackets."""
    centre: int
    """Dimension of what commutes with everything."""
    radical: int
    """Dimension of the largest solvable ideal."""

    def __str__(self) -> str:
        parts = [f"closed, of dimension {self.dimension}", self.kind]
        if self.kind != "abelian":
            parts += [f"its brackets span {self.derived}", f"centre of dimension {self.centre}"]
        if 0 < self.radical < self.dimension:
            parts.append(f"radical of dimension {self.radical}")
        return "; ".join(parts)


def structure_of(brackets: Sequence[Bracket], dimension: int) -> Structure | None:
    """The structure of the algebra that fields with those brackets span; None where brackets leave the span.

    Radical and semisimplicity by Cartan's criteria on the Killing form (Jacobson, Lie Algebras, chapter III).
    """
    if dimension < 2 or any(bracket.closure_error > RANK for bracket in brackets):
        return None
    table = np.zeros((dimension, dimension, dimension))
    for bracket in brackets:
        for c, value in bracket.constants.items():
            table[bracket.first - 1, bracket.second - 1, c - 1] = value
            table[bracket.second - 1, bracket.first - 1, c - 1] = -value
    whole = np.eye(dimension)
    derived = _brackets_of(table, whole, whole)
    centre = dimension - _rank(table.reshape(dimension, -1))
    killing = np.einsum("acd,bdc->ab", table, table)
    # the radical is what is orthogonal to all brackets
    radical = dimension - _rank(killing @ derived.T)
    return Structure(
        dimension=dimension,
        kind=_kind(table, derived, radical),
        derived=len(derived),
        centre=centre,
        radical=radical,
    )


def _kind(table: np.ndarray, derived: np.ndarray, radical: int) -> str:
    whole = np.eye(len(table))
    if not len(derived):
        return "abelian"
    if radical < len(table):
        return "neither solvable nor semisimple" if radical else "semisimple"
    lower = derived
    while len(lower):
        following = _brackets_of(table, whole, lower)
        if len(following) == len(lower):
            return "solvable"
        lower = following
    return "nilpotent"


def _brackets_of(table: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """An orthonormal basis (k, n) of the span of all [v, w], v a row of `left` and w one of `right`."""
    found = np.einsum("va,wb,abc->vwc", left, right, table).reshape(-1, len(table))
    if not found.size:
        return np.zeros((0, len(table)))
    _, sizes, rows = np.linalg.svd(found, full_matrices=False)
    return rows[: int((sizes > RANK * max(1.0, sizes[0])).sum())]


def _rank(matrix: np.ndarray) -> int:
    sizes = np.linalg.svd(matrix, compute_uv=False) if matrix.size else np.zeros(1)
    return int((sizes > RANK * max(1.0, sizes[0])).sum())
