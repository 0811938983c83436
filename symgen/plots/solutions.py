"""What solutions look like: over x and t, as frames in the plane, or as trajectories and their phase plane."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from symgen.pde.axis import TIME
from symgen.pde.solutions import Solutions
from symgen.plots.curves import LINES
from symgen.plots.style import FAINT, SMALL, colour_bar, solution_colours, styled
from symgen.plots.words import system_text
from symgen.plots.written import symbol_text

MOST_UNKNOWNS = 4
SAMPLES, FRAMES, CURVES = 3, 4, 5
"""Of one space dimension, times of several, and solutions of ordinary equations that are shown."""
LARGEST = 256
"""Pictures are thinned to at most about as many points along each side."""
LINE = 0.22
"""Height of a line of the title, inches."""


@styled
def solutions_figure(data: Solutions, titles: Sequence[str] = ()) -> Figure:
    """The first solutions of a file, each unknown in a row; those that have `titles` are all shown, under these.

    In one space dimension over x and t; in several as frames at a few times, of the middle plane where there are three,
    or, with titles, all solutions at the middle time; ordinary ones against t, and in the plane of two unknowns, or of
    the only one and its rate. What is not known is NaN, and left white.
    """
    match len(data.space):
        case 0:
            return _ordinary(data, titles)
        case 1:
            return _in_one_dimension(data, titles)
    return _in_planes(data, titles)


def _title(data: Solutions, width: float) -> str:
    info = data.info
    return system_text(info.equations, info.parameters, width - 0.4) if info.equations else ""


def _height(title: str) -> float:
    return 0.1 + LINE * (1 + title.count("\n")) if title else 0.1


def _in_one_dimension(data: Solutions, titles: Sequence[str]) -> Figure:
    samples, unknowns = min(len(data), len(titles) or SAMPLES), data.unknowns[:MOST_UNKNOWNS]
    values = data.read(range(samples))
    if TIME not in [axis.name for axis in data.axes]:
        return _profiles(data, values)
    width = 1.2 + 2.5 * samples
    title = _title(data, width)
    figure = Figure(figsize=(width, 0.2 + _height(title) + 2.2 * len(unknowns)), layout="constrained")
    figure.suptitle(title)
    panels = figure.subplots(len(unknowns), samples, sharex=True, sharey=True, squeeze=False)
    x, t = data.space[0], data.axis(TIME)
    extent = (x.points[0], x.points[0] + x.length, t.points[0], t.points[-1])
    for place, (name, row) in enumerate(zip(unknowns, panels, strict=True)):
        colours = solution_colours(values[..., place])
        for sample, axes in enumerate(row):
            image = axes.imshow(
                _thinned(values[sample, ..., place]), origin="lower", aspect="auto", extent=extent, **colours
            )
            if not place and samples > 1:
                axes.set_title(titles[sample] if titles else f"solution {sample}", fontsize=SMALL, pad=4)
            if place == len(unknowns) - 1:
                axes.set_xlabel(f"${symbol_text(x.name)}$")
        row[0].set_ylabel("$t$", rotation=0, labelpad=8)
        colour_bar(figure, image, list(row), f"${symbol_text(name)}$", pad=0.01, aspect=14)
    return figure


def _profiles(data: Solutions, values: np.ndarray) -> Figure:
    """Without t: each unknown over the only axis."""
    figure, axes = _one_panel(data)
    x = data.axes[0]
    _curves(axes, x.points, values, data.unknowns[:MOST_UNKNOWNS])
    axes.set_xlabel(f"${symbol_text(x.name)}$")
    return figure


def _one_panel(data: Solutions) -> tuple[Figure, Axes]:
    title = _title(data, 5.0)
    figure = Figure(figsize=(5.0, 2.8 + _height(title)), layout="constrained")
    figure.suptitle(title)
    return figure, figure.subplots()


def _frames(data: Solutions, titles: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Values (frame, x, y, unknown) of the middle plane, and what is written above each."""
    values = data.read(range(len(titles) or 1))
    if TIME not in [axis.name for axis in data.axes]:
        values, names = values[:, None], [""]
    else:
        names = [f"$t = {t:.4g}$" for t in data.axis(TIME).points]
    while values.ndim > 5:  # (sample, t, x, y, unknown) is left
        values = values[:, :, :, :, values.shape[4] // 2]
    if titles:
        middle = len(names) // 2
        return values[:, middle], [f"{title}, {names[middle]}".removesuffix(", ") for title in titles]
    shown = np.unique(np.linspace(0, len(names) - 1, FRAMES).round().astype(int))
    return values[0, shown], [names[frame] for frame in shown]


def _in_planes(data: Solutions, titles: Sequence[str]) -> Figure:
    unknowns = data.unknowns[:MOST_UNKNOWNS]
    shown, names = _frames(data, titles)
    x, y = data.space[:2]
    # a box much longer than wide is not drawn to scale
    aspect = float(np.clip(y.length / x.length, 0.4, 1.5))
    width = 1.0 + 1.95 * len(shown)
    title = _title(data, width)
    figure = Figure(
        figsize=(width, 0.55 + _height(title) + (0.15 + 1.75 * aspect) * len(unknowns)), layout="constrained"
    )
    figure.suptitle(title)
    panels = figure.subplots(len(unknowns), len(shown), sharex=True, sharey=True, squeeze=False)
    extent = (x.points[0], x.points[0] + x.length, y.points[0], y.points[0] + y.length)
    for place, (name, row) in enumerate(zip(unknowns, panels, strict=True)):
        colours = solution_colours(shown[..., place])
        for frame, above, axes in zip(shown, names, row, strict=True):
            picture = _thinned(frame[..., place].T)
            image = axes.imshow(picture, origin="lower", aspect="auto", extent=extent, **colours)
            axes.set_box_aspect(aspect)
            if not place:
                axes.set_title(above, fontsize=SMALL, pad=4)
            if place == len(unknowns) - 1:
                axes.set_xlabel(f"${symbol_text(x.name)}$")
        row[0].set_ylabel(f"${symbol_text(y.name)}$", rotation=0, labelpad=8)
        colour_bar(figure, image, list(row), f"${symbol_text(name)}$", pad=0.01, aspect=14)
    return figure


def _ordinary(data: Solutions, titles: Sequence[str]) -> Figure:
    unknowns = data.unknowns[:MOST_UNKNOWNS]
    values = data.read(range(min(len(data), len(titles) or CURVES)))
    t = data.axis(TIME)
    width = 8.0
    title = _title(data, width)
    figure = Figure(figsize=(width, max(2.6, 1.3 * len(unknowns) + 0.4) + _height(title)), layout="constrained")
    figure.suptitle(title)
    left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=[5, 3.2]).flat
    panels = left.subplots(len(unknowns), 1, sharex=True, squeeze=False)[:, 0]
    for place, (name, axes) in enumerate(zip(unknowns, panels, strict=True)):
        for curve, colour in zip(values[..., place], LINES, strict=False):
            axes.plot(t.points, curve, color=colour, linewidth=1.1)
        axes.set_ylabel(f"${symbol_text(name)}$", rotation=0, labelpad=10)
        axes.margins(x=0)
    panels[-1].set_xlabel("$t$")
    if len(data.unknowns) > 1:
        across, upwards = values[..., 0], values[..., 1]
        names = [symbol_text(name) for name in data.unknowns[:2]]
    else:
        across, upwards = values[..., 0], _rates(values[..., 0], t.step)
        names = [symbol_text(data.unknowns[0]), rf"\dot{{{symbol_text(data.unknowns[0])}}}"]
    axes = right.subplots()
    for xs, ys, colour in zip(across, upwards, LINES, strict=False):
        axes.plot(xs, ys, color=colour, linewidth=1.1)
        start = int(np.isfinite(xs).argmax())  # copies may not cover the first times
        axes.plot(xs[start : start + 1], ys[start : start + 1], "o", color=colour, markersize=4)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel(f"${names[0]}$")
    axes.set_ylabel(f"${names[1]}$", rotation=0, labelpad=8)
    axes.set_title("dots: where they start", fontsize=SMALL, pad=4, color=FAINT)
    if titles:
        figure.legend(panels[0].lines, titles, loc="outside lower center", ncols=len(titles))
    return figure


def _rates(curves: np.ndarray, step: float) -> np.ndarray:
    """Derivatives in t of curves (n, times), good enough to draw."""
    return np.gradient(curves, step, axis=-1, edge_order=2 if curves.shape[-1] > 2 else 1)


def _curves(axes: Axes, points: np.ndarray, values: np.ndarray, unknowns: Sequence[str]) -> None:
    for place, (name, colour) in enumerate(zip(unknowns, LINES, strict=False)):
        axes.plot(points, values[0, ..., place], color=colour, label=f"${symbol_text(name)}$")
    axes.legend()


def _thinned(picture: np.ndarray) -> np.ndarray:
    """At most about LARGEST points along each side."""
    steps = [max(1, n // LARGEST) for n in picture.shape]
    return picture[:: steps[0], :: steps[1]]
