"""Speed and memory.

*Simulation*: seconds per trajectory of the default size in a batch, after a warm-up; *published*: the published
implementation of Ko, Kim and Lee (NeurIPS 2024) on one core. *Discovery* on a file, in a process of its own: seconds
from start to exit, and the largest memory in GB, imports included. *Flow training*: seconds of a step from random
weights.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from symgen.benchmark.catalog_data import of_equation
from symgen.benchmark.process import discovered
from symgen.benchmark.table import Case, Result, Wanted
from symgen.catalog import get, names
from symgen.catalog.cache import simulated
from symgen.catalog.simulate import SimulationSettings, simulate
from symgen.discovery.flow_training import FlowTraining
from symgen.discovery.pde import flow_objective
from symgen.discovery.settings import PdeFlowSettings

SECONDS = {"kdv": 0.5, "ks": 0.3, "burgers": 0.01, "nkdv": 1.5, "ckdv": 0.5, "heat": 0.01}
"""For a trajectory in a full batch; smaller ones are slower for each. Other equations have no target."""
PUBLISHED = {"kdv": 2.8, "ks": 177.0, "burgers": 0.18, "nkdv": 10.4, "ckdv": 2.7}


def cases(preset: str) -> Iterator[Case]:
    """Simulation, discovery, flow training."""
    smoke = preset == "smoke"
    wanted: dict[str, Wanted]
    for name in ("burgers",) if smoke else names():
        # the exact solvers take a moment, so that one run says little
        settings = {"name": name, "n": 4 if smoke else 64, "repeats": 5 if get(name).max_step is None else 1}
        wanted = {"seconds": f"≤ {SECONDS[name]:g}"} if name in SECONDS and not smoke else {}
        known = {"published": PUBLISHED.get(name)}
        yield Case(f"simulate-{name}", name, "Simulation", measure_simulation, settings, wanted, known)
    name, samples, repeats = ("burgers", 8, 1) if smoke else ("kdv", 64, 3)
    settings, wanted = {"name": name, "samples": samples, "repeats": repeats}, {"seconds": "≤ 15", "peak": "≤ 2"}
    yield Case(f"discover-{name}", "discover", "Discovery", measure_discovery, settings, wanted)
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


def measure_discovery(name: str, samples: int, repeats: int, seed: int, device: str) -> Result:
    """Medians of `repeats` cold starts on a file of `samples` trajectories."""
    file = simulated(name, SimulationSettings.for_equation(name, n=samples, seed=seed), device)
    with TemporaryDirectory() as folder:
        every = [discovered(file, Path(folder) / f"{k}.safetensors", seed=seed, device=device) for k in range(repeats)]
    if any(run["refused"] for run in every):
        raise RuntimeError(f"{file} was refused")
    return {key: statistics.median(run[key] for run in every) for key in ("seconds", "cpu", "peak")}


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
