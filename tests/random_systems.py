"""Random systems, and a judge of what discovery calls their exact symmetries.

`python tests/random_systems.py [COUNT [FIRST [KIND...]]]` judges so many, and fails if an exact field is none.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from unittest import mock

import numpy as np
import sympy

from symgen.benchmark.systems import distance
from symgen.discovery import system_problem
from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.equations.ansatz import monomials
from symgen.equations.local_solutions import LocalSolutions
from symgen.equations.symmetry_algebra import solve_ansatz
from symgen.equations.system import System
from symgen.exceptions import SymgenError
from symgen.expressions import parse_field
from symgen.jets.space import Jet
from symgen.pde.axis import Axis
from symgen.pde.solutions import Solutions
from symgen.simulation.initial import random_states
from symgen.simulation.method_of_lines import MethodOfLines, solve_system

SYSTEMS = 200
TOLERANCE = 1e-9
DISTANCE = 1e-6
INDEPENDENT = (("t",), ("x", "t"), ("x", "t"), ("x", "y", "t"))
NUMBERS = "1 1 1 1 2 -1 -1 -3 1/2 0.1 -0.25 0.01 0.001 -0.00001"
FACTORS = ("x", "t", "t^2")
HIGHEST = {1: 0, 2: 3, 3: 2}
"""Order of derivatives in space by the number of independent variables."""


@dataclass(frozen=True)
class RandomSystem:
    """Formulas of a system, and of which variables the data are."""

    texts: tuple[str, ...]
    independent: tuple[str, ...]
    unknowns: tuple[str, ...]


def random_system(seed: int) -> RandomSystem:
    """One or two unknowns, right-hand sides of one to four products of up to three derivatives."""
    draw = random.Random(seed)
    independent = draw.choice(INDEPENDENT)
    unknowns = draw.choice((("u",), ("u", "v"), ("u", "v")))
    alike = draw.random() < 0.3  # both equations have the same form, as those of velocities have
    texts = []
    for unknown in unknowns:
        if alike and texts:
            first = texts[0].replace("u", "w").replace("v", "u").replace("w", "v")
            texts.append(first)
            continue
        left = f"{unknown}_tt" if draw.random() < (0.5 if independent == ("t",) else 0.15) else f"{unknown}_t"
        terms = [_term(draw, independent, unknowns) for _ in range(draw.randint(1, 4))]
        if all(unknown not in term for term in terms) or (draw.random() < 0.4 and len(independent) > 1):
            terms.insert(0, f"{unknown}_xx" if len(independent) < 3 else f"({unknown}_xx + {unknown}_yy)")
            if independent == ("t",):
                terms[0] = unknown
        texts.append(f"{left} = {' + '.join(terms)}")
    return RandomSystem(tuple(texts), independent, unknowns)


def _term(draw: random.Random, independent: Sequence[str], unknowns: Sequence[str]) -> str:
    jets = []
    for _ in range(draw.choice((1, 1, 2, 2, 3))):
        order = draw.randint(0, HIGHEST[len(independent)]) if draw.random() < 0.6 else 0
        index = "".join(sorted(draw.choice(independent[:-1]) for _ in range(order)))
        jets.append(draw.choice(unknowns) + (f"_{index}" if index else ""))
    factor = [draw.choice([f for f in FACTORS if f[0] in independent])] if draw.random() < 0.08 else []
    return "*".join([f"({draw.choice(NUMBERS.split())})", *factor, *jets])


def waves(system: RandomSystem, seed: int, spread: float = 0.5) -> Solutions:
    """Smooth data that solve nothing, in windows and of sizes up to 10^spread from 1."""
    draw = np.random.default_rng(seed)
    length, duration = 5 * 10 ** draw.uniform(-spread, spread), 2 * 10 ** draw.uniform(-spread, spread)
    grids = {"t": draw.choice([0.0, 0.0, 1.0, 10.0]) * duration + np.linspace(0, duration, 17)}
    grids |= {a: np.arange(16) * length / 16 for a in system.independent if a != "t"}
    mesh = np.meshgrid(*grids.values(), indexing="ij")
    arrays = {}
    for unknown in system.unknowns:
        size = 10 ** draw.uniform(-spread, spread)
        array = np.full((2, *mesh[0].shape), draw.choice([0.0, 1.0, 5.0]) * size)
        for sample in array:
            for _ in range(5):
                phase = draw.uniform(0, 6.3) + draw.uniform(-3, 3) / duration * mesh[0]
                for grid in mesh[1:]:
                    phase = phase + 2 * np.pi / length * draw.integers(-2, 3) * grid
                sample += size * draw.uniform(-0.4, 0.4) * np.sin(phase)
        arrays[unknown] = array
    return Solutions.from_arrays(arrays, grids, periodic=True if len(grids) > 1 else None)


def parsed(system: RandomSystem) -> System:
    return System.from_strings(system.texts, {}, system.independent, system.unknowns)


def solutions(system: RandomSystem, seed: int) -> Solutions:
    """From random initial data; SolverError where they blow up."""
    space = [Axis(a, np.arange(16) * 10.0 / 16, periodic=True) for a in system.independent if a != "t"]
    given = parsed(system)
    names = [str(given.space.symbol(jet)) for jet in MethodOfLines(given, space).state]
    start = random_states(range(2), seed, names, space, 0.1, dict.fromkeys(names, 0.2))
    return solve_system(given, start, np.linspace(0, 0.2, 17), space)


def in_units(system: RandomSystem, data: Solutions, units: Mapping[str, int]) -> tuple[RandomSystem, Solutions]:
    """The same system and data with every coordinate measured in a unit of ten to so many."""
    space = parsed(system).space

    def unit(jet: Jet) -> int:
        in_space = sum(units.get(name, 0) * k for name, k in zip(space.independent, jet.orders, strict=True))
        return units.get(jet.unknown, 0) - in_space

    ten = sympy.Integer(10)
    texts = []
    for delta in parsed(system).expressions:
        table = {space.symbol(jet): ten ** unit(jet) * space.symbol(jet) for jet in space.jets(delta)}
        table |= {v: ten ** units.get(v.name, 0) * v for v in space.variables}
        texts.append(str(sympy.expand(delta.xreplace(table))))
    axes = {a.name: Axis(a.name, a.points / 10.0 ** units.get(a.name, 0), a.periodic) for a in data.axes}
    arrays = {n: data.values[..., k] / 10.0 ** units.get(n, 0) for k, n in enumerate(data.unknowns)}
    return replace(system, texts=tuple(texts)), Solutions.from_arrays(arrays, axes)


def random_units(system: RandomSystem, seed: int) -> dict[str, int]:
    """From kilo to micro."""
    draw = random.Random(seed + 1000)
    return {name: draw.randint(-6, 3) for name in (*system.independent, *system.unknowns)}


@dataclass(frozen=True)
class Verdict:
    """On what discovery calls exact in data, judged by exact algebra and on random solutions."""

    exact: int
    algebra: int
    defect: float
    """The largest of a formula that is called exact."""
    distance: float | None
    """Of the spans in radians; None where not all fields are kept."""
    validity: float | None
    """Of the last exact field."""
    warned: bool
    """Whether discovery itself says of a formula that it fails a check."""

    @property
    def word(self) -> str:
        """FALSE where something is called exact that is none, short where something exact is not.

        Warned where discovery says itself of what is false that it may be.
        """
        if self.exact > self.algebra or not self.defect < TOLERANCE or (self.distance or 0) > DISTANCE:
            return "warned" if self.warned else "FALSE"
        return "short" if self.exact < self.algebra else "same"


def judge(system: RandomSystem, data: Solutions, degree: int = 2, seed: int = 0) -> Verdict:
    """Discover, and check. Data need not solve the system."""
    given = system_of(data, system.texts, {})
    with mock.patch.object(system_problem, "require_solved"):
        settings = SystemSettings.model_validate({"degree": degree, "seed": seed})
        artifact = discover_system(data, given, settings)
    m = artifact.metadata
    true = list(solve_ansatz(given.system, monomials(given.system.space.coordinates, degree)).fields)
    check = LocalSolutions(given.system, seed=seed + 7)
    exact = [r for r in m.generators if r.status == "exact"]
    claimed = [parse_field(r.formula, m.space.names) for r in exact if r.formula]
    return Verdict(
        exact=m.exact,
        algebra=len(true),
        defect=max((check.defect(field) for field in claimed), default=0.0),
        distance=distance(artifact, true) if m.exact == len(true) == len(exact) else None,
        validity=m.spectrum[m.exact - 1] if m.exact else None,
        warned=any("independent check" in warning for warning in m.warnings),
    )


def cases(seed: int) -> Iterator[tuple[str, Callable[[], tuple[RandomSystem, Solutions]]]]:
    """Data of all kinds for a system."""
    system = random_system(seed)
    yield "solutions", lambda: (system, solutions(system, seed))
    yield "units", lambda: in_units(system, solutions(system, seed), random_units(system, seed))
    yield "waves", lambda: (system, waves(system, seed))
    yield "extreme", lambda: (system, waves(system, seed, 2.0))


def main(count: int = SYSTEMS, first: int = 0, kinds: Sequence[str] = ()) -> None:
    """Judge systems and print what was found, and how often each verdict was given on each kind of data."""
    counts: Counter[tuple[str, str]] = Counter()
    start = time.perf_counter()
    for seed in range(first, first + count):
        for kind, make in cases(seed):
            if kinds and kind not in kinds:
                continue
            system = random_system(seed)
            try:
                system, data = make()
                verdict = judge(system, data, seed=seed)
            except SymgenError as error:
                counts[kind, "refused"] += 1
                print(f"{seed:4d} {kind:9s} {type(error).__name__}: {error} [{'; '.join(system.texts)}]", flush=True)
                continue
            counts[kind, verdict.word] += 1
            apart, last = ("" if v is None else f"{v:.0e}" for v in (verdict.distance, verdict.validity))
            numbers = f"{verdict.exact:3d} of {verdict.algebra:3d} {verdict.defect:6.0e} {apart:5s} {last:5s}"
            print(f"{seed:4d} {kind:9s} {verdict.word:6s} {numbers} {'; '.join(system.texts)}", flush=True)
    for (kind, word), number in sorted(counts.items()):
        print(f"{kind:9s} {word:7s} {number}")
    print(f"{time.perf_counter() - start:.0f} s")
    raise SystemExit(any(word == "FALSE" for _, word in counts))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), sys.argv[3:])
