"""Several curves in one panel, that can be told apart, and the numbers on its axes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#222222")
"""Of curves, told apart by the colour-blind, too: Okabe and Ito's without yellow, which is too faint."""
SHAPES = "osD^vP*X<>hp"
DASHES: tuple[Any, ...] = ("solid", (0, (5, 1.5)), (0, (1.5, 1.5)))
APART = 0.8
"""Share of the distance between places over which markers of several curves are spread."""


def curve_style(place: int) -> dict[str, Any]:
    """Colour, marker and dashes of a curve, by its place from 0: no two of the first 21 are alike."""
    dashes = DASHES[place // len(LINES) % len(DASHES)]
    return {"color": LINES[place % len(LINES)], "marker": SHAPES[place % len(SHAPES)], "linestyle": dashes}


class Places:
    """An axis with a place for every scale s, all equally far apart, at which curves stand side by side."""

    def __init__(self, scales: Iterable[float], curves: int) -> None:
        self.scales, self.curves = sorted(set(scales)), curves

    def of(self, scales: Sequence[float], curve: int | None = None) -> list[float]:
        """Where the markers of a curve go, its number counted from 0; without one, in the middle."""
        aside = 0.0 if curve is None else APART * ((curve + 0.5) / self.curves - 0.5)
        return [self.scales.index(s) + aside for s in scales]

    def size(self, inches: float) -> float:
        """Of markers, in points, on an axis of so many inches."""
        return float(min(4.5, max(2.0, 0.95 * APART * 72 * inches / len(self.scales) / self.curves)))

    def mark(self, axes: Axes) -> None:
        """Write the scales below the axis, and lines between their places."""
        axes.set_xticks(range(len(self.scales)), [f"{s:g}" for s in self.scales])
        axes.set_xticks([k + 0.5 for k in range(len(self.scales) - 1)], minor=True)
        axes.tick_params(which="both", axis="x", length=0)
        axes.grid(which="minor", axis="x", color="#E4E4E4", linewidth=0.8)
        axes.set_xlim(-0.5, len(self.scales) - 0.5)


def two_ticks(axis: Axis) -> None:
    """Enough numbers on a logarithmic axis, where it has less than two powers of ten, to read values off it."""
    low, high = sorted(axis.get_view_interval())
    seen = [tick for tick in axis.get_majorticklocs() if low <= tick <= high]
    if axis.get_scale() == "log" and len(seen) < 2:
        for subs in ((1, 2, 5), range(1, 10)):
            axis.set_major_locator(LogLocator(subs=subs))
            if sum(low <= tick <= high for tick in axis.get_majorticklocs()) > 1:
                break
        else:
            axis.set_major_locator(MaxNLocator(4))
        axis.set_major_formatter("{x:.3g}")
        axis.set_minor_locator(NullLocator())
