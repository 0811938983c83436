"""Measured quantities over a setting, with the spread over the seeds."""

from __future__ import annotations

import math
import statistics

from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from symgen.plots.style import styled

Panels = dict[str, dict[str, dict[float, list[float]]]]
"""By subject, line and place on the x-axis: the values of all seeds."""
PANEL = (2.9, 2.7)
"""Inches."""
MOST_COLUMNS = 4
ENTRIES = 2
"""Of the legend, side by side below a panel."""
MARKERS = "osD^vPX"
WIDER = 1.3
"""Room at the ends of the axes, a factor."""
APART = 0.02
"""Lines are shifted by that factor in x, so that their bars are not on top of each other."""


@styled
def chart_figure(panels: Panels, label: str, over_label: str) -> Figure:
    """A panel for every subject; points are means over the seeds, bars their standard deviation."""
    columns = max(1, min(MOST_COLUMNS, len(panels)))
    rows = max(1, math.ceil(len(panels) / columns))
    figure = Figure(figsize=(PANEL[0] * columns, PANEL[1] * rows + 0.5), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    names = list(dict.fromkeys(line for lines in panels.values() for line in lines))
    colours = colormaps["tab10"].colors  # type: ignore[attr-defined]
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    for axes, (subject, lines) in zip(grid.flat, panels.items(), strict=False):
        for line, points in lines.items():
            place = names.index(line)
            x = sorted(points)
            mean = [statistics.fmean(points[n]) for n in x]
            spread = [statistics.stdev(points[n]) if len(points[n]) > 1 else 0.0 for n in x]
            shifted = [n * (1 + APART * (place - (len(names) - 1) / 2)) for n in x]
            # no bar may reach 0 on a logarithmic axis
            low = [min(s, 0.9 * m) for s, m in zip(spread, mean, strict=True)]
            axes.errorbar(
                shifted,
                mean,
                yerr=(low, spread),
                color=colours[place % len(colours)],
                marker=MARKERS[place % len(MARKERS)],
                markersize=4,
                linewidth=1.2,
                capsize=2,
                label=line,
            )
        ticks = sorted({n for points in lines.values() for n in points})
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xticks(ticks, [f"{n:g}" for n in ticks])
        axes.set_xlim(ticks[0] / WIDER, ticks[-1] * WIDER)
        low, high = axes.get_ylim()
        axes.set_ylim(low / WIDER, high * WIDER)
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_minor_locator(NullLocator())
        axes.set_title(subject)
        axes.set_xlabel(over_label)
        axes.spines[["top", "right"]].set_visible(False)
    for row in grid:
        row[0].set_ylabel(label)
    if panels:
        handles = {name: h for axes in grid.flat for h, name in zip(*axes.get_legend_handles_labels(), strict=True)}
        figure.legend(
            [handles[name] for name in names],
            names,
            loc="outside lower center",
            ncols=min(len(names), ENTRIES * columns),
            fontsize=8,
        )
    return figure
