"""How often each rule is wrong, and how often it finds all, in pairs of states and rates.

Regression of u_t = F(u) has every pair as an equation for the coefficients.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from math import comb

import numpy as np
import torch

from symgen.benchmark.certainty.examples import EXAMPLES, NEARLY, Example, known, monomials, truths
from symgen.benchmark.table import Result
from symgen.discovery.certainty.certify import Judgement, certified_span
from symgen.discovery.certainty.judgement import TOLERANCE
from symgen.discovery.certainty.response import Fields
from symgen.discovery.gap import find_gap
from symgen.discovery.regression.choice import MOST_TERMS, WIDTH
from symgen.discovery.regression.products import Product
from symgen.discovery.regression.subsets import best_subsets, triangle
from symgen.discovery.regression.system_record import simplest
from symgen.equations.posterior import LeftOut, Posterior
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.jets.sample import JetSample

RULES = ("certain", "gap", "largest")


def measure(
    systems: Sequence[str], noise: float, sizes: Sequence[int], repetitions: int, speed: float, seed: int, device: str
) -> Result:
    """Rates over all settings, which are systems with a size: `false` over all, `found` over systems with symmetries.

    `speed` multiplies the right-hand sides, so that coefficients are not 1.
    """
    start, outcomes = time.perf_counter(), []
    for name, points, k in product(systems, sizes, range(repetitions)):
        referee = _referee(name, speed)
        pairs = sampled(referee.example, points, noise, np.random.default_rng([seed, points, k]))
        for rule, (count, false) in referee.declared(*posteriors(referee.example, *pairs)).items():
            outcomes.append((name, points, rule, count == referee.dimension, false))
    counts: Counter[str] = Counter()
    for name, points, rule, found, false in outcomes:
        counts[f"{name} {points} {rule} false"] += false
        counts[f"{name} {points} {rule} found"] += found
    symmetric = [outcome for outcome in outcomes if _referee(outcome[0], speed).dimension]
    result: Result = {}
    for rule in RULES:
        result[f"false_{rule}"] = _mean([false for _, _, own, _, false in outcomes if own == rule])
        result[f"found_{rule}"] = _mean([found for _, _, own, found, _ in symmetric if own == rule])
    for points in sizes:
        certain = [found for _, size, rule, found, _ in symmetric if (size, rule) == (points, "certain")]
        result[f"found_{points}"] = _mean(certain)
    result |= {"settings": len(systems) * len(sizes), "repetitions": repetitions, "counts": dict(counts)}
    return result | {"seconds": (time.perf_counter() - start) * len(RULES) / len(outcomes)}


def _mean(hits: Sequence[bool]) -> float | None:
    return statistics.fmean(hits) if hits else None


class Referee:
    """One system with its truth, for any number of data sets."""

    def __init__(self, example: Example) -> None:
        self.example, self.dimension, self._fields = example, example.dimension, affine_fields(example)
        self._sample = states_in(example, 256, seed=1)  # others than those that truth is scored at
        given = example.jets, truths(example.system), self._fields, states_in(example, 2048, seed=0)
        self.truth = [Judgement(*given, draws=1, plain=plain) for plain in (False, True)]
        """By symgen's measure and by the published one, relative to the two parts of the bracket alone."""

    def declared(self, posteriors: Sequence[Posterior], plain: np.ndarray) -> dict[str, tuple[int, bool]]:
        """How many symmetries, and whether a combination has too large a defect, by rule. `certain`: the largest span
        of which no combination's bound exceeds the tolerance; `gap`: what symgen calls exact of the equations found, by
        the largest gap alone; `largest`: in the published measure, before the largest gap of all for the `plain`
        coefficients, whatever it is.
        """
        fields, sample, jets = self._fields, self._sample, self.example.jets
        own = Judgement(jets, posteriors, fields, sample)
        defects, rows = own.spectrum()
        gap = rows[: find_gap(defects.tolist()).exact]
        fitted = Judgement(jets, known(self.example.equations_of(plain)), fields, sample, 1, plain=True)
        defects, rows = fitted.spectrum()
        largest = rows[: 1 + int(np.argmax(defects[1:] / defects[:-1]))]
        spans = {"certain": certified_span(own), "gap": gap, "largest": largest}
        return {rule: (len(span), self.worst(span, rule == "largest") > TOLERANCE) for rule, span in spans.items()}

    def worst(self, span: np.ndarray, published: bool = False) -> float:
        """The largest true defect of the combinations of fields (m, N); 0 where there are none."""
        return self.truth[published].bound(span, 0.5).value if len(span) else 0.0


