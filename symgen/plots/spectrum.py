"""The spectrum of defects and its gaps."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from symgen.generators.artifact import Artifact
from symgen.generators.domains import PointsDomain
from symgen.generators.metadata import Metadata
from symgen.inspection.spectrum_parts import WORDS, Part, spectrum_parts
from symgen.plots.curves import two_ticks
from symgen.plots.notes import says
from symgen.plots.style import COLOURS, FAINT, MARKERS, NORMAL, styled
from symgen.plots.words import equation_text, scientific

SHOWN, BEYOND = 40, 10
"""Values that are drawn at least, and beyond the symmetries, so that the gap is seen."""
SIZE = (7.2, 4.2)
"""Inches."""

EQUATION = "defect (relative to the equation's terms)"
POINTS = {
    "invariance": "defect (change of f per unit field over |grad f|)",
    "equivariance": "defect (J V - W per unit field over |J|)",
    "density": "defect (change of log p, volume included,\nper unit field over |grad log p|)",
    "samples": "defect (mean rate of change of waves\nalong the unit field, over their slope)",
    "own": "defect (change of the score per unit field over its gradient)",
}
"""Of points, by what is judged."""


@styled
def spectrum_figure(artifact: Artifact) -> Figure:
    """Defects of the orthonormal fields, ascending, with the gaps that tell symmetries from other fields."""
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    figure.suptitle(equation_text(artifact.metadata, SIZE[0] - 0.4))
    draw_spectrum(axes, artifact.metadata)
    return figure


def draw_spectrum(axes: Axes, metadata: Metadata, shown: int = SHOWN, columns: int = 4, inches: float = 6.2) -> None:
    """Draw the first values of the spectrum, `shown` or all symmetries and what is beyond their gap, with a legend of
    so many columns on top. The panel is so many `inches` wide.
    """
    tiny = 1e-4 * metadata.rounding  # where the log axis ends for values that are 0
    parts = spectrum_parts(metadata)
    last = max((places.stop for part, places in parts.items() if part != "none"), default=0)
    shown = max(shown, last + BEYOND)
    values = [max(value, tiny) for value in metadata.spectrum[:shown]]
    places = range(1, len(values) + 1)
    size = min(5.5, max(2.0, 0.75 * 72 * inches / len(values)))
    for part, every in parts.items():
        if drawn := every[: max(0, len(values) - every.start)]:
            axes.plot(
                places[drawn.start : drawn.stop],
                values[drawn.start : drawn.stop],
                linestyle="none",
                marker=MARKERS[part],
                markersize=size,
                markerfacecolor="white" if part == "none" else COLOURS[part],
                markeredgecolor=COLOURS[part],
                label=_label(part, len(drawn), metadata.trivial),
                zorder=3,
            )
        if part in ("exact", "approximate") and every.stop < len(values):
            below, above = max(values[every.stop - 1], metadata.rounding), values[every.stop]
            if above > below:
                _gap(axes, below, above, COLOURS[part])
    axes.axhline(metadata.rounding, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), label=_floor(metadata), zorder=1)
    axes.set_yscale("log")
    axes.set_ylim(min(values[0], metadata.rounding) / 8, max(*values, metadata.rounding) * 8)
    axes.set_xlim(0.2, len(values) + 0.8)
    axes.set_xticks(_numbers(len(values)))
    rest = len(metadata.spectrum) - len(values)
    axes.set_xlabel(f"place ({rest} larger ones are not shown)" if rest > 0 else "place")
    two_ticks(axes.yaxis)
    axes.set_ylabel(_defect(metadata))
    found = metadata.exact + metadata.approximate
    if not found:
        says(axes, "no field is called\na symmetry")
    elif found >= len(metadata.spectrum):
        says(axes, "every field is a symmetry:\nthere is no gap")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2, handletextpad=0.3)


def _numbers(count: int) -> list[int]:
    """Places that are numbered: the first, and every second, fifth or so."""
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if count <= 10 * step or step == 1000)
    return [1, *range(max(step, 2), count + 1, step)]


def _defect(metadata: Metadata) -> str:
    """What the defect is of."""
    return POINTS[metadata.domain.judged] if isinstance(metadata.domain, PointsDomain) else EQUATION


def _floor(metadata: Metadata) -> str:
    """Why smaller defects are not told apart."""
    if not isinstance(metadata.domain, PointsDomain) or metadata.domain.error < metadata.rounding:
        return "rounding"
    if metadata.domain.judged == "samples":
        return "standard error of the means"
    return "error of the fit" if metadata.domain.surrogate else "error of what is differentiated"


def _label(part: Part, count: int, trivial: int) -> str:
    """What the legend says of fields of that part."""
    if part == "none":
        return WORDS[part]
    of_these = f", {trivial} trivial" if trivial and part == "exact" else ""
    return f"{WORDS[part]} ({count}{of_these})"


def _gap(axes: Axes, below: float, above: float, colour: str) -> None:
    """Shade a gap of the spectrum, with its factor written in."""
    axes.axhspan(below, above, color=colour, alpha=0.10, linewidth=0)
    middle = (below * above) ** 0.5
    factor = above / below
    text = f"gap: factor {scientific(factor)}" if factor >= 1e4 else f"gap: factor {factor:.0f}"
    axes.text(
        0.5, middle, text, transform=axes.get_yaxis_transform(), ha="center", va="center", fontsize=NORMAL, color=colour
    )
