"""What neural operators are trained and tested on: simulated trajectories, copies moved by symmetries; the training."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
import torch

from symgen import __version__, tensor_file
from symgen.augmentation.moved_solutions import MovedSolutions
from symgen.augmentation.mover import Resampling, TrajectoryMover
from symgen.augmentation.selection import Selection, of_artifact, of_equation, of_formulas
from symgen.augmentation.solution_mover import SolutionMover
from symgen.augmentation.solution_selection import keeping_periods, of_system
from symgen.augmentation.trajectories import ATTEMPTS, LEAST_TIMES, only_valid
from symgen.benchmark import catalog_data
from symgen.benchmark.table import Comparison, Result
from symgen.cache import cache_folder, cached
from symgen.discovery.pde import discover_flow, discover_spectral
from symgen.discovery.settings import PdeFlowSettings, SpectralSettings, SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.exceptions import DataError
from symgen.names import EQUATIONS
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
"""Samples that generators are learned from, at most."""
LEARNED = SpectralSettings.model_validate({"periodic": True})
TRAINED = PdeFlowSettings.model_validate({"periodic": True, "init": "random"})
LEARNED_OF_SYSTEM = SystemSettings.model_validate({})
SMALL = {"layers": 3, "loss": "relative", "schedule": "one-cycle", "memory": 0.95}
"""What trainings of the presets smoke and cpu differ in from the published one."""
Data = Trajectories | Solutions
Mover = TrajectoryMover | SolutionMover


@dataclass(frozen=True)
class Sizes:
    """How much there is of everything, and what of it operators see."""

    pool: int
    validation: int
    test: int
    copies: int
    """Of each sample, moved with coefficients of at most `scale`."""
    scale: float
    every: Sequence[int]
    """Operators see every so many points of each axis, t first."""
    simulation: Mapping[str, Any] = field(default_factory=dict)
    """What it differs in from the catalog's defaults."""
    least_times: int = LEAST_TIMES
    """Copies of which operators see fewer are rejected."""

    @property
    def parts(self) -> list[slice]:
        """Of the axes, what operators see."""
        return [slice(None, None, step) for step in self.every]


def simulated(name: str, n: int, seed: int, sizes: Sizes, device: str) -> Data:
    """Trajectories of an equation or solutions of a system of the catalog, from the cache if they are there."""
    if name in EQUATIONS:
        return catalog_data.of_equation(name, n, seed, device, **sizes.simulation)[0]
    return catalog_data.of_system(name, n, seed, device, **sizes.simulation)


def solutions_of(data: Data) -> Solutions:
    """Trajectories as solutions."""
    return data.solutions if isinstance(data, Trajectories) else data


