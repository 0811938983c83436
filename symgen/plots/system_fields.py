"""Generators of a system as vector fields: how large each component is, and slices that show where points move."""

from __future__ import annotations

from itertools import chain
from math import floor, log10

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, SubFigure

from symgen.generators.artifact import Artifact
from symgen.generators.domains import SystemDomain
from symgen.generators.space import Space
from symgen.plots.fields import ARROWS, GRID, arrows, size_text
from symgen.plots.notes import caption, row_header, says
from symgen.plots.planes import PRESENT, components_of, planes_of
from symgen.plots.style import COLOURS, FAINT, MOST_ROWS, NORMAL, SMALL, colour_bar, styled
from symgen.plots.words import defect_text, generator_title, heading, symbol_text

SHOWN_POINTS = 400
MOST_FIXED = 4
"""Coordinates whose fixed values are written above a plane."""
WIDTH, ROW = 9.2, 2.35
LINE = 0.2
"""Height of a line of the title, inches."""
PANEL = (2.7, 1.55)
"""About how large a plane is, inches: arrows are scaled for it."""
BARS = 0.4
"""Width of the panel of components, in that of a plane."""
DOTS = "Grey dots: values in the data. "
BARS_TEXT = "Bars: root mean square of each component; their squares add up to 1. "
LONG = 3.0
"""Largest ratio of two lengths in space that are drawn to one scale."""


@styled
def system_fields_figure(artifact: Artifact) -> Figure:
    """Each generator by its components and in one or two planes, all other coordinates near the mean of the data.

    Bars are root mean squares of the components of the unit field, in normalised coordinates: their squares add up
    to 1. The planes are those of `planes_of`. Arrows are as in `fields_figure`, grey dots the data's values.
    Neighbours with one plane share a row.
    """
    metadata = artifact.metadata
    assert isinstance(metadata.domain, SystemDomain)
    count = min(len(metadata.generators), MOST_ROWS)
    components = components_of(artifact)
    pairs = [
        planes_of(sizes, dependence, len(metadata.domain.independent))
        for sizes, dependence in zip(components.sizes.tolist(), components.dependence.tolist(), strict=True)
    ][:count]
    slices = {pair: _Plane(artifact, pair) for pair in dict.fromkeys(chain(*pairs))}
    rows = _rows([len(own) for own in pairs])
    title = heading(metadata, WIDTH - 0.4, count)
    figure = Figure(figsize=(WIDTH, ROW * len(rows) + 0.9 + LINE * (1 + title.count("\n"))), layout="constrained")
    figure.suptitle(title)
    for row, places in zip(figure.subfigures(len(rows), 1, squeeze=False).flat, rows, strict=True):
        alone = len(pairs[places[0]]) > 1
        blocks = [row] if alone else row.subfigures(1, 2, squeeze=False).flat
        for block, place in zip(blocks, places, strict=False):
            planes = [slices[pair] for pair in pairs[place]]
            _draw(block, artifact, place, components.sizes[place].tolist(), planes)
    dots = any(plane.with_data for plane in slices.values())
    caption(figure, (DOTS if dots else "") + BARS_TEXT + size_text(metadata.space), WIDTH - 0.4)
    return figure


def _rows(sizes: list[int]) -> list[list[int]]:
    """Places of generators with so many planes, in their order: one with two has a row of its own."""
    rows: list[list[int]] = []
    for place, size in enumerate(sizes):
        if size == 1 and rows and len(rows[-1]) == 1 and sizes[rows[-1][0]] == 1:
            rows[-1].append(place)
        else:
            rows.append([place])
    return rows


def _draw(block: SubFigure, artifact: Artifact, place: int, sizes: list[float], planes: list[_Plane]) -> None:
    """One generator, its place counted from 0."""
    metadata = artifact.metadata
    record = metadata.generators[place]
    width = WIDTH * len(planes) / 2
    colour = FAINT if record.trivial else None
    title = generator_title(metadata, place + 1, width - (2.6 if len(planes) == 1 else 3.2), NORMAL + 0.5)
    row_header(block, title, defect_text(metadata, place + 1), colour)
    bars, *panels = block.subplots(1, 1 + len(planes), width_ratios=(BARS, *(1.0 for _ in planes)))
    _bars(bars, metadata.space.names, sizes, colour or COLOURS[record.status])
    top = max(float(plane.sizes[place].max()) for plane in planes)
    norm = Normalize(0, top or 1)
    for plane, axes in zip(planes, panels, strict=True):
        plane.draw(axes, place, norm)
    scale = ScalarMappable(norm, ARROWS)
    bar = colour_bar(block, scale, panels, "", pad=0.02, aspect=14, ticks=[0, top / 2, top], format="%.2g")
    bar.set_label("size", fontsize=SMALL, labelpad=5)


