"""A run in words: quantities over the seeds beside their targets, as rows and as a Markdown report."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

from symgen.atomic import atomic_write
from symgen.benchmark.experiment import Case, Target, Value
from symgen.benchmark.runner import Run

FILE = "report.md"


def shown(values: Sequence[Value]) -> str:
    """One quantity over the seeds: mean ± standard deviation of fractions, the different ones of all else."""
    present = [value for value in values if value is not None]
    if not present:
        return ""
    if all(isinstance(value, float) for value in present):
        numbers = [float(value) for value in present]
        spread = f" ± {statistics.stdev(numbers):.1g}" if len(numbers) > 1 else ""
        return f"{statistics.fmean(numbers):.3g}{spread}"
    return ", ".join(dict.fromkeys(str(value) for value in present))


def verdict(target: Target, values: Iterable[Value]) -> str:
    """`pass` if every value is as wanted, else `MISS`."""
    return "pass" if all(target.met(value) for value in values) else "MISS"


def targets(run: Run) -> list[dict[str, str]]:
    """All targets in order: case, quantity (its header), measured, target, verdict."""
    return [
        {
            "case": case.name,
            "quantity": _header(run, case, quantity),
            "measured": shown(_values(run, case, quantity)),
            "target": str(target),
            "verdict": verdict(target, _values(run, case, quantity)),
        }
        for case in run.cases
        for quantity, target in case.targets.items()
    ]


def missed(run: Run) -> list[dict[str, str]]:
    """The targets that were not reached."""
    return [row for row in targets(run) if row["verdict"] == "MISS"]


def markdown(run: Run) -> str:
    """The report: what was measured and how, where, a table of each kind, the targets missed."""
    configuration, hardware = run.configuration, run.configuration.hardware
    machine = f"{hardware.cpu}, {hardware.cores} cores, {hardware.threads} threads"
    seeds = ", ".join(map(str, configuration.seeds))
    parts = [
        f"# {run.experiment.title}",
        f"```bash\n{configuration.command}\n```",
        run.experiment.about,
        f"{machine}{f'; {hardware.gpu}' if hardware.gpu else ''}. symgen {configuration.symgen}, "
        f"torch {configuration.torch}, Python {configuration.python}. Seeds {seeds}: mean ± standard deviation; "
        "a target holds if it does for every seed.",
    ]
    for title, table in run.experiment.tables.items():
        cases = [case for case in run.cases if title in case.tables]
        if cases:
            parts += [f"## {title}", *([table.note] if table.note else []), _table(run, title, cases)]
    rows = missed(run)
    parts.append(f"## Targets\n\n{len(targets(run)) - len(rows)} of {len(targets(run))} reached.")
    if rows:
        parts.append("\n".join(f"- {r['case']}: {r['quantity']} {r['measured']}, target {r['target']}" for r in rows))
    return "\n\n".join(parts) + "\n"


def write(run: Run) -> Path:
    """Write the report into the run's folder and return its path."""
    path = run.folder / FILE
    with atomic_write(path, force=True) as temporary:
        temporary.write_text(markdown(run), encoding="utf-8")
    return path


def _table(run: Run, title: str, cases: Sequence[Case]) -> str:
    table = run.experiment.tables[title]
    header = [table.first]
    body = [[case.label] for case in cases]
    for quantity, name in table.columns.items():
        columns = [_values(run, case, quantity) for case in cases]
        header.append(name)
        for row, values in zip(body, columns, strict=True):
            row.append(shown(values))
        if any(quantity in case.targets for case in cases):
            header.append("target")
            for row, case, values in zip(body, cases, columns, strict=True):
                target = case.targets.get(quantity)
                row.append(f"{target}: {verdict(target, values)}" if target else "")
    rows = [header, ["---"] * len(header), *body]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _values(run: Run, case: Case, quantity: str) -> list[Value]:
    if quantity in case.known:
        return [case.known[quantity]]
    return [result.get(quantity) for result in run.results[case.name]]


def _header(run: Run, case: Case, quantity: str) -> str:
    tables = [run.experiment.tables[title] for title in case.tables]
    return next((t.columns[quantity] for t in tables if quantity in t.columns), quantity)
