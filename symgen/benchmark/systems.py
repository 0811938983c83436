"""Systems, several space dimensions and ODEs: are all symmetries found in files of solutions, and nothing else?"""

from __future__ import annotations

import math
import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sympy
import torch

from symgen.benchmark.experiment import Case, Experiment, Result, Table, Target
from symgen.benchmark.system_data import EXAMPLES, INCOMPRESSIBLE, example
from symgen.benchmark.system_process import Request, discovered
from symgen.discovery.settings import SystemSettings
from symgen.equations.ansatz import Field
from symgen.equations.local_solutions import TOLERANCE, LocalSolutions
from symgen.equations.recorded import system_of_domain
from symgen.equations.symmetry_algebra import symmetry_algebra
from symgen.equations.system import System
from symgen.expressions import parse_field
from symgen.generators.algebra import principal_angles
from symgen.generators.artifact import Artifact, load
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.domains import SystemDomain
from symgen.generators.library import LibraryGenerators
from symgen.pde.axis import TIME
from symgen.pde.solutions_file import save_solutions

FOUND, ALGEBRA = "Symmetries found in files", "Exact algebra"
SAMPLES, TIMES, POINTS = 4, 33, 32
NOISE = 0.05
CLOSE = 1e-8
"""Grassmann distance in radians."""
SECONDS, GIGABYTES, ALGEBRA_SECONDS = 60.0, 4.0, 30.0
REFUSED = "refused"
COUNTS: dict[tuple[str, int], int] = {
    ("lambda-omega", 2): 5,
    ("nls", 2): 5,
    ("nls 2-d", 2): 8,
    ("nls 2-d", 3): 9,
    ("shallow water", 2): 9,
    ("burgers 2-d", 2): 8,
    ("zakharov-kuznetsov", 2): 5,
    ("heat 2-d", 3): 19,
    ("wave 2-d", 2): 20,
    ("gray-scott", 2): 4,
    ("fitzhugh-nagumo", 2): 2,
    ("kepler", 2): 3,
    ("lotka-volterra", 2): 1,
    ("pendulum", 2): 1,
    (INCOMPRESSIBLE, 2): 12,
}
"""Dimension of the algebra by system and total degree of the polynomials, trivial fields not counted."""
WITH_ALGEBRA: dict[str, tuple[tuple[str, ...], dict[str, float | str], int]] = {
    INCOMPRESSIBLE: (EXAMPLES[INCOMPRESSIBLE].equations, dict(EXAMPLES[INCOMPRESSIBLE].parameters), 12),
    "maxwell": (("Ex_t = B_y", "Ey_t = -B_x", "B_t = Ex_y - Ey_x", "Ex_x + Ey_y = 0"), {}, 23),
    "boussinesq": (
        (
            "u_t + u*u_x + v*u_y + p_x = nu*lap(u)",
            "v_t + u*v_x + v*v_y + p_y = nu*lap(v) + theta",
            "u_x + v_y = 0",
            "theta_t + u*theta_x + v*theta_y = kappa*lap(theta)",
        ),
        {"nu": 0.1, "kappa": 0.2},
        12,
    ),
    "shallow water": (EXAMPLES["shallow water"].equations, dict(EXAMPLES["shallow water"].parameters), 9),
}
"""Equations, parameters and the dimension within total degree 2.

Maxwell's has the Poincare group, two scalings, and 3, 5 and 7 solutions of degrees 0, 1 and 2; Boussinesq's translation
in t, one of theta, a scaling, and three fields each of frames moving in x, of those in y, and of pressures g(t).
"""


