"""Neural operators of a system in the plane, trained on few solutions, and how far they are from commuting with the
symmetries that they were shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import torch

from symgen.benchmark import operator_training
from symgen.benchmark.operator_data import TEST, VALIDATION
from symgen.benchmark.operator_system_data import SystemSizes, inputs, solutions, training_windows
from symgen.benchmark.operator_training import settings_of, trained_operator
from symgen.benchmark.table import Case, Comparison, Result
from symgen.catalog import system
from symgen.discovery.problem import normalised_space
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.operators.equivariance import equivariance_error
from symgen.operators.training import OperatorSettings
from symgen.pde.solutions import Solutions
from symgen.simulation.exponential_steps import march
from symgen.simulation.spectral_form import SpectralForm

NAME = "reaction-diffusion"
SCALE = 0.5
"""Of the copies: unit fields turn the phase by 2.4 and move t by the whole of the data."""
ARMS = ("none", "true", "learned")
NARROW = operator_training.NARROW | {"history": 4, "future": 4, "width": 16, "modes": 6, "learning_rate": 8e-3}
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
    shared = {
        "name": NAME,
        "sizes": asdict(sizes),
        "training": OperatorSettings(**training).model_dump(exclude={"seed"}),
    }
    for n, updates in numbers.items():
        for arm in ARMS:
            settings = {**shared, "n": n, "arm": arm, "updates": updates}
            yield Case(f"{NAME}-{n}-{arm}", NAME, "Test error and equivariance error", measure, settings)
    yield Case(f"{NAME}-solver", NAME, "Test error and equivariance error", measure_solver, shared, once=True)


def comparisons() -> Iterator[Comparison]:
    """Learned against true, both against none, in error and in that of commuting with turns of the phase."""
    for n in EFFORTS["cpu"][2]:
        none, true, learned = (f"{NAME}-{n}-{arm}" for arm in ARMS)
        yield learned, true, "nmse", "ratio ≤ 1.05"
        for quantity in ("nmse", "phase"):
            yield from ((case, none, quantity, "ratio ≤ 1") for case in (true, learned))


def measure(
    name: str, n: int, arm: str, sizes: dict[str, Any], training: dict[str, Any], updates: int, seed: int, device: str
) -> Result:
    """Train an operator on n solutions and their copies: its error on test solutions, and that of commuting."""
    amounts = SystemSizes(**sizes)
    settings = settings_of(training, seed, n, updates)
    windows = training_windows(name, n, arm, SCALE, amounts, seed, device)
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
