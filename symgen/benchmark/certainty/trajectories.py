"""Rates of false and of found symmetries where discovery has nothing but solutions with noise."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import sympy

from symgen.benchmark.certainty.examples import EXAMPLES, known
from symgen.benchmark.table import Result
from symgen.catalog import get
from symgen.catalog.examples import with_noise
from symgen.catalog.simulate import SimulationSettings, simulate
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
from symgen.equations.posterior import Posterior
from symgen.equations.symmetry_algebra import symmetry_algebra
from symgen.equations.system import System
from symgen.exceptions import DataError
from symgen.generators.artifact import Artifact
from symgen.generators.library import LibraryGenerators
from symgen.pde.axis import TIME
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
        data = with_regression(_trajectories(name, count, seed, number).with_noise(noise, number))
        equation = Equation.from_string(data.info.equation or "", data.info.parameters)
        settings = SpectralSettings.model_validate({"seed": seed})
        artifact = discover_spectral(data, equation, settings, device)
        truth = Equation.from_string(get(name).expression, get(name).parameters).system
        return scored(artifact, PdeProblem(data, equation, settings, device), truth)

    return _rates(one, equations, samples, repetitions, {name: len(get(name).symmetries) for name in equations})


def dimension(name: str) -> int:
    """How many symmetries one of the ten systems has among polynomials, those along its flow left out."""
    system = EXAMPLES[name].system
    fields = symmetry_algebra(system, DEGREE).fields
    return sum(all(c.is_polynomial(*system.space.coordinates) for c in field) for field in fields)


def scored(artifact: Artifact, problem: Problem, truth: System) -> Result:
    """What is called a symmetry, with certainty and by the largest gap alone, and whether that is false.

    Dimensions, fields along the flow of ordinary equations not counted; with certainty, near ones of equations whose
    coefficients are rounded count too. Defects are those for the true equations; `worst`: of the certain fields.
    """
    found, records, certainty = artifact.generators, artifact.metadata.generators, artifact.metadata.certainty
    assert isinstance(found, LibraryGenerators)
    assert certainty is not None
    exact = [k for k, record in enumerate(records) if record.status == "exact"]
    bounds = [record.relative_bound for record in records]
    within = [k for k, bound in enumerate(bounds) if bound is not None and bound <= TOLERANCE]
    near = [k for k in within if records[k].status == "approximate"]
    undecided = [k for k, record in enumerate(records) if record.undecided]
    fields = Fields(found.library, found.coefficients, found.space)
    judgement = Judgement(truth.space, truths(truth), fields, free_samples(problem), draws=1)

    def worst(places: Sequence[int]) -> float:
        return judgement.bound(np.eye(judgement.count)[list(places)], 0.5).value if places else 0.0

    defect = worst([*exact, *near])
    return {
        "certain": certainty.at_least,
        "gap": artifact.metadata.exact - artifact.metadata.trivial + len(undecided),
        "undecided": bool(undecided),
        "false_certain": defect > TOLERANCE,
        "false_gap": worst([*exact, *undecided]) > TOLERANCE,
        "worst": defect,
    }


def truths(system: System) -> list[Posterior]:
    """The equations of a system of evolution, without any doubt."""
    space = system.space
    leads = {lead.unknown: lead for lead in system.rules}
    (order,) = {lead.orders[space.independent.index(TIME)] for lead in leads.values()}
    rights = [sympy.expand(system.reduce(leads[name])).as_coefficients_dict() for name in space.dependent]
    return known([{term: float(value) for term, value in right.items() if value} for right in rights], order)


def _rates(
    one: Callable[[str, int, int], Result],
    names: Sequence[str],
    samples: Sequence[int],
    repetitions: int,
    dimensions: dict[str, int],
) -> Result:
    """Rates over all settings; of detection over the systems in `dimensions`. Where data are refused none is found."""
    start = time.perf_counter()
    counts: dict[str, float | None] = {}
    every: list[Result | None] = []
    hits: list[tuple[bool, bool]] = []
    for name in names:
        for count in samples:
            found = [_or_refused(one, name, count, number) for number in range(repetitions)]
            every += found
            told = [each for each in found if each]
            right = dimensions.get(name)
            if right is not None:
                own = [(each["certain"] == right, each["gap"] == right) if each else (False, False) for each in found]
                hits += own
                counts[f"{name} {count} found"] = sum(certain for certain, _ in own)
            counts[f"{name} {count} refused"] = len(found) - len(told)
            counts[f"{name} {count} false"] = sum(each["false_certain"] for each in told)
            counts[f"{name} {count} worst"] = max((each["worst"] for each in told), default=None)
    told = [each for each in every if each]
    return {
        "false_certain": sum(each["false_certain"] for each in told) / len(every),
        "found_certain": statistics.fmean(certain for certain, _ in hits),
        "undecided": sum(each["undecided"] for each in told) / len(every),
        "refused": 1 - len(told) / len(every),
        "false_gap": sum(each["false_gap"] for each in told) / len(every),
        "found_gap": statistics.fmean(gap for _, gap in hits),
        "settings": len(names) * len(samples),
        "repetitions": repetitions,
        "counts": counts,
        "seconds": (time.perf_counter() - start) / len(every),
    }


def _or_refused(one: Callable[[str, int, int], Result], name: str, count: int, number: int) -> Result | None:
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
    data = simulate(name, SimulationSettings.for_equation(name, n=samples, seed=1000 * seed + number, **GRID))
    return replace(data, info=TrajectoryInfo(length=data.info.length))
