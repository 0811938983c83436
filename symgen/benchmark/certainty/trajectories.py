"""Rates of false and of found symmetries where discovery has nothing but solutions with noise."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from itertools import product

import numpy as np

from symgen.benchmark.catalog_data import of_equation
from symgen.benchmark.certainty.examples import EXAMPLES, truths
from symgen.benchmark.table import Result
from symgen.catalog import get
from symgen.catalog.examples import with_noise
from symgen.discovery.certainty.jets import free_samples
from symgen.discovery.certainty.judgement import TOLERANCE, Judgement
from symgen.discovery.certainty.response import Fields
from symgen.discovery.pde import discover_spectral
from symgen.discovery.pde_problem import PdeProblem
from symgen.discovery.problem import Problem
from symgen.discovery.regression import with_regression
from symgen.discovery.settings import SpectralSettings, SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_problem import SystemProblem
from symgen.discovery.system_source import system_of
from symgen.equations.symmetry_algebra import symmetry_algebra
from symgen.equations.system import System
from symgen.exceptions import DataError
from symgen.generators.artifact import Artifact
from symgen.generators.library import LibraryGenerators
from symgen.pde.equation import Equation
from symgen.pde.info import SolutionsInfo
from symgen.pde.solutions import Solutions
from symgen.pde.trajectories import TrajectoryInfo
from symgen.simulation.method_of_lines import solve_system

DEGREE = 1
"""Fields are affine, in t too."""


def ordinary(
    systems: Sequence[str], noise: float, samples: Sequence[int], repetitions: int, seed: int, device: str
) -> Result:
    """Of the ten systems: from states in the box, over the time in which they change by its size."""

    def one(name: str, count: int, number: int) -> Result:
        data = with_noise(_solutions(name, count, seed, number), noise, number)
        settings = SystemSettings.model_validate({"degree": DEGREE, "seed": seed})
        given = system_of(data, (), {})
        artifact = discover_system(data, given, settings, device)
        return scored(artifact, SystemProblem(data, given, settings, device), EXAMPLES[name].system)

    symmetric = [name for name in systems if EXAMPLES[name].dimension]
    return _rates(one, systems, samples, repetitions, {name: dimension(name) for name in symmetric})


def catalog(
    equations: Sequence[str], noise: float, samples: Sequence[int], repetitions: int, seed: int, device: str
) -> Result:
    """Of equations in the catalog, on small grids."""

    def one(name: str, count: int, number: int) -> Result:
        data, true = of_equation(name, count, 1000 * seed + number, device, nx=128, nt=160, stored=100)
        data = replace(data, info=TrajectoryInfo(length=data.info.length)).with_noise(noise, number)
        data = with_regression(data)
        equation = Equation.from_string(data.info.equation or "")
        settings = SpectralSettings.model_validate({"seed": seed})
        artifact = discover_spectral(data, equation, settings, device)
        return scored(artifact, PdeProblem(data, equation, settings, device), true.system)

    return _rates(one, equations, samples, repetitions, {name: len(get(name).symmetries) for name in equations})


def dimension(name: str) -> int:
    """How many symmetries one of the ten systems has among polynomials, those along its flow left out."""
    system = EXAMPLES[name].system
    fields = symmetry_algebra(system, DEGREE).fields
    return sum(all(c.is_polynomial(*system.space.coordinates) for c in field) for field in fields)


def scored(artifact: Artifact, problem: Problem, truth: System) -> Result:
    """What is called a symmetry, with certainty and by the largest gap alone, and whether that is false.

    Dimensions, fields along the flow of ordinary equations not counted; with certainty, near ones of equations whose
    coefficients are rounded count too. Defects are those for the true equations.
    """
    found, certainty, certain, by_gap, undecided = artifact.generators, artifact.metadata.certainty, [], [], 0
    assert isinstance(found, LibraryGenerators)
    assert certainty is not None
    for k, record in enumerate(artifact.metadata.generators):
        bound, exact = record.relative_bound, record.status == "exact"
        if exact or (record.status == "approximate" and bound is not None and bound <= TOLERANCE):
            certain.append(k)
        if exact or record.undecided:
            by_gap.append(k)
        undecided += record.undecided
    fields = Fields(found.library, found.coefficients, found.space)
    judgement = Judgement(truth.space, truths(truth), fields, free_samples(problem), draws=1)
    worst = [judgement.bound(np.eye(judgement.count)[some], 0.5).value if some else 0.0 for some in (certain, by_gap)]
    return {
        "certain": certainty.at_least,
        "gap": artifact.metadata.exact - artifact.metadata.trivial + undecided,
        "undecided": undecided > 0,
        "false_certain": worst[0] > TOLERANCE,
        "false_gap": worst[1] > TOLERANCE,
    }


def _rates(
    one: Callable[[str, int, int], Result],
    names: Sequence[str],
    samples: Sequence[int],
    repetitions: int,
    dimensions: dict[str, int],
) -> Result:
    """Rates over all settings; of detection over the systems in `dimensions`. Where data are refused none is found."""
    start, told = time.perf_counter(), []
    hits: dict[str, list[bool]] = {"certain": [], "gap": []}
    every = list(product(names, samples, range(repetitions)))
    for name, count, number in every:
        found: Result = {}
        with suppress(DataError):
            found = one(name, count, number)
            told.append(found)
        if name in dimensions:
            for rule, own in hits.items():
                own.append(found.get(rule) == dimensions[name])
    shares = {key: sum(each[key] for each in told) / len(every) for key in ("false_certain", "undecided", "false_gap")}
    return {
        "false_certain": shares["false_certain"],
        "found_certain": statistics.fmean(hits["certain"]),
        "undecided": shares["undecided"],
        "refused": 1 - len(told) / len(every),
        "false_gap": shares["false_gap"],
        "found_gap": statistics.fmean(hits["gap"]),
        "settings": len(names) * len(samples),
        "repetitions": repetitions,
        "seconds": (time.perf_counter() - start) / len(every),
    }


@lru_cache(512)
def _solutions(name: str, samples: int, seed: int, number: int) -> Solutions:
    """Without noise; kept for other levels of it."""
    one = EXAMPLES[name]
    initial = one.states(samples, np.random.default_rng([seed, list(EXAMPLES).index(name), samples, number]))
    initial = np.abs(initial) if one.positive else initial
    solutions = solve_system(one.system, initial, np.linspace(0, one.space.scale[0], 100), [])
    return replace(solutions, info=SolutionsInfo())
