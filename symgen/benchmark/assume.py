"""Symmetries that are assumed.

Equations found by regression in noisy data, with nothing assumed and among those that have given symmetries:
translations and a boost, for nls phase rotations and a boost. *Found*: share of the seeds with an equation; *right*:
with exactly the true terms; *coefficient errors*: relative ones before rounding, a missing term counts as 1; *noticed*:
share in which what was assumed is refused or doubted. A short trajectory has 36 of 140 times, that of nls 17 of 33.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from symgen.benchmark.catalog_data import of_equation, of_system
from symgen.benchmark.table import Case, Result, Wanted
from symgen.discovery.regression import regress
from symgen.discovery.regression.of_solutions import regress_system
from symgen.exceptions import DataError
from symgen.generators.metadata import Regression
from symgen.pde.divergence import divergence_form, term_text
from symgen.pde.equation import Equation
from symgen.pde.trajectories import Trajectories

PARAMETERS: dict[str, dict[str, float]] = {"kdv": {}, "ks": {}, "burgers": {"nu": 0.0137}}
"""No round numbers, which rounding could hit by itself."""
SHORT = {"kdv": 36, "ks": 36, "burgers": 36, "nls": 17}
"""Times of a short trajectory, a quarter of those of long ones, or half."""
PHASE = "psi_r*d/dpsi_i - psi_i*d/dpsi_r"
OFF = "boost off by 10%"
RIGHT: dict[str, dict[str, tuple[str, ...]]] = {
    **{name: {"boost": ("d/dx", "d/dt", "t*d/dx + d/du")} for name in ("kdv", "ks", "burgers")},
    "nls": {"phase": (PHASE,), "phase, boost": (PHASE, "d/dx", "d/dt", f"2*t*d/dx + x*({PHASE})")},
}
WRONG: dict[str, dict[str, tuple[str, ...]]] = {
    **{name: {OFF: ("9/10*t*d/dx + d/du",), "reflected": ("t*d/dx - d/du",)} for name in ("kdv", "ks", "burgers")},
    "nls": {OFF: (f"11/5*t*d/dx + x*({PHASE})",), "rotation of other sense": ("psi_r*d/dpsi_i + psi_i*d/dpsi_r",)},
}
NLS: tuple[Mapping[str, float], ...] = (
    {"psi_i_xx": -1.0, "psi_r^2 psi_i": -2.0, "psi_i^3": -2.0},
    {"psi_r_xx": 1.0, "psi_r^3": 2.0, "psi_r psi_i^2": 2.0},
)
"""True coefficients of both equations of the catalog's nonlinear Schroedinger equation."""


def cases(preset: str) -> Iterator[Case]:
    """Nothing assumed and what is right, on four trajectories and a short one; then what is wrong."""
    names, levels = (("kdv", "nls"), (0.1,)) if preset == "smoke" else (tuple(RIGHT), (0.05, 0.1, 0.2))
    right = {name: {"nothing": (), **RIGHT[name]} for name in names}
    for title, short, assumptions in (
        ("Four trajectories", False, right),
        ("A single short trajectory", True, right),
        ("Wrong assumptions", False, WRONG),
    ):
        for name in names:
            for level in levels:
                for how, assume in assumptions[name].items():
                    wanted: dict[str, Wanted] = {"noticed": float(how in WRONG[name])} if assume else {}
                    if (name, how) == ("nls", OFF):  # with noise, its coefficients are not known to a tenth
                        wanted = {}
                    slug = "".join(c if c.isalnum() else "-" for c in how)
                    settings = {"name": name, "noise": level, "short": short, "assume": list(assume)}
                    length = "short" if short else "long"
                    yield Case(f"{name}-{level:g}-{length}-{slug}", name, title, measure, settings, wanted)


def measure(name: str, noise: float, short: bool, assume: Sequence[str], seed: int, device: str) -> Result:
    """Simulate, cut, add noise, forget the equation, find it with what is assumed."""
    start = time.perf_counter()
    try:
        found, true = _regressed(name, noise, short, assume, seed, device)
    except DataError as refusal:
        contradicted = "contradict" in str(refusal)
        return {"found": 0.0, "right": 0.0, "noticed": float(contradicted), "seconds": time.perf_counter() - start}
    terms = [{term.text: term.coefficient for term in own.terms} for own in found]
    pairs = list(zip(terms, true, strict=True))
    errors = [abs(own.get(text, 0.0) / value - 1) for own, wanted in pairs for text, value in wanted.items()]
    return {
        "found": 1.0,
        "right": float(all(set(own) == set(wanted) for own, wanted in pairs)),
        "coefficient_error": max(errors),
        "mean_error": float(np.mean(errors)),
        "noticed": float(any("against what was assumed" in doubt for own in found for doubt in own.doubts)),
        "seconds": time.perf_counter() - start,
    }


def _regressed(
    name: str, noise: float, short: bool, assume: Sequence[str], seed: int, device: str
) -> tuple[Sequence[Regression], Sequence[Mapping[str, float]]]:
    """What is found, and the true coefficients of every equation."""
    samples = 1 if short else 4
    if name == "nls":
        data, true = of_system(name, samples, seed, device), NLS
    else:
        trajectories, equation = of_equation(name, samples, seed, device, parameters=PARAMETERS[name])
        data, true = trajectories.solutions, (true_terms(equation),)
    t, *others = data.axes
    first = (len(t) - SHORT[name]) // 2
    part = slice(first, first + SHORT[name]) if short else slice(None)
    values = data.read(range(samples))[:, part]
    size = values.reshape(-1, values.shape[-1]).std(axis=0)
    values = values + noise * size * np.random.default_rng(seed).standard_normal(values.shape)
    data = replace(data, axes=(replace(t, points=t.points[part]), *others), values=values)
    if data.is_scalar:
        return (regress(Trajectories.of(data), assume=assume),), true
    return regress_system(data, assume=assume), true


def true_terms(equation: Equation) -> Mapping[str, float]:
    """Coefficients of u_t = ..., by the terms' texts."""
    terms = dict(divergence_form(equation) or {})
    left = terms.pop((1, 0, 1))
    return {term_text(term): -value / left for term, value in terms.items()}
