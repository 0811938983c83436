"""Densities to compare a conserved one with: of the same kind, and conserved only by accident."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

import sympy

from symgen.jets.space import JetSpace

MOST = 24
"""Terms or products that are tried for one density."""


def terms_of(density: sympy.Expr) -> list[sympy.Expr]:
    """The terms of a sum, without their numbers; nothing for a single term."""
    parts = sympy.Add.make_args(sympy.expand(density))
    bare = dict.fromkeys(part.as_coeff_Mul()[1] for part in parts)
    return [term for term in bare if not term.is_number][:MOST] if len(bare) > 1 else []


def products_of(space: JetSpace, density: sympy.Expr) -> list[sympy.Expr]:
    """The density times one unknown, and times two."""
    factors: list[Sequence[sympy.Symbol]] = [(u,) for u in space.unknowns]
    factors += list(combinations_with_replacement(space.unknowns, 2))
    return [sympy.expand(density * sympy.Mul(*own)) for own in factors[:MOST]]
