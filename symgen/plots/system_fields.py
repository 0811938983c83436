"""Generators of a system as vector fields, in slices: where points move in space, and how the unknowns change."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from symgen.generators.artifact import Artifact
from symgen.generators.metadata import SystemDomain
from symgen.plots.fields import ARROWS, GRID, PANEL, ROW, WIDTH
from symgen.plots.style import FAINT, MOST_ROWS, NORMAL, SMALL, colour_bar, row_header, says, styled
from symgen.plots.words import generator_title, heading, validity_text

SHOWN_POINTS = 400


@styled
def system_fields_figure(artifact: Artifact) -> Figure:
    """Each generator in two planes, all other coordinates at the middle of the data.

    The first plane is that of x and y, of x and t or, for ODEs, of t and the first unknown; the second that of the
    first two unknowns, or of x and the only one. Arrows are as in `fields_figure`, grey dots the data's values.
    """
    metadata = artifact.metadata
    assert isinstance(metadata.domain, SystemDomain)
    count = min(len(metadata.generators), MOST_ROWS)
    figure = Figure(figsize=(WIDTH, ROW * count + 0.4), layout="constrained")
    figure.suptitle(heading(metadata, WIDTH - 0.4, count))
    planes = [_Plane(artifact, pair) for pair in planes_of(metadata.domain)]
    for place, row in enumerate(figure.subfigures(count, 1, squeeze=False).flat, 1):
        row_header(row, generator_title(metadata, place, WIDTH - 3, NORMAL + 0.5), validity_text(metadata, place))
        panels = np.atleast_1d(row.subplots(1, len(planes)))
        top = max(float(plane.sizes[place - 1].max()) for plane in planes)
        norm = Normalize(0, top or 1)
        for plane, axes in zip(planes, panels, strict=True):
            plane.draw(axes, place, norm)
        scale = ScalarMappable(norm, ARROWS)
        colour_bar(row, scale, list(panels), "size", pad=0.01, aspect=14, ticks=[0, top / 2, top], format="%.2g")
    return figure


def planes_of(domain: SystemDomain) -> list[tuple[int, int]]:
    """Pairs of coordinates to draw across and upwards."""
    m, k = len(domain.independent), len(domain.unknowns)
    pairs = list(pairwise(range(m)))[:1] or [(0, 1)]
    return [*pairs, (m, m + 1) if k > 1 else (0, m)] if m > 1 or k > 1 else pairs


class _Plane:
    """A slice in which two coordinates vary; the others are at the data's mean."""

    def __init__(self, artifact: Artifact, pair: tuple[int, int]) -> None:
        self.space, self.pair, points = artifact.metadata.space, pair, artifact.points
        self.middle = points.mean(0)
        self.points = points[:SHOWN_POINTS].cpu().double().numpy()
        self.unknowns = len(artifact.metadata.domain.independent)  # type: ignore[union-attr]
        axes = []
        for i, n in zip(pair, GRID, strict=True):
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
        names, (i, j) = self.space.names, self.pair
        axes.set_xlim(self.space.lower[i], self.space.upper[i])
        axes.set_ylim(self.space.lower[j], self.space.upper[j])
        axes.set_xlabel(f"${_mathtext(names[i])}$")
        axes.set_ylabel(f"${_mathtext(names[j])}$", rotation=0, labelpad=8)
        fixed = [f"{_mathtext(n)} = {float(self.middle[k]):.3g}" for k, n in enumerate(names) if k not in self.pair]
        axes.set_title("at $" + r",\ ".join(fixed) + "$" if fixed else "", fontsize=SMALL, color=FAINT, pad=3)
        if max(self.pair) >= self.unknowns:
            axes.plot(self.points[:, i], self.points[:, j], ".", color="#CCCCCC", markersize=2, zorder=1)
        sizes, components = self.sizes[place - 1], self.components[place - 1]
        if sizes.max() < 1e-2:
            says(axes, "no component in this plane" if sizes.max() < 1e-6 else "less than 1 % in this plane")
            return
        ranges = [self.space.upper[k] - self.space.lower[k] for k in self.pair]
        inches = np.hypot(*(components[:, k] / ranges[k] * PANEL[k] for k in (0, 1)))
        cell = min(PANEL[0] / GRID[0], PANEL[1] / GRID[1])
        axes.quiver(
            self.across,
            self.upwards,
            components[:, 0],
            components[:, 1],
            sizes,
            cmap=ARROWS,
            norm=norm,
            angles="xy",
            scale_units="xy",
            scale=inches.max() / (1.25 * cell),
            width=0.0045,
            pivot="mid",
            zorder=3,
        )


def _mathtext(name: str) -> str:
    """`psi_r` as it stands in formulas."""
    first, _, index = name.partition("_")
    first = rf"\mathrm{{{first}}}" if len(first) > 1 else first
    return rf"{first}_{{{index}}}" if index else first
