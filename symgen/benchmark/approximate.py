"""Augmentation with approximate symmetries.

Neural operators for cylindrical KdV, as in `symgen benchmark operators`. Translation in t is no symmetry, but nearly:
what is left of the equation is -u / (2 (t + 1)²), and the data begin at t = 44. *Both*: it and the true ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from symgen.benchmark.operator_data import Arm
from symgen.benchmark.operators import NUMBERS, operator_case
from symgen.benchmark.table import Case, Comparison

ARMS: tuple[Arm, ...] = ("none", "true", "approximate", "both")
FEWER: dict[str, dict[int, int | None]] = {**NUMBERS, "paper": {32: None, 128: None}}


def cases(preset: str) -> Iterator[Case]:
    """Every arm with every number of trajectories."""
    for n, updates in FEWER[preset].items():
        yield from (operator_case("ckdv", n, arm, preset, updates) for arm in ARMS)


def comparisons(preset: str) -> Iterator[Comparison]:
    """Every way to augment against none."""
    for n in () if preset == "smoke" else FEWER[preset]:
        yield from ((f"ckdv-{n}-{arm}", f"ckdv-{n}-none", "nmse", "ratio ≤ 1") for arm in ARMS[1:])
