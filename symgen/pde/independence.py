"""Which of some vector fields are linearly independent, by their values at random points, with many digits."""

from __future__ import annotations

from collections.abc import Sequence

import mpmath
import numpy as np
import sympy

from symgen.pde.grammar import T, U, X
from symgen.pde.taylor import DIGITS, Taylor

Field = tuple[sympy.Expr, sympy.Expr, sympy.Expr]
SPARE = 4
"""Points beyond as many as there are fields."""


def independent_fields(fields: Sequence[Field], seed: int = 0) -> list[Field]:
    """The fields that are no combination of those before them; zero fields are none.

    Decided at random points with x, t, u in [0.3, 1.5], to 40 digits; points where a field has no value are left out.
    """
    rest = _values(fields, seed)
    kept: list[Field] = []
    with mpmath.workdps(DIGITS):
        sizes = [mpmath.norm(row.tolist()) for row in rest]
        for place, field in enumerate(fields):
            size = mpmath.norm(rest[place].tolist()) if sizes[place] else 0
            if size <= mpmath.mpf(10) ** (-DIGITS // 2) * sizes[place]:
                continue
            kept.append(field)
            unit = rest[place] / size
            for later in range(place + 1, len(fields)):
                rest[later] = rest[later] - unit * (unit * rest[later]).sum()
    return kept


def _values(fields: Sequence[Field], seed: int) -> list[np.ndarray]:
    """Components (3 P,) of every field."""
    points = np.random.default_rng(seed).uniform(0.3, 1.5, (3, len(fields) + SPARE, 1, 1))
    with mpmath.workdps(DIGITS), np.errstate(all="ignore"):
        taylor = Taylor(dict(zip((X, T, U), np.frompyfunc(mpmath.mpf, 1, 1)(points), strict=True)), precise=True)
        rows = [np.stack([taylor(sympy.sympify(c))[:, 0, 0] for c in field]) for field in fields]
    good = [
        all(isinstance(row[c, k], mpmath.mpf) and mpmath.isfinite(row[c, k]) for row in rows for c in range(3))
        for k in range(points.shape[1])
    ]
    return [row[:, good].ravel() for row in rows]
