"""Moved solutions back on their grid.

Default trajectories are moved by translations and Galilean boosts at once (scale 0.1) and put back on their grid in
three ways. Cost: of a copy, in batches of 8 of one trajectory, after a warm-up; *published*: by the published
implementation. Operators are trained as in `symgen benchmark operators`, on the same 32 trajectories for all seeds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import get_args

import torch

from symgen.augmentation.mover import Resampling, TrajectoryMover, random_weights
from symgen.augmentation.selection import SLACK, of_equation
from symgen.benchmark import catalog_data
from symgen.benchmark.operators import NUMBERS, operator_case
from symgen.benchmark.table import Case, Comparison, Result
from symgen.discovery.pde import discover_network
from symgen.discovery.settings import NetworkSettings
from symgen.generators.base import Generators
from symgen.generators.held import HeldGenerators

WAYS: tuple[Resampling, ...] = get_args(Resampling)
SCALE, COPIES = 0.1, 8
PUBLISHED: dict[Resampling, str | None] = {"exact": None, "whittaker-shannon": "0.86", "bilinear": "0.19"}
TRAINED: dict[str, tuple[str, dict[int, int | None]]] = {
    "smoke": ("kdv", {}),
    "cpu": ("kdv", {32: 10000}),
    "paper": ("ks", NUMBERS["paper"]),
}


def cases(preset: str) -> Iterator[Case]:
    """Cost, operators trained on the copies."""
    smoke = preset == "smoke"
    ways: list[tuple[Resampling, int | None]] = [(way, None) for way in (("exact", "bilinear") if smoke else WAYS)]
    ways += [("exact", width) for width in {"smoke": (), "cpu": (64, 256), "paper": (256,)}[preset]]
    for way, network in ways:
        wanted = {"cpu": f"≤ {0.1 if network is None else 1:g}"} if way == "exact" else {}
        known = {"published": PUBLISHED[way] if network is None else "13"}
        settings = {"way": way, "network": network}
        yield Case(f"cost-{way}-{network or 'formulas'}", "cost", "Cost", measure_cost, settings, wanted, known)
    name, numbers = TRAINED[preset]
    pool = {"pool": 32} if preset == "cpu" else {}  # as scattering takes a second for a copy
    for n, updates in numbers.items():
        yield from (operator_case(name, n, "true", preset, updates, way, **pool) for way in WAYS)


def comparisons(preset: str) -> Iterator[Comparison]:
    """Exact no worse than Whittaker-Shannon, that no worse than bilinear."""
    name, numbers = TRAINED[preset]
    for n in numbers:
        names = [f"{name}-{n}-true" + ("" if way == "exact" else f"-{way}") for way in WAYS]
        yield from ((mine, other, "nmse", "ratio ≤ 1") for mine, other in pairwise(names))


def measure_cost(way: Resampling, network: int | None, seed: int, device: str) -> Result:
    """Seconds of a moved copy of a default trajectory of kdv, in batches of COPIES of one trajectory.

    With `network`, generators are a network of that width, trained for a moment and never replaced by formulas.
    """
    data, equation = catalog_data.of_equation("kdv", 4, seed, device)
    generators: Generators
    if network is None:
        generators = of_equation(data).without_shifting_period(data).generators
    else:
        settings = {"periodic": True, "n_generators": 3, "seed": seed, "width": network, "steps": 20}
        artifact = discover_network(data, equation, NetworkSettings.model_validate(settings), device)
        slack = [math.inf if periodic else SLACK for periodic in artifact.metadata.space.periodic]
        generators = HeldGenerators(artifact.generators, slack=slack)
    mover = TrajectoryMover(data, generators, equation, way, device)
    for sample in (0, 1):  # the first to warm up
        wall, cpu = time.perf_counter(), time.process_time()
        mover(sample, random_weights(COPIES, generators.count, SCALE, seed, sample))
        if torch.device(device).type == "cuda":
            torch.cuda.synchronize(device)
    return {"seconds": (time.perf_counter() - wall) / COPIES, "cpu": (time.process_time() - cpu) / COPIES}
