"""What symmetries that are assumed are worth to the regression of an equation: noisy data, and little of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from symgen.benchmark.experiment import Case, Experiment, Result, Table, Target
from symgen.benchmark.noise import PARAMETERS
from symgen.catalog import get
from symgen.catalog.cache import simulated, simulated_system
from symgen.catalog.simulate import SimulationSettings
from symgen.catalog.simulate_system import SystemSimulationSettings
from symgen.discovery.regression import regress
from symgen.discovery.regression.of_solutions import regress_system
from symgen.exceptions import DataError
from symgen.generators.metadata import Regression
from symgen.pde.axis import Axis
from symgen.pde.divergence import divergence_form, term_text
from symgen.pde.equation import Equation
from symgen.pde.solutions import Solutions
from symgen.pde.solutions_file import load_solutions
from symgen.pde.trajectories import Trajectories, TrajectoryInfo, load_trajectories

LEVELS = (0.05, 0.1, 0.2)
SAMPLES = 4
SHORT = {"kdv": 36, "ks": 36, "burgers": 36, "nls": 17}
"""Times of a short trajectory, a quarter of those of long ones, or half."""
BOOST = ("d/dx", "d/dt", "t*d/dx + d/du")
PHASE = "psi_r*d/dpsi_i - psi_i*d/dpsi_r"
ASSUMED: dict[str, dict[str, tuple[str, ...]]] = {
    **{name: {"boost": BOOST} for name in ("kdv", "ks", "burgers")},
    "nls": {"phase": (PHASE,), "phase, boost": (PHASE, "d/dx", "d/dt", f"2*t*d/dx + x*({PHASE})")},
}
OFF = "boost off by 10%"
WRONG: dict[str, dict[str, tuple[str, ...]]] = {
    **{name: {OFF: ("9/10*t*d/dx + d/du",), "reflected": ("t*d/dx - d/du",)} for name in ("kdv", "ks", "burgers")},
    "nls": {
        OFF: (f"11/5*t*d/dx + x*({PHASE})",),
        "rotation of other sense": ("psi_r*d/dpsi_i + psi_i*d/dpsi_r",),
    },
}
NLS = (
    {"psi_i_xx": -1.0, "psi_r^2 psi_i": -2.0, "psi_i^3": -2.0},
    {"psi_r_xx": 1.0, "psi_r^3": 2.0, "psi_r psi_i^2": 2.0},
)
"""True coefficients of both equations of the catalog's nonlinear Schroedinger equation."""
RIGHT, SHORT_DATA, NOTICED = "Four trajectories", "A single short trajectory", "Wrong assumptions"


def measure(name: str, noise: float, short: bool, assume: tuple[str, ...], seed: int, device: str) -> Result:
    """Simulate (or take from the cache), cut, add noise, forget the equation, find it with what is assumed."""
    start = time.perf_counter()
    try:
        found, true = _regressed(name, noise, short, assume, seed, device)
    except DataError as refusal:
        contradicted = "contradict" in str(refusal)
        return {"found": 0.0, "right": 0.0, "noticed": float(contradicted), "seconds": time.perf_counter() - start}
    errors = [
        abs(next((t.coefficient for t in own.terms if t.text == text), 0.0) / value - 1)
        for own, wanted in zip(found, true, strict=True)
        for text, value in wanted.items()
    ]
    right = all({t.text for t in own.terms} == set(wanted) for own, wanted in zip(found, true, strict=True))
    return {
        "found": 1.0,
        "right": float(right),
        "coefficient_error": max(errors),
        "mean_error": float(np.mean(errors)),
        "noticed": float(any("against what was assumed" in doubt for own in found for doubt in own.doubts)),
        "seconds": time.perf_counter() - start,
    }


