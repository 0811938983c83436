"""What neural operators are trained and tested on: simulated trajectories, and copies moved by symmetries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
import torch

from symgen import __version__, tensor_file
from symgen.augmentation.mover import Resampling, TrajectoryMover
from symgen.augmentation.selection import Selection, of_artifact, of_equation, of_formulas
from symgen.augmentation.trajectories import ATTEMPTS, LEAST_TIMES, only_valid
from symgen.benchmark import catalog_data
from symgen.cache import cache_folder, cached
from symgen.discovery.pde import discover_flow, discover_spectral
from symgen.discovery.settings import DiscoverySettings, PdeFlowSettings, SpectralSettings
from symgen.exceptions import DataError
from symgen.operators.training import Windows
from symgen.pde.equation import Equation
from symgen.pde.resample import Resampled
from symgen.pde.trajectories import Trajectories

Arm = Literal["none", "true", "learned", "trained", "full", "approximate", "both"]
"""`true`: all symmetries that keep the period. `learned`: found by the eigenproblem; `trained`: by flow training, from
random weights. `full`: the whole algebra, scalings too, as far as it leaves data periodic. `approximate`: translation
in t where that is no symmetry. `both`: that and the true ones."""
TRAIN, VALIDATION, TEST = 0, 1, 2
"""Seeds of the simulations, which have nothing in common: what is tested was never seen."""
LEARN_FROM = 32
"""Trajectories that generators are learned from, at most."""
LEARNED = SpectralSettings.model_validate({"periodic": True})
TRAINED = PdeFlowSettings.model_validate({"periodic": True, "init": "random"})
DISCOVERED: dict[str, DiscoverySettings] = {"learned": LEARNED, "trained": TRAINED}


@dataclass(frozen=True)
class Sizes:
    """How much there is of everything; operators see every so many points in x. None is the equation's default."""

    pool: int
    validation: int
    test: int
    copies: int
    every: int = 1
    duration: float | None = None
    max_step: float | None = None
    highest: int | None = None


def trajectories(name: str, n: int, seed: int, sizes: Sizes, device: str) -> Trajectories:
    """Simulated trajectories of an equation of the catalog, from the cache if they are there."""
    given = {"duration": sizes.duration, "max_step": sizes.max_step, "highest": sizes.highest}
    return catalog_data.of_equation(name, n, seed, device, **given)[0]


