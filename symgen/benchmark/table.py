"""What is measured, what of it is wanted, and both as tables."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Value = bool | int | float | str | None
Result = dict[str, Any]
"""Values by quantity; mappings among them are kept in the files, but not shown in tables."""
Wanted = bool | int | float | str
"""A value that is wanted, `≤ 1` or `≥ 1`; with ` if measured` behind it also met by nothing."""
Comparison = tuple[str, str, str, str]
"""Case, other case, quantity, what is wanted of the means: `ratio ≤ 1`, `difference ≥ 1` or `difference > spread`."""


@dataclass(frozen=True)
class Case:
    """One measurement: `measure(**settings, seed=seed, device=device)` gives its quantities."""

    name: str
    """Unique in its experiment."""
    subject: str
    """What `--only` selects it by."""
    table: str
    measure: Callable[..., Result]
    settings: Mapping[str, Any]
    targets: Mapping[str, Wanted] = field(default_factory=dict)
    """For every seed."""
    known: Mapping[str, Value] = field(default_factory=dict)
    """Shown beside what is measured, such as published figures."""


Results = Mapping[str, Sequence[Result]]
"""By the case's name, one for every seed."""


def met(wanted: Wanted, value: Value) -> bool:
    """Whether a value is as wanted."""
    if not isinstance(wanted, str):
        return value == wanted
    wanted, optional, _ = wanted.partition(" if measured")
    if value is None:
        return bool(optional)
    sign, _, limit = wanted.rpartition(" ")
    if sign not in ("≤", "≥"):
        return str(value) == wanted
    if isinstance(value, str):
        return False
    return value <= float(limit) if sign == "≤" else value >= float(limit)


def verdict(wanted: Wanted, values: Iterable[Value]) -> str:
    """`pass` if every value is as wanted, else `MISS`."""
    return "pass" if all(met(wanted, value) for value in values) else "MISS"


def targets(cases: Iterable[Case], results: Results) -> list[dict[str, str]]:
    """Every target with what was measured and its verdict."""
    rows = []
    for case in cases:
        for quantity, wanted in case.targets.items():
            values = [result.get(quantity) for result in results[case.name]]
            rows.append(_judged(case.name, quantity, shown(values), str(wanted), verdict(wanted, values)))
    return rows


def compared(comparisons: Iterable[Comparison], results: Results) -> list[dict[str, str]]:
    """The same of comparisons of cases that were both measured: by the means over the seeds, in brackets by seed."""
    rows = []
    for name, other, quantity, wanted in comparisons:
        if name not in results or other not in results:
            continue
        mine, others = ([float(result[quantity]) for result in results[one]] for one in (name, other))
        kind, sign, limit = wanted.split()
        pairs = [*zip(mine, others, strict=True), (statistics.fmean(mine), statistics.fmean(others))]
        *by_seed, mean = (a / b if kind == "ratio" else a - b for a, b in pairs)
        if limit == "spread":
            reached = mean > (statistics.stdev(by_seed) if len(by_seed) > 1 else 0.0)  # one seed has none
        else:
            reached = met(f"{sign} {limit}", mean)
        words = f"{mean:.4g} ({', '.join(f'{value:.3g}' for value in by_seed)})"
        what = f"{quantity} {'/' if kind == 'ratio' else '-'} {other}"
        rows.append(_judged(name, what, words, f"{sign} {limit}", "pass" if reached else "MISS"))
    return rows


def _judged(*cells: str) -> dict[str, str]:
    return dict(zip(("case", "quantity", "measured", "target", "verdict"), cells, strict=True))


def shown(values: Sequence[Value]) -> str:
    """One quantity over the seeds: mean ± standard deviation of fractions, the different ones of all else."""
    present = [value for value in values if value is not None]
    if not present or not all(isinstance(value, float) for value in present):
        return ", ".join(dict.fromkeys(str(value) for value in present))
    numbers = [float(value) for value in present]
    if not all(map(math.isfinite, numbers)):
        return ", ".join(f"{number:.3g}" for number in numbers)
    spread = f" ± {statistics.stdev(numbers):.1g}" if len(numbers) > 1 else ""
    return f"{statistics.fmean(numbers):.3g}{spread}"


def markdown(cases: Sequence[Case], results: Results) -> str:
    """The tables, a row for every case, targets beside what was measured."""
    parts = []
    for title in dict.fromkeys(case.table for case in cases):
        own = [case for case in cases if case.table == title]
        known = [part for case in own for part in (case.known, *results[case.name])]
        columns = dict.fromkeys(key for part in known for key, value in part.items() if not isinstance(value, dict))
        rows = [{"case": case.name} | {key: _cell(case, key, results[case.name]) for key in columns} for case in own]
        parts += [f"## {title}", lines(rows)]
    return "\n\n".join(parts)


def _cell(case: Case, key: str, found: Sequence[Result]) -> str:
    values = [case.known[key]] if key in case.known else [result.get(key) for result in found]
    wanted = case.targets.get(key)
    return shown(values) + ("" if wanted is None else f" ({wanted}: {verdict(wanted, values)})")


def lines(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows of a table in Markdown, under their keys."""
    header = [key.replace("_", " ") for key in rows[0]]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *(r.values() for r in rows)))


def slug(name: str) -> str:
    """Fit for a file name."""
    return re.sub(r"[^\w.]+", "-", name)
