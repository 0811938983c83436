"""An independent check of symmetries: the linearised equation, applied to the characteristic, on random solutions.

V = xi_x d/dx + xi_t d/dt + phi d/du is a symmetry of Delta = 0 if its characteristic Q = phi - xi_x u_x - xi_t u_t
solves the linearised equation,

    D_Delta[Q] = sum over J of (dDelta/du_J) D_J Q = 0   on solutions

(Olver, Applications of Lie Groups to Differential Equations, proposition 5.42 ff.). Solutions are taken as power series
about random points, with random free derivatives of u; those that follow from the equation are made from it, number by
number. No prolongation formula and no computer algebra takes part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial

import mpmath
import numpy as np
import sympy

from symgen.exceptions import UsageError
from symgen.pde.equation import Equation
from symgen.pde.grammar import Jet, T, U, X, jet_symbol
from symgen.pde.taylor import DIGITS, SCALES, TRIED, Taylor, differentiate, multiply, point_sizes, random_points

POINTS = 12
TOLERANCE = 1e-9
"""Largest defect of a field that counts as a symmetry."""
ROUNDING = 1e-12
"""Defects beyond this are computed again, with more digits."""
LARGEST = 1e8
"""Of the values at points that are preferred to others."""
Field = Sequence[sympy.Expr]


def characteristic_defect(equation: Equation, field: Field, points: int = POINTS, seed: int = 0) -> float:
    """The largest |D_Delta[Q]| of a field (xi_x, xi_t, phi) at random free jets, relative to the size of its terms.

    About 1e-15 or less for a symmetry, where float64 suffices, and else computed with 40 digits. Random points where
    the equation or the field has no finite value are passed over; infinity where no other is left. Raises UsageError
    where the equation itself has a finite value at none.
    """
    return LocalSolutions(equation, points, seed).defect(field)


class LocalSolutions:
    """Solutions of an equation as power series about random points."""

    def __init__(self, equation: Equation, points: int = POINTS, seed: int = 0) -> None:
        self.equation = equation
        self._needed = _needed(equation)
        self._jets = equation.jets(equation.expression)
        self._slopes = [sympy.diff(equation.expression, jet_symbol(jet)) for jet in self._jets]
        starts = self._starts(TRIED * points, seed)
        with np.errstate(all="ignore"):
            series = self._solved(starts, precise=False)
            slopes = _values(series, self._slopes)
        sizes = np.abs(np.concatenate([series.u.reshape(len(starts.x), -1), np.stack(slopes, -1)], -1)).max(-1)
        finite = np.isfinite(sizes)
        if not finite.any():
            raise UsageError(f"The equation {equation} has no finite value at random points: it cannot be checked.")
        good = finite & (sizes <= max(LARGEST, float(np.median(sizes[finite]))))
        self._chosen = starts.at(np.flatnonzero(good)[:points])
        with np.errstate(all="ignore"):
            self._series = self._solved(self._chosen, precise=False)
        self._precise: _Series | None = None

    @property
    def points(self) -> np.ndarray:
        """(P, 3): x, t and u."""
        return np.stack([self._chosen.x, self._chosen.t, self._chosen.u[:, 0, 0]], -1)

    def defect(self, field: Field) -> float:
        """As of `characteristic_defect`."""
        with np.errstate(all="ignore"):
            ratios = self._ratios(self._series, field)
            finite = np.isfinite(ratios)
            if not finite.any():
                return float("inf")
            if ratios[finite].max() <= ROUNDING:
                return float(ratios[finite].max())
            with mpmath.workdps(DIGITS):
                if self._precise is None:
                    self._precise = self._solved(self._chosen, precise=True)
                return float(self._ratios(self._precise.at(np.flatnonzero(finite)), field).max())

    def _starts(self, count: int, seed: int) -> _Starts:
        """Random points and free derivatives of u there."""
        draw = np.random.default_rng(seed + 1)
        rows, columns = (1 + max(jet[axis] for jet in self._needed) for axis in range(2))
        point = random_points(count, seed)
        u = point_sizes(count)[:, None, None] * draw.uniform(0.3, 1.5, (count, rows, columns))
        mixed = np.arange(count) // len(SCALES) % 2 == 1
        u = np.where(mixed[:, None, None], draw.choice([-1.0, 1.0], u.shape) * u, u)
        u /= np.array([[factorial(i) * factorial(j) for j in range(columns)] for i in range(rows)], float)
        u[:, 0, 0] = point[:, 2]
        for i in range(rows):
            for j in range(columns):
                if (i, j) not in self._needed or self._follows((i, j)):
                    u[:, i, j] = 0
        return _Starts(point[:, 0], point[:, 1], u)

    def _follows(self, jet: Jet) -> bool:
        """Whether a derivative is one of the leading derivative."""
        return all(have >= lead for have, lead in zip(jet, self.equation.leading, strict=True))

    def _solved(self, starts: _Starts, precise: bool) -> _Series:
        """The series of solutions: what follows from the equation is put in until nothing changes."""
        series = _Series.of(starts, precise)
        symbol, (i, j) = self.equation.leading_symbol, self.equation.leading
        rest, leading = self.equation.expression.subs(symbol, 0), self.equation.leading_coefficient
        pending = [jet for jet in self._needed if self._follows(jet)]
        for _ in range(len(pending) + 1):
            taylor = series.taylor(rest.free_symbols | leading.free_symbols)
            right = -multiply(taylor(rest), taylor(1 / leading))
            before = series.u.copy()
            for a, b in pending:
                ratio = factorial(a - i) * factorial(b - j), factorial(a) * factorial(b)
                series.u[:, a, b] = right[:, a - i, b - j] * ratio[0] / ratio[1]
            if (before == series.u).all():
                break
        return series

    def _ratios(self, series: _Series, field: Field) -> np.ndarray:
        """|D_Delta[Q]| over the sum of its terms' sizes, at every point."""
        taylor = series.taylor({U, jet_symbol((1, 0)), jet_symbol((0, 1))} | {s for e in field for s in e.free_symbols})
        along_x, along_t, phi = (taylor(sympy.sympify(component)) for component in field)
        parts = [
            phi,
            -multiply(along_x, taylor(jet_symbol((1, 0)))),
            -multiply(along_t, taylor(jet_symbol((0, 1)))),
        ]
        total = size = 0 * phi[:, 0, 0]
        for slope, (i, j) in zip(_values(series, self._slopes), self._jets, strict=True):
            terms = [slope * part[:, i, j] * (factorial(i) * factorial(j)) for part in parts]
            total = total + sum(terms)
            size = size + sum(abs(term) for term in terms)
        return np.array([abs(d) / s if d != 0 else 0.0 for d, s in zip(total, size, strict=True)], float)


