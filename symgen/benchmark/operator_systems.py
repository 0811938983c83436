"""Neural operators of a system in the plane, trained on few solutions, and how far they are from commuting with the
symmetries that they were shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from symgen import __version__
from symgen.augmentation.moved_solutions import MovedSolutions
from symgen.augmentation.selection import Selection, of_artifact
from symgen.augmentation.solution_mover import SolutionMover
from symgen.augmentation.solution_selection import keeping_periods, of_system
from symgen.benchmark import catalog_data, operator_data
from symgen.benchmark.operator_data import LEARN_FROM, TEST, TRAIN, VALIDATION, inputs
from symgen.benchmark.table import Case, Comparison, Result
from symgen.catalog import system
from symgen.discovery.problem import normalised_space
from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.operators.equivariance import equivariance_error
from symgen.operators.training import OperatorSettings, Windows
from symgen.pde.solutions import Solutions
from symgen.simulation.exponential_steps import march
from symgen.simulation.spectral_form import SpectralForm

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
        part = slice(None, None, self.every)
        return operator_data.thinned(data, part, *(slice(None) if everywhere else part for _ in data.space))

    def seen_of(self, moved: MovedSolutions) -> tuple[MovedSolutions, torch.Tensor, torch.Tensor]:
        """What operators see of copies, their values, and that their periods are those of the data."""
        thin = (slice(None), *(slice(None, None, self.every),) * (moved.covered.ndim - 1))
        seen = replace(moved, values=moved.values[thin], covered=moved.covered[thin])
        return seen, seen.values, torch.ones(len(seen.values))


NAME = "reaction-diffusion"
ARMS = ("none", "true", "learned")
NARROW = operator_data.SMALL | {"history": 4, "future": 4, "width": 16, "modes": 6, "learning_rate": 8e-3}
EFFORTS: dict[str, tuple[SystemSizes, dict[str, Any], dict[int, int]]] = {
    "smoke": (
        SystemSizes(2, 2, 2, 1, points=32, times=31, every=2),
        {**NARROW, "width": 4, "modes": 3, "epochs": 1, "batch": 8},
        {2: 4},
    ),
    "cpu": (
        SystemSizes(32, 16, 64, 15, points=32, times=31, every=2),
        {**NARROW, "epochs": 8, "batch": 8},
        {4: 500, 16: 2000},
    ),
}
"""By preset: sizes, what training differs in from the published one, updates by the number of solutions."""


def cases(preset: str) -> Iterator[Case]:
    """All arms with every number of solutions, and the solver."""
    sizes, training, numbers = EFFORTS[preset]
    own = OperatorSettings(**training).model_dump(exclude={"seed"})
    shared = {"name": NAME, "sizes": asdict(sizes), "training": own}
    for n, updates in numbers.items():
        for arm in ARMS:
            settings = {**shared, "n": n, "arm": arm, "updates": updates}
            yield Case(f"{NAME}-{n}-{arm}", NAME, "Test error and equivariance error", measure, settings)
    yield Case(f"{NAME}-solver", NAME, "Test error and equivariance error", measure_solver, shared, once=True)


def comparisons() -> Iterator[Comparison]:
    """Learned against true, both against none, in error and in that of commuting with turns of the phase."""
    for n in EFFORTS["cpu"][2]:
        yield from operator_data.no_worse(f"{NAME}-{n}", "nmse")
        yield from ((f"{NAME}-{n}-{arm}", f"{NAME}-{n}-none", "phase", "ratio ≤ 1") for arm in ARMS[1:])


def measure(
    name: str, n: int, arm: str, sizes: dict[str, Any], training: dict[str, Any], updates: int, seed: int, device: str
) -> Result:
    """Train an operator on n solutions and their copies: its error on test solutions, and that of commuting."""
    amounts = SystemSizes(**sizes)
    settings = operator_data.settings_of(training, seed, n, updates)
    # unit fields turn the phase by 2.4 and move t by the whole of the data
    windows = training_windows(name, n, arm, 0.5, amounts, seed, device)
    test = amounts.seen(solutions(name, amounts.test, TEST, amounts, device))
    validation = amounts.seen(solutions(name, amounts.validation, VALIDATION, amounts, device))
    known, steps = inputs(test, device)
    operator, result = operator_data.trained_operator(windows, inputs(validation, device), (known, steps), settings)

    def model(history: torch.Tensor) -> torch.Tensor:
        return operator(history, steps[:1].expand(len(history), -1))

    return result | _commuting(model, test, settings, torch.float32, device)


def measure_solver(name: str, sizes: dict[str, Any], training: dict[str, Any], seed: int, device: str) -> Result:
    """How far the solver is from commuting with the symmetries, as its solutions are moved, at the operators' times."""
    amounts = SystemSizes(**sizes)
    data = amounts.seen(solutions(name, amounts.test, TEST, amounts, device), everywhere=True)
    entry, settings = system(name), OperatorSettings(**training)
    form = SpectralForm(entry.system(), data.space, {}, device)
    times = [data.axes[0].step * k for k in range(settings.future + 1)]

    def model(history: torch.Tensor) -> torch.Tensor:
        frames = list(march(form, history[:, -1].movedim(-1, 1), times, entry.max_step))
        return torch.stack([form.unknowns(modes) for modes in frames[1:]], 1)

    return _commuting(model, data, settings, torch.float64, device)


