"""Densities modulo divergences in space, on solutions, where the equations relate derivatives in space.

For equations that are solved for derivatives in t alone, integration by parts ends in a plain form that vanishes only
for a divergence. Others, as u_x + v_y = 0 or u_xxt = ..., have divergences that no single integration shows: their
density is brought to its plainest form by elimination, among the divergences D_i theta on solutions of monomials theta.
These are reached from the density: one derivative of a factor taken back, also of one that the equations replace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy

from symgen.equations.conservation.differential_ring import DifferentialRing, Poly, add, powers, scaled
from symgen.equations.system import System
from symgen.jets.space import Jet

MOST_DIVERGENCES = 1500
"""Monomials theta; beyond, a divergence can be missed."""
Source = tuple[int, int]
"""An axis i and a monomial theta."""
Plain = tuple[sympy.Expr, list[sympy.Expr]]
"""T and R with density = T + sum of D_i R_i on solutions."""


def relates_in_space(system: System, time: int) -> bool:
    """Whether the equations are solved for other derivatives than those in t alone, or more than one for an unknown."""
    return len(system.expressions) != len(system.space.dependent) or any(
        lead.order > lead.orders[time] for lead in system.rules
    )


def complexity(system: System, density: sympy.Expr, time: int) -> tuple[int, int]:
    """The most derivatives in t of a derivative in a density, and the highest order."""
    jets = system.space.jets(density)
    return max((jet.orders[time] for jet in jets), default=0), max((jet.order for jet in jets), default=0)


def modulo_divergences(system: System, densities: Sequence[sympy.Expr], time: int) -> tuple[list[Plain], bool]:
    """The density of a unique form that differs by a divergence in space from each; 0 for what is one.

    Densities without independent variables are compared with D_i theta of such theta alone: in a periodic box their
    integral vanishes. That of u = D_x(x u) + D_y(x v), with u_x + v_y = 0, does not. The last value says whether all
    divergences in reach were compared; where there are too many, some may be missed.
    """
    complete = True
    explicit = [density.has(*system.space.variables) for density in densities]
    results: list[Plain] = [(sympy.S.Zero, [])] * len(densities)
    for kind in (False, True):
        chosen = [place for place, own in enumerate(explicit) if own == kind]
        if chosen:
            divergences = _Divergences(system, [densities[place] for place in chosen], time, kind)
            complete &= divergences.complete
            for place in chosen:
                results[place] = divergences.plain(densities[place])
    return results, complete


class _Divergences:
    """Divergences near some densities, in echelon form."""

    def __init__(self, system: System, densities: Sequence[sympy.Expr], time: int, explicit: bool) -> None:
        self.system, self.space, self.time = system, system.space, time
        self.axes = [axis for axis in range(len(system.space.independent)) if axis != time]
        self.ring = DifferentialRing(system.space, system)
        self._sizes: dict[int, tuple[int, ...]] = {}
        self._ranks: dict[int, tuple[Any, ...]] = {}
        self._replaced = [
            (lead, source)
            for lead in system.rules
            for source in system.space.jets(system.reduce(lead))
            if lead.order > lead.orders[time]
        ]
        starts = [packed for density in densities for packed in self.ring(density)]
        sizes = [self._grades(packed) for packed in starts]
        most = [max((size[k] for size in sizes), default=0) for k in range(3)]
        gained = max((lead.order - source.order - 1 for lead, source in self._replaced), default=0)
        self._most = (most[0], most[1] + max(gained, 0), most[2] + 1 if explicit else 0)
        self.complete = True
        self._pivots: dict[int, tuple[Poly, dict[Source, Any]]] = {}
        for source, divergence in self._reached(starts).items():
            row, made = self._reduced(divergence, {source: sympy.QQ(1)})
            if row:
                pivot = max(row, key=self._ugliness)
                self._pivots[pivot] = (scaled(row, 1 / row[pivot]), _times(made, 1 / row[pivot]))

    def plain(self, density: sympy.Expr) -> Plain:
        """Without what is a divergence."""
        given = self.ring(density)
        rest, made = self._reduced(given, {})
        moved = [
            sympy.Add(*(-self.ring.expression({theta: c}) for (own, theta), c in made.items() if own == axis))
            for axis in self.axes
        ]
        return self.ring.expression(rest), moved

    def _reduced(self, row: Poly, made: dict[Source, Any]) -> tuple[Poly, dict[Source, Any]]:
        """A row without pivots, and the combination of divergences that it is, but for what it was."""
        rest, made, done = dict(row), dict(made), {}
        while rest:
            top = max(rest, key=self._ugliness)
            value = rest[top]
            if top not in self._pivots:
                done[top] = rest.pop(top)
                continue
            pivot, sources = self._pivots[top]
            add(rest, pivot, -value)
            for source, factor in sources.items():
                made[source] = made.get(source, 0) - value * factor
        return done, {source: factor for source, factor in made.items() if factor}

    def _reached(self, starts: Sequence[int]) -> dict[Source, Poly]:
        """D_i theta by i and theta, from the monomials that these have in turn."""
        found: dict[Source, Poly] = {}
        pending = list(dict.fromkeys(starts))
        seen = set(pending)
        while pending and len(found) < MOST_DIVERGENCES:
            for source in self._below(pending.pop(0)):
                if source in found:
                    continue
                axis, theta = source
                found[source] = self.ring.total_derivative({theta: sympy.QQ(1)}, axis)
                for packed in found[source]:
                    if packed not in seen:
                        seen.add(packed)
                        pending.append(packed)
        self.complete = not pending
        return found

    def _below(self, packed: int) -> Iterator[Source]:
        """Monomials theta whose derivative along an axis has this one."""
        for place, _ in list(powers(packed)):
            jet = self.ring.jet(place)
            if jet is None:
                continue
            rest = packed - self.ring.unit(self.ring.symbols[place])
            for axis in self.axes:
                for lower in self._lowered(jet, axis):
                    yield from self._near(axis, rest + self.ring.unit(self.space.symbol(lower)))
        for axis in self.axes:
            yield from self._near(axis, packed + self.ring.unit(self.space.variables[axis]))

    def _near(self, axis: int, theta: int) -> Iterator[Source]:
        if all(own <= most for own, most in zip(self._grades(theta), self._most, strict=True)):
            yield axis, theta

    def _lowered(self, jet: Jet, axis: int) -> Iterator[Jet]:
        """Free jets whose derivative along an axis is this one, or has it on solutions."""
        if jet.orders[axis]:
            yield jet.raised(axis, -1)
        for lead, source in self._replaced:
            if jet.exceeds(source):
                orders = (a + b - c for a, b, c in zip(lead.orders, jet.orders, source.orders, strict=True))
                whole = Jet(lead.unknown, tuple(orders))
                if whole.orders[axis] and self.system.leading(whole.raised(axis, -1)) is None:
                    yield whole.raised(axis, -1)

    def _grades(self, packed: int) -> tuple[int, ...]:
        """How many jets, how many derivatives and how many independent variables are in a product."""
        if packed not in self._sizes:
            degree = derivatives = explicit = 0
            for place, power in powers(packed):
                jet = self.ring.jet(place)
                degree += power if jet else 0
                derivatives += power * jet.order if jet else 0
                explicit += power if self.ring.symbols[place] in self.space.variables else 0
            self._sizes[packed] = degree, derivatives, explicit
        return self._sizes[packed]

    def _ugliness(self, packed: int) -> tuple[Any, ...]:
        """Derivatives in t are replaced first, then high ones, above all where they are a factor once."""
        if packed not in self._ranks:
            self._ranks[packed] = self._rank(packed)
        return self._ranks[packed]

    def _rank(self, packed: int) -> tuple[Any, ...]:
        jets = [(jet, power) for place, power in powers(packed) if (jet := self.ring.jet(place))]
        in_time = sum(jet.orders[self.time] * power for jet, power in jets)
        top = max((jet.order for jet, _ in jets), default=0)
        with_top = sum(power for jet, power in jets if jet.order == top)
        return in_time, top, -with_top, *self._grades(packed), packed


def _times(made: dict[Source, Any], factor: Any) -> dict[Source, Any]:
    """A combination times a number."""
    return {source: value * factor for source, value in made.items()}
