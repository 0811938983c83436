"""One quantity of several methods on several subjects, from rounding to order one: dots on a logarithmic axis."""

from __future__ import annotations

import statistics

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from symgen.plots.curves import LINES, SHAPES
from symgen.plots.style import SMALL, styled

Rows = dict[str, dict[str, list[float]]]
"""By subject and method: the values of all seeds."""
WIDTH, ROW = 6.4, 0.42
"""Inches."""
APART = 0.16
"""Of the methods of a row, in rows."""
TITLE = "dots: means over the seeds; lines: from the least to the greatest"
FLOOR = 1e-17
"""Smaller values, 0 among them, are drawn here."""


@styled
def dots_figure(rows: Rows, label: str, band: tuple[str, float, float] | None = None) -> Figure:
    """A row for every subject, from above; a dot at the mean of the seeds, a line from the least to the greatest."""
    figure = Figure(figsize=(WIDTH, ROW * len(rows) + 1.55), layout="constrained")
    axes = figure.subplots()
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    for number, name in enumerate(names):
        height = APART * (number - (len(names) - 1) / 2)
        colour = LINES[number % len(LINES)]
        for place, row in enumerate(rows.values()):
            values = [max(value, FLOOR) for value in row.get(name, [])]
            if values:
                axes.plot([min(values), max(values)], [place + height] * 2, color=colour, linewidth=1.5)
        found = [
            (max(statistics.fmean(r[name]), FLOOR), p + height) for p, r in enumerate(rows.values()) if r.get(name)
        ]
        x, y = zip(*found, strict=True) if found else ((), ())
        axes.plot(x, y, color=colour, marker=SHAPES[number % len(SHAPES)], markersize=5, linestyle="none", label=name)
    if band:
        name, low, high = band
        axes.axvspan(low, high, color=LINES[len(names) % len(LINES)], alpha=0.25, linewidth=0, label=name)
    axes.set_xscale("log")
    axes.set_xlim(FLOOR / 2, 20)
    axes.xaxis.set_major_locator(LogLocator(numticks=20, subs=(1,), base=100))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel(label)
    axes.grid(axis="x", linewidth=0.4, alpha=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(
        loc="outside lower center", ncols=2, fontsize=SMALL, title=TITLE, title_fontproperties={"size": SMALL}
    )
    return figure
