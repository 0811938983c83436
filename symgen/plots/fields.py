"""Generators as vector fields in two slices of (x, t, u)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import QuadMesh
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from symgen.generators.artifact import Artifact
from symgen.generators.space import Space
from symgen.plots.notes import caption, row_header, says
from symgen.plots.style import FAINT, MOST_ROWS, NORMAL, SMALL, colour_bar, faint, solution_colours, styled
from symgen.plots.words import defect_text, generator_title, heading
from symgen.plots.written import symbol_text

GRID = (14, 10)
LARGEST = 160
"""Times and places of the specimen that are drawn behind arrows, at most."""
ROW = 2.35
WIDTH = 9.2
PANEL = (3.3, 1.6)
"""About how large a panel is, inches: arrows are scaled for it."""
ARROWS = ListedColormap(colormaps["viridis_r"](np.linspace(0.3, 1, 256)))  # without the yellow, which is too faint


@styled
def fields_figure(artifact: Artifact) -> Figure:
    """Each generator in the x-t plane (u at the data's median) and in the x-u plane (t in the middle of the data); see
    `size_text` for what arrows and their colours mean.
    """
    metadata = artifact.metadata
    count = min(len(metadata.generators), MOST_ROWS)
    figure = Figure(figsize=(WIDTH, ROW * count + 0.9), layout="constrained")
    figure.suptitle(heading(metadata, WIDTH - 0.4, count))
    space = metadata.space
    median = float(artifact.points[:, 2].median())
    middle = (space.lower[1] + space.upper[1]) / 2
    planes = (_Plane(artifact, 1, median), _Plane(artifact, 2, middle))
    for place, row in enumerate(figure.subfigures(count, 1, squeeze=False).flat, 1):
        row_header(row, generator_title(metadata, place, WIDTH - 3, NORMAL + 0.5), defect_text(metadata, place))
        panels = row.subplots(1, 2)
        top = max(float(plane.sizes[place - 1].max()) for plane in planes)
        norm = Normalize(0, top or 1)
        for plane, axes in zip(planes, panels, strict=True):
            plane.draw(axes, place, norm, artifact)
        scale = ScalarMappable(norm, ARROWS)
        colour_bar(row, scale, panels[1], "size", pad=0.02, aspect=14, ticks=[0, top / 2, top], format="%.2g")
        planes[0].name_background(row, panels[0])
    caption(figure, size_text(space), WIDTH - 0.4)
    return figure


def size_text(space: Space) -> str:
    """What arrows show, and what their colour measures."""
    units = ", ".join(f"{s:.3g} in ${symbol_text(name)}$" for name, s in zip(space.names, space.scale, strict=True))
    return (
        "Arrows: where points move, in the panel as it is drawn; the longest of a panel spans a cell of their grid. "
        f"Size: length of the part in the plane, in units of {units}, in which the whole field has the mean square 1."
    )


class _Plane:
    """A slice: x across, coordinate `up` (1: t, 2: u) upwards, the third one fixed."""

    def __init__(self, artifact: Artifact, up: int, fixed: float) -> None:
        space = artifact.metadata.space
        self.up, self.fixed, self.space = up, fixed, space
        axes = []
        for i, n in zip((0, up), GRID, strict=True):
            edges = np.linspace(space.lower[i], space.upper[i], n + 1)
            axes.append((edges[1:] + edges[:-1]) / 2)
        self.across, self.upwards = np.meshgrid(*axes)
        points = artifact.points.new_full((self.across.size, 3), fixed)
        points[:, 0] = torch.from_numpy(self.across.ravel())
        points[:, up] = torch.from_numpy(self.upwards.ravel())
        with torch.no_grad():
            fields = artifact(points).cpu().double().numpy()
        self.components = fields[..., [0, up]]
        self.sizes = np.hypot(*(self.components[..., k] / space.scale[i] for k, i in enumerate((0, up))))

    def draw(self, axes: Axes, place: int, norm: Normalize, artifact: Artifact) -> None:
        names = self.space.names
        axes.set_xlim(self.space.lower[0], self.space.upper[0])
        axes.set_ylim(self.space.lower[self.up], self.space.upper[self.up])
        axes.set_xlabel(f"${names[0]}$")
        axes.set_ylabel(f"${names[self.up]}$", rotation=0, labelpad=8)
        note = f"at ${names[3 - self.up]} = {self.fixed:.3g}$"
        sizes, components = self.sizes[place - 1], self.components[place - 1]
        if sizes.max() < 1e-2:
            says(axes, "no component in this plane" if sizes.max() < 1e-6 else "less than 1 % in this plane")
            axes.set_title(note, fontsize=SMALL, color=FAINT, pad=3)
            return
        self._background(axes, artifact)
        axes.set_title(f"{note} (grey: the data)" if self.up == 2 else note, fontsize=SMALL, color=FAINT, pad=3)
        ranges = [self.space.upper[i] - self.space.lower[i] for i in (0, self.up)]
        inches = np.hypot(*(components[:, k] / ranges[k] * PANEL[k] for k in (0, 1)))
        cell = min(PANEL[0] / GRID[0], PANEL[1] / GRID[1])
        arrows(axes, (self.across, self.upwards), components, sizes, norm, inches.max() / (1.25 * cell), width=0.0045)

    def name_background(self, row: SubFigure, axes: Axes) -> None:
        """A colour bar for what is behind the arrows, where there is something."""
        if axes.collections and isinstance(axes.collections[0], QuadMesh):
            bar = colour_bar(row, axes.collections[0], axes, "$u$", pad=0.02, aspect=14)
            bar.ax.yaxis.set_major_locator(MaxNLocator(4))

    def _background(self, axes: Axes, artifact: Artifact) -> None:
        """The specimen, faintly: all of it behind x-t, its profile at that time behind x-u."""
        u, x, t = (artifact.specimen[name].cpu().double().numpy() for name in ("u", "x", "t"))
        if self.up == 1:
            rows, columns = (np.unique(np.linspace(0, n - 1, LARGEST).round().astype(int)) for n in u.shape)
            u, x, t = u[rows][:, columns], x[columns], t[rows]  # a triangle for every cell, in every row of the figure
            axes.pcolormesh(x, t, u, shading="gouraud", rasterized=True, **faint(solution_colours(u)))
        else:
            axes.plot(x, u[int(np.abs(t - self.fixed).argmin())], color="#BBBBBB", linewidth=1.2, zorder=1)


def arrows(
    axes: Axes,
    grid: tuple[np.ndarray, np.ndarray],
    components: np.ndarray,
    sizes: np.ndarray,
    norm: Normalize,
    scale: float,
    **style: Any,
) -> None:
    """Arrows (P, 2) on a grid, in units of the axes, `scale` times shorter; their colours are the `sizes` (P,)."""
    axes.quiver(
        *grid,
        components[:, 0],
        components[:, 1],
        sizes,
        cmap=ARROWS,
        norm=norm,
        angles="xy",
        scale_units="xy",
        scale=scale,
        pivot="mid",
        zorder=3,
        **style,
    )
