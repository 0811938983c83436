"""How large the terms of equations are when all coordinates have their own units."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import sympy

from symgen.equations.system import System


def natural_sizes(system: System, units: Mapping[str, float]) -> list[float]:
    """The root of the sum of squared terms of every equation, with derivatives of one unit per unit; at least 1e-300.

    `units` has a length for every coordinate, by name.
    """
    space = system.space
    values = {symbol: units[symbol.name] for symbol in space.coordinates}
    for jet in space.jets(*system.expressions):
        lengths = prod(units[name] ** k for name, k in zip(space.independent, jet.orders, strict=True))
        values[space.symbol(jet)] = units[jet.unknown] / lengths
    sizes = []
    for delta in system.expressions:
        terms = [sympy.N(term.xreplace(values)) for term in sympy.Add.make_args(sympy.expand(delta))]
        finite = [float(abs(term)) for term in terms if term.is_finite]
        sizes.append(max(sum(size**2 for size in finite) ** 0.5, 1e-300))
    return sizes
