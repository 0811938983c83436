"""What neural operators are trained and tested on: simulated trajectories, copies moved by symmetries; the training."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch

from symgen import __version__, tensor_file
from symgen.augmentation.moved_solutions import MovedSolutions
from symgen.augmentation.mover import Resampling, TrajectoryMover
from symgen.augmentation.selection import Selection, of_artifact, of_equation, of_formulas
from symgen.augmentation.solution_mover import SolutionMover
from symgen.augmentation.trajectories import ATTEMPTS, LEAST_TIMES, only_valid
from symgen.benchmark import catalog_data
from symgen.benchmark.table import Comparison, Result
from symgen.cache import cache_folder, cached
from symgen.discovery.pde import discover_flow, discover_spectral
from symgen.discovery.settings import DiscoverySettings, PdeFlowSettings, SpectralSettings
from symgen.exceptions import DataError
from symgen.operators.fourier import FourierNeuralOperator, bootstrap_error, unrolled_errors, window_errors
from symgen.operators.training import OperatorSettings, Windows, train_operator
from symgen.pde.equation import Equation
from symgen.pde.resample import Resampled
from symgen.pde.solutions import Solutions
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
SMALL = {"layers": 3, "loss": "relative", "schedule": "one-cycle", "memory": 0.95}
"""What trainings of the presets smoke and cpu differ in from the published one."""
Mover = TrajectoryMover | SolutionMover
Seen = Callable[[Any], tuple[Resampled | MovedSolutions, torch.Tensor, torch.Tensor]]
"""What operators see of moved copies: these, their values and the stretch of their periods."""


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

    @property
    def in_x(self) -> slice:
        """The points that operators see."""
        return slice(None, None, self.every)

    def seen(self, data: Solutions) -> Solutions:
        """What operators see of data."""
        return thinned(data, slice(None), self.in_x)


def trajectories(name: str, n: int, seed: int, sizes: Sizes, device: str) -> Trajectories:
    """Simulated trajectories of an equation of the catalog, from the cache if they are there."""
    given = {"duration": sizes.duration, "max_step": sizes.max_step, "highest": sizes.highest}
    return catalog_data.of_equation(name, n, seed, device, **given)[0]


def held_out(name: str, seed: int, sizes: Sizes, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Trajectories (N, nt, nx, 1) in float32 that nothing is trained on, and the steps of their grid (N, 2)."""
    data = trajectories(name, sizes.test if seed == TEST else sizes.validation, seed, sizes, device)
    return inputs(sizes.seen(data.solutions), device)


def training_windows(
    name: str, n: int, arm: Arm, scale: float, resampling: Resampling, sizes: Sizes, seed: int, device: str
) -> Windows:
    """n trajectories of the pool, with their copies unless the arm is `none`."""
    data = trajectories(name, sizes.pool, TRAIN, sizes, device)
    copies = None if arm == "none" else moved_copies(data, name, arm, scale, resampling, sizes, device)
    return windows(data.solutions, n, seed, sizes.seen, copies, device)


def windows(
    data: Solutions,
    n: int,
    seed: int,
    seen: Callable[[Solutions], Solutions],
    copies: Mapping[str, torch.Tensor] | None,
    device: str,
) -> Windows:
    """n samples, drawn by the seed without replacement, and their copies, as operators see them."""
    chosen = np.sort(np.random.default_rng(seed).permutation(len(data))[:n])
    u, steps = inputs(seen(replace(data, kept=data.kept[chosen])), device)
    parts = [(u[:, None], torch.tensor([0, u.shape[1]], device=device).expand(len(u), 1, 2), steps[:, None])]
    if copies:
        moved, valid, stretch = (copies[key][chosen].to(device) for key in ("u", "valid", "stretch"))
        grids = steps[:, None].repeat(1, stretch.shape[1], 1)
        grids[..., :-1] *= stretch[..., None]
        parts.append((moved, valid, grids))
    return Windows(*(torch.cat(own, 1) for own in zip(*parts, strict=True)))


def thinned(data: Solutions, *parts: slice) -> Solutions:
    """Parts of all axes."""
    axes = tuple(replace(axis, points=axis.points[part]) for axis, part in zip(data.axes, parts, strict=True))
    return replace(data, values=data.read(range(len(data)))[:, *parts], axes=axes, kept=np.arange(len(data)))


