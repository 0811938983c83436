"""What noise does where the equation comes from the data too: regression, then discovery, against the truth."""

from __future__ import annotations

import time
from dataclasses import replace

from symgen.benchmark.experiment import Case, Experiment, Result, Table, Target
from symgen.catalog import get
from symgen.catalog.cache import simulated
from symgen.catalog.simulate import SimulationSettings
from symgen.discovery.pde import discover_spectral
from symgen.discovery.regression import with_regression
from symgen.discovery.settings import SpectralSettings
from symgen.discovery.source import DEFAULT_SAMPLES
from symgen.inspection.comparison import compare
from symgen.inspection.reference import Reference, closed_form
from symgen.pde.divergence import divergence_form, term_text
from symgen.pde.equation import Equation
from symgen.pde.trajectories import TrajectoryInfo, load_trajectories

LEVELS = (0.0, 0.001, 0.01, 0.05)
PARAMETERS: dict[str, dict[str, float]] = {"kdv": {}, "ks": {}, "burgers": {"nu": 0.0137}, "heat": {"nu": 0.0431}}
"""Of the equations: no round numbers, which rounding could hit by itself."""
TABLE = "Equation and symmetries from noisy data alone"
DISTANCE = 0.05
"""Largest Grassmann distance to the true algebra in radians, at 1% of noise and less."""
COEFFICIENTS = {0.0: 0.01, 0.001: 0.01, 0.01: 0.05}
"""Largest relative error of a coefficient."""


def measure(name: str, samples: int, noise: float, parameters: dict[str, float], seed: int, device: str) -> Result:
    """Simulate (or take from the cache), add noise, forget the equation, find it and its symmetries, compare."""
    simulation = SimulationSettings.for_equation(name, n=samples, seed=seed, parameters=parameters)
    data, entry = load_trajectories(simulated(name, simulation, device)), get(name)
    data = data.with_noise(noise, seed) if noise else data
    data = replace(data, info=TrajectoryInfo(length=data.info.length))
    start = time.perf_counter()
    data = with_regression(data)
    regressed = time.perf_counter() - start
    regression = data.regression
    assert regression is not None
    equation = Equation.from_string(data.info.equation or "")
    artifact = discover_spectral(data, equation, SpectralSettings.model_validate({"seed": seed}), device)
    true = closed_form(artifact.metadata.space, [s.components for s in entry.symmetries], parameters)
    names = tuple(symmetry.name for symmetry in entry.symmetries)
    comparison = compare(artifact, Reference(name, names, true))
    wanted = divergence_form(Equation.from_string(entry.expression, parameters)) or {}
    left = wanted.pop((1, 0, 1))
    true_terms = {term_text(term): -value / left for term, value in wanted.items()}
    found = {term.text: term.coefficient for term in regression.terms}
    errors = [abs(found.get(text, 0.0) / value - 1) for text, value in true_terms.items()]
    return {
        "equation": data.info.equation,
        "terms": set(found) == set(true_terms),
        "coefficient_error": max(errors),
        "exact": artifact.metadata.exact,
        "distance": comparison.full_distance,
        "missed": ", ".join(comparison.missed) or "none",
        "noise": regression.noise,
        "weak": artifact.metadata.data.weak_residual,
        "pointwise": artifact.metadata.data.residual,
        "regression_seconds": regressed,
    }


def _case(name: str, level: float, samples: int) -> Case:
    targets: dict[str, Target] = {}
    if level in COEFFICIENTS:
        targets = {
            "terms": Target(True),
            "coefficient_error": Target(COEFFICIENTS[level], at_most=True),
            "distance": Target(DISTANCE, at_most=True),
        }
    return Case(
        name=f"{name}-{level:g}",
        subject=name,
        label=f"{name}, {level:.1%}",
        measure=measure,
        settings={"name": name, "samples": samples, "noise": level, "parameters": PARAMETERS[name]},
        tables=(TABLE,),
        targets=targets,
        known={"true": len(get(name).symmetries)},
    )


EXPERIMENT = Experiment(
    name="noise",
    title="Noisy data without an equation",
    about=(
        "Default data of each equation are simulated, Gaussian noise is added, in per cent of the standard deviation "
        "of u, and the equation is forgotten. It is found again by sparse regression in weak form, and the symmetries "
        "of what was found are compared with the true ones. *Terms*: whether exactly the true terms were found. "
        "*Coefficient error*: the largest relative one, before coefficients are rounded within their errors. *Exact*: "
        "dimension of the algebra found. *Distance*: Grassmann distance to the true algebra in radians, with a quarter "
        "turn for each generator missed; heat has more than the six listed. *Noise*: as estimated from the data. "
        "*Weak* and *pointwise*: the data's own residual under the equation found, in weak form and by differences. "
        "*Seconds*: regression alone."
    ),
    presets={
        "smoke": (_case("burgers", 0.0, 4), _case("burgers", 0.01, 4)),
        "cpu": tuple(_case(name, level, DEFAULT_SAMPLES) for name in PARAMETERS for level in LEVELS),
    },
    seeds={"smoke": (0,), "cpu": (0, 1, 2)},
    tables={
        TABLE: Table(
            "equation, noise",
            {
                "terms": "terms right",
                "coefficient_error": "coefficient error",
                "true": "true",
                "exact": "exact",
                "distance": "distance (rad)",
                "missed": "missed",
                "noise": "noise estimated",
                "weak": "weak residual",
                "pointwise": "pointwise residual",
                "regression_seconds": "seconds",
            },
        )
    },
)
