"""An independent check of symmetries: the linearised system, applied to the characteristic, on random solutions.

V = sum_i xi^i d/dy^i + sum_a phi^a d/du^a is a symmetry of Delta = 0 if its characteristic
Q^a = phi^a - sum_i xi^i u^a_i solves the linearised system,

    D_Delta[Q] = sum over a, J of (dDelta/du^a_J) D_J Q^a = 0   on solutions

(Olver, Applications of Lie Groups to Differential Equations, proposition 5.42 ff.). Solutions are taken as power series
about random points, with random free derivatives of the unknowns; those that follow from the equations are made from
them, number by number. No prolongation formula and no computer algebra takes part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import factorial, prod
from typing import Any

import mpmath
import numpy as np
import sympy

from symgen.equations.system import System
from symgen.equations.taylor import (
    DIGITS,
    SCALES,
    TRIED,
    Taylor,
    constant_term,
    differentiate,
    multiply,
    point_sizes,
    random_points,
)
from symgen.exceptions import UsageError
from symgen.jets.space import Jet, JetSpace, Orders

POINTS = 12
TOLERANCE = 1e-9
"""Largest defect of a field that counts as a symmetry."""
ROUNDING = 1e-12
"""Defects beyond this are computed again, with more digits."""
TRIED_OF_POLYNOMIALS = 4
"""Random points for each that is wanted, where all have values."""
LARGEST = 1e8
"""Of the values at points that are preferred to others."""
Field = Sequence[sympy.Expr]


class LocalSolutions:
    """Solutions of a system as power series about random points."""

    def __init__(self, system: System, points: int = POINTS, seed: int = 0) -> None:
        self.system = system
        space = system.space
        self._needed = _needed(system)
        self._jets = [space.jets(delta) for delta in system.expressions]
        self._slopes = [
            [sympy.diff(delta, space.symbol(jet)) for jet in jets]
            for delta, jets in zip(system.expressions, self._jets, strict=True)
        ]
        polynomial = all(e.is_polynomial(*e.free_symbols) for e in (*system.expressions, *system.rules.values()))
        starts = self._starts((TRIED_OF_POLYNOMIALS if polynomial else TRIED) * points, seed)
        with np.errstate(all="ignore"):
            series = self._solved(starts, precise=False)
            slopes = [slope for row in series.values(self._slopes) for slope in row]
        size = np.abs(np.stack(slopes, -1)).max(-1)
        for values in series.unknowns.values():
            size = np.maximum(size, np.abs(values.reshape(len(size), -1)).max(-1))
        finite = np.isfinite(size)
        if not finite.any():
            what = "equation" if len(system.expressions) == 1 else "system"
            raise UsageError(f"The {what} {system} has no finite value at random points: it cannot be checked.")
        good = finite & (size <= max(LARGEST, float(np.median(size[finite]))))
        self._chosen = starts.at(np.flatnonzero(good)[:points])
        with np.errstate(all="ignore"):
            self._series = self._solved(self._chosen, precise=False)
        self._precise: _Series | None = None

    @property
    def points(self) -> np.ndarray:
        """(P, d): the coordinates of M."""
        unknowns = [constant_term(values) for values in self._chosen.unknowns.values()]
        return np.stack([*self._chosen.variables, *unknowns], -1)

    def residuals(self) -> np.ndarray:
        """(R, P, *box): the equations as series on the solutions; zero as far as their derivatives are needed."""
        taylor = self._series.taylor(self.system.expressions)
        return np.stack([taylor(delta) for delta in self.system.expressions])

    def defect(self, field: Field) -> float:
        """The largest |D_Delta[Q]| of a field, relative to the size of its terms.

        About 1e-15 or less for a symmetry, where float64 suffices, and else computed with 40 digits. Points where the
        field has no finite value are passed over; infinity where no other is left.
        """
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

    def _starts(self, count: int, seed: int) -> _Series:
        """Random points and free derivatives there; zero where they follow from the equations."""
        space = self.system.space
        draw = np.random.default_rng(seed + 1)
        m, k = len(space.independent), len(space.dependent)
        box = tuple(1 + max(jet.orders[axis] for jet in self._needed) for axis in range(m))
        point = random_points(count, seed, m + k)
        shape = (count, k, *box)
        size = point_sizes(count).reshape(-1, *(1 for _ in shape[1:]))
        u = size * draw.uniform(0.3, 1.5, shape)
        mixed = (np.arange(count) // len(SCALES) % 2 == 1).reshape(size.shape)
        u = np.where(mixed, draw.choice([-1.0, 1.0], shape) * u, u)
        for orders in np.ndindex(*box):
            u[_last(*orders)] /= prod(factorial(order) for order in orders)
        for place, name in enumerate(space.dependent):
            u[_at(place, *space.none)] = point[:, m + place]
            for orders in np.ndindex(*box):
                jet = Jet(name, orders)
                if jet not in self._needed or self.system.leading(jet):
                    u[(slice(None), place, *orders)] = 0
        return _Series(space, list(point.T[:m]), dict(zip(space.dependent, u.swapaxes(0, 1), strict=True)))

    def _solved(self, starts: _Series, precise: bool) -> _Series:
        """The series of solutions: what follows from the equations is put in until nothing changes."""
        series = starts.precisely() if precise else starts.copy()
        pending: dict[Jet, list[Jet]] = {}
        for jet in self._needed:
            if lead := self.system.leading(jet):
                pending.setdefault(lead, []).append(jet)
        for _ in range(sum(map(len, pending.values())) + 1):
            taylor = series.taylor(self.system.rules.values())
            rights = {lead: taylor(self.system.rules[lead]) for lead in pending}
            changed = False
            for lead, jets in pending.items():
                for jet in jets:
                    lower = tuple(a - b for a, b in zip(jet.orders, lead.orders, strict=True))
                    up, down = (prod(factorial(order) for order in orders) for orders in (lower, jet.orders))
                    value = rights[lead][_at(*lower)] * up / down
                    place = series.unknowns[jet.unknown][_at(*jet.orders)]
                    changed |= not ((place == value) | ((place != place) & (value != value))).all()
                    place[:] = value
            if not changed:
                break
        return series

    def _ratios(self, series: _Series, field: Field) -> np.ndarray:
        """|D_Delta[Q]| over the sum of its terms' sizes, the largest of all equations, at every point."""
        space = self.system.space
        firsts = {
            name: [space.symbol(Jet(name, space.unit(axis))) for axis in range(len(space.independent))]
            for name in space.dependent
        }
        taylor = series.taylor([*field, *space.unknowns, *(symbol for row in firsts.values() for symbol in row)])
        parts = [taylor(sympy.sympify(component)) for component in field]
        m = len(space.independent)
        terms_of = {
            name: [parts[m + place], *(-multiply(parts[axis], taylor(firsts[name][axis])) for axis in range(m))]
            for place, name in enumerate(space.dependent)
        }
        worst = np.zeros(len(parts[0]))
        for slopes, jets in zip(series.values(self._slopes), self._jets, strict=True):
            total = size = 0 * constant_term(parts[0])
            for slope, jet in zip(slopes, jets, strict=True):
                factor = prod(factorial(order) for order in jet.orders)
                terms = [slope * part[_at(*jet.orders)] * factor for part in terms_of[jet.unknown]]
                total = total + sum(terms)
                size = size + sum(abs(term) for term in terms)
            ratios = np.array([abs(d) / s if d != 0 else 0.0 for d, s in zip(total, size, strict=True)], float)
            worst = np.where(np.isfinite(worst) & np.isfinite(ratios), np.maximum(worst, ratios), np.nan)
        return worst