@dataclass(frozen=True)
class _Starts:
    x: np.ndarray
    t: np.ndarray
    u: np.ndarray
    """(P, m, n), zero where derivatives follow from the equation."""

    def at(self, places: np.ndarray) -> _Starts:
        return _Starts(self.x[places], self.t[places], self.u[places])


@dataclass(frozen=True)
class _Series:
    """Solutions about P points: (P,), (P,) and (P, m, n)."""

    x: np.ndarray
    t: np.ndarray
    u: np.ndarray
    precise: bool

    @classmethod
    def of(cls, starts: _Starts, precise: bool) -> _Series:
        arrays = [starts.x, starts.t, starts.u]
        if precise:
            arrays = [np.frompyfunc(mpmath.mpf, 1, 1)(array) for array in arrays]
        return cls(arrays[0], arrays[1], arrays[2].copy(), precise)

    def at(self, places: np.ndarray) -> _Series:
        return _Series(self.x[places], self.t[places], self.u[places], self.precise)

    def taylor(self, symbols: set[sympy.Symbol]) -> Taylor:
        """Of expressions in x, t and derivatives of u."""
        table: dict[sympy.Symbol, np.ndarray] = {}
        for place, (symbol, values) in enumerate(((X, self.x), (T, self.t))):
            table[symbol] = np.zeros_like(self.u)
            table[symbol][:, 0, 0] = values
            if table[symbol].shape[1 + place] > 1:
                table[symbol][(slice(None), 1, 0) if place == 0 else (slice(None), 0, 1)] = self.x[0] * 0 + 1
        for jet in Equation.jets(sympy.Add(*symbols)):
            table[jet_symbol(jet)] = differentiate(self.u, jet)
        return Taylor(table, self.precise)


def _values(series: _Series, expressions: list[sympy.Expr]) -> list[np.ndarray]:
    """Values (P,) of expressions at the points."""
    taylor = series.taylor({s for e in expressions for s in e.free_symbols})
    return [taylor(e)[:, 0, 0] for e in expressions]


def _needed(equation: Equation) -> set[Jet]:
    """The derivatives of u on which D_Delta[Q] depends, and all lower ones.

    Q has u_x and u_t, and whatever follows from the equation depends on its derivatives.
    """
    jets = equation.jets(equation.expression)
    lead = equation.leading
    waiting = [(i + a, j + b) for i, j in [(0, 0), *jets] for a, b in ((1, 0), (0, 1))]
    found: set[Jet] = set()
    while waiting:
        jet = waiting.pop()
        if jet in found:
            continue
        found.add(jet)
        waiting += [lower for lower in ((jet[0] - 1, jet[1]), (jet[0], jet[1] - 1)) if min(lower) >= 0]
        i, j = jet[0] - lead[0], jet[1] - lead[1]
        if i >= 0 and j >= 0:
            waiting += [(k + i, m + j) for k, m in jets if (k, m) != lead]
    return found
