"""Whether data determine an equation: others that fit them as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import sympy

from symgen.discovery.regression.choice import NOTHING, WORTH, Model
from symgen.discovery.regression.systems import System

AS_WELL = 1.05
"""Where noise accounts for what is left, another equation must leave more than this factor."""
WIDTH = 20
SAME = 0.05
"""Equations are the same if their coefficients, multiplied out, differ by less than this share of the largest."""


def others(model: Model) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    """Places and coefficients of terms that fit as well as a model and are another equation, one for each of its terms
    at most: without it and of as few terms, or of one more where no noise hides what they leave.

    What is the same equation in other words, as u*v_x + v*u_x and (u*v)_x, is none.
    """
    system = model.system
    clean = not model.is_noise or model.residual <= NOTHING
    limit = max(WORTH * model.residual, NOTHING) if clean else AS_WELL * model.residual
    own = _in_jets(system, model.places, model.coefficients)
    seen = set()
    for place in system.free(model.places):
        for subsets in system.subsets(system.size(model.places) + clean, WIDTH, without=place):
            fitting = [
                tuple(int(p) for p in found)
                for found, left in zip(subsets.places, subsets.residuals, strict=True)
                if left <= limit
            ]
            other = next((p for p in fitting if not _same(own, _in_jets(system, p, system.fit(p)[0]))), None)
            if other is not None:
                if other not in seen:
                    yield other, system.fit(other)[0]
                seen.add(other)
                break


def _in_jets(system: System, places: Sequence[int], coefficients: np.ndarray) -> dict[sympy.Expr, float]:
    """Coefficients of the products of derivatives that terms add up to."""
    total: dict[sympy.Expr, float] = {}
    for place, value in zip(places, coefficients, strict=True):
        for product, factor in system.terms[place].in_jets.as_coefficients_dict().items():
            total[product] = total.get(product, 0.0) + float(factor) * float(value)
    return total


def _same(one: dict[sympy.Expr, float], other: dict[sympy.Expr, float]) -> bool:
    largest = max(abs(value) for value in (*one.values(), *other.values()))
    return all(abs(one.get(key, 0.0) - other.get(key, 0.0)) <= SAME * largest for key in {*one, *other})