@dataclass(frozen=True)
class _Series:
    """Solutions about P points: independent variables (P,), and unknowns (P, *box)."""

    space: JetSpace
    variables: list[np.ndarray]
    unknowns: dict[str, np.ndarray]
    precise: bool = False

    def copy(self) -> _Series:
        return _Series(self.space, self.variables, {k: u.copy() for k, u in self.unknowns.items()}, self.precise)

    def precisely(self) -> _Series:
        exact = np.frompyfunc(mpmath.mpf, 1, 1)
        unknowns = {name: exact(values) for name, values in self.unknowns.items()}
        return _Series(self.space, [exact(values) for values in self.variables], unknowns, True)

    def at(self, places: np.ndarray) -> _Series:
        unknowns = {name: values[places] for name, values in self.unknowns.items()}
        return _Series(self.space, [values[places] for values in self.variables], unknowns, self.precise)

    def taylor(self, expressions: Iterable[sympy.Expr]) -> Taylor:
        """Of these expressions, in independent variables and derivatives."""
        like = next(iter(self.unknowns.values()))
        table: dict[sympy.Symbol, np.ndarray] = {}
        for axis, (symbol, values) in enumerate(zip(self.space.variables, self.variables, strict=True)):
            table[symbol] = np.zeros_like(like)
            constant_term(table[symbol])[:] = values
            if like.shape[1 + axis] > 1:
                table[symbol][_at(*self.space.unit(axis))] = values[0] * 0 + 1
        for jet in self.space.jets(*expressions):
            table[self.space.symbol(jet)] = differentiate(self.unknowns[jet.unknown], jet.orders)
        return Taylor(table, self.precise)

    def values(self, rows: Sequence[Sequence[sympy.Expr]]) -> list[list[np.ndarray]]:
        """Values (P,) of expressions at the points."""
        taylor = self.taylor([expression for row in rows for expression in row])
        return [[constant_term(taylor(expression)) for expression in row] for row in rows]


def _needed(system: System) -> set[Jet]:
    """The derivatives on which D_Delta[Q] depends, and all lower ones.

    Q has first derivatives, and whatever follows from the equations depends on derivatives of their right-hand sides.
    """
    space = system.space
    rights: Mapping[Jet, list[Jet]] = {lead: space.jets(right) for lead, right in system.rules.items()}
    waiting = [
        jet.raised(axis)
        for jet in [*space.jets(*system.expressions), *(Jet(name, space.none) for name in space.dependent)]
        for axis in range(len(space.independent))
    ]
    found: set[Jet] = set()
    while waiting:
        jet = waiting.pop()
        if jet in found:
            continue
        found.add(jet)
        waiting += [jet.raised(axis, -1) for axis, order in enumerate(jet.orders) if order]
        if lead := system.leading(jet):
            waiting += [Jet(other.unknown, _sum(other.orders, jet.orders, lead.orders)) for other in rights[lead]]
    return found


def _sum(orders: Orders, upper: Orders, lower: Orders) -> Orders:
    return tuple(k + a - b for k, a, b in zip(orders, upper, lower, strict=True))


def _at(*places: int) -> tuple[Any, ...]:
    """Entries of a series, at all points."""
    return (slice(None), *places)


def _last(*places: int) -> tuple[Any, ...]:
    """The last places of an array, whatever comes before."""
    return (..., *places)