def measure(
    name: str, degree: int, noise: float, samples: int, times: int, points: int, seed: int, device: str
) -> Result:
    """Write solutions to a file, discover in it in a process of its own, compare what is found with exact algebra."""
    one = EXAMPLES[name]
    with TemporaryDirectory() as folder:
        file, destination = Path(folder) / "data.h5", Path(folder) / "generators.safetensors"
        save_solutions(example(name, samples, times, points, seed, noise), file)
        settings = SystemSettings.model_validate({"degree": degree, "seed": seed})
        cost = discovered(
            Request(
                file=file,
                equations=one.equations,
                parameters=dict(one.parameters),
                settings=settings,
                device=device,
                destination=destination,
            )
        )
        if cost.refusal:
            return {"found": REFUSED, "cpu": cost.cpu, "seconds": cost.seconds, "peak": cost.peak}
        artifact = load(destination)
    m = artifact.metadata
    assert isinstance(m.domain, SystemDomain)
    system = system_of_domain(m.domain)
    algebra = symmetry_algebra(system, degree)
    coordinates = system.space.coordinates
    true = [f for f in (*algebra.fields, *algebra.trivial) if all(c.is_polynomial(*coordinates) for c in f)]
    return {
        "found": m.exact - m.trivial,
        "algebra": len(true) - len(algebra.trivial),
        "trivial": m.trivial,
        "false": _false(artifact, system),
        "distance": distance(artifact, true),
        "defect": m.spectrum[m.exact - 1] if m.exact else None,
        "next": m.spectrum[m.exact] if m.exact < len(m.spectrum) else None,
        "residual": m.data.residual,
        "jets": m.ranked_on,
        "cpu": cost.cpu,
        "seconds": cost.seconds,
        "peak": cost.peak,
    }


def distance(artifact: Artifact, true: list[Field]) -> float:
    """Grassmann distance of the exact fields found to the true ones, in radians, in the space of coefficients.

    These are those of the library's polynomials in normalised coordinates. A quarter turn counts for each dimension by
    which they differ.
    """
    found = artifact.generators
    assert isinstance(found, LibraryGenerators)
    exact = found.coefficients[: artifact.metadata.exact].flatten(1).T
    return apart(exact, coefficients(found, true).flatten(1).T if true else exact[:, :0])


def apart(found: torch.Tensor, wanted: torch.Tensor) -> float:
    """Grassmann distance in radians of the spans of columns, with a quarter turn for each dimension they differ by."""
    shared = principal_angles(found, wanted) if found.shape[1] and wanted.shape[1] else found.new_zeros(0)
    missing = max(found.shape[1], wanted.shape[1]) - len(shared)
    return math.hypot(float(shared.norm()), math.pi / 2 * missing**0.5)


def coefficients(found: LibraryGenerators, fields: list[Field]) -> torch.Tensor:
    """Of polynomial fields in the library of the generators found (n, d, K), from values at random points."""
    space, library = found.space, found.library
    draw = torch.Generator().manual_seed(0)
    share = torch.rand(4 * library.size, space.dimension, dtype=torch.float64, generator=draw)
    lower, upper = share.new_tensor(space.lower), share.new_tensor(space.upper)
    points = lower + share * (upper - lower)
    values = ClosedFormGenerators(space, fields)(points) / share.new_tensor(space.scale)
    features = library.along(points[None])[0]
    solution = torch.linalg.lstsq(features, values.movedim(1, 0).flatten(1)).solution  # (K, n d)
    return solution.T.reshape(len(fields), space.dimension, library.size)


def _false(artifact: Artifact, system: System) -> int:
    """How many formulas that are called exact fail an independent check."""
    solutions = LocalSolutions(system)
    names = artifact.metadata.space.names
    exact = [r.formula for r in artifact.metadata.generators if r.status == "exact" and r.formula]
    return sum(solutions.defect(parse_field(formula, names)) > TOLERANCE for formula in exact)


def measure_algebra(name: str, degree: int, seed: int, device: str) -> Result:
    """Seconds of exact algebra from the equations' text, what sympy has cached forgotten."""
    equations, parameters, _ = WITH_ALGEBRA[name]
    sympy.core.cache.clear_cache()
    start = time.perf_counter()
    algebra = symmetry_algebra(System.from_strings(equations, parameters), degree)
    return {"algebra": len(algebra.fields), "seconds": time.perf_counter() - start}


