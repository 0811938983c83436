"""What stays constant in data that come without an equation: densities, with the doubt that is due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import prod

import numpy as np
import sympy

from symgen.conserved.box_means import BoxMeans, Current
from symgen.conserved.combinations import Combination, sparse_combinations
from symgen.conserved.constancy import TOLD, Constancy
from symgen.conserved.controls import products_of, terms_of
from symgen.conserved.densities import density_library, state_library
from symgen.conserved.drift import changes
from symgen.conserved.errors import ErrorSources
from symgen.conserved.law_drifts import curve_of
from symgen.conserved.order_in_time import rates_follow
from symgen.discovery.gap import Rule, find_gap
from symgen.equations.reading import LETTERS
from symgen.exceptions import DataError
from symgen.generators.drift_record import CLEAR, EXPLAINED, DriftRecord, Verdict
from symgen.jets.space import Jet, JetSpace
from symgen.pde.axis import TIME
from symgen.pde.residual import FINE
from symgen.pde.solution_jets import TooCoarse, grid_jet, is_circle, require_points
from symgen.pde.solutions import Solutions

RULE = Rule(accuracy=1e-6, exact_limit=1e-3, exact_gap=100, approximate_limit=0.05, approximate_gap=10)
"""For ratios: smaller ones than 1e-6 are what solvers of differential equations leave."""
FEW_TERMS, MOST_TERMS = 6, 12
"""Of a density that is shown, where there is one solution, and else: longer ones are accidents."""
MOVING = 0.03
"""Ratio from which on a combination clearly changes."""
LEAST_MOVING = 2
CANCELLED = 1e-6
"""Share of its terms that a mean must have to be other than 0."""
LEAST_SOLUTIONS = 4
"""With fewer no half of them can be held out."""
MOST_SOLUTIONS, MOST_VALUES = 48, 2**24
MOST_TIMES, LEAST_TIMES, MOST_POINTS = 64, 10, 2**19
"""Of a solution that are looked at, so that there are about so many points in all."""
STILL = (
    "All integrals over the box stay constant in these solutions, or change by no more than their errors, as those of "
    "waves that travel without changing shape do: nothing can be told from them. Give solutions in which waves meet, "
    "longer ones, or less noise."
)
ALL_STILL = (
    "All functions of the state that are tried stay constant in these solutions, or change by no more than their "
    "errors: nothing can be told from them. Give solutions that move more, or less noise."
)
HIDDEN = (
    "Nothing is found that stays constant, and noise or the grid explains changes of {:.0e} of what such functions "
    "vary by: what is conserved may be hidden in it. Less noise, a finer grid or more solutions would tell."
)
HIDES = 1e-3
"""Share of its variation from which on errors may hide that a function is conserved."""
AT_REST = (
    "The data do not show that rates of change follow from the unknowns, as in equations of first order in time. In "
    "those of second order the mean of an unknown stays constant where its mean rate is 0 at first, without being "
    "conserved."
)
SAME = (
    "The mean of {unknown} is the same in all solutions at all times. Whether it is conserved or a condition on the "
    "initial data, they do not tell: solutions with different means would."
)


@dataclass(frozen=True)
class ConservedInData:
    """Densities that stay constant, the simplest first, and how they were told from others."""

    records: tuple[DriftRecord, ...]
    ratios: tuple[float, ...]
    """Of all combinations, ascending: change within solutions over variation between them and within."""
    densities: int
    """Of the library."""
    notes: tuple[str, ...] = ()


def conserved_in_data(data: Solutions) -> ConservedInData:
    """Combinations of densities, independent modulo divergences, whose integral over the box stays constant; of
    ordinary equations, functions of the state.

    Where rates of change do not follow from the unknowns, as in equations of second order, they are tried as further
    unknowns if nothing is found without them. Raises DataError for data without t, on axes of space that have ends, and
    for those in which everything stays constant, so that nothing can be told.
    """
    names = [axis.name for axis in data.axes]
    if TIME not in names:
        raise DataError("The data have no t, so nothing can be said to stay constant in them.")
    if open_ones := [axis.name for axis in data.space if not is_circle(axis)]:
        raise DataError(
            f"The data have ends in {open_ones[0]}, through which anything may flow: without an equation only "
            "integrals over a period can be followed. Give the equation with --equation."
        )
    if other := [name for name in names if name not in LETTERS]:
        raise DataError(f"The data have an axis {other[0]}; densities are sought in x, y, z and t. Rename it.")
    space = JetSpace(tuple(letter for letter in LETTERS if letter in names), data.unknowns)
    values = data.read(range(max(1, min(len(data), MOST_SOLUTIONS, MOST_VALUES // (prod(data.shape) * len(names))))))
    follow = rates_follow(data.first(len(values)), space)
    first = _Search(data, values, space, rates=False, follow=follow).result()
    single = len(values) == 1 and first.records
    if follow or single or any(record.verdict != "undecided" for record in first.records):
        return first
    try:
        second = _Search(data, values, space, rates=True, follow=follow).result()
    except TooCoarse:
        return first
    return second if any(record.ratio is not None for record in second.records) else first


class _Search:
    """A library of densities, their means in the data, and the combinations that stay constant."""

    def __init__(self, data: Solutions, values: np.ndarray, space: JetSpace, rates: bool, follow: bool) -> None:
        self.data, self.values, self.space, self.follow = data, values, space, follow
        each = len(values) * max(1, prod(data.shape[1:]))
        self.most_times = min(MOST_TIMES, max(LEAST_TIMES, MOST_POINTS // each))
        own = [Jet(name, space.none) for name in space.dependent]
        time = space.independent.index(TIME)
        state = [*own, *(jet.raised(time) for jet in own)] if rates else own
        axes = [place for place in range(len(space.independent)) if place != time]
        positive = [jet for jet in own if values[..., data.unknowns.index(jet.unknown)].min() > 0]
        stages = density_library(space, axes, state) if axes else state_library(space, state, positive)
        stages = [[density for density in stage if self._fits(density)] for stage in stages]
        self.library = [density for stage in stages for density in stage]
        self.ends = list(accumulate(map(len, stages)))
        self.box = BoxMeans(data, space, [Current(density) for density in self.library], self.most_times)
        means, sizes = self.box(values)
        self.sizes = np.maximum(sizes.mean((-2, -1)), np.finfo(float).tiny)
        self.errors = ErrorSources(data, values)
        moved, _ = self.errors.deviations(self.box)
        unit = self.sizes[:, None, None]
        self.constancy = Constancy(means / unit, moved / unit)
        self.notes: list[str] = []

    def _fits(self, density: sympy.Expr) -> bool:
        """Whether the grid has its derivatives."""
        try:
            require_points(
                self.data, [grid_jet(self.data, self.space, jet)[1] for jet in self.space.jets(density)], FINE
            )
        except TooCoarse:
            return False
        return True

    @property
    def solutions(self) -> int:
        """How many are looked at."""
        return len(self.values)

    def result(self) -> ConservedInData:
        """The densities that stay constant, stage by stage: the first term of one found is left out of the others."""
        own = self.constancy
        ratios, rows = own.directions()
        moving = sum(
            ratio >= MOVING and ratio >= EXPLAINED * own.error(row) for ratio, row in zip(ratios, rows, strict=True)
        )
        if not own.single and moving < LEAST_MOVING:
            raise DataError(STILL if self.data.space else ALL_STILL)
        left, found = np.ones(len(self.library), bool), []
        for end in self.ends:
            places = np.flatnonzero(left[:end])
            for one in filter(self._believable, self._of_stage(places)):
                left[next(iter(one.numbers))] = False
                if len(one.numbers) <= (FEW_TERMS if own.single else MOST_TERMS):
                    found.append(one)
        if own.single:
            found = self._without_zeros(found)
        undecided = self._undecided(len(found))
        records = [self._record(one, undecided) for one in found]
        records = [one for one in records if one.verdict != "undecided" or _is_clear(one)]
        records += self._still()
        hidden = float(np.median([own.error(row) for row in rows])) if len(rows) else 0.0
        if not records and hidden > HIDES:
            self.notes.append(HIDDEN.format(hidden))
        return ConservedInData(tuple(records), tuple(map(float, ratios)), len(self.library), tuple(self.notes))

    def _without_zeros(self, found: Sequence[Combination]) -> list[Combination]:
        """Without those whose mean is 0 at all times, as that of odd densities in a solution with a mirror symmetry."""
        own = self.constancy
        largest = [float(np.abs(np.tensordot(one.weights, own.means, 1)).max()) for one in found]
        least = np.maximum(TOLD * own.scales, CANCELLED)
        floors = [float(least @ np.abs(one.weights)) for one in found]
        kept = [one for one, size, floor in zip(found, largest, floors, strict=True) if size > floor]
        if lost := len(found) - len(kept):
            self.notes.append(
                f"{lost} integral{'s' * (lost != 1)} of densities {'are' if lost != 1 else 'is'} 0 at all times, as "
                "where a solution has a symmetry or no mean: this tells nothing."
            )
        return kept

    def _of_stage(self, places: np.ndarray) -> list[Combination]:
        """Those among some of the densities, which are weighed and written in the whole library."""
        own = self.constancy.of(places)
        ratios, rows = own.directions()
        if len(ratios) < 2:
            return []
        gap = find_gap([float(ratio) for ratio in ratios], RULE)
        exact, nearly = gap.exact, gap.approximate
        if self.solutions >= LEAST_SOLUTIONS:
            held_out = own.held_out()
            kept = _confirmed(held_out, ratios, exact, nearly)
            exact = max(min(exact, kept), _foretold(held_out, ratios))
            nearly = max(0, kept - exact)
        # what is nearly constant on clean data is a property of these, such as small waves
        nearly = sum(float(ratios[exact + k]) <= EXPLAINED * own.error(rows[exact + k]) for k in range(nearly))
        combinations = sparse_combinations(own, self.sizes[places], rows[:exact], rows[exact : exact + nearly])
        return [one.spread(places, len(self.library)) for one in combinations]

    def _believable(self, one: Combination) -> bool:
        """Whether what changes by more than solvers and errors leave has at least simple coefficients: others are fits
        of a few orbits by many functions.
        """
        ratio, error = self.constancy.ratio(one.weights), self.constancy.error(one.weights)
        if ratio <= max(RULE.accuracy, EXPLAINED * error):
            return True
        return all(number.is_Rational for number in one.numbers.values())

    def _undecided(self, count: int) -> bool:
        """Whether there are too few solutions, with a note where that matters."""
        if not count or self.solutions >= max(LEAST_SOLUTIONS, count + 2):
            return False
        one = "There is one solution: what is constant there may be so by its initial state alone."
        some = f"There are {self.solutions} solutions, too few for {count} constant combinations of densities."
        more = f"At least {max(LEAST_SOLUTIONS, count + 2)} different ones would tell."
        self.notes.append(f"{one if self.solutions == 1 else some} {more}")
        return True

    def _record(self, one: Combination, undecided: bool) -> DriftRecord:
        density = sympy.Add(*(number * self.library[place] for place, number in one.numbers.items()))
        error, ratio = self.constancy.error(one.weights), self.constancy.ratio(one.weights)
        verdict: Verdict = "nearly conserved"
        if undecided:
            verdict = "undecided"
        elif not self.follow and self._is_linear(density):
            verdict = "undecided"
            if AT_REST not in self.notes:
                self.notes.append(AT_REST)
        elif ratio <= RULE.accuracy:
            verdict = "conserved"
        return self._drift(density, verdict, ratio, error)

    def _is_linear(self, density: sympy.Expr) -> bool:
        """Whether it is a combination of unknowns, without their rates."""
        return all(term.as_coeff_Mul()[1] in self.space.unknowns for term in sympy.Add.make_args(density))

    def _still(self) -> Iterator[DriftRecord]:
        """The unknowns whose means are the same in all solutions at all times, where others of the kind are not."""
        for unknown in self.space.unknowns:
            if unknown not in self.library or not self.constancy.still[self.library.index(unknown)]:
                continue
            record = self._drift(unknown, "undecided", None, None)
            if _is_clear(record) and self.solutions > 1:
                self.notes.append(SAME.format(unknown=unknown))
                yield record

    def _drift(self, density: sympy.Expr, verdict: Verdict, ratio: float | None, error: float | None) -> DriftRecord:
        """The density beside that of its terms or products with an unknown which changes most."""
        others = [*terms_of(density), *products_of(self.space, density)]
        box = BoxMeans(self.data, self.space, [Current(density), *map(Current, others)], self.most_times)
        course = changes(*box(self.values))
        change, rest = course[0], np.nan_to_num(course[1:].max((-2, -1)), nan=-1.0)
        place = 1 + int(rest.argmax())
        floor = self.errors.floors(BoxMeans(self.data, self.space, [Current(density)], self.most_times))
        return DriftRecord(
            density=str(density),
            source="data",
            drift=float(change.max()),
            floor=float(floor[0]),
            control=float(course[place].max()),
            control_density=str(others[place - 1]),
            ratio=ratio,
            error=error,
            samples=self.solutions,
            verdict=verdict,
            curve=curve_of(box.times, change, box.times, course[place]),
        )


def _is_clear(record: DriftRecord) -> bool:
    """Whether others of the kind change far more."""
    return record.control is not None and record.control >= CLEAR * max(record.drift, record.floor)


def _foretold(held_out: np.ndarray, ratios: np.ndarray) -> int:
    """How many stay constant, to what solvers leave, in solutions that they were not fitted to, where the next does not
    by far: it may well be constant in those that it was fitted to, if they are few.
    """
    for count in range(len(ratios) - 1, 0, -1):
        told = max(float(held_out[count - 1]), float(ratios[count - 1])) <= RULE.accuracy
        if told and held_out[count] >= RULE.exact_limit:
            return count
    return 0


def _confirmed(held_out: np.ndarray, ratios: np.ndarray, exact: int, nearly: int) -> int:
    """How many of the combinations stay constant in solutions that they were not fitted to."""
    for count in range(exact + nearly, 0, -1):
        limit, gap = RULE.approximate_limit, RULE.approximate_gap
        if count <= exact:
            limit, gap = RULE.exact_limit, RULE.exact_gap or gap
        following = float(ratios[count]) if count < len(ratios) else 1.0
        clear = following >= gap * max(float(ratios[count - 1]), RULE.accuracy)
        if clear and held_out[count - 1] <= min(limit, following / RULE.approximate_gap):
            return count
    return 0