def _bars(axes: Axes, names: tuple[str, ...], sizes: list[float], colour: str) -> None:
    """The size of every component, with its value; those that are absent have none."""
    places = range(len(names))
    axes.barh(places, sizes, height=0.6, color=colour, alpha=0.8)
    for place, size in zip(places, sizes, strict=True):
        if size > PRESENT:
            axes.text(size + 0.04, place, f"{size:.2g}", va="center", fontsize=SMALL - 1, color=FAINT)
    axes.set_yticks(places, [rf"$\partial_{{{symbol_text(name)}}}$" for name in names])
    for label, size in zip(axes.get_yticklabels(), sizes, strict=True):
        if size <= PRESENT:
            label.set_color("#BBBBBB")
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, 1.35)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.set_title("components", loc="left", fontsize=SMALL, color=FAINT, pad=3)


class _Plane:
    """A slice in which two coordinates vary; the others are at the data's mean."""

    def __init__(self, artifact: Artifact, pair: tuple[int, int]) -> None:
        self.space, self.pair, points = artifact.metadata.space, pair, artifact.points
        domain = artifact.metadata.domain
        assert isinstance(domain, SystemDomain)
        self.middle = _rounded(points.mean(0), self.space)
        self.points = points[:SHOWN_POINTS].cpu().double().numpy()
        self.ranges = [self.space.upper[i] - self.space.lower[i] for i in pair]
        self.unknowns = len(domain.independent)
        self.with_data = max(pair) >= self.unknowns
        in_space = max(pair) < self.unknowns and "t" not in [self.space.names[i] for i in pair]
        self.to_scale = in_space and max(self.ranges) < LONG * min(self.ranges)
        axes = []
        for i, n in zip(pair, (GRID[1], GRID[1]) if self.to_scale else GRID, strict=True):
            edges = np.linspace(self.space.lower[i], self.space.upper[i], n + 1)
            axes.append((edges[1:] + edges[:-1]) / 2)
        self.across, self.upwards = np.meshgrid(*axes)
        grid = self.middle.repeat(self.across.size, 1)
        for i, values in zip(pair, (self.across, self.upwards), strict=True):
            grid[:, i] = torch.from_numpy(values.ravel())
        with torch.no_grad():
            fields = artifact(grid).cpu().double().numpy()
        self.components = fields[..., list(pair)]
        self.sizes = np.hypot(*(self.components[..., k] / self.space.scale[i] for k, i in enumerate(pair)))

    def draw(self, axes: Axes, place: int, norm: Normalize) -> None:
        """The field of that place, counted from 0."""
        names, (i, j) = self.space.names, self.pair
        axes.set_xlim(self.space.lower[i], self.space.upper[i])
        axes.set_ylim(self.space.lower[j], self.space.upper[j])
        axes.set_xlabel(f"${symbol_text(names[i])}$", labelpad=1)
        axes.set_ylabel(f"${symbol_text(names[j])}$", rotation=0, labelpad=8)
        fixed = [f"{symbol_text(n)} = {float(self.middle[k]):.6g}" for k, n in enumerate(names) if k not in self.pair]
        shown = "at $" + r",\ ".join(fixed) + "$" if len(fixed) <= MOST_FIXED else "others at the mean of the data"
        axes.set_title(shown if fixed else "", fontsize=SMALL, color=FAINT, pad=3)
        if self.with_data:
            axes.plot(self.points[:, i], self.points[:, j], ".", color="#CCCCCC", markersize=2, zorder=1)
        sides = PANEL
        if self.to_scale:
            axes.set_aspect("equal")
            scale = min(side / length for side, length in zip(PANEL, self.ranges, strict=True))
            sides = (scale * self.ranges[0], scale * self.ranges[1])
        sizes, components = self.sizes[place], self.components[place]
        if sizes.max() < PRESENT:
            says(axes, "nothing moves here")
            return
        inches = np.hypot(*(components[:, k] / self.ranges[k] * sides[k] for k in (0, 1)))
        cell = min(side / n for side, n in zip(sides, self.across.shape[::-1], strict=True))
        grid, longest = (self.across, self.upwards), inches.max() / (0.95 * cell)
        arrows(axes, grid, components, sizes, norm, longest, units="inches", width=0.014)


def _rounded(point: torch.Tensor, space: Space) -> torch.Tensor:
    """A point (d,) with as many decimals as a hundredth of the data's range needs."""
    digits = [-floor(log10((b - a) / 100)) for a, b in zip(space.lower, space.upper, strict=True)]
    return point.new_tensor([round(value, k) + 0.0 for value, k in zip(point.tolist(), digits, strict=True)])
