"""Defect at finite scale: what is left of the equation when data are moved."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib import colormaps
from matplotlib.figure import Figure

from symgen.generators.artifact import Artifact
from symgen.plots.style import FAINT, styled
from symgen.plots.words import equation_text
from symgen.validity.verification import FiniteTable, MovedScore

SIZE = (7.2, 4.2)
"""Inches."""
SHAPES = "osD^vP*X<>hp"


@styled
def defect_figure(artifact: Artifact, moved: FiniteTable) -> Figure:
    """Relative residual of moved data against s, for every generator, the data as they are and a random field."""
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    figure.suptitle(equation_text(artifact.metadata, SIZE[0] - 0.4))
    colours = colormaps["tab10"].colors  # type: ignore[attr-defined]
    for place, scores in enumerate(moved.generators):
        scales, residuals = _known(scores)
        style = {"marker": SHAPES[place % len(SHAPES)], "color": colours[place % len(colours)]}
        lost = "" if scales else f" ({scores[0].status})"
        axes.plot(scales, residuals, markersize=4.5, linewidth=1, label=f"V{place + 1}{lost}", **style)
    scales, residuals = _known(moved.random)
    lost = "" if scales else f" ({moved.random[0].status})"
    axes.plot(scales, residuals, "x", color=FAINT, linestyle=":", label=f"random field{lost}")
    if moved.identity is not None:
        axes.axhline(moved.identity, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), label="the data as they are")
    axes.set_yscale("log")
    axes.set_ylim(top=10)
    axes.set_xlabel("s (group parameter of the unit field)")
    axes.set_ylabel("residual (relative to the equation's terms)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _known(scores: Sequence[MovedScore]) -> tuple[list[float], list[float]]:
    kept = [(score.scale, score.residual) for score in scores if score.residual is not None]
    return [scale for scale, _ in kept], [residual for _, residual in kept]
