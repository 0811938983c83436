"""Heat map of the alignment of generators with those of a reference."""

from __future__ import annotations

import re

import numpy as np
from matplotlib.figure import Figure

from symgen.generators.artifact import Artifact
from symgen.inspection.comparison import Comparison
from symgen.plots.notes import text_width
from symgen.plots.style import COLOURS, FAINT, INK, NORMAL, SMALL, colour_bar, styled
from symgen.plots.words import generator_title

CELL = (0.78, 0.42)
"""Width and height of a cell, inches."""
LABEL = 3.2
"""Room for the formulas, inches."""


@styled
def alignment_figure(artifact: Artifact, comparison: Comparison) -> Figure:
    """|<V_a, W_b>| of unit fields, a row for every generator found, a column for every one of the reference.

    Names of generators without a partner (comparison.outside, comparison.missed) are coloured and say so.
    """
    values = np.array(comparison.alignment)
    rows, columns = values.shape
    labels = [generator_title(artifact.metadata, place, LABEL, NORMAL, lines=2) for place in range(1, rows + 1)]
    wide = max(text_width(line, NORMAL) for label in labels for line in label.split("\n"))
    figure = Figure(figsize=(max(wide + CELL[0] * columns + 1.3, 5.0), CELL[1] * rows + 2.0), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (a, b), value in np.ndenumerate(values):
        colour = "white" if value > 0.6 else INK
        axes.text(b, a, f"{value:.3f}", ha="center", va="center", fontsize=SMALL, color=colour)
    axes.set_xticks(
        range(columns), [wrapped(name) for name in comparison.names], rotation=30, ha="left", rotation_mode="anchor"
    )
    axes.set_yticks(range(rows), labels, fontsize=NORMAL)
    axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    axes.set_xticks(np.arange(1, columns) - 0.5, minor=True)
    axes.set_yticks(np.arange(1, rows) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="minor", length=0, top=False)
    axes.spines[:].set_visible(False)
    for name, label in zip(comparison.names, axes.get_xticklabels(), strict=True):
        if name in comparison.missed:
            label.set_color(COLOURS["approximate"])
    for place in comparison.outside:
        axes.get_yticklabels()[place - 1].set_color(COLOURS["approximate"])
    figure.suptitle(f"Alignment with {comparison.against}")
    figure.supxlabel(_summary(comparison), fontsize=SMALL, color=FAINT)
    colour_bar(figure, image, axes, "", shrink=0.9, pad=0.02, aspect=25).set_label(r"$|\langle V, W \rangle|$")
    return figure


def wrapped(name: str, length: int = 14) -> str:
    """A name in two lines if it is long: cut at the space nearest to its middle, of a formula before a sign."""
    cuts = [m.start() for m in re.finditer(r" (?=[+-] )", name)] or [m.start() for m in re.finditer(" ", name)]
    if len(name) <= length or not cuts:
        return name
    cut = min(cuts, key=lambda place: abs(place - len(name) / 2))
    return f"{name[:cut]}\n{name[cut + 1 :]}"


def _summary(comparison: Comparison) -> str:
    text = f"Grassmann distance of the spans: {comparison.distance:.1e} rad"
    if comparison.missed or comparison.outside:
        text += "\nColoured names have no partner in the other span"
    return text
