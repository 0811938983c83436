"""How often each rule is wrong, and how often it finds all, in pairs of states and rates of ten systems."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from functools import cache

import numpy as np

from symgen.benchmark.certainty.examples import EXAMPLES, NEARLY
from symgen.benchmark.certainty.pairs import posteriors, sampled
from symgen.benchmark.certainty.rules import Declared, Referee
from symgen.benchmark.experiment import Result

RULES = ("certain", "published", "gap", "largest")
_referee = cache(lambda name, speed: Referee({**EXAMPLES, NEARLY.name: NEARLY}[name].times(speed)))


def measure(
    systems: Sequence[str], noise: float, sizes: Sequence[int], repetitions: int, speed: float, seed: int, device: str
) -> Result:
    """Rates over all settings, which are systems with a size: `false` over all, `found` over systems with symmetries.

    `speed` multiplies the right-hand sides, so that coefficients are not 1.
    """
    start = time.perf_counter()
    result: Result = {}
    wrong: dict[str, list[bool]] = {rule: [] for rule in RULES}
    right: dict[tuple[str, int], list[bool]] = {(rule, points): [] for rule in RULES for points in sizes}
    for name in systems:
        referee = _referee(name, speed)
        for points in sizes:
            draws = [np.random.default_rng([seed, points, k]) for k in range(repetitions)]
            found = [_declared(referee, points, noise, draw) for draw in draws]
            for rule in RULES:
                false = [one[rule].is_false for one in found]
                hits = [one[rule].dimension == referee.dimension for one in found]
                wrong[rule] += false
                if referee.dimension:
                    right[rule, points] += hits
                result[f"{name} {points} {rule} false"], result[f"{name} {points} {rule} found"] = sum(false), sum(hits)
    for rule in RULES:
        result[f"false_{rule}"] = statistics.fmean(wrong[rule])
        result[f"found_{rule}"] = _mean([hit for points in sizes for hit in right[rule, points]])
    for points in sizes:
        result[f"found_{points}"] = _mean(right["certain", points])
    result["settings"], result["repetitions"] = len(systems) * len(sizes), repetitions
    return result | {"seconds": (time.perf_counter() - start) / len(wrong["certain"])}


def _mean(hits: Sequence[bool]) -> float | None:
    return statistics.fmean(hits) if hits else None


def _declared(referee: Referee, points: int, noise: float, draw: np.random.Generator) -> dict[str, Declared]:
    states, rates = sampled(referee.example, points, noise, draw)
    return referee.declared(*posteriors(referee.example, states, rates))
