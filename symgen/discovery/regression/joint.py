"""Equations of several unknowns that have assumed symmetries, found together.

Symmetries that mix unknowns, as a rotation of phase does, tie the coefficients of their equations. So the linear
equations of all unknowns that are tied are written below one another, each relative to its left-hand side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import sympy

from symgen.discovery.regression.assumption import sum_text
from symgen.discovery.regression.choice import Model, Search
from symgen.discovery.regression.evolution import GOOD, POOR, Equations, accounts, scores
from symgen.discovery.regression.integrals import Box
from symgen.discovery.regression.products import MOST_IN_LIBRARY, SIZES, Product, library, of_time
from symgen.discovery.regression.restricted import Restricted
from symgen.discovery.regression.systems import System
from symgen.equations.invariant import Components, Invariant, invariant
from symgen.jets.space import Jet, JetSpace
from symgen.pde.axis import TIME
from symgen.processes import shared_out

Group = tuple[int, ...]
"""Unknowns whose equations are tied, by number, ascending."""


@dataclass(frozen=True)
class Coupled:
    """Terms of the equations of several unknowns, with one coefficient for all."""

    parts: tuple[tuple[int, sympy.Rational, Product], ...]
    """Unknown, factor and term."""

    @property
    def in_jets(self) -> sympy.Expr:
        """Multiplied out, times a symbol for the equation in which each part is."""
        return sympy.expand(sympy.Add(*(value * term.in_jets * _equation(a) for a, value, term in self.parts)))

    @property
    def text(self) -> str:
        """Such as `psi_i_xx (in psi_r) and -psi_r_xx (in psi_i)`."""
        by_unknown = {a: [(value, t.text) for b, value, t in self.parts if b == a] for a, _, _ in self.parts}
        names = self.parts[0][2].space.dependent
        return " and ".join(f"{sum_text(by_unknown[a])} (in {names[a]})" for a in sorted(by_unknown))

    @property
    def rank(self) -> tuple[bool, int, int, int]:
        """Ascending: which terms are preferred where data cannot tell them apart."""
        return max(term.rank for _, _, term in self.parts)


def joint_models(
    equations: Equations, fields: Sequence[Components], progress: Callable[[], None] | None = None
) -> dict[Group, Model] | None:
    """The best equations with these symmetries, in u_t for all unknowns or in u_tt for all; None if there are none."""
    first = _of_order(equations, 1, fields, progress)
    if first is not None and all(model.unexplained <= GOOD for model in first.values()):
        return first
    second = _of_order(equations, 2, fields, progress)
    if first is None or second is None or set(first) != set(second):
        return first or second
    better = (
        scores(second[group], model) or (model.residual > POOR and accounts(second[group], model))
        for group, model in first.items()
    )
    return second if all(better) else first


def _of_order(
    equations: Equations, order: int, fields: Sequence[Components], progress: Callable[[], None] | None
) -> dict[Group, Model] | None:
    """In libraries of growing size, while much is left."""
    space, tried = equations.space, None
    best: dict[Group, Model] = {}
    for size in SIZES:
        plain = library(space, size)
        if best and (len(plain) > MOST_IN_LIBRARY or plain == tried):
            break
        tried = plain
        terms = [
            tuple(dict.fromkeys([*_laplacians_first(plain), *(of_time(space, a) if order > 1 else ())]))
            for a in range(len(space.dependent))
        ]
        found = invariant(space, order, [[term.in_jets for term in own] for own in terms], fields)
        if found is None or not (found.fixed or found.basis):
            continue
        groups = _groups(found, len(space.dependent))
        if any(not _has_terms(found, group) for group in groups):
            continue
        models = {group: _search(equations, order, terms, found, group).best() for group in groups}
        for group, model in models.items():
            other = best.get(group)
            if other is not None and not (scores(model, other) or accounts(model, other)):
                models[group] = other
        best = models
        if progress:
            progress()
        if all(model.unexplained <= GOOD for model in best.values()):
            break
    return best or None


def _laplacians_first(terms: Iterable[Product]) -> list[Product]:
    """So that of a basis they are terms, and not sums of others."""
    return sorted(terms, key=lambda term: not term.laplacians)


def _groups(found: Invariant, count: int) -> list[Group]:
    """Unknowns that no sum of the basis ties are apart."""
    group = list(range(count))
    for combination in found.basis:
        tied = {group[a] for a, _ in combination}
        group = [min(tied) if own in tied else own for own in group]
    return [tuple(a for a in range(count) if group[a] == own) for own in sorted(set(group))]


def _has_terms(found: Invariant, group: Group) -> bool:
    return any(a in group for combination in (found.fixed, *found.basis) for a, _ in combination)


def _search(
    equations: Equations, order: int, terms: Sequence[Sequence[Product]], found: Invariant, group: Group
) -> Search:
    places = [(a, k) for a in group for k in range(len(terms[a]))]
    number = {place: n for n, place in enumerate(places)}
    fixed = {place: value for place, value in found.fixed.items() if place in number}
    columns = [{place: sympy.S.One} for place in fixed]
    columns += [dict(one) for one in found.basis if all(place in number for place in one)]
    matrix = np.zeros((len(places), len(columns)))
    for n, column in enumerate(columns):
        for place, value in column.items():
            matrix[number[place], n] = float(value)
    own = [Coupled(tuple((a, value, terms[a][k]) for (a, k), value in column.items())) for column in columns]
    plain = [Coupled(((a, sympy.S.One, terms[a][k]),)) for a, k in places]
    stacked = Stacked(equations, order, group)
    windows = equations.windows
    systems = [
        Restricted.of(system, own, matrix, tuple(fixed.values()))
        for system in shared_out(len(windows), lambda place: stacked.system(windows[place], plain))
    ]
    return Search(systems, "products", stacked.disturbed)


class Stacked:
    """The linear equations of some unknowns below one another, each relative to its left-hand side."""

    def __init__(self, equations: Equations, order: int, group: Group) -> None:
        self.equations, self.order, self.group = equations, order, group
        self.targets = {a: equations.target(a, order) for a in group}

    def system(self, box: Box, terms: Sequence[Coupled]) -> System:
        """Of one window."""
        clean, _ = self.equations.pairs[box]
        own: dict[int, list[Product]] = {a: [] for a in self.group}
        for term in terms:
            for a, _, product in term.parts:
                own[a].append(product)
        each = [clean.system(self.targets[a], own[a]) for a in self.group]
        target = np.concatenate([one.target / np.linalg.norm(one.target) for one in each])
        columns = np.zeros((len(target), len(terms)))
        row = column = 0
        for one in each:
            rows, width = one.columns.shape
            columns[row : row + rows, column : column + width] = one.columns / np.linalg.norm(one.target)
            row, column = row + rows, column + width
        groups = np.concatenate([one.groups for one in each])
        return System(self.order, tuple(terms), target, columns, groups, box)

    def disturbed(self, system: System, places: Sequence[int], coefficients: np.ndarray) -> tuple[float, np.ndarray]:
        """What noise leaves, and the coefficients with as much once more, see `Disturbed`."""
        assert isinstance(system.window, Box)
        clean, noisy = self.equations.pairs[system.window]
        terms = [Coupled(tuple((a, sympy.S.One, self.targets[a]) for a in self.group))]
        terms += [system.terms[place] for place in places]

        def integrals(of: Callable[[Product], np.ndarray]) -> np.ndarray:
            scale = {a: 1 / np.linalg.norm(clean(self.targets[a])) for a in self.group}
            rows = np.zeros((len(terms), len(self.group), len(clean(self.targets[self.group[0]]))))
            for n, term in enumerate(terms):
                for a, value, product in term.parts:
                    rows[n, self.group.index(a)] += float(value) * scale[a] * of(product)
            return rows.reshape(len(terms), -1)

        with_more = integrals(noisy)
        change = with_more - integrals(clean)
        left = change[0] - coefficients @ change[1:]
        share = np.sqrt((left**2).mean() / (system.target**2).mean())
        return float(share), system.solved(places, with_more[1:].T, with_more[0])


def left_of(space: JetSpace, unknown: int, order: int) -> sympy.Symbol:
    """u_t or u_tt."""
    return space.symbol(Jet(space.dependent[unknown], tuple(order * (name == TIME) for name in space.independent)))


def _equation(unknown: int) -> sympy.Symbol:
    return sympy.Symbol(f"equation_{unknown}")
