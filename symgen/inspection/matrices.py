"""Fields z' = A z + b as their matrices."""

from __future__ import annotations

import sympy
import torch
from pydantic import BaseModel, ConfigDict

from symgen.expressions import parse_field
from symgen.generators.artifact import Artifact

ZERO = 1e-12
"""Entries this much smaller than the largest are 0: what is left of cancellation."""


class AffineField(BaseModel):
    """V(z) = A z + b, in physical units: of the formula where there is one, else of the unit field."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    linear: tuple[tuple[float, ...], ...]
    """A (d, d), a row for each component."""
    constant: tuple[float, ...]
    """b (d,)."""

    @property
    def is_linear(self) -> bool:
        """Whether b is 0."""
        return not any(self.constant)


def affine_fields(artifact: Artifact) -> list[AffineField] | None:
    """Of every generator; None where they are no polynomials of degree 1."""
    m = artifact.metadata
    if m.kind != "library" or m.total_degree != 1:
        return None
    space = m.space
    origin = artifact.points.new_tensor(space.origin)
    steps = torch.diag(artifact.points.new_tensor(space.scale))
    ahead, behind = artifact(origin + steps), artifact(origin - steps)
    linear = (ahead - behind).mT / (2 * steps.diagonal())
    constant = artifact(origin[None])[:, 0] - linear @ origin
    found = []
    for place, record in enumerate(m.generators):
        if record.formula:
            found.append(_of_formula(record.formula, space.names))
        else:
            found.append(_rounded(linear[place], constant[place], origin))
    return found


def _of_formula(formula: tuple[str, ...], names: tuple[str, ...]) -> AffineField:
    symbols = [sympy.Symbol(name, real=True) for name in names]
    polynomials = [sympy.Poly(component, *symbols) for component in parse_field(formula, names)]
    linear = tuple(tuple(float(p.coeff_monomial(symbol)) for symbol in symbols) for p in polynomials)
    return AffineField(linear=linear, constant=tuple(float(p.coeff_monomial(1)) for p in polynomials))


def _rounded(linear: torch.Tensor, constant: torch.Tensor, origin: torch.Tensor) -> AffineField:
    linear = torch.where(linear.abs() < ZERO * linear.abs().max(), 0.0, linear)
    size = linear.abs() @ origin.abs() + constant.abs()
    constant = torch.where(constant.abs() < ZERO * size, 0.0, constant)
    return AffineField(linear=tuple(map(tuple, linear.tolist())), constant=tuple(constant.tolist()))
