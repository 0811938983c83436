"""Drift against time of what is conserved, beside densities that are not."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from symgen.generators.drift_record import DriftRecord
from symgen.plots.curves import LINES
from symgen.plots.notes import text_width
from symgen.plots.style import FAINT, NORMAL, SMALL, styled
from symgen.plots.written import expression_text, parses

PANEL = (3.1, 2.3)
"""Inches."""
COLUMNS, MOST = 3, 9
MARGIN = 0.7
"""Of a panel's width, for the labels of its axis."""
LEAST = 1e-16
"""Where smaller changes are drawn, as those that are 0."""


@styled
def conserved_figure(records: Sequence[DriftRecord]) -> Figure | None:
    """A panel for each record with a curve, the first few: its relative change, its control's, and the error that the
    grid, the time step and noise explain; None where there is nothing to draw.
    """
    shown = [record for record in records if record.curve is not None and len(record.curve.t) > 1][:MOST]
    if not shown:
        return None
    columns = 2 if len(shown) == 4 else min(COLUMNS, len(shown))
    rows = math.ceil(len(shown) / columns)
    figure = Figure(figsize=(max(4.6, PANEL[0] * columns), PANEL[1] * rows + 0.55), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes, record in zip(panels.flat, shown, strict=False):
        curve = record.curve
        assert curve is not None
        t = np.array(curve.t)
        axes.plot(t, _positive(curve.change), color=LINES[0], linewidth=1.4, label="mean of the density", zorder=3)
        if curve.control:
            axes.plot(
                t,
                _positive(curve.control),
                color=LINES[1],
                linewidth=1.2,
                label="control: a density that is not conserved",
            )
        axes.axhline(
            record.floor,
            color=FAINT,
            linestyle=(0, (4, 3)),
            linewidth=1,
            label="error of the grid, time steps and noise",
        )
        axes.set_title(_title(record), fontsize=NORMAL)
        axes.set_yscale("log")
        axes.spines[["top", "right"]].set_visible(False)
    for axes in panels.flat[len(shown) :]:
        axes.set_visible(False)
    for place, axes in enumerate(panels.flat[: len(shown)]):
        if place + columns >= len(shown):
            axes.set_xlabel("$t$")
            axes.tick_params(labelbottom=True)
        axes.yaxis.set_major_locator(LogLocator(numticks=7))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.margins(x=0.02)
    for row in panels:
        row[0].set_ylabel("relative change", fontsize=SMALL)
    handles, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=columns)
    return figure


def _positive(values: Sequence[float]) -> np.ndarray:
    """For a logarithmic axis; without the first time, from which changes are counted."""
    return np.where(np.arange(len(values)) > 0, np.maximum(values, LEAST), np.nan)


def _title(record: DriftRecord) -> str:
    """The name, and as much of the formula as there is room for."""
    name = f"{record.name}: " if record.name else "found in the data: " if record.source == "data" else ""
    terms = re.split(r" (?=[+-] )", record.density)
    for count in range(len(terms), 0, -1):
        rest = "" if count == len(terms) else r" + \ldots"
        formula = f"${expression_text(' '.join(terms[:count]))}{rest}$"
        if not parses(formula):
            break
        if text_width(f"{name}{formula}", NORMAL) <= PANEL[0] - MARGIN:
            return f"{name}{formula}"
    return record.name or name + r"$\ldots$"