def inputs(data: Solutions, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """What operators get of data: fields (N, nt, *grid, unknown) in float32, steps (N, dimensions + 1)."""
    u = torch.from_numpy(data.read(range(len(data)))).float().to(device)
    steps = u.new_tensor([axis.step for axis in (*data.space, data.axes[0])])
    return u, steps.expand(len(u), -1)


def moved_copies(
    data: Trajectories, name: str, arm: Arm, scale: float, resampling: Resampling, sizes: Sizes, device: str
) -> Mapping[str, torch.Tensor]:
    """Copies of every trajectory, as by `copies_of`, from the cache folder, since many trainings share them."""
    sort = [arm, scale, resampling, sizes.copies, sizes.every, LEAST_TIMES]
    learned = [LEARN_FROM, DISCOVERED[arm].model_dump(mode="json")] if arm in DISCOVERED else []

    def make() -> Mapping[str, torch.Tensor]:
        equation = Equation.from_string(data.info.equation or "", data.info.parameters)
        generators = symmetries(data, equation, arm, device).generators
        mover = TrajectoryMover(data, generators, equation, resampling, device)
        return copies_of(mover, seen_copies(sizes.in_x), sizes.copies, scale)

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


def seen_copies(part: slice) -> Seen:
    """Of moved trajectories, some points in x."""
    return lambda moved: (moved, moved.u[..., part, None], moved.stretch)


def kept_copies(
    name: str, made_from: list[Any], make: Callable[[], Mapping[str, torch.Tensor]]
) -> Mapping[str, torch.Tensor]:
    """Copies from the cache folder, or made and put there."""
    text = json.dumps([*made_from, "u, valid, stretch"])
    path = cache_folder() / "copies" / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.safetensors"
    return cached(
        path,
        lambda path: tensor_file.read(path, "")[1],
        make,
        lambda tensors, path: tensor_file.write(path, text, tensors, force=True),
    )


def copies_of(
    mover: Mover, seen: Seen, copies: int, scale: float, least_times: int = LEAST_TIMES
) -> dict[str, torch.Tensor]:
    """Copies of every sample, moved with weights uniform in +-scale; those that cover too few times are drawn anew.

    On the CPU, in single precision: `u` (N, C, nt, *grid, unknown) as operators see it, 0 at the times that are not
    covered, `valid` (N, C, 2), the range of these times, and `stretch` (N, C) of the period. DataError where too many
    are unusable.
    """
    found: list[list[torch.Tensor]] = []
    for sample in range(len(mover.data)):
        draw = torch.Generator().manual_seed(sample)
        kept: list[tuple[torch.Tensor, ...]] = []
        for _ in range(ATTEMPTS):
            shape = copies - len(kept), mover.generators.count
            weights = scale * (2 * torch.rand(*shape, dtype=torch.float64, generator=draw) - 1)
            moved, values, stretch = seen(mover(sample, weights))
            valid = moved.valid()
            for i in moved.usable(least_times).nonzero().flatten().tolist():
                u = only_valid(values[i], int(valid[i, 0]), int(valid[i, 1]), outside=0.0).float().cpu()
                if u.isfinite().all():
                    kept.append((u, valid[i], stretch[i].float().cpu()))
            if len(kept) == copies:
                break
        else:
            raise DataError(f"Copies of sample {sample} cover fewer than {least_times} times. Use a smaller scale.")
        found.append([torch.stack(own) for own in zip(*kept, strict=True)])
    return dict(zip(("u", "valid", "stretch"), map(torch.stack, zip(*found, strict=True)), strict=True))


def no_worse(case: str, quantity: str, learned: tuple[str, ...] = ("learned",)) -> Iterator[Comparison]:
    """Learned against true, and both against none."""
    yield from ((f"{case}-{arm}", f"{case}-true", quantity, "ratio ≤ 1.05") for arm in learned)
    yield from ((f"{case}-{arm}", f"{case}-none", quantity, "ratio ≤ 1") for arm in ("true", *learned))


def settings_of(training: Mapping[str, Any], seed: int, n: int, updates: int | None) -> OperatorSettings:
    """Settings for n trajectories: with `updates` about as many (whole passes), in place of the settings' passes."""
    settings = OperatorSettings(**training, seed=seed)
    passes = max(1, round((updates or 0) * settings.batch / (n * settings.epochs)))
    return settings if updates is None else settings.model_copy(update={"passes": passes})


def trained_operator(
    data: Windows,
    validation: tuple[torch.Tensor, torch.Tensor],
    test: tuple[torch.Tensor, torch.Tensor],
    settings: OperatorSettings,
) -> tuple[FourierNeuralOperator, Result]:
    """The operator, and its errors on test trajectories: fields and steps, as those that pick the epoch."""
    wall, cpu = time.perf_counter(), time.process_time()
    trained = train_operator(data, *validation, settings)
    seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
    errors = unrolled_errors(trained.operator, *test)
    seen = window_errors(trained.operator, data.u[:, 0], data.steps[:, 0])
    return trained.operator, {
        "nmse": float(errors.mean()),
        "bootstrap": bootstrap_error(errors),
        "median": float(errors.median()),
        "seen": float(seen.mean()),
        "unseen": float(window_errors(trained.operator, *test).mean()),
        "validation": min(trained.validation),
        "epoch": trained.epoch,
        "updates": trained.updates,
        "seconds": seconds,
        "cpu": cpu,
    }
