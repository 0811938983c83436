"""Rates of false and of found symmetries where discovery has nothing but solutions with noise."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from symgen.benchmark.certainty.examples import EXAMPLES
from symgen.benchmark.certainty.found import Found, scored
from symgen.benchmark.experiment import Result
from symgen.benchmark.system_data import with_noise
from symgen.catalog import get
from symgen.catalog.simulate import SimulationSettings, simulate
from symgen.discovery.pde import discover_spectral
from symgen.discovery.pde_problem import PdeProblem
from symgen.discovery.regression import with_regression
from symgen.discovery.settings import SpectralSettings, SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_problem import SystemProblem
from symgen.discovery.system_source import system_of
from symgen.equations.symmetry_algebra import symmetry_algebra
from symgen.exceptions import DataError
from symgen.pde.equation import Equation
from symgen.pde.info import SolutionsInfo
from symgen.pde.solutions import Solutions
from symgen.pde.trajectories import Trajectories, TrajectoryInfo
from symgen.simulation.method_of_lines import solve_system

TIMES = 100
DEGREE = 1
"""Fields are affine, in t too."""
GRID = {"nx": 128, "nt": 160, "stored": 100}
"""Of the catalog's equations."""


def ordinary(
    systems: Sequence[str], noise: float, samples: Sequence[int], repetitions: int, seed: int, device: str
) -> Result:
    """Of the ten systems: from states in the box, over the time in which they change by its size."""

    def one(name: str, count: int, number: int) -> Found:
        data = with_noise(_solutions(name, count, seed, number), noise, number)
        settings = SystemSettings.model_validate({"degree": DEGREE, "seed": seed})
        given = system_of(data, (), {})
        artifact = discover_system(data, given, settings, device)
        return scored(artifact, SystemProblem(data, given, settings, device), EXAMPLES[name].system)

    symmetric = [name for name in systems if EXAMPLES[name].symmetries]
    return _rates(one, systems, samples, repetitions, {name: dimension(name) for name in symmetric})


def dimension(name: str) -> int:
    """How many symmetries one of the ten systems has among polynomials, those along its flow left out."""
    system = EXAMPLES[name].system
    fields = symmetry_algebra(system, DEGREE).fields
    return sum(all(c.is_polynomial(*system.space.coordinates) for c in field) for field in fields)


def catalog(
    equations: Sequence[str], noise: float, samples: Sequence[int], repetitions: int, seed: int, device: str
) -> Result:
    """Of equations in the catalog, on small grids."""

    def one(name: str, count: int, number: int) -> Found:
        data = _trajectories(name, count, seed, number).with_noise(noise, number)
        data = with_regression(data)
        equation = Equation.from_string(data.info.equation or "", data.info.parameters)
        settings = SpectralSettings.model_validate({"seed": seed})
        artifact = discover_spectral(data, equation, settings, device)
        truth = Equation.from_string(get(name).expression, get(name).parameters).system
        return scored(artifact, PdeProblem(data, equation, settings, device), truth)

    return _rates(one, equations, samples, repetitions, {name: len(get(name).symmetries) for name in equations})


def _rates(
    one: Callable[[str, int, int], Found],
    names: Sequence[str],
    samples: Sequence[int],
    repetitions: int,
    dimensions: dict[str, int],
) -> Result:
    """Rates over all settings; of detection over the systems in `dimensions`. Where data are refused none is found."""
    start = time.perf_counter()
    result: Result = {}
    every: list[Found | None] = []
    hits: list[tuple[bool, bool]] = []
    for name in names:
        for count in samples:
            found = [_or_refused(one, name, count, number) for number in range(repetitions)]
            every += found
            told = [each for each in found if each]
            right = dimensions.get(name)
            if right is not None:
                own = [(each.certain == right, each.gap == right) if each else (False, False) for each in found]
                hits += own
                result[f"{name} {count} found"] = sum(certain for certain, _ in own)
            result[f"{name} {count} refused"] = len(found) - len(told)
            result[f"{name} {count} false"] = sum(each.false_certain for each in told)
            result[f"{name} {count} worst"] = max((each.worst for each in told), default=None)
    told = [each for each in every if each]
    return result | {
        "false_certain": sum(each.false_certain for each in told) / len(every),
        "found_certain": statistics.fmean(certain for certain, _ in hits),
        "undecided": sum(each.undecided for each in told) / len(every),
        "refused": 1 - len(told) / len(every),
        "false_gap": sum(each.false_gap for each in told) / len(every),
        "found_gap": statistics.fmean(gap for _, gap in hits),
        "settings": len(names) * len(samples),
        "repetitions": repetitions,
        "seconds": (time.perf_counter() - start) / len(every),
    }


def _or_refused(one: Callable[[str, int, int], Found], name: str, count: int, number: int) -> Found | None:
    try:
        return one(name, count, number)
    except DataError:
        return None


@lru_cache(512)
def _solutions(name: str, samples: int, seed: int, number: int) -> Solutions:
    """Without noise; kept for other levels of it."""
    one = EXAMPLES[name]
    draw = np.random.default_rng([seed, list(EXAMPLES).index(name), samples, number])
    initial = draw.uniform(-one.half, one.half, (samples, len(one.jets.dependent)))
    initial = np.abs(initial) if one.positive else initial
    solutions = solve_system(one.system, initial, np.linspace(0, one.space.scale[0], TIMES), [])
    return replace(solutions, info=SolutionsInfo())


@lru_cache(64)
def _trajectories(name: str, samples: int, seed: int, number: int) -> Trajectories:
    settings = SimulationSettings.for_equation(name, n=samples, seed=1000 * seed + number, **GRID)
    data = simulate(name, settings)
    return replace(data, info=TrajectoryInfo(length=data.info.length))
