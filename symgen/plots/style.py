"""What all figures share: fonts, colours, sizes, and how they are saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from io import BytesIO
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib
import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure, SubFigure
from matplotlib.text import Text

from symgen.atomic import draft
from symgen.inspection.spectrum_parts import Part
from symgen.printable import printable

DPI = 150
MOST_ROWS = 12
"""Figures with a row for every generator show so many at most."""
SMALL, NORMAL, LARGE = 8.0, 9.0, 10.5
"""Sizes of letters, in points: ticks and notes, labels and rows, titles."""
INK, FAINT = "#222222", "#777777"
COLOURS: dict[Part, str] = {  # Okabe and Ito's
    "exact": "#0072B2",
    "approximate": "#D55E00",
    "undecided": "#CC79A7",
    "none": "#8C8C8C",
}
MARKERS: dict[Part, str] = {"exact": "o", "approximate": "D", "undecided": "^", "none": "s"}

STYLE: dict[Any, Any] = {
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same letters everywhere
    "mathtext.fontset": "dejavusans",
    "text.usetex": False,
    "font.size": NORMAL,
    "axes.labelsize": NORMAL,
    "axes.titlesize": LARGE,
    "figure.titlesize": LARGE,
    "legend.fontsize": SMALL,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#999999",
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.grid": False,
    "legend.frameon": False,
}

P = ParamSpec("P")
R = TypeVar("R")


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Run a drawing function in this style, whatever the user's settings of matplotlib are; they stay as they are."""

    @wraps(draw)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.rc_context(STYLE):
            return draw(*args, **kwargs)

    return inside


@styled
def save_figure(figure: Figure, path: str | Path, force: bool = False) -> Path:
    """Write a figure in the format of the path's suffix; the same figure gives the same bytes.

    Gives its path, see `symgen.atomic.draft`. Raises UsageError if the file exists and `force` is false.
    """
    with draft(path, force) as made:
        # without the entries that name the time or the version
        suffix = Path(path).suffix.lower()
        empty = {".png": {"Software": None}, ".pdf": {"CreationDate": None}, ".svg": {"Date": None}}
        drawn = BytesIO()  # what writes pictures into files tells of a full disk in words of its own
        for text in figure.findobj(Text):
            text.set_text(printable(text.get_text()))  # names may come from a file
        with matplotlib.rc_context({"svg.hashsalt": "symgen"}):
            figure.savefig(drawn, format=suffix.removeprefix("."), metadata=empty.get(suffix))
        made.path.write_bytes(drawn.getvalue())
    return made.final


def solution_colours(u: np.ndarray) -> dict[str, Any]:
    """Colour map and limits for a solution: diverging about 0 where it has both signs."""
    known = u[np.isfinite(u)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    if low < 0 < high:
        size = max(-low, high)
        return {"cmap": "RdBu_r", "vmin": -size, "vmax": size}
    return {"cmap": "viridis", "vmin": low, "vmax": high}


def colour_bar(
    figure: Figure | SubFigure, mapped: ScalarMappable, axes: Axes | Sequence[Axes], label: str, **options: Any
) -> Colorbar:
    """A plain colour bar beside one or more panels, its label on top."""
    bar = figure.colorbar(mapped, ax=axes, **options)
    bar.ax.set_title(label, fontsize=SMALL, pad=5)
    bar.outline.set_visible(False)
    return bar


def faint(colours: Mapping[str, Any]) -> dict[str, Any]:
    """Those colours mixed with white; transparency would show the seams of a mesh."""
    full = colormaps[colours["cmap"]](np.linspace(0, 1, 256))
    return {**colours, "cmap": ListedColormap(1 - 0.4 * (1 - full[:, :3]))}
