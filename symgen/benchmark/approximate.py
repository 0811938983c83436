"""Augmentation with symmetries that hold only nearly: cylindrical KdV and translation in t."""

from __future__ import annotations

from symgen.benchmark.experiment import Case, Chart, Comparison, Experiment, Table
from symgen.benchmark.operator_data import Arm
from symgen.benchmark.operator_result import COLUMNS
from symgen.benchmark.operators import CPU, PAPER, SMOKE, UPDATES, Effort, below_none, operator_case

TABLE = "Test error"
NAME = "ckdv"
ARMS: dict[Arm, str] = {
    "none": "none",
    "true": "Lie point symmetries",
    "approximate": "approximate",
    "both": "both",
}


def _cases(n: int, effort: Effort, updates: int | None = None) -> tuple[Case, ...]:
    return tuple(operator_case(NAME, n, arm, effort, TABLE, ARMS[arm], updates=updates) for arm in ARMS)


def _comparisons(*numbers: int) -> tuple[Comparison, ...]:
    """Every way to augment against none."""
    return tuple(below_none(NAME, n, arm) for n in numbers for arm in ARMS if arm != "none")


EXPERIMENT = Experiment(
    name="approximate",
    title="Augmentation with approximate symmetries",
    about=(
        "Neural operators for cylindrical KdV, as in `symgen benchmark operators`. Its Lie point symmetries that keep "
        "the period are the x-translation and the slowing boost. Translation in t is none, but nearly: what is left of "
        "the equation is -u / (2 (t + 1)²), and the data begin at t = 44. *Both*: combinations of all three."
    ),
    presets={
        "smoke": _cases(4, SMOKE, updates=8),
        "cpu": tuple(case for n in UPDATES for case in _cases(n, CPU, updates=UPDATES[n])),
        "paper": _cases(32, PAPER) + _cases(128, PAPER),
    },
    seeds={"smoke": (0,), "cpu": (0, 1, 2), "paper": (0, 1, 2)},
    tables={TABLE: Table("equation, trajectories, augmentation", COLUMNS)},
    comparisons={"cpu": _comparisons(*UPDATES), "paper": _comparisons(32, 128)},
    charts=(Chart("nmse", "NMSE of the unrolled prediction", "n", "training trajectories", "arm"),),
)