_referee = cache(lambda name, speed: Referee({**EXAMPLES, NEARLY.name: NEARLY}[name].times(speed)))


def affine_fields(example: Example) -> Fields:
    """V^i = scale_i sum_k c_ik psi_k with psi = 1, u/scale, v/scale, ...: those that are affine, without d/dt."""
    library = TotalDegreeLibrary.on(example.space.lower, example.space.upper, 1)
    n = len(example.jets.dependent)
    coefficients = torch.zeros(n, n + 1, n + 1, library.size, dtype=torch.float64)
    for k in range(n + 1):
        feature = library.degrees.index(tuple(int(k > 0 and axis == k) for axis in range(n + 1)))
        for component in range(n):
            coefficients[component, k, component + 1, feature] = example.half / example.space.scale[1] if k else 1.0
    return Fields(library, coefficients.flatten(0, 1), example.space)


def states_in(example: Example, points: int, seed: int) -> Callable[[Sequence[object]], JetSample]:
    """Uniform in the box, at t = 0."""
    states = example.states(points, np.random.default_rng(seed))
    own = torch.from_numpy(np.concatenate([np.zeros((points, 1)), states], axis=1))
    return lambda jets: JetSample(own, own.new_zeros(len(jets), len(own)))


def sampled(example: Example, points: int, noise: float, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """States, uniform in the box, and rates (P, n) with normal noise in each, relative to the size of the rates."""
    states = example.states(points, draw)
    rates = example.rates(states)
    size = noise * np.sqrt((rates**2).sum(1).mean())
    return states, rates + size * draw.standard_normal(rates.shape)


def posteriors(example: Example, states: np.ndarray, rates: np.ndarray) -> tuple[list[Posterior], np.ndarray]:
    """What pairs say about the equation of every unknown, and the plain least-squares coefficients (n, K).

    Of the best subset of terms of each size that of least extended information criterion (Chen and Chen, Biometrika 95
    (2008) 759), which may have no term. States are exact and noise is independent from point to point, so that errors
    are those of ordinary least squares.
    """
    columns = monomials(states, example.terms)
    every = tuple(range(columns.shape[1]))
    found, plain = [], []
    for rate in rates.T:
        reduced = triangle(np.concatenate([columns, rate[:, None]], axis=1))
        places = _of_least_criterion(reduced[:, :-1], reduced[:, -1], len(states))
        found.append(_posterior(example.terms, reduced, places, len(states)))
        plain.append(_fit(reduced, every)[0])
    return found, np.stack(plain)


def _of_least_criterion(columns: np.ndarray, target: np.ndarray, points: int) -> tuple[int, ...]:
    least, best = 0.0, tuple[int, ...]()
    for size, subsets in enumerate(best_subsets(columns, target, MOST_TERMS["products"], WIDTH["products"]), 1):
        subsets_of_size = comb(columns.shape[1], size)
        criterion = points * np.log(subsets.residuals[0] ** 2) + size * np.log(points) + 2 * np.log(subsets_of_size)
        if criterion < least:
            least, best = criterion, tuple(int(p) for p in subsets.places[0])
    return best


def _fit(reduced: np.ndarray, places: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients, the pseudoinverse of the columns, and what is left of all columns without these."""
    columns = reduced[:, list(places)]
    inverse = np.linalg.pinv(columns)
    return inverse @ reduced[:, -1], inverse, reduced - columns @ (inverse @ reduced)


def _posterior(terms: Sequence[Product], reduced: np.ndarray, places: tuple[int, ...], points: int) -> Posterior:
    values, inverse, rest = _fit(reduced, places)
    left = rest[:, -1] @ rest[:, -1]
    freedom = points - len(places)
    factor = triangle(inverse.T).T * np.sqrt(left / freedom)
    errors = np.linalg.norm(factor, axis=1)
    again = np.abs(factor @ np.random.default_rng(0).standard_normal(len(places)))
    others = []
    for place in set(range(len(terms))) - set(places):
        square = rest[:, place] @ rest[:, place]
        value = rest[:, place] @ rest[:, -1] / square
        error = np.sqrt((left - value**2 * square) / (freedom - 1) / square)
        shift = -inverse @ reduced[:, place]
        others.append(LeftOut(terms[place].text, (terms[place].in_jets,), (1.0,), float(value), float(error), shift))
    return Posterior(
        order=1,
        texts=tuple(terms[place].text for place in places),
        terms=tuple(terms[place].in_jets for place in places),
        used=np.array([float(simplest(c, e)) for c, e in zip(values, np.maximum(errors, again), strict=True)]),
        values=values,
        factor=factor,
        left_out=tuple(others),
        degrees=freedom - 1,
    )
