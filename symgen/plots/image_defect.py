"""How far the features of moved images turn: generators, affine fields and random ones, a row each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from symgen.generators.artifact import Artifact
from symgen.generators.domains import MovedImages
from symgen.generators.metadata import Metadata
from symgen.plots.curves import LINES
from symgen.plots.notes import caption
from symgen.plots.style import FAINT, INK, MOST_ROWS, styled

WIDTH, ROW = 7.6, 0.27
"""Inches."""
BAND = 0.13
"""How strong the colour of the random fields' range is."""


@styled
def image_defect_figure(artifact: Artifact) -> Figure:
    """A row for every generator and every affine field, a mark for every s: to the left for -s, to the right for +s.

    Marks are filled for what is called a symmetry, hollow for other generators, and grey ones are affine fields. Bands
    are the range of random smooth fields at the same |s|.
    """
    metadata, table = artifact.metadata, artifact.metadata.image.moved
    count = min(len(table.generators), MOST_ROWS)
    names = [*(_label(metadata, place) for place in range(count)), *table.affine]
    figure = Figure(figsize=(WIDTH, ROW * (len(names) + 1) + 2.0), layout="constrained")
    rest = f" (the first {count} of {len(table.generators)})" if count < len(table.generators) else ""
    figure.suptitle(f"{metadata.image.name}: moved held-out images{rest}")
    axes = figure.subplots()
    sizes = sorted({abs(s) for s in table.scales}, reverse=True)
    for number, size in enumerate(sizes):
        _band(axes, table, size, LINES[number])
    for place, values in enumerate([*table.generators[:count], *table.affine.values()]):
        affine = place >= count
        filled = affine or metadata.generators[place].status != "none"
        _row(axes, place + affine, table.scales, values, sizes, filled, affine)
    axes.axhline(count, color=FAINT, linewidth=0.8)
    axes.set_yticks([k + (k >= count) for k in range(len(names))], names)
    for label, place in zip(axes.get_yticklabels(), range(len(names)), strict=True):
        known = place >= count or metadata.generators[place].status != "none"
        label.set_color(INK if known else FAINT)
    axes.set_ylim(len(names) + 0.6, -0.6)
    axes.set_xlim(left=0)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(metadata.image.extractor.measure)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="y", color="#EEEEEE", linewidth=0.8)
    axes.set_axisbelow(True)
    handles = [Patch(color=LINES[number], label=f"|s| = {size:g}") for number, size in enumerate(sizes)]
    axes.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(sizes), borderaxespad=0.2)
    caption(
        figure,
        "Marks point to the left for -s and to the right for s; filled: called a symmetry. Bands: from the least to "
        "the greatest of random smooth fields at that |s|. Below the line: the affine group, for comparison.",
        WIDTH - 0.4,
    )
    return figure


def _band(axes: Axes, table: MovedImages, size: float, colour: str) -> None:
    """The range of random fields moved by +size and -size."""
    columns = [k for k, s in enumerate(table.scales) if abs(s) == size]
    values = np.array(table.random)[:, columns].mean(1)
    axes.axvspan(values.min(), values.max(), color=colour, alpha=BAND, linewidth=0)


def _row(
    axes: Axes,
    place: int,
    scales: Sequence[float],
    values: Sequence[float],
    sizes: Sequence[float],
    filled: bool,
    affine: bool,
) -> None:
    """Marks of one field, those of s and -s a little apart in height."""
    for s, value in zip(scales, values, strict=True):
        colour = LINES[sizes.index(abs(s))]
        axes.plot(
            value,
            place + (0.14 if s > 0 else -0.14),
            marker=">" if s > 0 else "<",
            markersize=5,
            markerfacecolor=colour if filled else "white",
            markeredgecolor=colour,
            alpha=0.6 if affine else 1.0,
            linestyle="none",
            zorder=3,
        )


def _label(metadata: Metadata, place: int) -> str:
    called = metadata.generators[place].called
    return f"V{place + 1} ({called})" if called else f"V{place + 1}"