def _regressed(
    name: str, noise: float, short: bool, assume: tuple[str, ...], seed: int, device: str
) -> tuple[tuple[Regression, ...], Sequence[Mapping[str, float]]]:
    """What is found, and the true coefficients of every equation."""
    samples = 1 if short else SAMPLES
    if name == "nls":
        settings = SystemSimulationSettings.for_system(name, n=samples, seed=seed)
        solutions = _cut(load_solutions(simulated_system(name, settings, device)), SHORT[name] if short else None)
        values = np.asarray(solutions.read(range(len(solutions))))
        size = values.reshape(-1, values.shape[-1]).std(axis=0)
        values = values + noise * size * np.random.default_rng(seed).standard_normal(values.shape)
        return regress_system(replace(solutions, values=values), assume=assume), NLS
    entry, parameters = get(name), PARAMETERS[name]
    simulation = SimulationSettings.for_equation(name, n=samples, seed=seed, parameters=parameters)
    data = load_trajectories(simulated(name, simulation, device))
    info = TrajectoryInfo(length=data.info.length)
    u, t = data.read(range(len(data))), data.t
    if short:
        part = _middle(len(t), SHORT[name])
        u, t = u[:, part], t[part]
    data = Trajectories.from_arrays(u, data.x, t, info).with_noise(noise, seed)
    wanted = dict(divergence_form(Equation.from_string(entry.expression, parameters)) or {})
    left = wanted.pop((1, 0, 1))
    return (regress(data, assume=assume),), ({term_text(term): -value / left for term, value in wanted.items()},)


def _middle(count: int, kept: int) -> slice:
    start = (count - kept) // 2
    return slice(start, start + kept)


def _cut(data: Solutions, kept: int | None) -> Solutions:
    if kept is None:
        return data
    part = _middle(len(data.axes[0]), kept)
    axes = (Axis(data.axes[0].name, data.axes[0].points[part]), *data.axes[1:])
    return replace(data, axes=axes, values=np.asarray(data.read(range(len(data))))[:, part])


def _case(name: str, level: float, short: bool, how: str, assume: tuple[str, ...], wrong: bool = False) -> Case:
    targets: dict[str, Target] = {}
    if wrong and (name != "nls" or how != OFF):  # with noise, its coefficients are not known to a tenth
        targets = {"noticed": Target(1.0)}
    elif assume and not wrong:
        targets = {"noticed": Target(0.0)}
    slug = "".join(c if c.isalnum() else "-" for c in how)
    return Case(
        name=f"{name}-{level:g}-{'short' if short else 'long'}-{slug}",
        subject=name,
        label=f"{name}, {level:.0%}, {how}",
        measure=measure,
        settings={"name": name, "noise": level, "short": short, "assume": assume},
        tables=(NOTICED if wrong else SHORT_DATA if short else RIGHT,),
        targets=targets,
    )


def _cases(names: Sequence[str], levels: Sequence[float]) -> tuple[Case, ...]:
    right = [
        _case(name, level, short, how, assume)
        for short in (False, True)
        for name in names
        for level in levels
        for how, assume in {"nothing": (), **ASSUMED[name]}.items()
    ]
    wrong = [
        _case(name, level, False, how, assume, wrong=True)
        for name in names
        for level in levels
        for how, assume in WRONG[name].items()
    ]
    return (*right, *wrong)


_COLUMNS = {
    "found": "found",
    "right": "terms right",
    "coefficient_error": "largest coefficient error",
    "mean_error": "mean coefficient error",
    "noticed": "contradicted or doubted",
    "seconds": "seconds",
}

EXPERIMENT = Experiment(
    name="assume",
    title="Symmetries that are assumed",
    about=(
        "Equations are found by sparse regression in weak form in noisy data, with nothing assumed, and among those "
        "that have given symmetries. *Found*: share of the seeds in which an equation was found; *terms right*: in "
        "which it has exactly the true terms. *Coefficient errors*: relative ones over all true coefficients, "
        "before rounding; a missing term counts as 1; where nothing was found there are none. *Contradicted or "
        "doubted*: share of the seeds in which symgen refuses what was assumed, or warns of it. Boost: t ∂x + ∂u with "
        "translations; phase: "
        "rotations of the complex unknown, boost 2t ∂x + x times that, with translations. Noise is Gaussian, in per "
        "cent of the standard deviation. A short trajectory has 36 of 140 times, that of nls 17 of 33. *Wrong "
        "assumptions*: four trajectories, symmetries that the equation does not have."
    ),
    presets={"smoke": _cases(("kdv", "nls"), (0.1,)), "cpu": _cases(tuple(ASSUMED), LEVELS)},
    seeds={"smoke": (0,), "cpu": (0, 1, 2)},
    tables={
        RIGHT: Table("equation, noise, assumed", _COLUMNS),
        SHORT_DATA: Table("equation, noise, assumed", _COLUMNS),
        NOTICED: Table(
            "equation, noise, assumed", {name: _COLUMNS[name] for name in ("found", "right", "noticed", "seconds")}
        ),
    },
)
