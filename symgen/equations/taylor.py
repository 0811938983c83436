"""Expressions in jets as truncated power series in the independent variables, at many points at once.

A series is an array (P, *box) of Taylor coefficients at P points, with an axis for each variable, in float64 or in
numbers of mpmath.
Nothing of the computer algebra that finds symmetries is used here but the tree of an expression, so that what it finds
can be checked in another way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import comb, factorial, prod
from typing import Any

import mpmath
import numpy as np
import sympy

DIGITS = 40
"""Of the numbers of mpmath."""
SCALES = (1.0, 0.3, 3.0, 10.0)
FAR = (0.03, 100.0)
"""Sizes of random points: first those where functions such as tanh differ from their limits."""
TRIED = 24
"""Random points for each point that is wanted."""


@dataclass
class Taylor:
    """Arithmetic of series, and the series of expressions whose symbols have one in `symbols`."""

    symbols: Mapping[sympy.Symbol, np.ndarray]
    precise: bool = False
    """Whether numbers are those of mpmath, with `DIGITS` digits."""
    _known: dict[sympy.Expr, np.ndarray] = field(default_factory=dict)

    def __call__(self, expression: sympy.Expr) -> np.ndarray:
        """The series of an expression; not finite at points where it has no real value."""
        if expression in self.symbols:
            return self.symbols[expression]
        if expression not in self._known:
            self._known[expression] = self._series(expression)
        return self._known[expression]

    def _series(self, expression: sympy.Expr) -> np.ndarray:
        if expression.is_number:
            series = np.zeros_like(next(iter(self.symbols.values())))
            constant_term(series)[:] = number(expression, self.precise)
            return series
        parts = [self(argument) for argument in expression.args if not argument.is_number or not expression.is_Pow]
        if expression.is_Add:
            return sum(parts[1:], parts[0])
        if expression.is_Mul:
            product = parts[0]
            for part in parts[1:]:
                product = multiply(product, part)
            return product
        if expression.is_Pow and expression.exp.is_number:
            return self._power(parts[0], expression.exp)
        if isinstance(expression, tuple(_FUNCTIONS)):
            return self._function(type(expression), parts[0])
        raise ValueError(f"{expression} has no Taylor series here")

    def _power(self, base: np.ndarray, exponent: sympy.Expr) -> np.ndarray:
        if exponent.is_Integer and exponent > 0:
            power = base
            for _ in range(int(exponent) - 1):
                power = multiply(power, base)
            return power
        value, at = number(exponent, self.precise), constant_term(base)
        slopes: list[np.ndarray] = []
        factor: Any = 1
        for k in range(_order(base)):
            slopes.append(factor * at ** (value - k))
            factor = factor * (value - k) / (k + 1)
        return _composed(slopes, base)

    def _function(self, kind: type, inner: np.ndarray) -> np.ndarray:
        exp, log, sin, cos = (self._elementary(name) for name in ("exp", "log", "sin", "cos"))
        at, orders = constant_term(inner), range(_order(inner))
        if kind is sympy.exp:
            return _composed([exp(at) / factorial(k) for k in orders], inner)
        if kind is sympy.log:
            return _composed([log(at), *((-1) ** (k + 1) / (k * at**k) for k in orders[1:])], inner)
        if kind in (sympy.sin, sympy.cos):
            turns = [sin(at), cos(at), -sin(at), -cos(at)]
            shift = 0 if kind is sympy.sin else 1
            return _composed([turns[(k + shift) % 4] / factorial(k) for k in orders], inner)
        if kind is sympy.tan:
            inverse = self._power(self._function(sympy.cos, inner), sympy.S.NegativeOne)
            return multiply(self._function(sympy.sin, inner), inverse)
        up, down = self._function(sympy.exp, inner), self._function(sympy.exp, -inner)
        if kind is sympy.tanh:
            return multiply(up - down, self._power(up + down, sympy.S.NegativeOne))
        return (up - down if kind is sympy.sinh else up + down) / 2

    def _elementary(self, name: str) -> np.ufunc:
        return np.frompyfunc(getattr(mpmath, name), 1, 1) if self.precise else getattr(np, name)


_FUNCTIONS = (sympy.exp, sympy.log, sympy.sin, sympy.cos, sympy.tan, sympy.sinh, sympy.cosh, sympy.tanh)


def constant_term(series: np.ndarray) -> np.ndarray:
    """The values (P,) of a series at its points."""
    place: tuple[Any, ...] = (slice(None), *(0 for _ in series.shape[1:]))
    return series[place]


def random_points(count: int, seed: int, dimension: int = 3) -> np.ndarray:
    """Coordinates (count, d) of the sizes `SCALES`, then `FAR`; positive in the first half, as roots want."""
    draw = np.random.default_rng(seed)
    points = point_sizes(count)[:, None] * draw.uniform(0.3, 1.5, (count, dimension))
    late = np.arange(count) >= count // 2  # for what has no value where all coordinates are positive
    return np.where(late[:, None], draw.choice([-1.0, 1.0], points.shape) * points, points)


def point_sizes(count: int) -> np.ndarray:
    """The scale of each random point (count,)."""
    places = np.arange(count)
    near, far = (np.array(sizes)[places % len(sizes)] for sizes in (SCALES, FAR))
    return np.where(places < 2 * count // 3, near, far)


def number(expression: sympy.Expr, precise: bool) -> float | mpmath.mpf:
    """The value of a real constant."""
    value = sympy.Float(sympy.N(expression, DIGITS + 5), DIGITS + 5)
    return mpmath.make_mpf(value._mpf_) if precise else float(value)


def multiply(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The product of two series, truncated."""
    product = np.zeros_like(left)
    box = left.shape[1:]
    for orders in np.ndindex(*box):
        factor = left[(slice(None), *orders)]
        if factor.any():
            upper = (slice(None), *(slice(k, None) for k in orders))
            lower = (slice(None), *(slice(size - k) for size, k in zip(box, orders, strict=True)))
            product[upper] += factor.reshape(-1, *(1 for _ in box)) * right[lower]
    return product


def differentiate(series: np.ndarray, orders: Sequence[int]) -> np.ndarray:
    """A derivative of a series; coefficients that would need more than it has are zero."""
    result = np.zeros_like(series)
    box = series.shape[1:]
    for place in np.ndindex(*(max(size - k, 0) for size, k in zip(box, orders, strict=True))):
        factor = prod(comb(a + k, k) * factorial(k) for a, k in zip(place, orders, strict=True))
        source = (slice(None), *(a + k for a, k in zip(place, orders, strict=True)))
        result[(slice(None), *place)] = series[source] * factor
    return result


def _order(series: np.ndarray) -> int:
    """Powers of a series without constant term that do not vanish, the zeroth included."""
    return sum(series.shape[1:]) - series.ndim + 2


def _composed(slopes: list[np.ndarray], inner: np.ndarray) -> np.ndarray:
    """f(inner) from f^(k)/k! (P,) at its constant term, by Horner's rule."""
    step = inner.copy()
    constant_term(step)[:] = 0 * constant_term(step)
    result = np.zeros_like(inner)
    for slope in reversed(slopes):
        result = multiply(step, result)
        constant_term(result)[:] += slope
    return result