def _commuting(
    model: Callable[[torch.Tensor], torch.Tensor],
    data: Solutions,
    settings: OperatorSettings,
    dtype: torch.dtype,
    device: str,
) -> Result:
    """Errors of the catalog's symmetries that keep the box and of random fields, on 16 solutions moved by 0.1."""
    entry = system(data.info.name or "")
    space = normalised_space(data, [axis.name for axis in data.axes], data.unknowns)
    chosen = [symmetry for symmetry in entry.symmetries if symmetry.keeps_periods]
    fields = ClosedFormGenerators(space, [s.components(space.names, data.info.parameters) for s in chosen])
    names = [symmetry.name for symmetry in chosen]
    sizes = settings.history, settings.future, 0.1, 16
    found = equivariance_error(model, data, fields, *sizes, names=names, dtype=dtype, device=device)
    result: Result = {one.name: one.error for one in (*found.fields, found.control)}
    return result | {"error": found.unmoved} | {f"error, {one.name}": one.moved for one in found.fields}


def solutions(name: str, n: int, seed: int, sizes: SystemSizes, device: str) -> Solutions:
    """Simulated solutions of a system of the catalog, from the cache if they are there."""
    return catalog_data.of_system(name, n, seed, device, points=sizes.points, times=sizes.times)


def training_windows(name: str, n: int, arm: str, scale: float, sizes: SystemSizes, seed: int, device: str) -> Windows:
    """n solutions of the pool, with their copies unless the arm is `none`."""
    data = solutions(name, sizes.pool, TRAIN, sizes, device)
    copies = None if arm == "none" else moved_copies(data, name, arm, scale, sizes, device)
    return operator_data.windows(data, n, seed, sizes.seen, copies, device)


def moved_copies(
    data: Solutions, name: str, arm: str, scale: float, sizes: SystemSizes, device: str
) -> Mapping[str, torch.Tensor]:
    """Copies of every solution, as `operator_data.moved_copies` makes and keeps those of trajectories."""
    made_from: list[Any] = [__version__, data.sha256, name, arm, scale, asdict(sizes)]
    if arm == "learned":
        made_from += [LEARN_FROM, LEARNED.model_dump(mode="json")]

    def make() -> Mapping[str, torch.Tensor]:
        generators = symmetries(data, arm, device).generators
        mover = SolutionMover(data, generators, system_of(data, (), {}).system, device)
        return operator_data.copies_of(mover, sizes.seen_of, sizes.copies, scale, sizes.least_times)

    return operator_data.kept_copies(f"{name}-{arm}", made_from, make)


def symmetries(data: Solutions, arm: str, device: str = "cpu") -> Selection:
    """The generators of `true` or `learned` that keep the periods, learned from the first LEARN_FROM solutions."""
    if arm == "true":
        return keeping_periods(of_system(data, system_of(data, (), {})), data)
    few = data.first(LEARN_FROM)
    return keeping_periods(of_artifact(discover_system(few, system_of(few, (), {}), LEARNED, device)), data)
