"""One figure that says what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from symgen.generators.artifact import Artifact
from symgen.plots.moved import draw_graph, moved_graph
from symgen.plots.notes import caption
from symgen.plots.spectrum import draw_spectrum
from symgen.plots.style import COLOURS, INK, NORMAL, colour_bar, solution_colours, styled
from symgen.plots.words import equation_text, generator_title

MOST = 6
SCALE = 0.3
STRETCH = 1.6
"""Colours reach at most so much further than the data do."""
COLUMN, HEIGHT = 2.3, 4.5
FRAME = "Dashed: where the data are."
SATURATED = " Values of {names} reach beyond the colours, which end at the tips of the bar."


@styled
def overview_figure(artifact: Artifact) -> Figure:
    """The data, the first generators with the data moved along them, and the spectrum with its gap."""
    metadata = artifact.metadata
    shown = min(len(metadata.generators), MOST)
    columns = (shown + 1) // 2
    widths = [2.9, max(COLUMN * columns + 0.2, 4.8), 3.2]
    figure = Figure(figsize=(sum(widths), HEIGHT), layout="constrained")
    figure.suptitle(equation_text(metadata, sum(widths) - 0.4, 12), fontsize=12)
    left, centre, right = figure.subfigures(1, 3, squeeze=False, width_ratios=widths, wspace=0.02).flat

    graphs = [moved_graph(artifact, place, SCALE) for place in range(shown)]
    data = moved_graph(artifact, 0, 0.0)
    assert data is not None  # nothing moves
    values = np.concatenate([g[..., 2].ravel() for g in (data, *graphs) if g is not None])
    colours = solution_colours(values.clip(*_reach(data[..., 2])))
    beyond = [f"V{place}" for place, graph in enumerate(graphs, 1) if graph is not None and _exceeds(graph, colours)]

    axes = left.subplots()
    draw_graph(axes, artifact, data, colours)
    left.suptitle("the data")
    axes.set_xlabel("$x$")
    axes.set_ylabel("$t$", rotation=0, labelpad=8)
    extend = ("neither", "max", "min", "both")[(values.max() > colours["vmax"]) + 2 * (values.min() < colours["vmin"])]
    colour_bar(left, axes.collections[0], axes, "$u$", aspect=35, pad=0.02, extend=extend)

    rest = len(metadata.generators) - shown
    also = f" ({rest} more not shown)" if rest else ""
    centre.suptitle(f"its generators, and the data moved along them by $s = {SCALE}$" + also)
    panels = centre.subplots(2 if shown > 1 else 1, columns, squeeze=False).ravel()
    for place, axes in enumerate(panels, 1):
        if place > shown:
            axes.set_visible(False)
            continue
        draw_graph(axes, artifact, graphs[place - 1], colours)
        status, verdict = metadata.generators[place - 1].status, metadata.generators[place - 1].verdict
        title = generator_title(metadata, place, COLUMN - 0.2, NORMAL, lines=2)
        axes.set_title(
            title if status == "exact" else f"{title}\n({verdict})",
            fontsize=NORMAL,
            verticalalignment="bottom",  # below the baseline too, where fractions reach
            color=INK if status == "exact" else COLOURS[status],
        )
        if place > shown - columns:
            axes.set_xlabel("$x$")
        if place % columns == 1 or columns == 1:
            axes.set_ylabel("$t$", rotation=0, labelpad=8)

    draw_spectrum(right.subplots(), metadata, shown=30, columns=2, inches=2.4)
    right.suptitle("the spectrum and its gap")
    caption(figure, FRAME + (SATURATED.format(names=", ".join(beyond)) if beyond else ""), sum(widths) - 0.4)
    return figure


def _reach(u: np.ndarray) -> tuple[float, float]:
    """Least and greatest value that may have a colour of their own."""
    low, high = float(u.min()), float(u.max())
    more = (STRETCH - 1) * max(high, -low, high - low)
    return low - more, high + more


def _exceeds(graph: np.ndarray, colours: Mapping[str, Any]) -> bool:
    """Whether a moved graph has values beyond the colours."""
    u = graph[..., 2]
    return bool(u.min() < colours["vmin"] or u.max() > colours["vmax"])
