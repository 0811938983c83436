"""Points and their moved copies."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from symgen.plots.curves import LINES
from symgen.plots.notes import caption
from symgen.plots.style import styled
from symgen.plots.written import symbol_text

PANEL = (3.3, 3.0)
"""Inches."""
PANELS, ORIGINALS, SHOWN = 3, 400, 5
"""Planes; originals in grey; those whose copies are in colour."""
MIDDLE = 0.02
"""Share of the originals at each end of a coordinate that may be outside the panel."""
WORDS = "Grey: some of the originals. Colours: a few of them (large dots) with their copies (small dots)."


@styled
def point_copies_figure(points: np.ndarray, source: np.ndarray, names: Sequence[str]) -> Figure:
    """Points (m, k, d), the originals first, each from the original with number `source` (m,), in up to three planes:
    those of the coordinates that move furthest. Of several particles the first is shown.
    """
    points = points[:, 0]
    count = int((source == np.arange(len(source))).sum())
    originals, copies = points[:count], points[count:]
    spread = originals.std(0) + 1e-300
    far = np.sqrt(np.square((copies - originals[source[count:]]) / spread).mean(0)) if len(copies) else spread * 0
    pairs = sorted(combinations(range(len(names)), 2), key=lambda pair: -far[list(pair)].sum())[:PANELS]
    width = max(PANEL[0] * max(len(pairs), 1), 4.6)
    figure = Figure(figsize=(width, PANEL[1] + 0.9), layout="constrained")
    figure.suptitle("points and their moved copies")
    chosen = np.unique(np.linspace(0, count - 1, SHOWN + 2).round().astype(int))[1:-1]
    for axes, pair in zip(figure.subplots(1, max(len(pairs), 1), squeeze=False)[0], pairs or [(0, 0)], strict=True):
        _draw(axes, originals, copies, source[count:], chosen, pair)
        for axis, place in zip((axes.xaxis, axes.yaxis), pair, strict=True):
            axis.set_label_text(f"${symbol_text(names[place])}$")
    caption(figure, WORDS, width - 0.4)
    return figure


def _draw(
    axes: Axes, originals: np.ndarray, copies: np.ndarray, source: np.ndarray, chosen: np.ndarray, pair: Sequence[int]
) -> None:
    some = originals[:: max(1, len(originals) // ORIGINALS)]
    low, high = (np.quantile(originals[:, pair], share, axis=0) for share in (MIDDLE, 1 - MIDDLE))
    margin = 0.2 * (high - low) + 1e-300
    axes.plot(*some[:, pair].T, ".", color="#CCCCCC", markersize=2.5, zorder=1)
    for place, colour in zip(chosen, LINES, strict=False):
        axes.plot(*originals[place, pair], "o", color=colour, markersize=6, markeredgecolor="white", zorder=2)
        axes.plot(*copies[source == place][:, pair].T, ".", color=colour, markersize=3.5, zorder=3)
    axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
    axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
    axes.locator_params(nbins=5)
