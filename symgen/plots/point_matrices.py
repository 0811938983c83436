"""Affine generators and the quadratic forms that they leave alone, as matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from symgen.generators.artifact import Artifact
from symgen.inspection.linear_parts import AffineParts
from symgen.inspection.quadratic_form import InvariantForms, QuadraticForm
from symgen.plots.notes import text_width
from symgen.plots.style import COLOURS, FAINT, INK, MOST_ROWS, NORMAL, SMALL, styled
from symgen.plots.words import fit, generator_title, heading, points_title, scientific
from symgen.plots.written import symbol_text

WRITTEN = 8
"""Coordinates up to which the entries are written into their cells."""
CELL, SMALL_CELL, LEAST_CELL = 0.46, 0.19, 0.12
"""Inches, with numbers and without; the least for the names beside."""
SIDE = 2.9
"""Inches of a matrix, beyond which cells become smaller."""
LEAST, MOST = 2.1, 10.5
"""Inches: the room of a panel, at least, and of all in a row."""
TITLE, KEY = 0.62, 0.3
"""Inches above a matrix, and below one whose numbers are not written."""
NONE = 1e-9
"""Entries below this share of the largest are rounding, and left out."""
PALE = 1.9
"""How far beyond the entries colours go, so that numbers can be read on them."""
SHOWN_ERROR = 1e-6
"""From which on what is left out is said."""
NEAR, SHARP = 0.02, 1e-6
"""Angles (rad) to a diagonal form, between which that is written above one that is not quite it."""
MOST_NAMED = 4
"""Coordinates up to which a fixed point is written out."""
FORMS = 6
"""That a figure shows at most."""


@styled
def matrices_figure(artifact: Artifact, parts: AffineParts) -> Figure:
    """V = A z + b, a panel for every generator, b in a column of its own behind a line, if any is not 0.

    Generators with a formula are scaled as that is; others to a largest entry of 1. Entries below the error of what is
    differentiated are left out.
    """
    metadata = artifact.metadata
    error = metadata.of_points.error
    count = min(len(metadata.generators), MOST_ROWS)
    names = metadata.of_points.columns
    maps, shifts = parts.maps[:count].cpu().numpy(), parts.shifts[:count].cpu().numpy()
    tables = np.concatenate([maps, shifts[..., None]], -1)
    scale = np.array(metadata.space.scale[: len(names)])
    shares = abs(tables) * np.append(scale, 1.0) / scale[:, None]  # of the unit field, where all entries compare
    tables = np.where(shares > max(NONE, error) * shares.max((1, 2), keepdims=True), tables, 0.0)
    affine = bool(tables[..., -1].any())
    tables = tables if affine else tables[..., :-1]
    columns = [f"${symbol_text(name)}$" for name in names] + (["$1$"] if affine else [])
    rows = columns[: len(names)]
    figure, panels, width = _grid(count, columns, rows)
    what = "generators V = A z + b, b behind the line" if affine else "generators V = A z"
    figure.suptitle(f"{heading(metadata, figure.get_figwidth() - 0.3, count)}\n{what}")
    for place, axes in enumerate(panels):
        record = metadata.generators[place]
        size = record.norm if record.formula and record.norm else 1 / max(abs(tables[place]).max(), 1e-300)
        _draw(axes, tables[place] * size, columns, rows)
        if affine:
            axes.axvline(len(names) - 0.5, color=INK, linewidth=1.2)
        title = generator_title(metadata, place + 1, width, NORMAL, lines=2)
        axes.set_title(title, fontsize=NORMAL, color=INK if record.status != "none" else COLOURS["none"], pad=5)
    if error > SHOWN_ERROR:
        note = f"entries below {scientific(error)} of the largest are within the error, and left out"
        figure.supxlabel(note, fontsize=SMALL, color=FAINT)
    return figure


@styled
def form_figure(artifact: Artifact, forms: InvariantForms) -> Figure:
    """The quadratic forms that the symmetries leave alone, with their signature and what diagonal matrix is near."""
    shown = forms.forms[:FORMS]
    labels = [f"${symbol_text(name)}$" for name in forms.names]
    figure, panels, width = _grid(len(shown), labels, labels, title=0.95)
    rest = "" if len(shown) == forms.dimension else f" (the first {len(shown)} of {forms.dimension})"
    what = "the invariant quadratic form" if forms.dimension == 1 else f"invariant quadratic forms{rest}"
    figure.suptitle(f"{points_title(artifact.metadata, figure.get_figwidth() - 0.3)}\n{what}")
    for axes, form in zip(panels, shown, strict=True):
        _draw(axes, np.array(form.matrix), labels, labels)
        axes.set_title(_form_title(form, forms, width), fontsize=SMALL, pad=5)
    figure.supxlabel(_form_notes(forms), fontsize=SMALL, color=FAINT)
    return figure


def _form_title(form: QuadraticForm, forms: InvariantForms, width: float) -> str:
    terms: list[tuple[str, str]] = []
    about = SHARP < form.angle < NEAR
    for i, left in enumerate(forms.names):
        for j in range(i, len(forms.names)):
            value = float(form.diagonal[i] * (i == j)) if about else form.matrix[i][j] * (1 if i == j else 2)
            if abs(value) < 1e-4:
                continue
            product = f"{symbol_text(left)}^2" if i == j else rf"{symbol_text(left)}\,{symbol_text(forms.names[j])}"
            number = f"{abs(value):.3g}"
            factor = "" if number == "1" else rf"{number}\,"
            sign = "-" if value < 0 else "+" if terms else ""
            terms.append((rf"${sign}\, {factor}{product}$" if terms else f"${sign}{factor}{product}$", r"$+\,\ldots$"))
    positive, negative, zero = form.signature
    signs = ", ".join(f"{n}{s}" for n, s in ((positive, "+"), (negative, "-"), (zero, " zero")) if n)
    prefix = r"$\approx$ " if about else ""
    return f"{fit(prefix, terms, width, SMALL, 2)}\nsignature {signs}"


def _form_notes(forms: InvariantForms) -> str:
    parts = []
    if forms.only is not None:
        diagonal = ", ".join(str(v) for v in forms.only.diagonal)
        angle = scientific(forms.only.angle) if forms.only.angle > 1e-12 else scientific(1e-12).join(("less than ", ""))
        parts.append(
            f"angle to diag({diagonal}): {angle} rad" if len(diagonal) < 40 else f"angle to a diagonal: {angle}"
        )
    parts.append(f"residual {scientific(forms.residual)}" if forms.residual > 1e-15 else "residual 0")
    if forms.of_what and (forms.centre is None or len(forms.names) <= MOST_NAMED):
        parts.append(forms.of_what.strip().replace("$", r"\$"))
    return "\n".join(parts)


def _grid(
    count: int, columns: Sequence[str], rows: Sequence[str], title: float = TITLE
) -> tuple[Figure, list[Axes], float]:
    """A figure with a panel for every matrix, and the width (inches) that a panel's title has."""
    cell = _cell(columns, rows)
    left = max(text_width(name, SMALL) for name in rows) + 0.3
    above = max(text_width(name, SMALL) for name in columns) if _upright(columns, cell) else 0.2
    width = max(cell * len(columns) + left, LEAST)
    across = max(1, min(count, int(MOST / width), math.ceil(count / math.ceil(count * width / MOST))))
    down = math.ceil(count / across)
    key = 0 if max(len(columns), len(rows)) <= WRITTEN + 1 else KEY
    height = cell * len(rows) + title + above + key
    figure = Figure(figsize=(max(width * across, 4.4), height * down + 0.75), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for axes in panels[count:]:
        axes.set_visible(False)
    return figure, list(panels[:count]), max(width, 4.4 / across) - left


def _cell(columns: Sequence[str], rows: Sequence[str]) -> float:
    most = max(len(columns), len(rows))
    return CELL if most <= WRITTEN + 1 else max(LEAST_CELL, min(SMALL_CELL, SIDE / most))


def _upright(names: Sequence[str], cell: float) -> bool:
    return max(text_width(name, SMALL) for name in names) > 0.9 * cell


def _draw(axes: Axes, values: np.ndarray, columns: Sequence[str], rows: Sequence[str]) -> None:
    """Signed colours; numbers where cells are large enough."""
    top = abs(values).max() or 1.0
    values = np.where(abs(values) > NONE * top, values, 0.0)  # rounding
    axes.imshow(values, cmap="RdBu_r", vmin=-PALE * top, vmax=PALE * top, aspect="equal")
    large = max(len(columns), len(rows)) <= WRITTEN + 1
    if large:
        for (i, j), value in np.ndenumerate(values):
            if value:
                axes.text(j, i, _number(value), ha="center", va="center", fontsize=SMALL, color=INK)
    else:
        axes.set_xlabel(f"red: up to {_number(top)}, blue: down to -{_number(top)}", fontsize=SMALL, color=FAINT)
    angle = 90 if _upright(columns, _cell(columns, rows)) else 0
    axes.set_xticks(range(len(columns)), columns, rotation=angle)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0, pad=3)
    axes.set_xticks(np.arange(1, len(columns)) - 0.5, minor=True)
    axes.set_yticks(np.arange(1, len(rows)) - 0.5, minor=True)
    axes.grid(which="minor", color="#DDDDDD", linewidth=0.8)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_color("#BBBBBB")


def _number(value: float) -> str:
    """In at most five characters where that is possible."""
    whole = round(value)
    if abs(value - whole) < 1e-6 * abs(value) and abs(whole) < 1e4:
        return str(whole)
    return f"{value:.2f}" if 0.005 <= abs(value) < 100 else f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")
