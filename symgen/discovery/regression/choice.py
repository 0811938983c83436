"""How many terms, and which: every further term must be worth it.

Of each size the best subset is found in every window. A size counts if leaving out one of its terms makes the residual
several times larger; or by little more than 1, if noise accounts for what is left, but not for the term.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symgen.discovery.regression.systems import System
from symgen.discovery.regression.terms import Kind
from symgen.processes import shared_out

MOST_TERMS = {"plain": 6, "all": 6, "products": 10}
WIDTH = {"plain": 500, "all": 60, "products": 60}
WORTH = 5.0
"""Leaving out a term must make the residual larger by this factor, in a quarter of the windows at least."""
PENALTY = 3.0
"""Each term counts as this factor where models are compared."""
WORTH_IN_NOISE = 1.2
EXPLAINED = 1.5
"""Noise accounts for residuals up to this factor times what it makes."""
NOISIER = 2.0
"""A term that shows in noise may bring in this much more of it."""
NOTHING = 1e-7
"""Residuals below this are equal."""
CLEAR = 5.0
"""A coefficient must be this many errors away from 0."""
PROPORTIONAL = 0.05
"""Terms are so on the data if the angle between them is smaller."""
VAGUE = 0.1
"""Share of a coefficient that its error may have without a word."""
COMPARABLE = 3.0
"""Windows in which terms stand out of what is left as much, within this factor, must agree on the coefficients ..."""
CHANCE = 2.0
"""... within this many of their standard errors."""

Disturbed = Callable[[System, Sequence[int], np.ndarray], tuple[float, np.ndarray]]
"""What noise does in a system, given places and coefficients of its terms: it leaves a share of the left-hand side, and
as much noise once more gives other coefficients."""


@dataclass(frozen=True, eq=False)
class Model:
    """Some terms of one system, with what they leave."""

    search: Search
    system: System
    places: tuple[int, ...]
    others: tuple[System, ...]
    """Windows that are about as good."""
    floor: float
    """What noise leaves, relative to the left-hand side."""
    disturbed: np.ndarray
    """Coefficients with as much noise once more."""

    @classmethod
    def without_terms(cls, search: Search, system: System) -> Model:
        """The left-hand side is 0."""
        return cls(search, system, (), (), *search.disturbed(system, (), np.zeros(0)))

    @cached_property
    def coefficients(self) -> np.ndarray:
        """Of its terms, by least squares."""
        return self.system.fit(self.places)[0]

    @cached_property
    def residual(self) -> float:
        """Relative to the left-hand side."""
        return self.system.left_by(self.places, self.coefficients)

    @property
    def rank(self) -> list[tuple[bool, int, int, int]]:
        """Ascending: which of equal models is preferred."""
        return sorted((self.system.terms[place].rank for place in self.places), reverse=True)

    @cached_property
    def errors(self) -> np.ndarray:
        """Of the coefficients: the largest of four.

        The jackknife's; how far other windows are off, in noise beyond what is chance; how far as much noise once more
        moves them, as noise also biases (Cook and Stefanski, J. Am. Stat. Assoc. 89 (1994) 1314); and what is left, if
        noise does not account for it, as if it were the term's. The jackknife alone does not see what noise, a coarse
        grid or a solver does to all parts of the data alike.
        """
        largest = np.maximum(self.system.jackknife(self.places), np.abs(self.disturbed - self.coefficients))
        for other in self.others:
            apart = (other.fit(self.places)[0] - self.coefficients) ** 2
            chance = (CHANCE * other.jackknife(self.places)) ** 2 if self.is_noise else 0
            largest = np.maximum(largest, np.sqrt(np.maximum(apart - chance, 0)))
        largest = np.maximum(largest, self.unexplained / self.system.sizes(self.places))
        largest[[self.system.known(place) is not None for place in self.places]] = 0.0
        return largest

    @property
    def is_noise(self) -> bool:
        """Whether noise accounts for what is left."""
        return self.residual <= EXPLAINED * self.floor

    @property
    def unexplained(self) -> float:
        """What is left, if noise does not account for it."""
        return 0.0 if self.is_noise else self.residual

    @property
    def is_vague(self) -> bool:
        """Whether some coefficient is known to a tenth of it at best."""
        return bool((VAGUE * np.abs(self.coefficients) < self.errors).any())

    def is_sharp(self, much: float) -> bool:
        """Whether little is left but noise, and the coefficients are well known."""
        return self.unexplained <= much and not self.is_vague

    @property
    def is_clear(self) -> bool:
        """Whether all coefficients differ from 0."""
        return bool((np.abs(self.coefficients) >= CLEAR * self.errors).all())

    @property
    def score(self) -> float:
        """Logarithm of the residual with a penalty for each term; smaller is better."""
        return float(np.log(max(self.residual, NOTHING)) + len(self.places) * np.log(PENALTY))


class Search:
    """The best models of each size in all windows of one left-hand side."""

    def __init__(
        self, systems: Sequence[System], library: Kind, disturbed: Disturbed, differences: bool = False
    ) -> None:
        """`differences`: whether central differences stand for derivatives in space."""
        self.systems, self.library, self.disturbed, self.differences = systems, library, disturbed, differences
        most, width = MOST_TERMS[library], WIDTH[library]
        self.subsets = list(shared_out(len(systems), lambda place: systems[place].subsets(most, width)))
        self.most = min(len(found) for found in self.subsets)
        best = np.array([[1.0, *(s.residuals[0] for s in found[: self.most])] for found in self.subsets])
        self.growths = np.maximum(best[:, :-1], NOTHING) / np.maximum(best[:, 1:], NOTHING)
        """(windows, sizes): how much smaller the best residual is than with one term less."""

    def best(self) -> Model:
        """The largest model that is worth its terms, or else that of one term."""
        best = smaller = self.model(1)
        for size in range(2, self.most + 1):
            model, growths = self.model(size), self.growths[:, size - 1]
            worth = np.quantile(growths, 0.75) >= WORTH and model.score < best.score
            shows = growths.max() >= WORTH_IN_NOISE and _shows_in_noise(model, smaller, best)
            if (worth or shows) and model.is_clear:
                best = model
            smaller = model
        return best

    def equivalents(self, model: Model) -> list[Model]:
        """Those with a term exchanged for one proportional to it on the data, the one with the plainest terms first."""
        limit = max(model.residual * WORTH, NOTHING)
        found = []
        for place in model.system.free(model.places):
            kept = [p for p in model.places if p != place]
            for other in set(range(len(model.system.terms))) - set(model.places):
                places = sorted([*kept, other])
                if model.system.fit(places)[1] <= limit and model.system.apart(kept, place, other) < PROPORTIONAL:
                    found.append(self.described(model.system, places))
        return sorted(found, key=lambda m: m.rank)

    def runner_up(self, places: Sequence[int], system: System) -> tuple[tuple[int, ...], float] | None:
        """The best other subset of no more terms in a system, and what it leaves."""
        found = self.subsets[self.systems.index(system)][: system.size(places)]
        others = [
            (float(r), tuple(int(p) for p in subset))
            for size in found
            for r, subset in zip(size.residuals[:2], size.places[:2], strict=True)
            if set(subset.tolist()) != set(places)
        ]
        return min(others)[::-1] if others else None

    def model(self, size: int) -> Model:
        """The best of this size: of the windows in which its terms stand out most that in which it leaves least."""
        contrasts = np.sqrt(np.maximum(self.growths[:, size - 1] ** 2 - 1, 0))
        good = [i for i in range(len(self.systems)) if contrasts[i] >= contrasts.max() / COMPARABLE]
        chosen = min(good, key=lambda i: self.subsets[i][size - 1].residuals[0])
        return self.described(self.systems[chosen], self.subsets[chosen][size - 1].places[0])

    def described(self, system: System, places: Sequence[int]) -> Model:
        """A model in a system, with the windows to compare with."""
        places = tuple(int(p) for p in places)
        least = system.contrast(places) / COMPARABLE
        others = tuple(s for s in self.systems if s is not system and s.contrast(places) >= least)
        return Model(self, system, places, others, *self.disturbed(system, places, system.fit(places)[0]))


def _shows_in_noise(model: Model, smaller: Model, best: Model) -> bool:
    """Whether a model has sharp coefficients and noise accounts for what it leaves, but not for what one term less
    leaves; or it has one term more than the best so far, in a window that is not much noisier.
    """
    if model.is_vague or not model.is_noise:
        return False
    if smaller.residual > WORTH_IN_NOISE * smaller.floor:
        return True
    return smaller is best and model.residual <= NOISIER * smaller.residual
