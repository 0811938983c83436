"""Flow training of systems from the spectral solution and from random weights: what becomes of the slots."""

from __future__ import annotations

import time

from symgen import catalog
from symgen.benchmark.experiment import Case, Result, Table, Target
from symgen.benchmark.flow import COLUMNS, WITHIN, trained_slots
from symgen.catalog.cache import simulated_system
from symgen.catalog.simulate_system import SystemSimulationSettings
from symgen.discovery.flow_system import system_flow_objective
from symgen.discovery.settings import SystemFlowSettings
from symgen.discovery.system_source import system_of
from symgen.pde.solutions_file import load_solutions

SPECTRAL = "Flow training of systems from the spectral solution"
RANDOM = "Flow training of systems from random weights"
STEPS = {"nls": 300, "reaction-diffusion": 150, "kepler": 600}
"""From the spectral solution, in the cpu preset; from random weights twice as many."""


def measure_system_flow(name: str, init: str, samples: int, steps: int, seed: int, device: str) -> Result:
    """Train slots on solutions of a system of the catalog; compare the first as many as it has symmetries with these.

    From random weights there is one slot more than symmetries.
    """
    path = simulated_system(name, SystemSimulationSettings.for_system(name, n=samples, seed=seed), device)
    data = load_solutions(path)
    wanted = {"init": init, "steps": steps, "seed": seed}
    if init == "random":
        wanted["n_generators"] = len(catalog.system(name).symmetries) + 1
    start = time.perf_counter()
    settings = SystemFlowSettings.model_validate(wanted)
    objective, initial = system_flow_objective(data, system_of(data, [], {}), settings, device)
    true = catalog.system(name).generators(objective.space, data.info.parameters)
    return trained_slots(objective, initial, start, true)


def case(name: str, init: str, samples: int, steps: int) -> Case:
    """One system from one start."""
    targets = {"distance": Target(0.1, at_most=True)} if init == "spectral" else {}
    return Case(
        name=f"{name}-flow-{init}",
        subject="flow",
        label=name,
        measure=measure_system_flow,
        settings={"name": name, "init": init, "samples": samples, "steps": steps},
        tables=(SPECTRAL if init == "spectral" else RANDOM,),
        targets=targets,
    )


TABLES = {
    SPECTRAL: Table(
        "system",
        COLUMNS,
        "As many slots as the eigenproblem finds symmetries (`--method flow`). *Moved before* and *after* the "
        "training: residual of a solution moved by s = ±0.1 and ±0.4, geometric mean over slots and s.",
    ),
    RANDOM: Table(
        "system",
        {"taken": "share of seeds", "trained": "trained alone (degrees)", **COLUMNS},
        "One slot more than symmetries, from random weights (`--method flow --init random`). *Share of seeds* in which "
        f"the first ones span the true symmetries within {WITHIN:g} degrees; *distance* and *largest angle* are of "
        "these, with their last layers solved for at the end; *trained alone*: the largest angle before that.",
    ),
}
