"""What is certain of the symmetries of equations that were found in data, and what would decide about the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from symgen.discovery.certainty.certify import Certified, certified
from symgen.discovery.certainty.jets import free_samples
from symgen.discovery.certainty.judgement import DRAWS, TILTED, TOLERANCE, Bound, Judgement, tilts
from symgen.discovery.certainty.response import Fields
from symgen.discovery.problem import Problem
from symgen.generators.algebra import lie_brackets
from symgen.generators.features import Features
from symgen.generators.library import LibraryGenerators
from symgen.generators.metadata import Certainty, GeneratorRecord
from symgen.least_squares import least_squares

NEAR = 12
"""Fields after the exact ones of which it is asked whether they may be symmetries, too."""
UNBOUNDED = 20.0
"""How many times the tolerance a bound is that no more data of the kind bring down."""
ROUNDING = 1e-6
"""Closure error of brackets that is none."""


@dataclass(frozen=True)
class Assessed:
    """Generators with bounds: certain ones first, of which the last are trivial, then undecided ones, then others."""

    records: list[GeneratorRecord]
    coefficients: torch.Tensor
    exact: int
    trivial: int
    certainty: Certainty
    doubts: tuple[str, ...]


class Assessment:
    """Fields of a library (m, d, K), orthonormal, symmetries of the equations that were found first."""

    def __init__(self, problem: Problem, features: Features, fields: torch.Tensor, exact: int, count: int) -> None:
        """`count`: how many are kept."""
        self.problem, self.features, self.exact = problem, features, exact
        self.fields = fields[: max(exact + NEAR, count)]
        tilted = tilts(problem.system.space, Fields(features, self.fields, problem.space)) > TILTED
        if not tilted[:exact].any():  # then the others' are expensive, and hardly symmetries
            tilted[:count] = False
        else:
            tilted[:] = False
        self._places = (~tilted).nonzero().flatten().tolist()
        self.fields = self.fields[self._places]
        given = Fields(features, self.fields, problem.space)
        self.judgement = Judgement(problem.system.space, problem.posteriors, given, free_samples(problem))
        self.confidence = problem.settings.confidence

    def also_certain(self, defects: Sequence[float], limit: float) -> int:
        """How many of the next fields, with defects within the limit, may be symmetries for all that the data say, and
        are so to within the tolerance: with coefficients as they were rounded they are none by chance.
        """
        identity = np.eye(self.judgement.count)
        certain = certified(self.judgement, identity[: self.exact], self.confidence, TOLERANCE).certain
        more = 0
        for place in range(self.exact, len(identity)):
            rows = identity[[*certain, *range(self.exact, place + 1)]]
            own = self._places[place]
            if own != place or defects[own] > limit or self._is_ruled_out(identity[place]):
                break
            if self.judgement.bound(rows, self.confidence).value > TOLERANCE:
                break
            more += 1
        return more

    def of(self, records: Sequence[GeneratorRecord], coefficients: torch.Tensor, exact: int, trivial: int) -> Assessed:
        """Of generators (n, d, K), combinations of the fields, of which the first `exact` are symmetries of the
        equations that were found, and the last `trivial` of these move every solution along itself.
        """
        rows = least_squares(self.fields.flatten(1).T, coefficients.flatten(1).T).T.numpy()
        judgement, told = self.judgement, exact - trivial
        found = certified(judgement, rows[:exact], self.confidence, TOLERANCE)
        undecided = [place for place in range(exact) if place not in found.certain]
        later = range(exact, len(records))
        shares = [bound.value for bound in found.bounds]
        shares += [judgement.bound(rows[[place]], self.confidence).value for place in later]
        together, certain = found.together, list(found.certain)
        for place in later:
            if records[place].status == "approximate" and not self._is_ruled_out(rows[place]):
                larger = judgement.bound(rows[[*certain, place]], self.confidence)
                if larger.value <= TOLERANCE:
                    certain, together = [*certain, place], larger
        order = [*found.certain, *undecided, *later]
        changed = []
        for place in order:
            known = {"relative_bound": shares[place], "bound": shares[place] * judgement.length(rows[place])}
            open_one = {"status": "none", "undecided": True, "trivial": False} if place in undecided else {}
            changed.append(records[place].model_copy(update={**known, **open_one}))
        error, closed = self._brackets(coefficients[certain], [shares[place] for place in certain])
        flows = sum(place < exact and records[place].trivial for place in certain)
        more = max(len(certain) - len(found.certain), self._not_ruled_out())
        certainty = Certainty(
            confidence=self.confidence,
            tolerance=TOLERANCE,
            at_least=len(certain) - flows,
            at_most=told + more,
            bound=together.value if together else None,
            sources=("covariance of coefficients", "terms left out of the equations"),
            resamples=DRAWS,
            wanted=tuple(_wanted(self.problem, found.refused)),
            brackets=error,
            closed=closed,
        )
        doubts = tuple(_doubts(self.problem, found, len(undecided), certainty))
        return Assessed(changed, coefficients[order], len(found.certain), flows, certainty, doubts)

    def _not_ruled_out(self) -> int:
        """How many of the fields after the exact ones may be symmetries."""
        return sum(not self._is_ruled_out(row) for row in np.eye(self.judgement.count)[self.exact :])

    def _is_ruled_out(self, row: np.ndarray) -> bool:
        """Whether a field has a larger defect than the condition may be off by."""
        return self.judgement.defect(row) > self.judgement.bound(row[None], self.confidence, change=True).value

    def _brackets(self, fields: torch.Tensor, bounds: Sequence[float]) -> tuple[float | None, bool | None]:
        """How far brackets of the certain fields are from their span, at most, and whether that is within bounds."""
        if len(fields) < 2:
            return None, None
        certain = LibraryGenerators(self.problem.space, self.features, fields)
        error = float(lie_brackets(certain, self.problem.free.sample.points).closure_error.max())
        return error, error <= max(ROUNDING, *bounds)


class Undecided(NamedTuple):
    """Why nothing can be decided, and what would decide."""

    why: str
    wanted: tuple[str, ...]
    others: bool = False
    """Whether those that are no symmetries by their defects are undecided, too."""


MIXED = Undecided(
    "Some equations that were found have first derivatives in t and others second ones, and how sure their symmetries "
    "are is not known: all are undecided. Less noise may give equations of one order, or give one --equation for each "
    "unknown.",
    ("one --equation for each unknown",),
)
GIVEN_UP = Undecided(
    "Exact algebra, which decides what is a symmetry, was given up as it takes too long: all fields are undecided. "
    "Simpler equations or lower degrees take less.",
    (),
)
DROWNED = Undecided(
    "What the symmetry condition leaves of some fields is so large that its rounding hides which others are "
    "symmetries: all are undecided. Exponentials and high powers of what the data range over make it so.",
    ("data over smaller ranges", "other units"),
    others=True,
)


def undecided_all(
    records: Sequence[GeneratorRecord], exact: int, confidence: float, because: Undecided
) -> tuple[list[GeneratorRecord], Certainty, tuple[str, ...]]:
    """Of the first `exact` none is called a symmetry."""
    update = {"status": "none", "undecided": True, "trivial": False}
    changed = [
        record.model_copy(update=update if k < exact or (because.others and record.status == "none") else {})
        for k, record in enumerate(records)
    ]
    certainty = Certainty(
        confidence=confidence, tolerance=TOLERANCE, at_least=0, sources=(), resamples=0, wanted=because.wanted
    )
    return changed, certainty, (because.why,)


def _wanted(problem: Problem, refused: Sequence[Bound]) -> Iterator[str]:
    """What would decide about fields with such bounds."""
    if not refused:
        return
    worst = max(refused, key=lambda bound: bound.value)
    factor = worst.value / TOLERANCE
    if factor > UNBOUNDED:
        apart = f" that tell {worst.term} apart from the other terms" if worst.term else ""
        yield f"more varied solutions{apart}, of other initial states or over a longer time"
    elif all(one.clean for one in problem.posteriors):
        yield "a finer grid, in space and time"
    else:
        yield f"about {factor**2:.2g} times as many trajectories, or {factor:.2g} times less noise"


def _doubts(problem: Problem, found: Certified, undecided: int, certainty: Certainty) -> Iterator[str]:
    if undecided:
        worst = max(found.refused, key=lambda bound: bound.value)
        many, several = undecided > 1, len(problem.posteriors) > 1
        because = f"some {worst.term}" if worst.term else "other coefficients"
        yield (
            f"{undecided} symmetr{'ies' if many else 'y'} of the equation{'s' * several} found "
            f"{'are' if many else 'is'} undecided: with {because}, which the data allow, {'they' if many else 'it'} "
            f"may be off by up to {worst.value:.2g} of what cancels in the symmetry condition (at "
            f"{certainty.confidence:.0%} confidence; up to {TOLERANCE:g} is called a symmetry). "
            f"What would decide: {'; '.join(certainty.wanted)}."
        )
