"""Neural operators of a system in the plane, trained on few solutions, and how far they are from commuting with the
symmetries that they were shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import torch

from symgen.benchmark import operator_data
from symgen.benchmark.operator_data import TEST, Arm, Sizes, inputs, simulated, solutions_of, thinned, trained_on
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
ARMS: tuple[Arm, ...] = ("none", "true", "learned")
SHARED: dict[str, Any] = {"scale": 0.5, "every": (2, 2, 2), "least_times": 8, "simulation": {"points": 32, "times": 31}}
"""Unit fields turn the phase by 2.4 and move t by the whole of the data."""
NARROW = operator_data.SMALL | {"history": 4, "future": 4, "width": 16, "modes": 6, "learning_rate": 8e-3}
EFFORTS: dict[str, tuple[Sizes, dict[str, Any], dict[int, int]]] = {
    "smoke": (
        Sizes(pool=2, validation=2, test=2, copies=1, **SHARED),
        {**NARROW, "width": 4, "modes": 3, "epochs": 1, "batch": 8},
        {2: 4},
    ),
    "cpu": (
        Sizes(pool=32, validation=16, test=64, copies=15, **SHARED),
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
    yield Case(f"{NAME}-solver", NAME, "Test error and equivariance error", measure_solver, shared)


def comparisons() -> Iterator[Comparison]:
    """Learned against true, both against none, in error and in that of commuting with turns of the phase."""
    for n in EFFORTS["cpu"][2]:
        yield from operator_data.no_worse(f"{NAME}-{n}", "nmse")
        yield from ((f"{NAME}-{n}-{arm}", f"{NAME}-{n}-none", "phase", "ratio ≤ 1") for arm in ARMS[1:])


def measure(
    name: str, n: int, arm: Arm, sizes: dict[str, Any], training: dict[str, Any], updates: int, seed: int, device: str
) -> Result:
    """Train an operator on n solutions and their copies: its error on test solutions, and that of commuting."""
    amounts = Sizes(**sizes)
    operator, result = trained_on(name, n, arm, amounts, training, updates, seed, device)
    data = thinned(_test_data(name, amounts, device), amounts.parts)
    _, steps = inputs(data, device)

    def model(history: torch.Tensor) -> torch.Tensor:
        return operator(history, steps[:1].expand(len(history), -1))

    return result | _commuting(model, data, training, torch.float32, device)


def measure_solver(name: str, sizes: dict[str, Any], training: dict[str, Any], seed: int, device: str) -> Result:
    """How far the solver is from commuting with the symmetries, as its solutions are moved, at the operators' times."""
    amounts, entry = Sizes(**sizes), system(name)
    data = _test_data(name, amounts, device)
    data = thinned(data, [amounts.parts[0], *(slice(None) for _ in data.space)])
    form = SpectralForm(entry.system(), data.space, {}, device)
    times = [data.axes[0].step * k for k in range(training["future"] + 1)]

    def model(history: torch.Tensor) -> torch.Tensor:
        frames = list(march(form, history[:, -1].movedim(-1, 1), times, entry.max_step))
        return torch.stack([form.unknowns(modes) for modes in frames[1:]], 1)

    return _commuting(model, data, training, torch.float64, device)


def _test_data(name: str, sizes: Sizes, device: str) -> Solutions:
    return solutions_of(simulated(name, sizes.test, TEST, sizes, device))


def _commuting(
    model: Callable[[torch.Tensor], torch.Tensor],
    data: Solutions,
    training: Mapping[str, Any],
    dtype: torch.dtype,
    device: str,
) -> Result:
    """Errors of the catalog's symmetries that keep the box and of random fields, on 16 solutions moved by 0.1."""
    entry = system(data.info.name or "")
    space = normalised_space(data, [axis.name for axis in data.axes], data.unknowns)
    chosen = [symmetry for symmetry in entry.symmetries if symmetry.keeps_periods]
    fields = ClosedFormGenerators(space, [s.components(space.names, data.info.parameters) for s in chosen])
    names = [symmetry.name for symmetry in chosen]
    sizes = training["history"], training["future"], 0.1, 16
    found = equivariance_error(model, data, fields, *sizes, names=names, dtype=dtype, device=device)
    return {one.name: one.error for one in (*found.fields, found.control)} | {"error": found.unmoved}
