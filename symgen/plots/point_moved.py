"""What changes when points are moved at finite scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from symgen.generators.artifact import Artifact
from symgen.generators.domains import PointsDomain
from symgen.plots.curves import Places, curve_style, two_ticks
from symgen.plots.notes import caption
from symgen.plots.style import FAINT, MOST_ROWS, NORMAL, styled
from symgen.plots.words import generator_title, heading

SIZE = (8.6, 4.4)
"""Inches."""
LABEL = 2.6
"""Width of a formula in the legend, inches."""
TINY = 1e-17
"""Smaller changes, 0 among them, are drawn here."""
CHANGES = {
    "invariance": "change of the function",
    "equivariance": "function of moved points less moved values",
    "density": "change of log density and volume",
    "samples": "change of the means of waves",
    "own": "change of the score",
}


@styled
def moved_points_figure(artifact: Artifact) -> Figure:
    """Root mean square change against s, for every generator, with the range of random fields and what cannot be told
    from 0.
    """
    metadata = artifact.metadata
    domain, count = metadata.of_points, min(len(metadata.generators), MOST_ROWS)
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    figure.suptitle(heading(metadata, SIZE[0] - 0.4, count))
    table = domain.moved
    places = Places(table.scales, count)
    size = places.size(SIZE[0] - LABEL - 1)
    _random(axes, places, table.scales, table.random)
    lowest: list[float] = []
    for place, row in enumerate(table.generators[:count]):
        scales, values = _known(table.scales, row)
        lost = "" if len(scales) == len(row) else " (leaves every bound)"
        title = generator_title(metadata, place + 1, LABEL, NORMAL - 1) + lost
        axes.plot(places.of(scales, place), values, markersize=size, linewidth=1, label=title, **curve_style(place))
        lowest += values
    if domain.judged != "samples":  # whose error is that of rates, not of changes
        label = "error of what is differentiated" if domain.error > 1e-12 else "rounding of 16 digits"
        lowest.append(_floor(domain))
        axes.axhline(lowest[-1], color=FAINT, linewidth=1, linestyle=(0, (4, 3)), label=label)
    places.mark(axes)
    axes.set_yscale("log")
    if lowest:
        axes.set_ylim(bottom=min(lowest) / 3)
    two_ticks(axes.yaxis)
    axes.set_xlabel("s (group parameter of the unit field)")
    axes.set_ylabel(f"{CHANGES[domain.judged]}\n(root mean square over its deviation)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    caption(figure, "Curves stand side by side at each s, so that none covers another.", SIZE[0] - 0.4)
    return figure


def _floor(domain: PointsDomain) -> float:
    return domain.error if domain.error > 1e-12 else 2.2e-16


def _random(axes: Axes, places: Places, scales: Sequence[float], rows: Sequence[Sequence[float | None]]) -> None:
    values = np.array([[np.nan if v is None else max(v, TINY) for v in row] for row in rows], dtype=float)
    kept = np.isfinite(values).any(0) if len(values) else np.zeros(len(scales), bool)
    if not kept.any():
        return
    s, values = places.of([s for s, known in zip(scales, kept, strict=True) if known]), values[:, kept]
    axes.fill_between(s, np.nanmin(values, 0), np.nanmax(values, 0), color="#DDDDDD", linewidth=0)
    axes.plot(s, np.nanmedian(values, 0), "x", color=FAINT, linestyle=":", label="random fields")


def _known(scales: Sequence[float], row: Sequence[float | None]) -> tuple[list[float], list[float]]:
    kept = [(s, max(value, TINY)) for s, value in zip(scales, row, strict=True) if value is not None]
    return [s for s, _ in kept], [value for _, value in kept]
