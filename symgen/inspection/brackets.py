"""The table of Lie brackets of an artifact's generators, in terms of their formulas."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations

import torch
from pydantic import BaseModel, ConfigDict

from symgen.generators.algebra import lie_brackets
from symgen.generators.artifact import Artifact

OPEN = 1e-4
"""Closure error above which a bracket is said to leave the span."""
MOST_BRACKETED = 64
"""Generators whose brackets are told: of more, those of the first. Pairs grow with the square of their number."""
SMALL = 1e-6
"""Structure constants below this share of the largest of their bracket are rounding."""


class Bracket(BaseModel):
    """[F_a, F_b] = sum_c constants[c] F_c, generators counted from 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: int
    second: int
    constants: dict[int, float | str]
    """By generator; empty where the two commute. Text where they have parameters that are left as symbols."""
    closure_error: float
    """Relative size of what lies outside the span: 0 where the algebra closes."""

    def __str__(self) -> str:
        return _combination(self.constants.items())

    @property
    def leaves(self) -> bool:
        """Whether it is said to leave the span of the fields."""
        return self.closure_error > OPEN

    def turned(self) -> Bracket:
        """[F_b, F_a]."""
        constants = {place: _negated(value) for place, value in self.constants.items()}
        return self.model_copy(update={"first": self.second, "second": self.first, "constants": constants})

    @property
    def numbers(self) -> dict[int, float]:
        """The constants, where none has a parameter."""
        return {place: float(value) for place, value in self.constants.items()}

    def short(self, most: int) -> str:
        """The first terms, at most so many, and how many there are where these are not all."""
        terms = list(self.constants.items())
        return str(self) if len(terms) <= most else f"{_combination(terms[: most - 1])} + ... ({len(terms)} terms)"


def _negated(value: float | str) -> float | str:
    if not isinstance(value, str):
        return -value
    if not re.fullmatch(r"-?[\w/^*.]+", value):  # a sum
        return f"-({value})"
    return value[1:] if value.startswith("-") else f"-{value}"


def _combination(terms: Iterable[tuple[int, float | str]]) -> str:
    text = ""
    for place, value in terms:
        factor = value if isinstance(value, str) else f"{value:.6g}"
        size = factor.removeprefix("-")
        text += (" - " if factor.startswith("-") else " + ") if text else factor[: len(factor) - len(size)]
        text += f"F{place}" if size == "1" else f"{size} F{place}"
    return text or "0"


def bracket_table(artifact: Artifact) -> list[Bracket]:
    """Brackets of all pairs a < b of the first MOST_BRACKETED fields F_a: the formulas, or the unit fields that have
    none; in terms of all fields.
    """
    brackets = lie_brackets(artifact.generators, artifact.points, artifact.weight, MOST_BRACKETED)
    sizes = torch.tensor([record.norm or 1.0 for record in artifact.metadata.generators], dtype=torch.float64)
    some = sizes[:MOST_BRACKETED]
    constants = brackets.constants * some[:, None, None] * some[:, None] / sizes
    # rounding is judged on unit fields, where all constants compare
    noise = brackets.constants.abs() < SMALL * brackets.constants.abs().amax().clamp_min(SMALL)
    constants = constants.masked_fill(noise, 0)
    return [
        Bracket(
            first=a + 1,
            second=b + 1,
            constants={c + 1: float(v) for c, v in enumerate(constants[a, b].tolist()) if v != 0},
            closure_error=float(brackets.closure_error[a, b]),
        )
        for a, b in combinations(range(len(some)), 2)
    ]