def _case(
    name: str, degree: int, noise: float = 0.0, samples: int = SAMPLES, times: int = TIMES, points: int = POINTS
) -> Case:
    settings: dict[str, Any] = {"name": name, "degree": degree, "noise": noise}
    one = EXAMPLES[name]
    evolution = System.from_strings(one.equations, one.parameters, [*one.lengths, TIME]).is_evolution
    may_refuse = bool(noise) and not evolution
    exactly = {
        "found": Target(COUNTS[name, degree]),
        "algebra": Target(COUNTS[name, degree]),
        "distance": Target(CLOSE, at_most=True),
    }
    return Case(
        name=re.sub(r"\W+", "-", f"{name}-degree-{degree}" + ("-noisy" if noise else "")),
        subject=name,
        label=f"{name}, degree {degree}" + (f", {noise:.0%} noise" if noise else ""),
        measure=measure,
        settings={**settings, "samples": samples, "times": times, "points": points},
        tables=(FOUND,),
        targets={
            **({} if may_refuse else exactly),
            "false": Target(0, if_measured=may_refuse),
            "cpu": Target(SECONDS, at_most=True),
            "peak": Target(GIGABYTES, at_most=True),
        },
    )


def _algebra(name: str) -> Case:
    return Case(
        name=f"algebra-{re.sub(r'[^a-z]+', '-', name)}",
        subject="algebra",
        label=name,
        measure=measure_algebra,
        settings={"name": name, "degree": 2},
        tables=(ALGEBRA,),
        targets={
            "algebra": Target(WITH_ALGEBRA[name][2]),
            "seconds": Target(ALGEBRA_SECONDS, at_most=True),
        },
        once=True,
    )


EXPERIMENT = Experiment(
    name="systems",
    title="Symmetries of systems, in several dimensions and of ordinary equations",
    about=(
        "Solutions of each system from random smooth initial data, by Fourier modes and DOP853: four trajectories of "
        "33 times and 32 points along each axis, written to a file; with --preset paper ten of 33 times and 100 "
        "points, as many as LieNLSD (ICML 2025) takes. Discovery reads it, with the equations given and "
        "default settings but for the total degree of the polynomials, in a process of its own. *Found*: exact "
        "symmetries, trivial fields along the flow of ordinary equations not counted; *algebra*: how many exact "
        "algebra has among the polynomials of that degree. *False*: formulas called exact that fail an independent "
        "check. *Distance*: Grassmann distance in radians of the two spans, in the space of coefficients. *Defect*: "
        "the largest singular value of an exact field, then the *next*. *Residual*: of the data in the worst equation, "
        "relative to its terms. *CPU*: seconds of processor time from start to exit; *peak*: largest memory. Noise is "
        "normal, on every value, relative to the deviation of each unknown; data of systems that are not of evolution "
        "type may be refused as too noisy to tell whether they solve the equations. Navier-Stokes is constrained: its "
        "data come from the vorticity, and its algebra is the part of an infinite one with polynomials of degree 2."
    ),
    presets={
        "smoke": (
            _case("burgers 2-d", 2, points=16, times=17),
            _case("kepler", 2, points=16, times=17),
            _algebra("shallow water"),
        ),
        "cpu": (
            *(_case(name, degree) for name, degree in COUNTS),
            *(_case(name, degree, NOISE) for name, degree in COUNTS),
            *(_algebra(name) for name in WITH_ALGEBRA),
        ),
        "paper": tuple(_case(name, degree, samples=10, points=100) for name, degree in COUNTS),
    },
    seeds={"smoke": (0,), "cpu": (0, 1, 2), "paper": (0,)},
    tables={
        FOUND: Table(
            "solutions of",
            {
                "found": "found",
                "algebra": "algebra",
                "false": "false",
                "distance": "distance",
                "defect": "defect",
                "next": "next",
                "residual": "residual",
                "cpu": "CPU (s)",
                "peak": "peak (GB)",
            },
        ),
        ALGEBRA: Table(
            "system",
            {"algebra": "dimension", "seconds": "seconds"},
            "Without data, polynomials of total degree 2. First seed only, which nothing depends on.",
        ),
    },
)
