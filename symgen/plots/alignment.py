"""Heat map of the alignment of generators with those of a reference."""

from __future__ import annotations

import re

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from symgen.generators.artifact import Artifact
from symgen.inspection.comparison import Comparison
from symgen.plots.notes import caption, text_width
from symgen.plots.style import COLOURS, FAINT, INK, NORMAL, SMALL, colour_bar, styled
from symgen.plots.words import generator_title

CELL = (0.78, 0.42)
"""Width and height of a cell, inches."""
LABEL = 3.2
"""Room for the formulas, inches."""
MOST_SHOWN = 30
"""Rows, and columns: more are no picture, and take minutes to draw."""
APART = 0.45
"""Angle to the other span (rad, a cosine of 0.9) from which on a generator has nothing like it there."""
SMALLEST = 1e-3
"""Angles below are written with their power of ten."""


@styled
def alignment_figure(artifact: Artifact, comparison: Comparison) -> Figure:
    """|<V_a, W_b>| of unit fields, a row for every generator found, a column for every one of the reference; and beside
    and below them the angle of each to the whole span of the others.

    Colours of names say what that angle is: none for what is in the other span, grey for what is near it, and orange
    for what is not in it at all.
    """
    values = np.array(comparison.alignment)
    left_out = _left_out(*values.shape)
    values = values[:MOST_SHOWN, :MOST_SHOWN]
    rows, columns = values.shape
    labels = [generator_title(artifact.metadata, place, LABEL, NORMAL, lines=2) for place in range(1, rows + 1)]
    wide = max(text_width(line, NORMAL) for label in labels for line in label.split("\n"))
    width = max(wide + CELL[0] * (columns + 1) + 1.6, 5.6)
    figure = Figure(figsize=(width, CELL[1] * (rows + 1) + 2.5), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (a, b), value in np.ndenumerate(values):
        _write(axes, b, a, f"{value:.3f}", "white" if value > 0.6 else INK)
    trivial = [record.trivial for record in artifact.metadata.generators]
    for a, angle in enumerate(comparison.found_angles[:rows]):
        _write(axes, columns, a, "trivial" if trivial[a] else _angle(angle), INK)
    for b, angle in enumerate(comparison.reference_angles[:columns]):
        _write(axes, b, rows, _angle(angle), INK)
    axes.set_xlim(-0.5, columns + 0.5)
    axes.set_ylim(rows + 0.5, -0.5)
    names = [*(wrapped(name) for name in comparison.names[:columns]), "angle to\ntheir span"]
    axes.set_xticks(range(columns + 1), names, rotation=30, ha="left", rotation_mode="anchor")
    axes.set_yticks(range(rows + 1), [*labels, "angle to the span found"], fontsize=NORMAL)
    axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    axes.set_xticks(np.arange(1, columns + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(1, rows + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="minor", length=0, top=False)
    axes.spines[:].set_visible(False)
    of_columns = zip(comparison.names[:columns], comparison.reference_angles[:columns], strict=True)
    for label, (name, angle) in zip(axes.get_xticklabels(), of_columns, strict=False):
        label.set_color(_colour(angle, name in comparison.missed))
    for a, (label, angle) in enumerate(zip(axes.get_yticklabels(), comparison.found_angles[:rows], strict=False)):
        label.set_color(FAINT if trivial[a] else _colour(angle, a + 1 in comparison.outside))
    figure.suptitle(f"Alignment with {comparison.against}")
    caption(figure, _summary(comparison) + left_out, width - 0.4)
    bar = colour_bar(figure, image, axes, "", shrink=0.9, pad=0.02, aspect=25)
    bar.set_label(r"$|\langle V, W \rangle|$ of unit fields")
    return figure


def _left_out(rows: int, columns: int) -> str:
    """What is not shown, for the caption."""
    parts = [
        f"{MOST_SHOWN} of {count} {what}"
        for count, what in ((rows, "generators"), (columns, "of the reference"))
        if count > MOST_SHOWN
    ]
    return f" The first {' and the first '.join(parts)} are shown; --json has all." if parts else ""


def wrapped(name: str, length: int = 14) -> str:
    """A name in two lines if it is long: cut at the space nearest to its middle, of a formula before a sign."""
    cuts = [m.start() for m in re.finditer(r" (?=[+-] )", name)] or [m.start() for m in re.finditer(" ", name)]
    if len(name) <= length or not cuts:
        return name
    cut = min(cuts, key=lambda place: abs(place - len(name) / 2))
    return f"{name[:cut]}\n{name[cut + 1 :]}"


def _write(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    axes.text(x, y, text, ha="center", va="center", fontsize=SMALL, color=colour)


def _angle(angle: float) -> str:
    """In radians."""
    return f"{angle:.3f}" if angle >= SMALLEST else f"{angle:.0e}" if angle else "0"


def _colour(angle: float, off: bool) -> str:
    """Of the name of a generator that is at an angle to the other span, and `off` it beyond the errors."""
    if not off:
        return INK
    return FAINT if angle < APART else COLOURS["approximate"]


def _summary(comparison: Comparison) -> str:
    text = f"Angles in radians, from 0 (in the span) to 1.571 (orthogonal); of the spans: {comparison.distance:.1e}."
    if comparison.compared < len(comparison.found_angles):
        text += f" The span found is that of the first {comparison.compared}."
    off = [
        angle
        for name, angle in zip(comparison.names, comparison.reference_angles, strict=True)
        if name in comparison.missed
    ]
    off += [comparison.found_angles[place - 1] for place in comparison.outside]
    if any(angle < APART for angle in off):
        text += f" Grey names: near the other span (less than {APART:g}), not in it."
    if any(angle >= APART for angle in off):
        text += " Orange names: nothing like them in the other span."
    return text
