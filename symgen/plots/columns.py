"""The columns of a file of points: how each is distributed, and pairs of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from symgen.plots.curves import LINES
from symgen.plots.notes import caption
from symgen.plots.style import FAINT, INK, SMALL, styled
from symgen.plots.written import symbol_text

MOST, SHOWN = 5, 1000
"""Columns, and points, at most."""
CELL = 1.5
"""Inches."""
MIDDLE = 0.005
"""Share of the numbers at each end of a column that may be outside its panels."""


@styled
def columns_figure(name: str, arrays: Mapping[str, np.ndarray]) -> Figure | None:
    """The first columns of the arrays that have as many rows as most: histograms, and below them every pair.

    Of several particles the first is shown. None where no array has real numbers.
    """
    columns, total = _columns(arrays)
    if not columns:
        return None
    names, count = list(columns), len(columns)
    limits = {key: _limits(values) for key, values in columns.items()}
    size = max(CELL * count + 1.0, 4.2)
    figure = Figure(figsize=(size, CELL * count + 1.2), layout="constrained")
    rest = f" (the first {count} of {total} columns)" if count < total else ""
    figure.suptitle(f"{name}{rest}".replace("$", r"\$"))
    panels = figure.subplots(count, count, squeeze=False)
    some = slice(None, None, max(1, len(columns[names[0]]) // SHOWN))
    for down, row in enumerate(panels):
        for across, axes in enumerate(row):
            if across > down:
                axes.set_visible(False)
                continue
            axes.set_xlim(limits[names[across]])
            axes.locator_params(nbins=3, min_n_ticks=2)
            if across == down:
                axes.hist(columns[names[across]], bins=40, range=limits[names[across]], color=LINES[0], alpha=0.8)
                axes.set_yticks([])
            else:
                x, y = (columns[names[place]][some] for place in (across, down))
                axes.plot(x, y, ".", color=LINES[0], markersize=2, alpha=0.6)
                axes.set_ylim(limits[names[down]])
            if across:
                axes.tick_params(labelleft=False)
            if down < count - 1:
                axes.tick_params(labelbottom=False)
            else:
                axes.set_xlabel(_label(names[across]))
        row[0].set_ylabel(_label(names[down]) if down else "points", color=INK if down else FAINT, fontsize=SMALL)
    caption(figure, "On the diagonal: how many points there are. Below: pairs of columns.", size - 0.4)
    return figure


def _columns(arrays: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], int]:
    """The first columns by name, without rows that are not finite in all of them, and how many there are."""
    real = {name: array for name, array in arrays.items() if array.dtype.kind in "fiub" and array.ndim}
    if not real:
        return {}, 0
    lengths = [len(array) for array in real.values()]
    rows = max(set(lengths), key=lambda length: (lengths.count(length), length))
    found: dict[str, np.ndarray] = {}
    for name, array in real.items():
        if len(array) == rows:
            first = array[:, 0] if array.ndim == 3 else array
            matrix = first.reshape(rows, -1)
            keys = [name] if matrix.shape[1] == 1 else [f"{name}_{place}" for place in range(1, matrix.shape[1] + 1)]
            found |= dict(zip(keys, matrix.T.astype(np.float64), strict=True))
    kept = dict(list(found.items())[:MOST])
    finite = np.isfinite(np.stack(list(kept.values()))).all(0)
    return ({key: values[finite] for key, values in kept.items()} if finite.any() else {}), len(found)


def _limits(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [MIDDLE, 1 - MIDDLE])
    margin = 0.05 * (high - low) or 0.5
    return float(low - margin), float(high + margin)


def _label(name: str) -> str:
    """In mathematics where it is a symbol, else as it is."""
    return f"${symbol_text(name)}$" if name.isidentifier() and len(name) < 12 else name.replace("$", r"\$")
