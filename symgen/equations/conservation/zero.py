"""Whether an expression is zero."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from symgen.equations.rational import Rationaliser


def is_zero(expression: sympy.Expr, first: Sequence[sympy.Symbol] = ()) -> bool:
    """Whether an expression vanishes identically, by exact algebra; one that does may be missed, no other is passed.

    `first` are variables that may occur (see `Rationaliser`).
    """
    if expression == 0:
        return True
    rational = Rationaliser([expression], first)
    return not rational.coordinates(rational([expression])[0])
