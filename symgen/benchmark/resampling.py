"""Moved solutions back on their grid.

Default trajectories are moved by translations and Galilean boosts at once (scale 0.1) and put back on their grid in
three ways. Errors are relative, against the closed form on finer data, where all ways give an answer; *estimated*: the
error that the exact way gives itself. Cost: of a copy, in batches of 8 of one trajectory, after a warm-up; *published*:
by the published implementation. Operators are trained as in `symgen benchmark operators`, on the same 32 trajectories
for all seeds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import get_args

import torch

from symgen.augmentation.mover import Resampling, TrajectoryMover, random_weights
from symgen.augmentation.selection import SLACK, Selection, of_equation
from symgen.benchmark import catalog_data
from symgen.benchmark.operators import NUMBERS, operator_case
from symgen.benchmark.table import Case, Comparison, Result, Wanted
from symgen.catalog import get
from symgen.discovery.pde import discover_network
from symgen.discovery.settings import NetworkSettings
from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.held import HeldGenerators
from symgen.pde.trajectories import Trajectories

WAYS: tuple[Resampling, ...] = get_args(Resampling)
FINER = 4
"""The solution is known at so many times for each stored one."""
SCALE, COPIES = 0.1, 8
PUBLISHED: dict[Resampling, str | None] = {"exact": None, "whittaker-shannon": "0.86", "bilinear": "0.19"}
LIMITS = {"kdv": "≤ 1e-06", "ks": "≤ 1e-06"}
"""Of the exact way's error; how far the grid resolves the fronts of burgers changes with the seed."""
TRAINED: dict[str, tuple[str, dict[int, int | None]]] = {
    "smoke": ("kdv", {}),
    "cpu": ("kdv", {32: 10000}),
    "paper": ("ks", NUMBERS["paper"]),
}


def cases(preset: str) -> Iterator[Case]:
    """Errors, cost, operators trained on the copies."""
    smoke = preset == "smoke"
    for name in ("burgers",) if smoke else (*LIMITS, "burgers"):
        n, copies = {"smoke": (1, 2), "cpu": (2, 4), "paper": (8, 16)}[preset]
        wanted: dict[str, Wanted] = {"in_order": True}
        wanted |= {"exact": LIMITS[name]} if name in LIMITS else {}
        yield Case(f"errors-{name}", name, "Error", measure_errors, {"name": name, "n": n, "copies": copies}, wanted)
    ways: list[tuple[Resampling, int | None]] = [(way, None) for way in (("exact", "bilinear") if smoke else WAYS)]
    ways += [("exact", width) for width in {"smoke": (), "cpu": (64, 256), "paper": (256,)}[preset]]
    for way, network in ways:
        wanted = {"cpu": f"≤ {0.1 if network is None else 1:g}"} if way == "exact" else {}
        known = {"published": PUBLISHED[way] if network is None else "13"}
        once = not wanted or network is not None
        settings = {"way": way, "network": network}
        yield Case(f"cost-{way}-{network or 'formulas'}", "cost", "Cost", measure_cost, settings, wanted, known, once)
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


def measure_errors(name: str, n: int, copies: int, seed: int, device: str) -> Result:
    """Relative errors of `copies` moved copies of `n` trajectories, by all three ways, against the solution itself.

    Trajectories are moved by x- and t-translation and boost at once. Their closed form
    u'(x, t) = c + u(x - a + bc/2 - ct, t - b) is evaluated on a grid twice as fine in x and FINER times in t, of whose
    time steps b is a multiple.
    """
    grid = get(name).grid
    fine = {"nx": 2 * grid.nx, "nt": FINER * (grid.nt - 1) + 1, "stored": FINER * (grid.stored - 1) + 1}
    solution, equation = catalog_data.of_equation(name, n, seed, device, **fine)
    u = torch.from_numpy(solution.read(range(n))).to(device)
    coarse = u[:, ::FINER, ::2].cpu().numpy()
    data = Trajectories.from_arrays(coarse, solution.x[::2], solution.t[::FINER], solution.info)
    symmetries = of_equation(data).without_shifting_period(data)
    movers = {way: TrajectoryMover(data, symmetries.generators, equation, way, device) for way in WAYS}
    squares, total, estimated = dict.fromkeys(WAYS, 0.0), 0.0, 0.0
    for i in range(n):
        weights = _on_time_grid(symmetries, copies, seed, i, solution.time_step)
        wanted, known = _moved(u[i], solution, symmetries, weights)
        found = {way: mover(i, weights) for way, mover in movers.items()}
        inside = known & torch.stack([moved.covered for moved in found.values()]).all(0)
        total += float(wanted[inside].square().sum())
        for way, moved in found.items():
            squares[way] += float((moved.u - wanted)[inside].square().sum())
        estimated = max(estimated, found["exact"].error)
    errors: dict[str, float] = {way: (squares[way] / total) ** 0.5 for way in WAYS}
    in_order = errors["exact"] <= errors["whittaker-shannon"] <= errors["bilinear"]
    return {**errors, "estimated": estimated, "in_order": in_order}


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


def _on_time_grid(symmetries: Selection, copies: int, seed: int, sample: int, step: float) -> torch.Tensor:
    """Random coefficients whose translation in t is a whole number of steps."""
    weights = random_weights(copies, symmetries.generators.count, SCALE, seed, sample)
    assert isinstance(symmetries.generators, ClosedFormGenerators)
    place = next(i for i, field in enumerate(symmetries.generators.fields) if field[1] != 0)
    unit = float(symmetries.generators.fields[place][1])
    weights[:, place] = torch.round(weights[:, place] * unit / step) * step / unit
    return weights


def _moved(
    u: torch.Tensor, solution: Trajectories, symmetries: Selection, weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The true copies (C, nt, nx) of u on the fine grid, and which of their times (C, nt) it knows."""
    step, nx = solution.time_step, u.shape[-1]
    t = torch.from_numpy(solution.t[::FINER])
    wave = 2 * torch.pi / solution.period * torch.arange(nx // 2 + 1, dtype=torch.float64)
    spectrum = torch.fft.rfft(u)
    # a d/dx + b d/dt + c (t d/dx + d/du) by its values at the origin
    shifts = weights @ symmetries.generators.cpu()(torch.zeros(1, 3, dtype=torch.float64))[:, 0]
    copies, known = [], []
    for a, b, c in shifts.tolist():
        number = torch.arange(len(t)) * FINER - round(b / step)
        shift = a - b * c / 2 + c * t
        turned = spectrum[number.clamp(0, len(u) - 1)] * torch.exp(-1j * shift[:, None] * wave).to(u.device)
        copies.append(c + torch.fft.irfft(turned, n=nx)[:, ::2])
        known.append((number >= 0) & (number < len(u)))
    return torch.stack(copies), torch.stack(known).to(u.device)
