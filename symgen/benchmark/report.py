"""A run in words: quantities over the seeds beside their targets, as rows and as a Markdown report."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

from symgen.atomic import atomic_write
from symgen.benchmark.experiment import Case, Chart, Comparison, Dots, Target, Value
from symgen.benchmark.runner import Run
from symgen.plots.chart import Panels, chart_figure
from symgen.plots.dots import Rows, dots_figure
from symgen.plots.style import save_figure

FILE = "report.md"


def shown(values: Sequence[Value]) -> str:
    """One quantity over the seeds: mean ± standard deviation of fractions, the different ones of all else."""
    present = [value for value in values if value is not None]
    if not present:
        return ""
    if all(isinstance(value, float) for value in present):
        numbers = [float(value) for value in present]
        if not all(map(math.isfinite, numbers)):
            return ", ".join(f"{number:.3g}" for number in numbers)
        spread = f" ± {statistics.stdev(numbers):.1g}" if len(numbers) > 1 else ""
        return f"{statistics.fmean(numbers):.3g}{spread}"
    return ", ".join(dict.fromkeys(str(value) for value in present))


def verdict(target: Target, values: Iterable[Value]) -> str:
    """`pass` if every value is as wanted, else `MISS`."""
    return "pass" if all(target.met(value) for value in values) else "MISS"


def targets(run: Run) -> list[dict[str, str]]:
    """All targets in order, then all comparisons: case, quantity (its header), measured, target, verdict."""
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
    ] + comparisons(run)


def comparisons(run: Run) -> list[dict[str, str]]:
    """The comparisons of cases that were both measured, as `targets` has them."""
    cases = {case.name: case for case in run.cases}
    return [
        _compared(run, comparison, cases[comparison.case], cases[comparison.other])
        for comparison in run.experiment.comparisons.get(run.configuration.preset, ())
        if comparison.case in cases and comparison.other in cases
    ]


def _compared(run: Run, comparison: Comparison, case: Case, other: Case) -> dict[str, str]:
    mine, others = (_numbers(run, c, comparison.quantity) for c in (case, other))
    sign = "-" if comparison.at_most is None else "/"
    by_seed = ", ".join(f"{value:.3g}" for value in comparison.by_seed(mine, others))
    return {
        "case": case.name,
        "quantity": f"{_header(run, case, comparison.quantity)} {sign} {other.label}",
        "measured": f"{comparison.measured(mine, others):.4g} ({by_seed})",
        "target": str(comparison),
        "verdict": "pass" if comparison.met(mine, others) else "MISS",
    }


def missed(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Those of `targets` that were not reached."""
    return [row for row in rows if row["verdict"] == "MISS"]


def markdown(run: Run, ending: str = "png") -> str:
    """The report: what was measured and how, where, a table of each kind, the targets missed.

    Names of figures end in `ending`.
    """
    configuration, hardware = run.configuration, run.configuration.hardware
    machine = f"{hardware.cpu}, {hardware.cores} cores, {hardware.threads} threads"
    seeds = ", ".join(map(str, configuration.seeds))
    parts = [
        f"# {run.experiment.title}",
        f"```bash\n{configuration.command}\n```",
        run.experiment.about,
        f"{machine}{f'; {hardware.gpu}' if hardware.gpu else ''}. symgen {configuration.symgen}, "
        f"torch {configuration.torch}, Python {configuration.python}. Seeds {seeds}: mean ± standard deviation; "
        "a target holds if it does for every seed, a comparison by the means over them (in brackets: by seed).",
    ]
    for title, table in run.experiment.tables.items():
        cases = [case for case in run.cases if title in case.tables]
        if cases:
            parts += [f"## {title}", *([table.note] if table.note else []), _table(run, title, cases)]
    parts += [f"![{chart.label}]({chart.quantity}.{ending})" for chart in run.experiment.charts]
    if pairs := comparisons(run):
        rows = [list(pairs[0]), ["---"] * len(pairs[0]), *(list(row.values()) for row in pairs)]
        parts += ["## Comparisons", _lines(rows)]
    every = targets(run)
    misses = missed(every)
    reached = f"{len(every) - len(misses)} of {len(every)} reached." if every else "None for this preset."
    parts.append(f"## Targets\n\n{reached}")
    if misses:
        text = [f"- {row['case']}: {row['quantity']} {row['measured']}, target {row['target']}" for row in misses]
        parts.append("\n".join(text))
    return "\n\n".join(parts) + "\n"


def write(run: Run, ending: str = "png") -> Path:
    """Write the report and its figures into the run's folder and return its path."""
    path = run.folder / FILE
    for chart in run.experiment.charts:
        if isinstance(chart, Dots):
            figure = dots_figure(_rows(run, chart), chart.label, chart.band)
        else:
            figure = chart_figure(_panels(run, chart), chart.label, chart.over_label)
        save_figure(figure, run.folder / f"{chart.quantity}.{ending}", force=True)
    with atomic_write(path, force=True) as temporary:
        temporary.write_text(markdown(run, ending), encoding="utf-8")
    return path


def _panels(run: Run, chart: Chart) -> Panels:
    panels: Panels = {}
    for case in run.cases:
        if {chart.over, chart.line} <= set(case.settings):
            values = [value for value in _numbers(run, case, chart.quantity) if math.isfinite(value)]
            if not values:
                continue
            line = panels.setdefault(case.subject, {}).setdefault(str(case.settings[chart.line]), {})
            line[float(case.settings[chart.over])] = values
    return panels


def _rows(run: Run, chart: Dots) -> Rows:
    rows: Rows = {}
    for case in run.cases:
        if chart.line in case.settings:
            row = rows.setdefault(case.subject, {})
            row[chart.lines[case.settings[chart.line]]] = _fractions(_values(run, case, chart.quantity))
            row.update({name: _fractions([case.known.get(key)]) for key, name in chart.known.items()})
    return rows


def _fractions(values: Sequence[Value]) -> list[float]:
    return [value for value in values if isinstance(value, float) and math.isfinite(value)]


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
    return _lines(rows)


def _lines(rows: Iterable[Sequence[str]]) -> str:
    """Rows of a table in Markdown; the second is the line below the header."""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _values(run: Run, case: Case, quantity: str) -> list[Value]:
    if quantity in case.known:
        return [case.known[quantity]]
    return [result.get(quantity) for result in run.results[case.name]]


def _numbers(run: Run, case: Case, quantity: str) -> list[float]:
    """Values of a quantity that every run of the case must have measured."""
    values = _values(run, case, quantity)
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    assert len(numbers) == len(values), f"{case.name} has no {quantity} to compare or draw"
    return numbers


def _header(run: Run, case: Case, quantity: str) -> str:
    tables = [run.experiment.tables[title] for title in case.tables]
    return next((t.columns[quantity] for t in tables if quantity in t.columns), quantity)