def held_out(name: str, seed: int, sizes: Sizes, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Trajectories (N, nt, nx, 1) in float32 that nothing is trained on, and the steps of their grid (N, 2)."""
    data = trajectories(name, sizes.test if seed == TEST else sizes.validation, seed, sizes, device)
    u = torch.from_numpy(data.read(range(len(data)))[..., :: sizes.every]).float().to(device)
    return u[..., None], _steps(data, sizes, torch.ones(len(u))).to(device)


def training_windows(
    name: str, n: int, arm: Arm, scale: float, resampling: Resampling, sizes: Sizes, seed: int, device: str
) -> Windows:
    """n trajectories of the pool, drawn by the seed without replacement, with their copies unless the arm is `none`."""
    data = trajectories(name, sizes.pool, TRAIN, sizes, device)
    chosen = drawn(sizes.pool, n, seed)
    u = torch.from_numpy(data.read(chosen)[:, None, :, :: sizes.every]).float()
    valid = torch.tensor([0, len(data.t)]).expand(n, 1, 2)
    steps = _steps(data, sizes, torch.ones(n, 1))
    if arm != "none":
        moved = moved_copies(data, name, arm, scale, resampling, sizes, device)
        u = torch.cat([u, moved["u"][chosen]], 1)
        valid = torch.cat([valid, moved["valid"][chosen]], 1)
        steps = torch.cat([steps, _steps(data, sizes, moved["stretch"][chosen])], 1)
    return Windows(u[..., None].to(device), valid.to(device), steps.to(device))


def moved_copies(
    data: Trajectories, name: str, arm: Arm, scale: float, resampling: Resampling, sizes: Sizes, device: str
) -> Mapping[str, torch.Tensor]:
    """Copies of every trajectory: `u` (N, C, nt, nx) in float32, `valid` (N, C, 2), `stretch` (N, C) of the period.

    They are kept in the cache folder, since many trainings share them.
    """
    sort = [arm, scale, resampling, sizes.copies, sizes.every, LEAST_TIMES]
    learned = [LEARN_FROM, DISCOVERED[arm].model_dump(mode="json")] if arm in DISCOVERED else []

    def make() -> Mapping[str, torch.Tensor]:
        equation = Equation.from_string(data.info.equation or "", data.info.parameters)
        generators = symmetries(data, equation, arm, device).generators
        mover = TrajectoryMover(data, generators, equation, resampling, device)
        parts = [drawn_copies(mover, sample, sizes, scale) for sample in range(len(data))]
        return {key: torch.stack([part[key] for part in parts]) for key in parts[0]}

    return kept_copies(f"{name}-{arm}", [__version__, data.sha256, name, *sort, *learned], make)


def symmetries(data: Trajectories, equation: Equation, arm: Arm, device: str = "cpu") -> Selection:
    """The generators of an arm, those that are learned from the first LEARN_FROM of the trajectories."""
    few = data.first(LEARN_FROM)
    if arm == "learned":
        return of_artifact(discover_spectral(few, equation, LEARNED, device)).without_shifting_period(data)
    if arm == "trained":
        return of_artifact(discover_flow(few, equation, TRAINED, device)[0]).without_shifting_period(data)
    true = of_equation(data).without_shifting_period(data, stretching=arm == "full")
    if arm in ("full", "true"):
        return true
    later = of_formulas(data, [("0", "1", "0")])
    return later if arm == "approximate" else true.and_also(later)


def drawn_copies(mover: TrajectoryMover, sample: int, sizes: Sizes, scale: float) -> dict[str, torch.Tensor]:
    """Copies of a sample; those that are folded or cover too few times are drawn anew."""

    def part(moved: Resampled, i: int, first: int, end: int) -> tuple[torch.Tensor, ...]:
        assert moved.stretch is not None  # of a mover
        return only_valid(moved.u[i, :, :: sizes.every], first, end, outside=0.0), moved.stretch[i]

    count = mover.generators.count
    found = usable_copies(lambda weights: mover(sample, weights), part, count, sizes.copies, scale, LEAST_TIMES, sample)
    return dict(zip(("u", "stretch", "valid"), found, strict=True))


def _steps(data: Trajectories, sizes: Sizes, stretch: torch.Tensor) -> torch.Tensor:
    """Steps (..., 2) of the grids that operators see, in x and t, of data whose period is stretched."""
    in_x = stretch * (data.period / len(data.x) * sizes.every)
    return torch.stack([in_x, torch.full_like(in_x, data.time_step)], -1)


def drawn(pool: int, n: int, seed: int) -> np.ndarray:
    """Which n of a pool are trained on, ascending."""
    return np.sort(np.random.default_rng(seed).permutation(pool)[:n])


def kept_copies(
    name: str, made_from: list[Any], make: Callable[[], Mapping[str, torch.Tensor]]
) -> Mapping[str, torch.Tensor]:
    """Copies from the cache folder, or made and put there."""
    text = json.dumps(made_from)
    path = cache_folder() / "copies" / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.safetensors"
    return cached(
        path,
        lambda path: tensor_file.read(path, "")[1],
        make,
        lambda tensors, path: tensor_file.write(path, text, tensors, force=True),
    )


class _Moved(Protocol):
    def valid(self) -> torch.Tensor: ...

    def usable(self, least_times: int) -> torch.Tensor: ...


M = TypeVar("M", bound=_Moved)


def usable_copies(
    move: Callable[[torch.Tensor], M],
    part: Callable[[M, int, int, int], tuple[torch.Tensor, ...]],
    generators: int,
    count: int,
    scale: float,
    least_times: int,
    sample: int,
) -> list[torch.Tensor]:
    """So many copies, moved with weights (C, generators) uniform in +-scale; unusable ones are drawn anew.

    `part` takes what is kept of copy i, which covers the times from first to end: its values, and more. They come
    stacked, in single precision, on the CPU, then the ranges of times (C, 2). DataError where too many are unusable.
    """
    draw = torch.Generator().manual_seed(sample)
    kept: list[tuple[torch.Tensor, ...]] = []
    for _ in range(ATTEMPTS):
        shape = count - len(kept), generators
        moved = move(scale * (2 * torch.rand(*shape, dtype=torch.float64, generator=draw) - 1))
        valid = moved.valid()
        for i in moved.usable(least_times).nonzero().flatten().tolist():
            found = [each.float().cpu() for each in part(moved, i, *valid[i].tolist())]
            if found[0].isfinite().all():
                kept.append((*found, valid[i]))
        if len(kept) == count:
            return [torch.stack(each) for each in zip(*kept, strict=True)]
    raise DataError(f"Copies of sample {sample} cover fewer than {least_times} times. Use a smaller scale.")
