"""Neural operators of systems in the plane, trained on few solutions, and how far they are from commuting with the
symmetries that they were shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch

from symgen.benchmark.experiment import Case, Comparison, Result, Table
from symgen.benchmark.operator_data import TEST, VALIDATION, Arm
from symgen.benchmark.operator_result import settings_of, trained_operator
from symgen.benchmark.operator_system_data import SystemSizes, inputs, solutions, training_windows
from symgen.catalog import system
from symgen.discovery.problem import normalised_space
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.operators.equivariance import EquivarianceErrors, equivariance_error
from symgen.operators.training import OperatorSettings
from symgen.pde.solutions import Solutions
from symgen.simulation.exponential_steps import march
from symgen.simulation.spectral_form import SpectralForm

NAME = "reaction-diffusion"
SCALE = 0.5
"""Of the copies: unit fields turn the phase by 2.4 and move t by the whole of the data."""
MOVED, SAMPLES = 0.1, 16
"""Scale and number of test solutions that tell how far operators are from commuting with symmetries."""
EQUIVARIANCE = "Equivariance error"
RANDOM = "random smooth fields"
COLUMNS = {
    "x-translation": "x-translation",
    "y-translation": "y-translation",
    "t-translation": "t-translation",
    "phase": "phase",
    RANDOM: RANDOM,
    "error": "error of one window",
}
TABLE = Table(
    "system, solutions, augmentation",
    COLUMNS,
    "Mean of |M(g h) - g M(h)| / |g M(h) - M(h)| over 16 test solutions, each moved by +0.1 and -0.1 of a unit field: "
    "0 for operators M that commute with the field's flow g, 1 for those that predict the same whether their history h "
    "was moved or not. *Random smooth fields*: four, of the unknowns alone, which are no symmetries. *The solver "
    "itself*, on the whole grid, has what interpolation leaves of 0, and of random fields what operators should have. "
    "The error of one window, the last of each solution, is |M(h) - f| / |f|.",
)


def measure_system_operator(
    name: str,
    n: int,
    arm: Arm,
    sizes: dict[str, Any],
    training: dict[str, Any],
    seed: int,
    device: str,
    updates: int,
    scale: float,
) -> Result:
    """Train an operator on n solutions and their copies: its error on test solutions, and that of commuting."""
    amounts = SystemSizes(**sizes)
    settings = settings_of(training, seed, n, updates)
    windows = training_windows(name, n, arm, scale, amounts, seed, device)
    test = amounts.seen(solutions(name, amounts.test, TEST, amounts, device))
    validation = amounts.seen(solutions(name, amounts.validation, VALIDATION, amounts, device))
    known, steps = inputs(test, device)
    operator, result = trained_operator(windows, inputs(validation, device), (known, steps), settings)

    def model(history: torch.Tensor) -> torch.Tensor:
        return operator(history, steps[:1].expand(len(history), -1))

    return result | _commuting(model, test, settings, torch.float32, device)


def measure_solver(name: str, sizes: dict[str, Any], training: dict[str, Any], seed: int, device: str) -> Result:
    """How far the solver is from commuting with the symmetries, as its solutions are moved, at the operators' times."""
    amounts = SystemSizes(**sizes)
    data = amounts.seen_times(solutions(name, amounts.test, TEST, amounts, device))
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
    """The errors of the catalog's symmetries that keep the box."""
    entry = system(data.info.name or "")
    space = normalised_space(data, [axis.name for axis in data.axes], data.unknowns)
    chosen = [symmetry for symmetry in entry.symmetries if symmetry.keeps_periods]
    fields = ClosedFormGenerators(space, [s.components(space.names, data.info.parameters) for s in chosen])
    names = [symmetry.name for symmetry in chosen]
    found: EquivarianceErrors = equivariance_error(
        model,
        data,
        fields,
        settings.history,
        settings.future,
        MOVED,
        SAMPLES,
        names=names,
        dtype=dtype,
        device=device,
    )
    result: Result = {one.name: one.error for one in (*found.fields, found.control)}
    return result | {"error": found.unmoved} | {f"error, {one.name}": one.moved for one in found.fields}


@dataclass(frozen=True)
class SystemEffort:
    """How much a preset does, whatever the arm."""

    sizes: SystemSizes
    training: Mapping[str, Any]
    """What `OperatorSettings` differ in from the published ones."""
    updates: Mapping[int, int]
    """By the number of solutions."""


NARROW = {
    "history": 4,
    "future": 4,
    "width": 16,
    "modes": 6,
    "layers": 3,
    "loss": "relative",
    "learning_rate": 8e-3,
    "schedule": "one-cycle",
    "memory": 0.95,
    "epochs": 8,
    "batch": 8,
}
CPU = SystemEffort(SystemSizes(32, 16, 64, 15, points=32, times=31, every=2), NARROW, {4: 500, 16: 2000})
SMOKE = SystemEffort(
    SystemSizes(2, 2, 2, 1, points=32, times=31, every=2), {**NARROW, "width": 4, "modes": 3, "epochs": 1}, {2: 4}
)


def system_cases(effort: SystemEffort, table: str) -> tuple[Case, ...]:
    """All arms with every number of solutions, and the solver."""
    arms: tuple[Arm, ...] = ("none", "true", "learned")
    training = OperatorSettings(**effort.training).model_dump(exclude={"seed"})
    shared = {"name": NAME, "sizes": asdict(effort.sizes), "training": training}
    found = []
    for n, updates in effort.updates.items():
        for arm in arms:
            settings = {**shared, "n": n, "arm": arm, "updates": updates, "scale": SCALE}
            label = f"{NAME}, {n}, {arm}"
            found.append(Case(_case(n, arm), NAME, label, measure_system_operator, settings, (table, EQUIVARIANCE)))
    label = f"{NAME}, the solver itself"
    return (*found, Case(f"{NAME}-solver", NAME, label, measure_solver, shared, (EQUIVARIANCE,), once=True))


def system_comparisons(effort: SystemEffort, within: float) -> tuple[Comparison, ...]:
    """Learned against true, both against none, in error and in that of commuting with turns of the phase."""
    found = []
    for n in effort.updates:
        none, true, learned = (_case(n, arm) for arm in ("none", "true", "learned"))
        found.append(Comparison(learned, true, "nmse", at_most=within))
        found += [Comparison(case, none, what, at_most=1.0) for what in ("nmse", "phase") for case in (true, learned)]
    return tuple(found)


def _case(n: int, arm: str) -> str:
    return f"{NAME}-{n}-{arm}"
