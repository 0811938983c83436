"""What kind of Lie algebra generators make that were found from data: brackets are numbers with an error."""

from __future__ import annotations

import math
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict

from symgen.generators.algebra import lie_brackets
from symgen.generators.base import Generators
from symgen.generators.inner_product import field_matrix
from symgen.inspection.lie_constants import Constants
from symgen.inspection.lie_names import form_signature, name_of
from symgen.inspection.real_forms import ALSO, orthogonal
from symgen.inspection.subspaces import Unclear, row_space

CLOSES = 0.1
"""Closure error up to which fields are said to make an algebra, within that error."""
WORDS = {
    "so(1,3)": "the Lorentz algebra",
    "iso(1,3)": "the Poincare algebra",
    "e(2)": "the rigid motions of the plane",
    "e(3)": "the rigid motions of space",
    "so(2)": "the rotations of the plane",
    "so(3)": "the rotations of space",
    "aff(1)": "the affine maps of the line",
    "aff(2)": "the affine maps of the plane",
    "sim(2)": "the similarities of the plane",
    "sim(3)": "the similarities of space",
}


class LieAlgebra(BaseModel):
    """Of fields whose brackets close within an error; what cannot be told is None, and `doubt` says why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dimension: int
    closes: bool
    closure_error: float
    """The largest relative size of what a bracket of two fields has outside their span."""
    kind: str | None = None
    """abelian, nilpotent, solvable, semisimple, or neither solvable nor semisimple."""
    derived: int | None = None
    """Dimension of the span of all brackets."""
    centre: int | None = None
    radical: int | None = None
    """Dimension of the largest solvable ideal."""
    killing: tuple[int, int, int] | None = None
    """How many squares of the Killing form are positive, negative, and 0."""
    name: str | None = None
    """Only where dimension, Killing form and the property that defines the algebra were all verified."""
    doubt: str | None = None

    @property
    def compact(self) -> bool | None:
        """Whether a semisimple algebra is that of a compact group; None for others."""
        if self.killing is None or self.kind != "semisimple":
            return None
        return self.killing[0] == 0

    def __str__(self) -> str:
        also = WORDS.get(self.name or "") or (f"also {ALSO[self.name]}" if self.name in ALSO else "")
        title = ", ".join(part for part in (self.name, also) if part)
        if not self.closes:
            return f"dimension {self.dimension}; brackets leave the span (by {self.closure_error:.0e}): no algebra"
        parts = [f"dimension {self.dimension}"]
        if self.kind is None:
            parts.append("the kind cannot be told")
        elif self.dimension > 1:
            parts.append(self.kind)
        if self.compact is not None and self.killing is not None:
            positive, negative, _ = self.killing
            signs = ", ".join(f"{count}{sign}" for count, sign in ((positive, "+"), (negative, "-")) if count)
            parts.append(f"{'compact' if self.compact else 'not compact'} (Killing form {signs})")
        elif self.kind not in (None, "abelian"):
            parts += [f"brackets span {self.derived}", f"centre of dimension {self.centre}"]
            if self.radical is not None and 0 < self.radical < self.dimension:
                parts.append(f"radical of dimension {self.radical}")
        text = ", ".join(parts)
        text = f"{title}: {text}" if title else text
        return f"{text}; {self.doubt}" if self.doubt else text


def lie_algebra(
    constants: torch.Tensor, closure_error: torch.Tensor | float = 0.0, maps: torch.Tensor | None = None
) -> LieAlgebra:
    """Of unit fields with structure constants (n, n, n) and closure errors (n, n), as `lie_brackets` gives them.

    Where fields are affine, their linear parts `maps` (n, d, d) say more: a quadratic form that they leave alone tells
    so(p,q) from others of the same dimension and Killing form.
    """
    errors = torch.as_tensor(closure_error, dtype=torch.float64).detach().cpu().expand(constants.shape[:2])
    n, worst = len(constants), float(errors.max()) if len(constants) else 0.0
    if worst > CLOSES:
        return LieAlgebra(dimension=n, closes=False, closure_error=worst)
    algebra = Constants.of(constants, errors)
    told: dict[str, Any] = {"dimension": n, "closes": True, "closure_error": worst}
    if maps is not None and (signature := _whole_orthogonal(maps, algebra)) is not None:
        return LieAlgebra(**told, **_of_orthogonal(*signature))
    try:
        told |= _invariants(algebra)
    except Unclear as doubt:
        return LieAlgebra(**told, doubt=f"no clear gap: {doubt}")
    try:
        return LieAlgebra(**told, name=name_of(algebra))
    except Unclear as doubt:
        return LieAlgebra(**told, doubt=f"not named, for want of a clear gap: {doubt}")


def lie_algebra_of(
    generators: Generators, points: torch.Tensor, weight: torch.Tensor | None = None, maps: torch.Tensor | None = None
) -> LieAlgebra:
    """Of independent fields, judged as unit ones that are orthonormal over points (P, d)."""
    brackets = lie_brackets(generators, points, weight)
    triangular = torch.linalg.qr(field_matrix(generators, points, weight=weight)).R.double().cpu()
    unit = torch.linalg.inv(triangular)  # columns: orthonormal fields in terms of those given
    constants = torch.einsum("ka,lb,klm,cm->abc", unit, unit, brackets.constants.double().cpu(), triangular)
    return lie_algebra(constants, brackets.closure_error, None if maps is None else _mixed(unit, maps))


def _mixed(unit: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
    return torch.einsum("ka,kij->aij", unit, maps.detach().cpu().double())


def _invariants(algebra: Constants) -> dict[str, Any]:
    n = algebra.dimension
    if algebra.abelian:
        return {"kind": "abelian", "derived": 0, "centre": n, "radical": n, "killing": (0, 0, n)}
    derived, centre, radical = algebra.derived, algebra.centre, algebra.radical
    if not radical.dimension:
        kind = "semisimple"
    elif radical.dimension < n:
        kind = "neither solvable nor semisimple"
    else:
        kind = "nilpotent" if algebra.nilpotent else "solvable"
    return {
        "kind": kind,
        "derived": derived.dimension,
        "centre": centre.dimension,
        "radical": radical.dimension,
        "killing": algebra.signature,
    }


def _whole_orthogonal(maps: torch.Tensor, algebra: Constants) -> tuple[int, int] | None:
    """p and q of so(p,q), if the maps are independent and all that leave one quadratic form alone."""
    n, d = len(maps), maps.shape[-1]
    if n != d * (d - 1) // 2:
        return None
    maps = maps / torch.linalg.matrix_norm(maps.flatten(1), ord=2).clamp_min(1e-300)
    error = algebra.error / max(algebra.size, 1.0)
    try:
        independent = row_space(maps.flatten(1), error, 1.0).dimension == n
        # how small the error is matters less here than how clearly one form is told from all others
        return form_signature(maps, error, math.inf) if independent else None
    except Unclear:
        return None


def _of_orthogonal(p: int, q: int) -> dict[str, Any]:
    """What is known of so(p,q)."""
    n, name = (p + q) * (p + q - 1) // 2, orthogonal(p, q)
    if n == 1:
        return {"kind": "abelian", "derived": 0, "centre": 1, "radical": 1, "killing": (0, 0, 1), "name": name}
    signature = (p * q, n - p * q, 0)
    return {"kind": "semisimple", "derived": n, "centre": 0, "radical": 0, "killing": signature, "name": name}
