"""Noisy data without an equation.

Gaussian noise is added to default data and the equation forgotten; it is found again by sparse regression in weak form,
and the symmetries of what was found are compared with the true ones. *Coefficient error*: the largest relative one,
before rounding. *Distance*: in radians, with a quarter turn for each generator missed. *Weak* and *pointwise*: the
data's own residual under the equation found. *Seconds*: regression alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

from symgen.benchmark.catalog_data import of_equation
from symgen.benchmark.table import Case, Result, Wanted
from symgen.catalog import get
from symgen.discovery.pde import discover_spectral
from symgen.discovery.regression import with_regression
from symgen.discovery.settings import SpectralSettings
from symgen.discovery.source import DEFAULT_SAMPLES
from symgen.inspection.comparison import compare
from symgen.inspection.reference import Reference, closed_form
from symgen.pde.divergence import divergence_form, term_text
from symgen.pde.equation import Equation
from symgen.pde.trajectories import TrajectoryInfo

PARAMETERS: dict[str, dict[str, float]] = {"kdv": {}, "ks": {}, "burgers": {"nu": 0.0137}, "heat": {"nu": 0.0431}}
"""No round numbers, which rounding could hit by itself."""
COEFFICIENTS = {0.0: 0.01, 0.001: 0.01, 0.01: 0.05, 0.05: None}
"""By the level of noise: largest relative error of a coefficient, where one is wanted."""


def cases(preset: str) -> Iterator[Case]:
    """Every equation with every level of noise."""
    smoke = preset == "smoke"
    for name in ("burgers",) if smoke else PARAMETERS:
        for level in (0.0, 0.01) if smoke else COEFFICIENTS:
            wanted: dict[str, Wanted] = {}
            if error := COEFFICIENTS[level]:
                wanted = {"terms": True, "coefficient_error": f"≤ {error:g}", "distance": "≤ 0.05"}
            settings = {"name": name, "samples": 4 if smoke else DEFAULT_SAMPLES, "noise": level}
            known = {"true": len(get(name).symmetries)}
            yield Case(f"{name}-{level:g}", name, "From noisy data alone", measure, settings, wanted, known)


def measure(name: str, samples: int, noise: float, seed: int, device: str) -> Result:
    """Simulate, add noise, forget the equation, find it and its symmetries, compare."""
    data, true = of_equation(name, samples, seed, device, parameters=PARAMETERS[name])
    data = data.with_noise(noise, seed) if noise else data
    data = replace(data, info=TrajectoryInfo(length=data.info.length))
    start = time.perf_counter()
    data = with_regression(data)
    seconds = time.perf_counter() - start
    regression, symmetries = data.regression, get(name).symmetries
    assert regression is not None
    equation = Equation.from_string(data.info.equation or "")
    artifact = discover_spectral(data, equation, SpectralSettings.model_validate({"seed": seed}), device)
    fields = closed_form(artifact.metadata.space, [s.components for s in symmetries], PARAMETERS[name])
    comparison = compare(artifact, Reference(name, tuple(symmetry.name for symmetry in symmetries), fields))
    found, wanted = {term.text: term.coefficient for term in regression.terms}, true_terms(true)
    return {
        "equation": data.info.equation,
        "terms": set(found) == set(wanted),
        "coefficient_error": max(abs(found.get(text, 0.0) / value - 1) for text, value in wanted.items()),
        "exact": artifact.metadata.exact,
        "distance": comparison.full_distance,
        "missed": ", ".join(comparison.missed) or "none",
        "noise": regression.noise,
        "weak": artifact.metadata.data.weak_residual,
        "pointwise": artifact.metadata.data.residual,
        "regression_seconds": seconds,
    }


def true_terms(equation: Equation) -> Mapping[str, float]:
    """Coefficients of u_t = ..., by the terms' texts."""
    terms = dict(divergence_form(equation) or {})
    left = terms.pop((1, 0, 1))
    return {term_text(term): -value / left for term, value in terms.items()}
