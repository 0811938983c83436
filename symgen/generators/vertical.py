"""Random smooth vertical fields: those that change unknowns alone, and leave every grid as it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import sympy

from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.space import Space


def random_vertical_fields(
    space: Space, lengths: Mapping[str, float], unknowns: Sequence[str], count: int, seed: int = 0
) -> ClosedFormGenerators:
    """`count` fields whose components are each a constant and a wave along every axis, times a linear function of all
    unknowns, with normal coefficients in units of the space's scales.

    `lengths` are those of the axes of space, by name: one wave goes along each.
    """
    draw = np.random.default_rng(seed)
    symbols = {name: sympy.Symbol(name, real=True) for name in space.names}
    scales, origins = (dict(zip(space.names, values, strict=True)) for values in (space.scale, space.origin))

    def component(name: str) -> sympy.Expr:
        if name not in unknowns:
            return sympy.Integer(0)
        wave, linear = sympy.Float(draw.standard_normal()), sympy.Float(draw.standard_normal())
        for axis, length in lengths.items():
            angle = 2 * math.pi / length * (symbols[axis] - origins[axis])
            wave += draw.standard_normal() * sympy.sin(angle + draw.uniform(0, 2 * math.pi))
        for unknown in unknowns:
            linear += draw.standard_normal() / scales[unknown] * symbols[unknown]
        return scales[name] * wave * linear

    return ClosedFormGenerators(space, [[component(name) for name in space.names] for _ in range(count)])