def held_out(name: str, seed: int, sizes: Sizes, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """`inputs` of solutions that nothing is trained on."""
    data = simulated(name, sizes.test if seed == TEST else sizes.validation, seed, sizes, device)
    return inputs(thinned(solutions_of(data), sizes.parts), device)


def training_windows(
    name: str, n: int, arm: Arm, resampling: Resampling, sizes: Sizes, seed: int, device: str
) -> Windows:
    """n samples of the pool, with their copies unless the arm is `none`."""
    data = simulated(name, sizes.pool, TRAIN, sizes, device)
    copies = None if arm == "none" else moved_copies(data, name, arm, resampling, sizes, device)
    return windows(solutions_of(data), n, seed, sizes.parts, copies, device)


def windows(
    data: Solutions, n: int, seed: int, parts: Sequence[slice], copies: Mapping[str, torch.Tensor] | None, device: str
) -> Windows:
    """n samples, drawn by the seed without replacement, and their copies, as operators see them."""
    chosen = np.sort(np.random.default_rng(seed).permutation(len(data))[:n])
    u, steps = inputs(thinned(replace(data, kept=data.kept[chosen]), parts), device)
    found = [(u[:, None], torch.tensor([0, u.shape[1]], device=device).expand(len(u), 1, 2), steps[:, None])]
    if copies:
        moved, valid, stretch = (copies[key][chosen].to(device) for key in ("u", "valid", "stretch"))
        grids = steps[:, None].repeat(1, stretch.shape[1], 1)
        grids[..., :-1] *= stretch[..., None]
        found.append((moved, valid, grids))
    return Windows(*(torch.cat(own, 1) for own in zip(*found, strict=True)))


def thinned(data: Solutions, parts: Sequence[slice]) -> Solutions:
    """Parts of all axes."""
    axes = tuple(replace(axis, points=axis.points[part]) for axis, part in zip(data.axes, parts, strict=True))
    return replace(data, values=data.read(range(len(data)))[:, *parts], axes=axes, kept=np.arange(len(data)))


def inputs(data: Solutions, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """What operators get of data: fields (N, nt, *grid, unknown) in float32, steps (N, dimensions + 1)."""
    u = torch.from_numpy(data.read(range(len(data)))).float().to(device)
    steps = u.new_tensor([axis.step for axis in (*data.space, data.axes[0])])
    return u, steps.expand(len(u), -1)


def moved_copies(
    data: Data, name: str, arm: Arm, resampling: Resampling, sizes: Sizes, device: str
) -> Mapping[str, torch.Tensor]:
    """Copies of every sample, as by `copies_of`, from the cache folder, since many trainings share them."""
    made_from: list[Any] = [__version__, data.sha256, name, arm, resampling, asdict(sizes)]
    if arm in ("learned", "trained"):
        made_from += [LEARN_FROM, *(one.model_dump(mode="json") for one in (LEARNED, TRAINED, LEARNED_OF_SYSTEM))]
    text = json.dumps([*made_from, "u, valid, stretch"])
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]

    def make() -> Mapping[str, torch.Tensor]:
        mover = mover_of(data, arm, device, resampling)
        return copies_of(mover, sizes.parts, sizes.copies, sizes.scale, sizes.least_times)

    return cached(
        cache_folder() / "copies" / f"{name}-{arm}-{digest}.safetensors",
        lambda path: tensor_file.read(path, "")[1],
        make,
        lambda tensors, path: tensor_file.write(path, text, tensors, force=True),
    )


def mover_of(data: Data, arm: Arm, device: str, resampling: Resampling = "exact") -> Mover:
    """What moves data by the generators of an arm."""
    generators = symmetries(data, arm, device).generators
    if isinstance(data, Solutions):
        return SolutionMover(data, generators, system_of(data, (), {}).system, device)
    return TrajectoryMover(data, generators, equation_of(data), resampling, device)


def equation_of(data: Trajectories) -> Equation:
    """What the data say that they solve."""
    return Equation.from_string(data.info.equation or "", data.info.parameters)


def symmetries(data: Data, arm: Arm, device: str = "cpu") -> Selection:
    """The generators of an arm that keep periods, those that are learned from the first LEARN_FROM samples."""
    if isinstance(data, Solutions):
        if arm == "true":
            return keeping_periods(of_system(data, system_of(data, (), {})), data)
        few = data.first(LEARN_FROM)
        found = discover_system(few, system_of(few, (), {}), LEARNED_OF_SYSTEM, device)
        return keeping_periods(of_artifact(found), data)
    some, equation = data.first(LEARN_FROM), equation_of(data)
    if arm == "learned":
        return of_artifact(discover_spectral(some, equation, LEARNED, device)).without_shifting_period(data)
    if arm == "trained":
        return of_artifact(discover_flow(some, equation, TRAINED, device)[0]).without_shifting_period(data)
    true = of_equation(data).without_shifting_period(data, stretching=arm == "full")
    if arm in ("full", "true"):
        return true
    later = of_formulas(data, [("0", "1", "0")])
    return later if arm == "approximate" else true.and_also(later)


def copies_of(
    mover: Mover, parts: Sequence[slice], copies: int, scale: float, least_times: int = LEAST_TIMES
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
            moved, values, stretch = seen_of(mover(sample, weights), parts)
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


def seen_of(
    moved: Resampled | MovedSolutions, parts: Sequence[slice]
) -> tuple[Resampled | MovedSolutions, torch.Tensor, torch.Tensor]:
    """What operators see of copies: these, their values, and the stretch of their periods."""
    if isinstance(moved, Resampled):
        assert moved.stretch is not None  # as movers tell it
        return moved, moved.u[:, *parts, None], moved.stretch
    seen = replace(moved, values=moved.values[:, *parts], covered=moved.covered[:, *parts])
    return seen, seen.values, torch.ones(len(seen.values))


def no_worse(case: str, quantity: str, learned: tuple[str, ...] = ("learned",)) -> Iterator[Comparison]:
    """Learned against true, and both against none."""
    yield from ((f"{case}-{arm}", f"{case}-true", quantity, "ratio ≤ 1.05") for arm in learned)
    yield from ((f"{case}-{arm}", f"{case}-none", quantity, "ratio ≤ 1") for arm in ("true", *learned))


def settings_of(training: Mapping[str, Any], seed: int, n: int, updates: int | None) -> OperatorSettings:
    """Settings for n trajectories: with `updates` about as many (whole passes), in place of the settings' passes."""
    settings = OperatorSettings(**training, seed=seed)
    passes = max(1, round((updates or 0) * settings.batch / (n * settings.epochs)))
    return settings if updates is None else settings.model_copy(update={"passes": passes})


def trained_on(
    name: str,
    n: int,
    arm: Arm,
    sizes: Sizes,
    training: Mapping[str, Any],
    updates: int | None,
    seed: int,
    device: str,
    resampling: Resampling = "exact",
) -> tuple[FourierNeuralOperator, Result]:
    """An operator trained on n samples and their copies, and its errors on test data."""
    data = training_windows(name, n, arm, resampling, sizes, seed, device)
    validation, test = (held_out(name, split, sizes, device) for split in (VALIDATION, TEST))
    return trained_operator(data, validation, test, settings_of(training, seed, n, updates))


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
