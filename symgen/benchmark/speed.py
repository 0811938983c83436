"""Speed, accuracy and memory.

*Simulation*: seconds per trajectory of the default size in a batch, after a warm-up; *published*: the published
implementation of Ko, Kim and Lee (NeurIPS 2024) on one core. *Accuracy*: the worst relative L2 error of a trajectory
against a run with a quarter of the step (ks, which is chaotic, up to t = 20), and the drifts of the means of u and of
its square. *Discovery* on a file, each in a process of its own: seconds from start to exit, memory in GB at its peak
and after imports; *growth*: of the peak beyond that on the file of few trajectories. *Flow training*: seconds of a step
from random weights.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from symgen.benchmark.catalog_data import of_equation
from symgen.benchmark.process import discovered
from symgen.benchmark.table import Case, Result, Wanted
from symgen.catalog import get, names
from symgen.catalog.cache import simulated
from symgen.catalog.simulate import SimulationSettings, simulate
from symgen.discovery.flow_training import FlowTraining
from symgen.discovery.pde import flow_objective
from symgen.discovery.settings import PdeFlowSettings
from symgen.pde.trajectories import Trajectories, load_trajectories

SECONDS = {"kdv": 0.5, "ks": 0.3, "burgers": 0.01, "nkdv": 1.5, "ckdv": 0.5, "heat": 0.01}
"""For a trajectory in a full batch; smaller ones are slower for each. Other equations have no target."""
PUBLISHED = {"kdv": 2.8, "ks": 177.0, "burgers": 0.18, "nkdv": 10.4, "ckdv": 2.7}


def cases(preset: str) -> Iterator[Case]:
    """Simulation, its accuracy, discovery, flow training."""
    smoke = preset == "smoke"
    wanted: dict[str, Wanted]
    for name in ("burgers",) if smoke else names():
        # the exact solvers take a moment, so that one run says little
        settings = {"name": name, "n": 4 if smoke else 64, "repeats": 5 if get(name).max_step is None else 1}
        wanted = {"seconds": f"≤ {SECONDS[name]:g}"} if name in SECONDS and not smoke else {}
        known = {"published": PUBLISHED.get(name)}
        yield Case(f"simulate-{name}", name, "Simulation", measure_simulation, settings, wanted, known)
    for name in ("ckdv",) if smoke else [name for name in names() if get(name).max_step is not None]:
        wanted = {"error": "≤ 1e-06", **({"mass": "≤ 1e-12", "momentum": "≤ 1e-06"} if name == "kdv" else {})}
        settings = {"name": name, "n": 1 if smoke else 16}
        yield Case(f"accuracy-{name}", name, "Accuracy of simulation", measure_accuracy, settings, wanted, once=True)
    name = "burgers" if smoke else "kdv"
    for samples, solved in ((8, 4),) if smoke else ((64, 64), (1024, 64)):
        wanted = {"process": "≤ 15"} if samples == solved else {"growth": "≤ 1.1"}
        settings = {"name": name, "samples": samples, "solved": solved, "repeats": 1 if smoke else 3}
        title = f"discover-{name}-{samples}"
        yield Case(title, "discover", "Discovery", measure_discovery, settings, {**wanted, "peak": "≤ 2"})
    for own, repeats in (("default", 1),) if smoke else (("paper", 3), ("default", 20)):
        settings = {"name": name, "preset": own, "samples": 4 if smoke else 16, "repeats": repeats}
        wanted = {"seconds": "≤ 10" if own == "paper" else "≤ 1"}
        training = {"published": "100 to 150" if own == "paper" else None}
        yield Case(f"train-{name}-{own}", "train", "Flow training", measure_training, settings, wanted, training)


def measure_simulation(name: str, n: int, repeats: int, seed: int, device: str) -> Result:
    """Seconds per trajectory of the default size in a batch of `n`: median of `repeats` runs after a warm-up."""
    settings = SimulationSettings.for_equation(name, n=n, batch=n, seed=seed)
    # as many frames as the real run, but hardly a step between them
    simulate(name, settings.model_copy(update={"duration": settings.duration / 100}), device)
    seconds = [_seconds(lambda: simulate(name, settings, device)) for _ in range(repeats)]
    return {"seconds": statistics.median(seconds) / n}


def measure_accuracy(name: str, n: int, seed: int, device: str) -> Result:
    """Worst relative L2 error of `n` trajectories against a quarter of the step; for kdv the drifts too."""
    grid, step = get(name).grid, get(name).max_step
    assert step is not None, f"{name} is solved exactly"
    # beyond, solutions of chaotic equations part however accurate they are
    duration = min(grid.duration, 20.0) if name == "ks" else grid.duration
    frames = round(grid.nt * duration / grid.duration)
    settings = SimulationSettings.for_equation(name, n=n, seed=seed, nt=frames, stored=frames, duration=duration)
    u, finer = (simulate(name, settings.model_copy(update={"max_step": s}), device).u for s in (step, step / 4))
    result: Result = {"error": float(np.sqrt(((u - finer) ** 2).sum((1, 2)) / (finer**2).sum((1, 2))).max())}
    if name == "kdv":
        mass, momentum = u.mean(-1), (u**2).mean(-1)
        result["mass"] = float(np.abs(mass - mass[:, :1]).max())
        result["momentum"] = float(np.abs(momentum / momentum[:, :1] - 1).max())
    return result


def measure_discovery(name: str, samples: int, solved: int, repeats: int, seed: int, device: str) -> Result:
    """Medians of `repeats` cold starts on a file of `samples` trajectories.

    Only `solved` of them are simulated; the others are these, shifted in x by random numbers of points.
    """
    few = simulated(name, SimulationSettings.for_equation(name, n=solved, seed=seed), device)
    with tempfile.TemporaryDirectory() as folder:
        path = few
        if samples > solved:
            path = Path(folder) / "many.h5"
            shifted(load_trajectories(few), samples, seed).save(path)
        runs = [discovered(path, seed, device) for _ in range(repeats)]
    keys = ("process", "seconds", "peak", "baseline")
    medians = {key: statistics.median(run[key] for run in runs) for key in keys}
    smaller = discovered(few, seed, device)["peak"] if samples > solved else medians["peak"]
    return {**medians, "growth": medians["peak"] / smaller}


def shifted(data: Trajectories, samples: int, seed: int) -> Trajectories:
    """`samples` trajectories from a few that are periodic in x: solutions too, since x-translation is a symmetry."""
    random = np.random.default_rng(seed)
    u = data.read(np.arange(samples) % len(data))
    for i in range(len(data), samples):
        u[i] = np.roll(u[i], random.integers(1, u.shape[-1]), -1)
    return Trajectories.from_arrays(u, data.x, data.t, data.info)


def measure_training(name: str, preset: str, samples: int, repeats: int, seed: int, device: str) -> Result:
    """Seconds of a step of flow training from random weights: median of `repeats` after a warm-up."""
    data, equation = of_equation(name, samples, seed, device)
    own = {"periodic": True, "init": "random", "seed": seed}
    settings = PdeFlowSettings.paper(**own) if preset == "paper" else PdeFlowSettings.model_validate(own)
    training = FlowTraining(flow_objective(data, equation, settings, device)[0])
    seconds = [_seconds(training.advance) for _ in range(repeats + 1)]
    return {"seconds": statistics.median(seconds[1:])}


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
