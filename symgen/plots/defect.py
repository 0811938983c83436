"""Defect at finite scale: what is left of the equation when data are moved."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from symgen.generators.artifact import Artifact
from symgen.plots.curves import Places, curve_style, two_ticks
from symgen.plots.notes import caption
from symgen.plots.style import FAINT, MOST_ROWS, NORMAL, styled
from symgen.plots.words import generator_title, heading
from symgen.validity.verification import FiniteTable, MovedScore

SIZE = (8.6, 4.6)
"""Inches."""
LABEL = 2.2
"""Width of a formula in the legend, inches."""


@styled
def defect_figure(artifact: Artifact, moved: FiniteTable) -> Figure:
    """Relative residual of moved data against s, for every generator, the data as they are and a random field."""
    metadata, rows = artifact.metadata, moved.generators[:MOST_ROWS]
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    figure.suptitle(heading(metadata, SIZE[0] - 0.4, min(len(rows), len(metadata.generators))))
    places = Places([score.scale for scores in (*rows, moved.random) for score in scores], len(rows))
    size = places.size(SIZE[0] - LABEL - 1)
    for place, scores in enumerate(rows):
        scales, residuals = _known(scores)
        lost = "" if scales else f" ({scores[0].status})"
        name = generator_title(metadata, place + 1, LABEL, NORMAL - 1) + lost
        axes.plot(places.of(scales, place), residuals, markersize=size, linewidth=1, label=name, **curve_style(place))
    scales, residuals = _known(moved.random)
    lost = "" if scales else f" ({moved.random[0].status})"
    axes.plot(places.of(scales), residuals, "x", color=FAINT, linestyle=":", label=f"random field{lost}")
    if moved.identity is not None:
        axes.axhline(moved.identity, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), label="the data as they are")
    places.mark(axes)
    axes.set_yscale("log")
    axes.set_ylim(top=10)
    two_ticks(axes.yaxis)
    axes.set_xlabel("s (group parameter of the unit field)")
    axes.set_ylabel("residual (relative to the equation's terms)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    caption(figure, "Curves stand side by side at each s, so that none covers another.", SIZE[0] - 0.4)
    return figure


def _known(scores: Sequence[MovedScore]) -> tuple[list[float], list[float]]:
    kept = [(score.scale, score.residual) for score in scores if score.residual is not None]
    return [scale for scale, _ in kept], [residual for _, residual in kept]
