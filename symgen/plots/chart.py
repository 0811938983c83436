"""Measured quantities over a setting, with the spread over the seeds."""

from __future__ import annotations

import math
import statistics
from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from symgen.plots.curves import curve_style, two_ticks
from symgen.plots.style import SMALL, styled

Panels = dict[str, dict[str, dict[float, list[float]]]]
"""By subject, line and place on the x-axis: the values of all seeds."""
PANEL = (2.9, 2.7)
"""Inches."""
MOST_COLUMNS = 4
TITLE = "points: means over the seeds;\nbars: their standard deviation"
ENTRIES = 2
"""Of the legend, side by side below a panel."""
WIDER = 1.3
"""Room at the ends of the axes, a factor at least."""
APART = 0.25
"""Bars of several lines stand side by side over that share of the distance between places on the x-axis."""


@styled
def chart_figure(panels: Panels, label: str, over_label: str) -> Figure:
    """A panel for every subject; points are means over the seeds, bars their standard deviation."""
    columns = max(1, min(MOST_COLUMNS, len(panels)))
    rows = max(1, math.ceil(len(panels) / columns))
    figure = Figure(figsize=(PANEL[0] * columns, PANEL[1] * rows + 0.75), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    names = list(dict.fromkeys(line for lines in panels.values() for line in lines))
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    everywhere = sorted({n for lines in panels.values() for points in lines.values() for n in points})
    step = min((b / a for a, b in pairwise(everywhere)), default=2.0)
    for axes, (subject, lines) in zip(grid.flat, panels.items(), strict=False):
        for line, points in lines.items():
            place = names.index(line)
            x = sorted(points)
            mean = [statistics.fmean(points[n]) for n in x]
            spread = [statistics.stdev(points[n]) if len(points[n]) > 1 else 0.0 for n in x]
            shifted = [n * step ** (APART * ((place + 0.5) / len(names) - 0.5)) for n in x]
            # no bar may reach 0 on a logarithmic axis
            low = [min(s, 0.9 * m) for s, m in zip(spread, mean, strict=True)]
            axes.errorbar(
                shifted,
                mean,
                yerr=(low, spread),
                **curve_style(place),
                markersize=4,
                linewidth=1.2,
                capsize=2,
                label=line,
            )
        ticks = sorted({n for points in lines.values() for n in points})
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xticks(ticks, [f"{n:g}" for n in ticks])
        axes.set_xlim(ticks[0] / max(WIDER, step**APART), ticks[-1] * max(WIDER, step**APART))
        low, high = axes.get_ylim()
        axes.set_ylim(low / WIDER, high * WIDER)
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
        two_ticks(axes.yaxis)
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
            fontsize=SMALL,
            title=TITLE,
            title_fontproperties={"size": SMALL},
        )
    return figure
