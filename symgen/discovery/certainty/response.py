"""How the symmetry condition changes with the equations: to first order, for any term that they may have.

Let u^a_(m t) = F^a, with m derivatives in t, have F^a + e T in place of F^a. Then pr V (u^c_(m t) - F^c) on solutions
changes by e times

    sum over leading derivatives l in pr V (u^c_(m t) - F^c) of d/dl pr V (u^c_(m t) - F^c) * D_K T,  l = D_K u^a_(m t),
    and for c = a by - pr V (T)

more. For evolution equations and fields without d/dt that is the Lie bracket of T and the characteristic of V. For
fields whose d/dt depends on t alone the condition is linear in F, and this is all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import comb, prod

import sympy
import torch

from symgen.expressions import CompiledExpressions
from symgen.generators.features import Features
from symgen.generators.space import Space
from symgen.jets.curves import CurveDerivatives
from symgen.jets.sample import JetSample
from symgen.jets.space import Jet, JetSpace, Orders
from symgen.pde.axis import TIME

VANISHES = 1e-9
"""Size of a derivative, relative to the largest of its kind, that is rounding."""


@dataclass(frozen=True)
class Fields:
    """V_a^c = scale_c * sum_k coefficients[a, c, k] psi_k, as `LibraryGenerators` has them."""

    features: Features
    coefficients: torch.Tensor
    """(n, d, K)"""
    space: Space


class Terms:
    """Terms on a jet space, of which a few make up the right-hand sides, with what their prolongation needs.

    Everything is derived and compiled once, for any fields and any coefficients.
    """

    def __init__(self, space: JetSpace, order: int, terms: tuple[sympy.Expr, ...], tilted: bool = False) -> None:
        """`order`: m, 1 or 2. `tilted`: whether d/dt of fields may depend on more than t."""
        self.space, self.order, self.terms = space, order, terms
        self.time = space.independent.index(TIME)
        axes = range(len(space.independent))
        once = space.unit(self.time)
        self._slopes = [{jet: sympy.diff(term, space.symbol(jet)) for jet in space.jets(term)} for term in terms]
        explicit = [[sympy.diff(term, variable) for variable in space.variables] for term in terms]
        self.inner = sorted({jet.orders for slopes in self._slopes for jet in slopes} | {space.none})
        self.tilted = tilted and len(axes) > 1 and order == 1
        """Whether derivatives of terms are needed, too."""
        self.later: dict[tuple[int, Orders], sympy.Expr] = {}
        if self.tilted:
            for place, term in enumerate(terms):
                for orders in {lower for J in self.inner for lower in _below(J) if lower != J and any(lower)}:
                    self.later[place, orders] = _differentiated(space, term, orders)
        self.curves = CurveDerivatives(space, {*self.inner, once, tuple(order * k for k in once)})
        self.rate = CurveDerivatives(space, {once})
        inside = {Jet(name, tuple((order - 1) * k for k in once)) for name in space.dependent}
        inside |= {Jet(name, lower) for name in space.dependent for J in self.inner for lower in _below(J)}
        wanted = {
            *self.curves.jets,
            *self.rate.jets,
            *(jet.raised(axis) for jet in inside for axis in axes),
            *space.jets(*terms, *self.later.values()),
        }
        self.jets = [jet for jet in space.sorted(wanted) if jet.order and jet.orders[self.time] < order]
        """The free derivatives that are needed."""
        parts = [part for own, rest in zip(self._slopes, explicit, strict=True) for part in (*own.values(), *rest)]
        arguments = [*space.coordinates, *map(space.symbol, self.jets)]
        self._evaluate = CompiledExpressions(arguments, [*terms, *parts, *self.later.values()])

    def at(self, sample: JetSample) -> Values:
        """Their values at the points of a sample with the `jets` in their order."""
        found = self._evaluate([*sample.points.unbind(-1), *sample.derivatives])
        rest = iter(found[len(self.terms) :])
        slopes, explicit = [], []
        for own in self._slopes:
            slopes.append({jet: next(rest) for jet in own})
            explicit.append([next(rest) for _ in self.space.independent])
        later = {key: next(rest) for key in self.later}
        jets = dict(zip(self.jets, sample.derivatives, strict=True))
        m = len(self.space.independent)
        jets |= {Jet(u, self.space.none): sample.points[:, m + b] for b, u in enumerate(self.space.dependent)}
        return Values(self, sample, jets, found[: len(self.terms)], slopes, explicit, later)


@dataclass(frozen=True)
class Values:
    """Of terms at P points."""

    of: Terms
    sample: JetSample
    jets: dict[Jet, torch.Tensor]
    terms: torch.Tensor
    """(K, P)"""
    slopes: list[dict[Jet, torch.Tensor]]
    explicit: list[list[torch.Tensor]]
    later: dict[tuple[int, Orders], torch.Tensor]


class Prolonged:
    """Fields, with their total derivatives on solutions of some equations, applied to these and to others."""

    def __init__(self, values: Values, fields: Fields, equations: Sequence[Mapping[int, float]]) -> None:
        """`equations`: of each unknown, the coefficients of its terms by their place."""
        self.values, self.equations = values, equations
        self.of, self.space, self.time = values.of, values.of.space, values.of.time
        self.m = len(self.space.independent)
        points, jets = values.sample.points, dict(values.jets)
        unit = self.space.unit(self.time)
        lead = self.lead = tuple(self.of.order * k for k in unit)
        lower = {orders for _, orders in self.of.later}
        for name, right in zip(self.space.dependent, equations, strict=True):
            jets[Jet(name, lead)] = _sum((c * values.terms[k] for k, c in right.items()), points)
            for orders in lower:
                found = _sum((c * values.later[k, orders] for k, c in right.items()), points)
                jets[Jet(name, _plus(orders, lead))] = found
        self.jets = jets

        def total(curves: CurveDerivatives, known: Mapping[Jet, torch.Tensor]) -> dict[Orders, torch.Tensor]:
            found = curves(fields.features.along, points, known, fields.space.scale)
            scale = points.new_tensor(fields.space.scale)[:, None]
            return {J: torch.einsum("pk,nck->ncp", own, fields.coefficients) * scale for J, own in found.items()}

        self.total = total(self.of.curves, jets)
        self.gradients = []
        """By unknown: (n, d, P), how V changes with it."""
        for name, size in zip(self.space.dependent, fields.space.scale[self.m :], strict=True):
            step = size / fields.space.scale[self.time]
            moved = {**jets, Jet(name, unit): jets[Jet(name, unit)] + step}
            self.gradients.append((total(self.of.rate, moved)[unit] - total(self.of.rate, jets)[unit]) / step)
        self._known: dict[Jet, torch.Tensor] = {}

    def derivative(self, jet: Jet) -> torch.Tensor:
        """(n, P): that component of the prolongation, less sum_i xi^i u_(J + i), which cancels on solutions."""
        if jet not in self._known:
            found = self.total[jet.orders][:, self.m + self.space.dependent.index(jet.unknown)]
            for lower in _below(jet.orders):
                if lower == jet.orders:
                    continue
                by = tuple(a - b for a, b in zip(jet.orders, lower, strict=True))
                weight = prod(map(comb, jet.orders, by))
                for axis in range(self.m):
                    if axis == self.time and not self._tilts(by):
                        continue
                    other = Jet(jet.unknown, lower).raised(axis)
                    found = found - weight * self.total[by][:, axis] * self.jets[other]
            self._known[jet] = found
        return self._known[jet]

    def left(self) -> torch.Tensor:
        """(n, R, P): pr V of the left-hand sides."""
        once, rows = self.space.unit(self.time), []
        for name in self.space.dependent:
            place = self.m + self.space.dependent.index(name)
            row = self.total[self.lead][:, place]
            for axis in range(self.m):
                row = row - self.total[self.lead][:, axis] * self.jets[Jet(name, self.space.unit(axis))]
                if self.of.order == 2:
                    row = row - 2 * self.total[once][:, axis] * self.jets[Jet(name, once).raised(axis)]
            rows.append(row)
        return torch.stack(rows, 1)

    def right(self) -> torch.Tensor:
        """(n, R, P): pr V of the right-hand sides."""
        nothing = torch.zeros_like(self.total[self.space.none][:, 0])
        rows = [sum((c * self.on(k) for k, c in right.items()), nothing) for right in self.equations]
        return torch.stack(rows, 1)

    def on(self, place: int) -> torch.Tensor:
        """(n, P): pr V of a term."""
        found = torch.zeros_like(self.total[self.space.none][:, 0])
        for jet, value in self.values.slopes[place].items():
            found = found + value * self.derivative(jet)
        for axis in range(self.m):
            found = found + self.total[self.space.none][:, axis] * self.values.explicit[place][axis]
        return found

    def _tilts(self, orders: Orders) -> bool:
        """Whether d/dt of the fields has such a derivative."""
        return self.of.tilted or any(k for axis, k in enumerate(orders) if axis == self.time) or self.of.order > 1

    def by(self, equation: int, place: int) -> torch.Tensor:
        """(n, R, P): what the condition of every equation changes by, for the term of that place in one of them."""
        values, m, time = self.values, self.m, self.time
        unit, term = self.space.unit(time), values.terms[place]
        slope = self.gradients[equation] * term
        rows = []
        for place_of, name in enumerate(self.space.dependent):
            row = slope[:, m + place_of]
            for axis in range(m):
                row = row - slope[:, axis] * self.jets[Jet(name, self.space.unit(axis))]
            if self.of.tilted:
                row = row + self._through(place_of, equation, place)
            rows.append(row)
        own = rows[equation] - self.of.order * self.total[unit][:, time] * term - self.on(place)
        rows[equation] = own
        return torch.stack(rows, 1)

    def _through(self, row: int, equation: int, place: int) -> torch.Tensor:
        """What the term changes of the t-derivatives in the prolongation of one right-hand side."""
        values, changed = self.values, self.space.dependent[equation]
        found = torch.zeros_like(self.total[self.space.none][:, 0])
        for k, coefficient in self.equations[row].items():
            for jet, value in values.slopes[k].items():
                if jet.unknown != changed:
                    continue
                for lower in _below(jet.orders):
                    if lower == jet.orders:
                        continue
                    by = tuple(a - b for a, b in zip(jet.orders, lower, strict=True))
                    later = values.later[place, lower] if any(lower) else values.terms[place]
                    weight = coefficient * prod(map(comb, jet.orders, by))
                    found = found + weight * value * self.total[by][:, self.time] * later
        return found


def _below(orders: Orders) -> list[Orders]:
    return list(product(*(range(order + 1) for order in orders)))


def _plus(one: Orders, other: Orders) -> Orders:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _sum(parts: Iterator[torch.Tensor], points: torch.Tensor) -> torch.Tensor:
    return sum(parts, torch.zeros_like(points[:, 0]))


def _differentiated(space: JetSpace, term: sympy.Expr, orders: Orders) -> sympy.Expr:
    for axis, times in enumerate(orders):
        for _ in range(times):
            term = space.total_derivative(term, axis)
    return term
