"""How long simulation and discovery take, how accurate the first and how large the second is."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from symgen.benchmark.experiment import Case, Experiment, Result, Table, Target
from symgen.benchmark.memory import measured
from symgen.catalog import get, names
from symgen.catalog.cache import simulated
from symgen.catalog.simulate import SimulationSettings, simulate
from symgen.discovery.flow_training import FlowTraining
from symgen.discovery.pde import flow_objective
from symgen.discovery.settings import PdeFlowSettings
from symgen.exceptions import UsageError
from symgen.pde.equation import Equation
from symgen.pde.trajectories import Trajectories, load_trajectories

SIMULATION, ACCURACY, DISCOVERY, TRAINING = "Simulation", "Accuracy of simulation", "Discovery", "Flow training"
DIVERGENCE_TIME = {"ks": 20.0}
"""Chaotic equations are compared up to here: beyond, solutions part however accurate they are."""
SAME = 1.1
"""Memory that grows by less than this factor counts as the same."""

FULL_BATCH = 64
SECONDS = {"kdv": 0.5, "ks": 0.3, "burgers": 0.01, "nkdv": 1.5, "ckdv": 0.5, "heat": 0.01}
"""Targets for a trajectory in a full batch; smaller ones are slower for each."""
PUBLISHED = {"kdv": 2.8, "ks": 177.0, "burgers": 0.18, "nkdv": 10.4, "ckdv": 2.7}


def measure_simulation(name: str, n: int, repeats: int, seed: int, device: str) -> Result:
    """Seconds per trajectory of the default size in a batch of `n`: median of `repeats` runs after a warm-up."""
    settings = SimulationSettings.for_equation(name, n=n, batch=n, seed=seed)
    # as many frames as the real run, but hardly a step between them
    simulate(name, settings.model_copy(update={"duration": settings.duration / 100}), device)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        simulate(name, settings, device)
        seconds.append(time.perf_counter() - start)
    return {"seconds": statistics.median(seconds) / n}


def measure_accuracy(name: str, n: int, seed: int, device: str) -> Result:
    """Worst relative L2 error of `n` trajectories against a quarter of the step, over all frames from t = 0 on.

    For kdv the drifts of mass and momentum too.
    """
    grid, step = get(name).grid, get(name).max_step
    if step is None:
        raise UsageError(f"{name} is solved exactly, so it has no error of the step.")
    duration = min(grid.duration, DIVERGENCE_TIME.get(name, grid.duration))
    frames = round(grid.nt * duration / grid.duration)
    window: dict[str, Any] = {"n": n, "seed": seed, "nt": frames, "stored": frames, "duration": duration}
    u, finer = (
        simulate(name, SimulationSettings.for_equation(name, **window, max_step=s), device).u for s in (step, step / 4)
    )
    error = np.sqrt(((u - finer) ** 2).sum((1, 2)) / (finer**2).sum((1, 2)))
    result: Result = {"error": float(error.max())}
    if name == "kdv":
        mass, momentum = u.mean(-1), (u**2).mean(-1)
        result["mass"] = float(np.abs(mass - mass[:, :1]).max())
        result["momentum"] = float(np.abs(momentum / momentum[:, :1] - 1).max())
    return result


def measure_discovery(name: str, samples: int, solved: int, repeats: int, seed: int, device: str) -> Result:
    """Time and memory of discovery on a file of `samples` trajectories; medians of `repeats` cold starts.

    Only `solved` of them are simulated; the others are these, shifted in x by random numbers of points. `growth`
    compares the peak with that of a file of `solved` trajectories.
    """
    few = simulated(name, SimulationSettings.for_equation(name, n=solved, seed=seed), device)
    with tempfile.TemporaryDirectory() as folder:
        path = few
        if samples > solved:
            path = Path(folder) / "many.h5"
            _shifted(load_trajectories(few), samples, seed).save(path)
        runs = [measured(path, seed, device) for _ in range(repeats)]
    medians = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    smaller = measured(few, seed, device)["peak"] if samples > solved else medians["peak"]
    return {**medians, "growth": medians["peak"] / smaller}


def measure_training(name: str, preset: str, samples: int, repeats: int, seed: int, device: str) -> Result:
    """Seconds of a step of flow training from random weights: median of `repeats` after a warm-up."""
    data = load_trajectories(simulated(name, SimulationSettings.for_equation(name, n=samples, seed=seed), device))
    own = {"periodic": True, "init": "random", "seed": seed}
    settings = PdeFlowSettings.paper(**own) if preset == "paper" else PdeFlowSettings.model_validate(own)
    equation = Equation.from_string(data.info.equation or "", data.info.parameters)
    training = FlowTraining(flow_objective(data, equation, settings, device)[0])
    seconds = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        training.advance()
        seconds.append(time.perf_counter() - start)
    return {"seconds": statistics.median(seconds[1:])}


def _shifted(data: Trajectories, samples: int, seed: int) -> Trajectories:
    """`samples` trajectories from a few that are periodic in x: solutions too, since x-translation is a symmetry."""
    random = np.random.default_rng(seed)
    u = data.read(np.arange(samples) % len(data))
    for i in range(len(data), samples):
        u[i] = np.roll(u[i], random.integers(1, u.shape[-1]), -1)
    return Trajectories.from_arrays(u, data.x, data.t, data.info)


def _simulation(name: str, n: int) -> Case:
    # the exact solvers take a moment, so that one run says little
    repeats = 5 if get(name).max_step is None else 1
    return Case(
        name=f"simulate-{name}",
        subject=name,
        label=name,
        measure=measure_simulation,
        settings={"name": name, "n": n, "repeats": repeats},
        tables=(SIMULATION,),
        targets={"seconds": Target(SECONDS[name], at_most=True)} if n >= FULL_BATCH else {},
        known={"published": PUBLISHED.get(name)},
    )


def _accuracy(name: str, n: int) -> Case:
    targets = {"error": Target(1e-6, at_most=True)}
    if name == "kdv":
        targets |= {"mass": Target(1e-12, at_most=True), "momentum": Target(1e-6, at_most=True)}
    settings = {"name": name, "n": n}
    return Case(f"accuracy-{name}", name, name, measure_accuracy, settings, (ACCURACY,), targets, once=True)


def _discovery(name: str, samples: int, solved: int, repeats: int) -> Case:
    targets = {"process": Target(15.0, at_most=True), "peak": Target(2.0, at_most=True)}
    if samples > solved:
        del targets["process"]
        targets["growth"] = Target(SAME, at_most=True)
    settings = {"name": name, "samples": samples, "solved": solved, "repeats": repeats}
    label = f"{name}, {samples} trajectories"
    return Case(f"discover-{name}-{samples}", "discover", label, measure_discovery, settings, (DISCOVERY,), targets)


STEP_SECONDS = {"paper": 10.0, "default": 1.0}


def _training(name: str, preset: str, samples: int, repeats: int) -> Case:
    settings = {"name": name, "preset": preset, "samples": samples, "repeats": repeats}
    return Case(
        name=f"train-{name}-{preset}",
        subject="train",
        label=f"{name}, {'published settings' if preset == 'paper' else 'default'}",
        measure=measure_training,
        settings=settings,
        tables=(TRAINING,),
        targets={"seconds": Target(STEP_SECONDS[preset], at_most=True)},
        known={"published": "100 to 150" if preset == "paper" else None},
    )


EXPERIMENT = Experiment(
    name="speed",
    title="Speed, accuracy and memory",
    about=(
        "Simulation: seconds per trajectory of the default size, after a warm-up. *Published*: the published "
        "implementation of Ko, Kim and Lee (NeurIPS 2024) with its own settings, on one core. Accuracy: *error* is the "
        "worst relative L2 error of a trajectory against a run with a quarter of the step, over all frames from t = 0 "
        "on (ks, which is chaotic: up to t = 20); *mass* and *momentum* are the largest drift of the mean of u and the "
        "relative one of the mean of u squared. Discovery: on a file, each run in a process of its own. *Process*: "
        "from start to exit, imports included; *discovery*: from opening the file to the generators. *Peak*: largest "
        "memory of the process; *after imports*: what Python, torch and the rest take before anything is read; "
        "*growth*: the peak relative to that on the file of few trajectories."
    ),
    presets={
        "smoke": (
            _simulation("burgers", 4),
            _accuracy("ckdv", 1),
            _discovery("burgers", 8, 4, 1),
            _training("burgers", "default", 4, 1),
        ),
        "cpu": (
            *(_simulation(name, FULL_BATCH) for name in names()),
            *(_accuracy(name, 16) for name in names() if get(name).max_step is not None),
            _discovery("kdv", 64, 64, 3),
            _discovery("kdv", 1024, 64, 3),
            _training("kdv", "paper", 16, 3),
            _training("kdv", "default", 16, 20),
        ),
    },
    seeds={"smoke": (0,), "cpu": (0, 1, 2)},
    tables={
        SIMULATION: Table(
            "equation",
            {"seconds": "seconds per trajectory", "published": "published"},
            f"In batches of {FULL_BATCH} (smoke: 4).",
        ),
        ACCURACY: Table(
            "equation",
            {"error": "error", "mass": "mass", "momentum": "momentum"},
            "First seed only. The solutions of burgers and heat are exact.",
        ),
        DISCOVERY: Table(
            "data",
            {
                "process": "process (s)",
                "seconds": "discovery (s)",
                "peak": "peak (GB)",
                "baseline": "after imports (GB)",
                "growth": "growth",
            },
        ),
        TRAINING: Table(
            "equation",
            {"seconds": "seconds per step", "published": "published"},
            "Published settings: a trunk of 256, 4 generators, 4 trajectories of 64 x 64 points, 10 steps of "
            "Runge-Kutta; default: a trunk of 64, 2 trajectories of 40 x 64 points, 4 steps.",
        ),
    },
)
