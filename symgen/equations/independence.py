"""Which of some vector fields are linearly independent, by their values at random points, with many digits."""

from __future__ import annotations

from collections.abc import Sequence

import mpmath
import numpy as np
import sympy

from symgen.equations.taylor import DIGITS, TRIED, Taylor, random_points
from symgen.exceptions import UsageError
from symgen.symbolic import parameters_in, sample

Field = tuple[sympy.Expr, ...]
SPARE = 4
"""Points beyond as many as there are fields."""
ZERO = 1e-25
"""Norm of a field that is none; a sum of terms that cancel leaves 1e-32 or less."""
ROUNDING = 1e-20
"""Share of a field that others leave, of a combination of them."""
LARGEST = 1e8
"""Of the values used, relative to a field's median: beyond, some would hide others."""


def independent_fields(fields: Sequence[Field], seed: int = 0) -> list[Field]:
    """The fields that are no combination of those before them; zero fields are none.

    Decided at random points, to 40 digits. Raises UsageError where there is none at which all fields have values.
    """
    kept: list[Field] = []
    values = sample(parameters_in(*(component for field in fields for component in field)))
    shown, fields = fields, [tuple(c.subs(values) for c in f) for f in fields] if values else fields
    with mpmath.workdps(DIGITS):
        rest = _values(fields, seed)
        sizes = [mpmath.norm(row.tolist()) for row in rest]
        for place, field in enumerate(shown):
            size = mpmath.norm(rest[place].tolist())
            if sizes[place] < ZERO or size < ROUNDING * sizes[place]:
                continue
            kept.append(field)
            unit = rest[place] / size
            for later in range(place + 1, len(fields)):
                rest[later] = rest[later] - unit * (unit * rest[later]).sum()
    return kept


def _values(fields: Sequence[Field], seed: int) -> list[np.ndarray]:
    """All components of every field, at the points."""
    wanted = len(fields) + SPARE
    symbols = sorted({s for field in fields for c in field for s in c.free_symbols}, key=str)
    points = random_points(TRIED * wanted, seed, len(symbols))
    with np.errstate(all="ignore"):
        sizes = [np.abs(_components(field, symbols, points, precise=False)).max(0) for field in fields]
    usable = np.ones(len(points), bool)
    for size in sizes:
        usable &= size <= LARGEST * np.median(size[np.isfinite(size)] if np.isfinite(size).any() else 0)
    if not usable.any():
        raise UsageError("The fields have no finite values at random points, so that they cannot be compared.")
    return [_components(field, symbols, points[usable][:wanted], precise=True).ravel() for field in fields]


def _components(field: Field, symbols: Sequence[sympy.Symbol], points: np.ndarray, precise: bool) -> np.ndarray:
    """(d, P); not finite where there is no real value."""
    columns = np.frompyfunc(mpmath.mpf, 1, 1)(points.T) if precise else points.T
    table = dict(zip(symbols, columns[..., None], strict=True))
    table[sympy.Dummy()] = np.zeros((len(points), 1), object if precise else float)  # for fields that are constant
    taylor = Taylor(table, precise)
    return np.stack([taylor(sympy.sympify(component))[:, 0] for component in field])
