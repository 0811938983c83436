"""What neural operators of systems are trained and tested on, as `operator_data` has it for equations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from symgen import __version__
from symgen.augmentation.moved_solutions import MovedSolutions
from symgen.augmentation.selection import Selection, of_artifact
from symgen.augmentation.solution_mover import SolutionMover
from symgen.augmentation.solution_selection import keeping_periods, of_system
from symgen.augmentation.trajectories import only_valid
from symgen.benchmark.operator_copies import drawn, kept_copies, usable_copies
from symgen.benchmark.operator_data import LEARN_FROM, TRAIN, Arm
from symgen.catalog.cache import simulated_system
from symgen.catalog.simulate_system import SystemSimulationSettings
from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.exceptions import UsageError
from symgen.operators.training import Windows
from symgen.pde.solutions import Solutions
from symgen.pde.solutions_file import load_solutions

LEARNED = SystemSettings.model_validate({})


@dataclass(frozen=True)
class SystemSizes:
    """How much there is of everything."""

    pool: int
    """Solutions to draw training sets from."""
    validation: int
    test: int
    copies: int
    """Of each solution of the pool."""
    points: int
    """Of the simulation, along each axis of space."""
    times: int
    every: int = 1
    """Operators see every so many points along each axis, t included."""
    least_times: int = 8
    """Copies of which operators see fewer times are rejected."""

    def seen(self, data: Solutions) -> Solutions:
        """What operators see of data."""
        return _thinned(data, [self.every] * len(data.axes))

    def seen_times(self, data: Solutions) -> Solutions:
        """All of space at the times that operators see."""
        return _thinned(data, [self.every, *(1 for _ in data.space)])

    def seen_of(self, moved: MovedSolutions) -> MovedSolutions:
        """What operators see of copies."""
        thin = (slice(None), *(slice(None, None, self.every),) * (moved.covered.ndim - 1))
        return replace(moved, values=moved.values[thin], covered=moved.covered[thin])


def _thinned(data: Solutions, every: Sequence[int]) -> Solutions:
    thin = tuple(slice(None, None, step) for step in every)
    values = data.read(range(len(data)))[(slice(None), *thin)]
    axes = tuple(replace(axis, points=axis.points[step]) for axis, step in zip(data.axes, thin, strict=True))
    return replace(data, values=values, axes=axes, kept=np.arange(len(data)))


def solutions(name: str, n: int, seed: int, sizes: SystemSizes, device: str) -> Solutions:
    """Simulated solutions of a system of the catalog, from the cache if they are there."""
    grid = {"points": sizes.points, "times": sizes.times}
    settings = SystemSimulationSettings.for_system(name, n=n, seed=seed, **grid)
    return load_solutions(simulated_system(name, settings, device))


def inputs(data: Solutions, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """What operators get of data: fields (N, nt, *grid, unknown) in float32, steps (N, dimensions + 1)."""
    u = torch.from_numpy(data.read(range(len(data)))).float().to(device)
    steps = u.new_tensor([axis.step for axis in (*data.space, data.axes[0])])
    return u, steps.expand(len(u), -1)


def training_windows(name: str, n: int, arm: Arm, scale: float, sizes: SystemSizes, seed: int, device: str) -> Windows:
    """n solutions of the pool, drawn by the seed without replacement, with their copies unless the arm is `none`."""
    data = solutions(name, sizes.pool, TRAIN, sizes, device)
    chosen = drawn(sizes.pool, n, seed)
    u, steps = inputs(sizes.seen(data), device)
    u = u[chosen][:, None]
    valid = torch.tensor([0, u.shape[2]]).expand(n, 1, 2)
    if arm != "none":
        moved = moved_copies(data, name, arm, scale, sizes, device)
        u = torch.cat([u, moved["u"][chosen].to(device)], 1)
        valid = torch.cat([valid, moved["valid"][chosen]], 1)
    return Windows(u, valid.to(device), steps[:n, None].expand(-1, u.shape[1], -1))


def moved_copies(
    data: Solutions, name: str, arm: Arm, scale: float, sizes: SystemSizes, device: str
) -> Mapping[str, torch.Tensor]:
    """Copies of every solution as operators see them, from the cache: `u` (N, C, nt, *grid, unknown) in float32, 0 at
    the times that are not covered, and `valid` (N, C, 2)."""
    made_from: list[Any] = [__version__, data.sha256, name, arm, scale, asdict(sizes)]
    if arm == "learned":
        made_from += [LEARN_FROM, LEARNED.model_dump(mode="json")]

    def make() -> Mapping[str, torch.Tensor]:
        generators = symmetries(data, arm, device).generators
        mover = SolutionMover(data, generators, system_of(data, (), {}).system, device)
        parts = [_copies(mover, sample, sizes, scale) for sample in range(len(data))]
        return {key: torch.stack([part[key] for part in parts]) for key in parts[0]}

    return kept_copies(f"{name}-{arm}", made_from, make)


def symmetries(data: Solutions, arm: Arm, device: str = "cpu") -> Selection:
    """The generators of an arm that keep the periods, those that are learned from the first LEARN_FROM solutions."""
    if arm == "true":
        return keeping_periods(of_system(data, system_of(data, (), {})), data)
    if arm != "learned":
        raise UsageError(f"There are no copies {arm!r} of solutions of systems.")
    few = data.first(LEARN_FROM)
    return keeping_periods(of_artifact(discover_system(few, system_of(few, (), {}), LEARNED, device)), data)


def _copies(mover: SolutionMover, sample: int, sizes: SystemSizes, scale: float) -> dict[str, torch.Tensor]:
    def move(weights: torch.Tensor) -> MovedSolutions:
        return sizes.seen_of(mover(sample, weights))

    def part(moved: MovedSolutions, i: int, first: int, end: int) -> tuple[torch.Tensor, ...]:
        return (only_valid(moved.values[i], first, end, outside=0.0),)

    count = mover.generators.count
    u, valid = usable_copies(move, part, count, sizes.copies, scale, sizes.least_times, sample)
    return {"u": u, "valid": valid}
