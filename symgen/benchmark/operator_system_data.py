"""What neural operators of systems are trained and tested on, as `operator_data` has it for equations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from symgen import __version__
from symgen.augmentation.moved_solutions import MovedSolutions
from symgen.augmentation.selection import Selection, of_artifact
from symgen.augmentation.solution_mover import SolutionMover
from symgen.augmentation.solution_selection import keeping_periods, of_system
from symgen.benchmark import catalog_data
from symgen.benchmark.operator_data import LEARN_FROM, TRAIN, drawn, kept_copies, with_copies
from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.operators.training import Windows
from symgen.pde.solutions import Solutions

LEARNED = SystemSettings.model_validate({})


@dataclass(frozen=True)
class SystemSizes:
    """How much there is of everything; operators see every so many points along each axis, t included."""

    pool: int
    validation: int
    test: int
    copies: int
    points: int
    times: int
    every: int = 1
    least_times: int = 8
    """Copies of which operators see fewer times are rejected."""

    def seen(self, data: Solutions, everywhere: bool = False) -> Solutions:
        """What operators see of data; all of space at their times if `everywhere`."""
        thin = [slice(None, None, 1 if everywhere and place else self.every) for place in range(len(data.axes))]
        axes = tuple(replace(axis, points=axis.points[step]) for axis, step in zip(data.axes, thin, strict=True))
        return replace(data, values=data.read(range(len(data)))[:, *thin], axes=axes, kept=np.arange(len(data)))

    def seen_of(self, moved: MovedSolutions) -> tuple[MovedSolutions, torch.Tensor, torch.Tensor]:
        """What operators see of copies, their values, and that their periods are those of the data."""
        thin = (slice(None), *(slice(None, None, self.every),) * (moved.covered.ndim - 1))
        seen = replace(moved, values=moved.values[thin], covered=moved.covered[thin])
        return seen, seen.values, torch.ones(len(seen.values))


def solutions(name: str, n: int, seed: int, sizes: SystemSizes, device: str) -> Solutions:
    """Simulated solutions of a system of the catalog, from the cache if they are there."""
    return catalog_data.of_system(name, n, seed, device, points=sizes.points, times=sizes.times)


def inputs(data: Solutions, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """What operators get of data: fields (N, nt, *grid, unknown) in float32, steps (N, dimensions + 1)."""
    u = torch.from_numpy(data.read(range(len(data)))).float().to(device)
    steps = u.new_tensor([axis.step for axis in (*data.space, data.axes[0])])
    return u, steps.expand(len(u), -1)


def training_windows(name: str, n: int, arm: str, scale: float, sizes: SystemSizes, seed: int, device: str) -> Windows:
    """n solutions of the pool, drawn by the seed without replacement, with their copies unless the arm is `none`."""
    data = solutions(name, sizes.pool, TRAIN, sizes, device)
    chosen, copies = drawn(sizes.pool, n, seed), None
    u, steps = inputs(sizes.seen(data), device)
    if arm != "none":
        moved = moved_copies(data, name, arm, scale, sizes, device)
        copies = moved["u"][chosen], moved["valid"][chosen], steps[:n, None].expand(-1, sizes.copies, -1)
    return with_copies(u[chosen], steps[:n], copies, device)


def moved_copies(
    data: Solutions, name: str, arm: str, scale: float, sizes: SystemSizes, device: str
) -> Mapping[str, torch.Tensor]:
    """Copies of every solution as operators see them, from the cache: `u` (N, C, nt, *grid, unknown) in float32, 0 at
    the times that are not covered, and `valid` (N, C, 2)."""
    made_from: list[Any] = [__version__, data.sha256, name, arm, scale, asdict(sizes)]
    if arm == "learned":
        made_from += [LEARN_FROM, LEARNED.model_dump(mode="json")]

    def mover() -> SolutionMover:
        return SolutionMover(data, symmetries(data, arm, device).generators, system_of(data, (), {}).system, device)

    return kept_copies(f"{name}-{arm}", made_from, mover, sizes.seen_of, sizes.copies, scale, sizes.least_times)


def symmetries(data: Solutions, arm: str, device: str = "cpu") -> Selection:
    """The generators of `true` or `learned` that keep the periods, learned from the first LEARN_FROM solutions."""
    if arm == "true":
        return keeping_periods(of_system(data, system_of(data, (), {})), data)
    few = data.first(LEARN_FROM)
    return keeping_periods(of_artifact(discover_system(few, system_of(few, (), {}), LEARNED, device)), data)
