"""What a benchmark is made of: cases to measure, targets to reach, tables to show. All of it is data."""

from __future__ import annotations

import difflib
import statistics
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symgen.exceptions import UsageError

Value = bool | int | float | str | None
Result = dict[str, Value]


@dataclass(frozen=True)
class Target:
    """A quantity must be `limit` or, with `at_most`, no larger, or, with `at_least`, no smaller, for every seed."""

    limit: Value
    at_most: bool = False
    at_least: bool = False
    if_measured: bool = False
    """It also holds where the quantity was not measured."""

    def __str__(self) -> str:
        shown = f"{self.limit:g}" if isinstance(self.limit, float) else str(self.limit)
        return f"≤ {shown}" if self.at_most else f"≥ {shown}" if self.at_least else shown

    def met(self, value: Value) -> bool:
        """Whether a measured value is as wanted; what was not measured is not, but `if_measured`."""
        if value is None and self.if_measured:
            return True
        if isinstance(value, int | float) and isinstance(self.limit, int | float):
            if self.at_most:
                return value <= self.limit
            if self.at_least:
                return value >= self.limit
        return value == self.limit


@dataclass(frozen=True)
class Case:
    """One measurement: `measure(**settings, seed=seed, device=device)` gives its quantities by name."""

    name: str
    """Unique in its experiment and fit for a file name."""
    subject: str
    """What the case is about, e.g. an equation: cases are selected by it."""
    label: str
    """Its name in the tables."""
    measure: Callable[..., Result]
    settings: Mapping[str, Any]
    tables: tuple[str, ...]
    """Titles of the tables that show it."""
    targets: Mapping[str, Target] = field(default_factory=dict)
    known: Mapping[str, Value] = field(default_factory=dict)
    """Quantities that are not measured but shown beside, such as published figures."""
    once: bool = False
    """Measured with the first seed only: for what takes long and varies little."""


@dataclass(frozen=True)
class Comparison:
    """A quantity of one case against that of another with the same seeds.

    With `at_most` its mean over the seeds must be no larger than so many times the other's. With `by_at_least` it must
    be larger by so much, or less than that smaller where it is negative. Without both, it must be larger by more than
    the spread: the mean of the differences above their standard deviation.
    """

    case: str
    other: str
    quantity: str
    at_most: float | None = None
    by_at_least: float | None = None

    def __str__(self) -> str:
        if self.by_at_least is not None:
            return f"≥ {self.by_at_least:g}"
        return "> spread" if self.at_most is None else f"≤ {self.at_most:g}"

    def by_seed(self, mine: Sequence[float], others: Sequence[float]) -> list[float]:
        """The ratio or the difference for every seed."""
        pairs = zip(mine, others, strict=True)
        return [a - b if self.at_most is None else a / b for a, b in pairs]

    def measured(self, mine: Sequence[float], others: Sequence[float]) -> float:
        """What is to be as wanted: the ratio of the means, or the difference."""
        return self.by_seed([statistics.fmean(mine)], [statistics.fmean(others)])[0]

    def met(self, mine: Sequence[float], others: Sequence[float]) -> bool:
        """Whether it holds; one seed has no spread, so that its difference must be positive."""
        found = self.measured(mine, others)
        if self.at_most is not None:
            return found <= self.at_most
        if self.by_at_least is not None:
            return found >= self.by_at_least
        return found > (statistics.stdev(self.by_seed(mine, others)) if len(mine) > 1 else 0.0)


@dataclass(frozen=True)
class Chart:
    """A figure of the report: a panel for every subject, a quantity over one setting, lines by another."""

    quantity: str
    label: str
    over: str
    """Setting that is a number, on a logarithmic axis as the quantity is."""
    over_label: str
    line: str
    """Setting that tells the lines apart."""


@dataclass(frozen=True)
class Dots:
    """A figure of the report: a row for every subject, a quantity on a logarithmic axis beside what is known of it."""

    quantity: str
    label: str
    line: str
    """Setting that tells the cases of a subject apart."""
    lines: Mapping[str, str]
    """What its values are called."""
    known: Mapping[str, str]
    """Quantities that cases know of the same kind, and what they are called."""
    band: tuple[str, float, float] | None = None
    """A range of the axis that is marked for all subjects: what it is called, and its ends."""


@dataclass(frozen=True)
class Table:
    """A table of the report: a row for every case, a column for every quantity and one for its target."""

    first: str
    """Header of the column with the cases' labels."""
    columns: Mapping[str, str]
    """Quantities and their headers."""
    note: str = ""


@dataclass(frozen=True)
class Experiment:
    """A named set of cases for every preset, and how to show them."""

    name: str
    title: str
    about: str
    """What is measured and how, for the report."""
    presets: Mapping[str, tuple[Case, ...]]
    seeds: Mapping[str, tuple[int, ...]]
    """Default seeds of every preset."""
    tables: Mapping[str, Table]
    """By title."""
    comparisons: Mapping[str, tuple[Comparison, ...]] = field(default_factory=dict)
    """By preset."""
    charts: tuple[Chart | Dots, ...] = ()
    by_seed: bool = False
    """Cases of a seed share what is expensive, rather than the seeds of a case."""

    def select(self, preset: str, subjects: Collection[str] = ()) -> list[Case]:
        """Cases of a preset, all or those about `subjects`; UsageError, naming the nearest, for unknown ones."""
        cases = self.presets[pick(f"preset of {self.name}", preset, self.presets)]
        known = list(dict.fromkeys(case.subject for case in cases))
        wanted = [pick(f"case of {self.name} --preset {preset}", subject, known) for subject in subjects]
        return [case for case in cases if not wanted or case.subject in wanted]


def pick(kind: str, name: str, known: Collection[str]) -> str:
    """`name` if it is known, else a UsageError that suggests the nearest."""
    if name in known:
        return name
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    raise UsageError(f"There is no {kind} called {name!r}.{guess} Known: {', '.join(known)}.")
