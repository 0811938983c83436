"""The terms among which an equation is sought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import sympy

from symgen.pde.divergence import term_text
from symgen.pde.grammar import T, U, X, differentiate, jet_symbol

POWERS, DERIVATIVES = 3, 4
WEIGHTS = ((1, 0), (2, 0), (-1, 0), (0, 1), (0, -1))
"""Powers (a, b) of coefficients x^a t^b."""
WEIGHED_POWERS = 2
"""Highest power of u with such a coefficient."""
SLOPES = (0, 1)
"""Powers of u beside u_x^2."""

Library = Literal["plain", "all"]
Kind = Literal["plain", "all", "products"]
"""Of terms: those of one u(x, t), or products of several unknowns."""


@dataclass(frozen=True)
class Candidate:
    """x^a t^b (d/dx)^k (d/dt)^j of u^p, or of u^p u_x^2; or a sum of such."""

    power: int
    k: int
    j: int = 0
    slope: int = 0
    """0, or 2 for u_x^2."""
    in_x: int = 0
    in_t: int = 0
    name: str = ""
    """Of a sum."""
    parts: tuple[tuple[sympy.Rational, Candidate], ...] = ()
    """Coefficients and terms that add up to it, which is not one itself then; power and k say what order it has."""

    @property
    def in_jets(self) -> sympy.Expr:
        """Multiplied out: 2 u u_x for (u^2)_x."""
        if self.parts:
            return sympy.expand(sum(factor * part.in_jets for factor, part in self.parts))
        expression: sympy.Expr = U**self.power * jet_symbol((1, 0)) ** self.slope
        for direction in (0,) * self.k + (1,) * self.j:
            expression = differentiate(expression, direction)
        return X**self.in_x * T**self.in_t * expression

    @property
    def text(self) -> str:
        """Such as `x^2 (u^2)_xx`, `u_x/x` or `(u u_x^2)_x`."""
        if self.parts:
            return self.name
        if self.slope:
            base = {0: "", 1: "u "}.get(self.power, f"u^{self.power} ") + f"u_x^{self.slope}"
            text = f"({base})_{'x' * self.k}" if self.k else base
        else:
            text = term_text((self.power, self.k, self.j)) if self.power else ""
        for name, exponent in (("t", self.in_t), ("x", self.in_x)):
            if exponent > 0:
                text = f"{name}{f'^{exponent}' if exponent > 1 else ''} {text}".rstrip()
        below = "".join(f"/{n}" for n, e in (("x", self.in_x), ("t", self.in_t)) if e < 0)
        return (text or "1") + below

    @property
    def is_plain(self) -> bool:
        """A derivative of a power of u with a constant coefficient."""
        return self.power > 0 and not (self.slope or self.in_x or self.in_t or self.parts)

    @property
    def rank(self) -> tuple[bool, int, int, int]:
        """Ascending: the terms of which one is preferred where data cannot tell them apart; those with derivatives
        in x, of low order and power, come first.
        """
        return not self.is_plain, not self.k, self.k, self.power


def _product(name: str, power: int, k: int, *parts: tuple[str, Candidate]) -> Candidate:
    return Candidate(power, k, name=name, parts=tuple((sympy.Rational(factor), part) for factor, part in parts))


PRODUCTS = (
    _product("u u_xx", 2, 2, ("1/2", Candidate(2, 2)), ("-1", Candidate(0, 0, slope=2))),
    _product("u^2 u_xx", 3, 2, ("1/3", Candidate(3, 2)), ("-2", Candidate(1, 0, slope=2))),
    _product("u u_xxx", 2, 3, ("1/2", Candidate(2, 3)), ("-3/2", Candidate(0, 1, slope=2))),
)
"""What is no derivative of a power of u, by means of u_x^2."""


def terms_of(library: Library, x: np.ndarray, t: np.ndarray) -> tuple[Candidate, ...]:
    """The terms of a library on a grid in x and t.

    `plain`: derivatives up to the fourth of u, u^2 and u^3, with constant coefficients. `all` has also coefficients x,
    x^2, 1/x, t and 1/t (where the grid stays away from 0) for those of u and u^2 and by themselves, 1, derivatives of
    u_x^2 and u u_x^2, and products such as u u_xx = (u^2)_xx / 2 - u_x^2.
    """
    terms = [Candidate(p, k) for p in range(1, POWERS + 1) for k in range(DERIVATIVES + 1)]
    if library == "plain":
        return tuple(terms)
    terms.append(Candidate(0, 0))
    for in_x, in_t in WEIGHTS:
        if (in_x < 0 and _has_zero(x)) or (in_t < 0 and _has_zero(t)):
            continue
        terms.append(Candidate(0, 0, in_x=in_x, in_t=in_t))
        for p in range(1, WEIGHED_POWERS + 1):
            terms += [Candidate(p, k, in_x=in_x, in_t=in_t) for k in range(DERIVATIVES + 1)]
    terms += [Candidate(p, k, slope=2) for p in SLOPES for k in range(3)]
    return (*terms, *PRODUCTS)


def _has_zero(grid: np.ndarray) -> bool:
    return bool(np.abs(grid).min() < abs(grid[1] - grid[0]) or grid[0] * grid[-1] < 0)
