"""Learning curves of a flow training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from symgen.plots.curves import LINES, curve_style, two_ticks
from symgen.plots.notes import caption
from symgen.plots.style import FAINT, styled

SIZE = (8.4, 5.6)
"""Inches."""
WINDOWS = 60
"""Curves are drawn as medians over so many stretches of the training, over the range of all steps in faint."""
LOSSES = {"orthonormality": "orthonormality", "lipschitz": "Lipschitz", "sobolev": "Sobolev"}


@styled
def training_figure(history: Mapping[str, Sequence[float]]) -> Figure:
    """Defect of every generator on the moved data (above), and the regularisers and sigma (below), by step."""
    figure = Figure(figsize=SIZE, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    names = [name for name in history if name.startswith("defect_")]
    for place, name in enumerate(names):
        step, low, middle, high = _stretches(history[name])
        colour, dashes = LINES[place % len(LINES)], curve_style(place)["linestyle"]
        above.fill_between(step, low, high, color=colour, alpha=0.12, linewidth=0)
        above.plot(
            step, middle, color=colour, linestyle=dashes, linewidth=1.2, label=f"V{name.removeprefix('defect_')}"
        )
    above.set_yscale("log")
    above.set_ylabel("defect of moved data per unit of s")
    above.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    for place, (name, label) in enumerate(LOSSES.items()):
        step, _, middle, _ = _stretches(history.get(name, ()))
        if np.any(middle > 0):
            below.plot(step, np.where(middle > 0, middle, np.nan), linewidth=1.2, color=LINES[place], label=label)
    step, _, middle, _ = _stretches(history["sigma"])
    below.plot(step, middle, color=FAINT, linestyle=":", label="sigma (largest s)")
    folds = np.asarray(history["folds"])
    if folds.any():
        step, _, _, high = _stretches(folds)
        below.plot(step, np.where(high > 0, high, np.nan), "x", color=FAINT, markersize=4, label="share of folds")
    below.set_yscale("log")
    below.set_ylabel("weighted losses")
    below.set_xlabel("step")
    below.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    for axes in (above, below):
        two_ticks(axes.yaxis)
        axes.spines[["top", "right"]].set_visible(False)
    if len(history["sigma"]) > WINDOWS:
        said = "Lines: medians over stretches of the training; shaded: from the least to the greatest there."
        caption(figure, said, SIZE[0] - 0.4)
    return figure


def _stretches(values: Sequence[float] | np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Middle step, least, median and largest value of every stretch; those without any number are left out."""
    parts = np.array_split(np.asarray(values, dtype=float), min(WINDOWS, max(1, len(values))))
    ends = np.cumsum([len(part) for part in parts])
    rows = [
        (end - (len(part) - 1) / 2, np.nanmin(part), np.nanmedian(part), np.nanmax(part))
        for part, end in zip(parts, ends, strict=True)
        if np.isfinite(part).any()
    ]
    step, low, middle, high = np.array(rows).reshape(-1, 4).T
    return step, low, middle, high
