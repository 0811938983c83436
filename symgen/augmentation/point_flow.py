"""The flow of generators for many points and combinations: in closed form where there is one, else by extrapolation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from symgen.affine_flow import AffineFlow, affine_matrices
from symgen.extrapolated_flow import ExtrapolatedFlow
from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.space import Space

PointFlow = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Points (C, P, d) and weights (C, n) of one combination each -> (C, P, d)."""


def flow_of(generators: Generators, tolerance: float) -> PointFlow:
    """exp(sum_a c_a V_a), in physical units, on the points' device; FlowError where a point leaves every bound."""
    matrices = affine_matrices(generators)
    if matrices is None:
        return ExtrapolatedFlow(generators, tolerance)
    return AffineFlow(matrices, generators.space.scale)


def on_independent(generators: Generators, axes: Sequence[str]) -> ClosedFormGenerators | None:
    """The fields on the independent variables alone, in the order of `axes`; None where they depend on others too, or
    are not known by formulas.
    """
    if not isinstance(generators, ClosedFormGenerators):
        return None
    space = generators.space
    places = [space.names.index(name) for name in axes]
    fields = [[field[place] for place in places] for field in generators.fields]
    if any(symbol.name not in axes for field in fields for c in field for symbol in c.free_symbols):
        return None
    parts = {
        name: tuple(getattr(space, name)[place] for place in places)
        for name in ("names", "origin", "scale", "lower", "upper", "periodic")
    }
    return ClosedFormGenerators(Space(**parts), fields)
