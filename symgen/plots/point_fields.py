"""Generators of points as vector fields, and the orbits of some of the data under them."""

from __future__ import annotations

import math
import re

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, ListedColormap, Normalize
from matplotlib.figure import Figure

from symgen.flow import Flow, FlowError
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.domains import PointsDomain
from symgen.inspection.inputs import on_inputs
from symgen.plots.notes import caption, says, text_width
from symgen.plots.planes import PRESENT, components_of, plane_of
from symgen.plots.style import COLOURS, FAINT, INK, MOST_ROWS, NORMAL, SMALL, colour_bar, styled
from symgen.plots.words import defect_text, generator_title, heading
from symgen.plots.written import symbol_text

GRID = 11
"""Arrows along each side."""
ACROSS = 3
PANEL = (2.75, 2.75)
"""Inches."""
ORBITS = 7
REACH, STEPS = 0.9, 18
"""Orbits go from -REACH to REACH in s of the unit field, in so many steps each way."""
MIDDLE = 0.02
"""Share of the data at each end of a coordinate that may be outside the panel."""
WORDS = (
    "Small dots: the data. Curves: {orbits}, from s = -{s:g} to s = {s:g} as their arrows point, through the "
    "large dot at s = 0. Grey arrows: the field, the other coordinates at their medians."
)
"""How to read the figure."""
LONG = 3.0
"""Largest ratio of two coordinates' scales that are drawn alike."""
NAME = 0.25
"""Inches, of a name that is written upright beside an axis, at most."""
ABOVE = 0.5
"""Inches, of a name above the colours, at most; longer ones are beside them."""
VALUES: Colormap = ListedColormap(colormaps["viridis"](np.linspace(0, 0.92, 256)))  # yellow is too faint


@styled
def point_fields_figure(artifact: Artifact) -> Figure:
    """Every generator in the plane of the coordinates where it does most, the others at their medians (grey arrows).

    Curves are the orbits of some of the data, all their coordinates moved, in the colour of the function's value there:
    what is invariant is the same all along a curve. Under equivariance there are no colours. Dots are the data.
    """
    metadata = artifact.metadata
    count = min(len(metadata.generators), MOST_ROWS)
    across = min(count, ACROSS)
    down = math.ceil(count / across)
    width = max(PANEL[0] * across + 0.9, 4.6)
    figure = Figure(figsize=(width, (PANEL[1] + 0.55) * down + 0.8), layout="constrained")
    figure.suptitle(heading(metadata, width - 0.3, count))
    panels = figure.subplots(down, across, squeeze=False).ravel()
    scene = _Scene(artifact)
    for place, axes in enumerate(panels):
        if place >= count:
            axes.set_visible(False)
            continue
        scene.draw(axes, place)
        record = metadata.generators[place]
        title = generator_title(metadata, place + 1, min(PANEL[0], width / across - 0.4), NORMAL, lines=2)
        colour = INK if record.status != "none" else COLOURS["none"]
        axes.set_title(f"{title}\n{defect_text(metadata, place + 1)}", fontsize=NORMAL, pad=4, color=colour)
    several = scene.space.dimension > 1
    if scene.norm is not None and several:
        label = f"${_value_text(metadata.of_points)}$"
        above = text_width(label, SMALL) <= ABOVE
        mapped, look = ScalarMappable(scene.norm, VALUES), {"aspect": 20, "pad": 0.02, "extend": scene.extend}
        bar = colour_bar(figure, mapped, list(panels[:across]), label if above else "", **look)
        if not above:
            bar.set_label(label, fontsize=SMALL)
    if several:
        coloured = "in the colour of the value there, which is the same all along where it is invariant"
        orbits_text = f"orbits of some of them, {coloured}" if scene.norm is not None else "orbits of some of them"
        caption(figure, WORDS.format(s=REACH, orbits=orbits_text), width - 0.4)
    return figure


def _value_text(domain: PointsDomain) -> str:
    """Name of the values: of the function, or of what was fitted in its place."""
    own = domain.outputs[0]
    name = rf"\log\,{symbol_text(own[4:])}" if re.fullmatch("log_.+", own) else symbol_text(own)
    transform = domain.surrogate.transform if domain.surrogate else "none"
    return {"none": name, "square": f"{{{name}}}^2", "log": rf"\log\,{name}"}[transform]


class _Scene:
    """What all panels share: the data, where they are, and their colours."""

    def __init__(self, artifact: Artifact) -> None:
        self.generators, points = on_inputs(artifact)
        self.space = self.generators.space
        self.sizes, self.dependence = self._components(artifact)
        data = artifact.specimen["points"].to(points)
        self.points, self.particles = data.flatten(0, 1), data.shape[1]
        self.lower, self.upper = points.quantile(MIDDLE, dim=0), points.quantile(1 - MIDDLE, dim=0)
        margin = 0.08 * (self.upper - self.lower)
        self.lower, self.upper = self.lower - margin, self.upper + margin
        self.middle = points.median(0).values
        values = artifact.specimen["values"]
        self.values, self.norm, self.extend = None, None, "neither"
        if values.shape[1] and artifact.metadata.of_points.condition != "equivariance":
            self.values = values[:, :1].to(points).expand(-1, self.particles).flatten().cpu().numpy()
            low, high = np.quantile(self.values, [0.05, 0.95])
            self.extend = "both" if high > low else "neither"
            self.norm = Normalize(low, high) if high > low else Normalize(low - 1, high + 1)

    def _components(self, artifact: Artifact) -> tuple[list[list[float]], list[list[list[float]]]]:
        components, d = components_of(artifact), self.space.dimension
        return components.sizes[:, :d].tolist(), components.dependence[:, :d, :d].tolist()

    def window(self, pair: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Least and greatest values of a plane, (2,) each: as long in both directions where these are drawn alike."""
        low, high = (bound[list(pair)].cpu().numpy() for bound in (self.lower, self.upper))
        if self.alike(pair):
            middle, half = (low + high) / 2, (high - low).max() / 2
            low, high = middle - half, middle + half
        return low, high

    def alike(self, pair: tuple[int, int]) -> bool:
        """Whether two coordinates are drawn to one scale."""
        low, high = (bound[list(pair)].cpu().numpy() for bound in (self.lower, self.upper))
        return bool((high - low).max() < LONG * (high - low).min())

    def draw(self, axes: Axes, place: int) -> None:
        """One generator."""
        if self.space.dimension == 1:
            self._draw_line(axes, place)
            return
        pair = plane_of(self.sizes[place], self.dependence[place])
        self._frame(axes, pair)
        if max(self.sizes[place][i] for i in pair) < PRESENT:
            says(axes, "nothing moves here")
            return
        self._arrows(axes, pair, place)
        self._orbits(axes, pair, place)

    def _frame(self, axes: Axes, pair: tuple[int, int]) -> None:
        i, j = pair
        low, high = self.window(pair)
        axes.set_xlim(low[0], high[0])
        axes.set_ylim(low[1], high[1])
        axes.set_xlabel(f"${symbol_text(self.space.names[i])}$", labelpad=1)
        name = f"${symbol_text(self.space.names[j])}$"
        upright = text_width(name, NORMAL) <= NAME
        axes.set_ylabel(name, rotation=0 if upright else 90, labelpad=7 if upright else 1)
        axes.locator_params(nbins=4)
        if self.alike(pair):
            axes.set_aspect("equal", adjustable="box")
        across, up = self.points[:, i].cpu(), self.points[:, j].cpu()
        if self.values is None:
            axes.plot(across, up, ".", color="#CCCCCC", markersize=2, zorder=1)
        else:
            axes.scatter(across, up, c=self.values, cmap=VALUES, norm=self.norm, s=4, linewidths=0, alpha=0.5, zorder=1)

    def _arrows(self, axes: Axes, pair: tuple[int, int], place: int) -> None:
        low, high = self.window(pair)
        edges = np.linspace(low, high, GRID + 1).T
        across, up = np.meshgrid(*((e[1:] + e[:-1]) / 2 for e in edges))
        points = self.middle.expand(across.size, -1).clone()
        for i, values in zip(pair, (across, up), strict=True):
            points[:, i] = torch.from_numpy(values.ravel()).to(points)
        with torch.no_grad():
            fields = self.generators(points)[place][:, list(pair)].cpu().numpy()
        longest = np.hypot(*(fields / (high - low)).T).max()
        if longest > 0:
            axes.quiver(
                across, up, *fields.T, angles="xy", scale_units="xy", scale=longest * GRID * 1.05, units="inches",
                width=0.011, color="#B5B5B5", pivot="mid", zorder=2,
            )  # fmt: skip

    def _orbits(self, axes: Axes, pair: tuple[int, int], place: int) -> None:
        starts = self._starts(pair)
        for start, (curve, middle) in zip(starts, orbits(self.generators, place, self.points[starts]), strict=True):
            line = curve[:, list(pair)].cpu().numpy()
            colour = INK if self.values is None or self.norm is None else VALUES(self.norm(self.values[start]))
            axes.plot(*line.T, color=colour, linewidth=1.6, zorder=4, solid_capstyle="round")
            axes.plot(*line[middle], "o", color=colour, markersize=3.5, zorder=5)
            self._head(axes, line, colour, pair)

    def _head(self, axes: Axes, line: np.ndarray, colour: object, pair: tuple[int, int]) -> None:
        """An arrow on the last part of the curve that is inside the panel."""
        low, high = self.window(pair)
        inside = np.all((line >= low) & (line <= high), axis=1)
        places = [k for k in range(1, len(line)) if inside[k] and inside[k - 1]]
        if places and np.hypot(*((line[places[-1]] - line[0]) / (high - low))) > 0.02:
            k = places[-1]
            axes.annotate(
                "", xy=tuple(line[k]), xytext=tuple(line[k - 1]), zorder=5,
                arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 1.0, "mutation_scale": 8},
            )  # fmt: skip

    def _starts(self, pair: tuple[int, int]) -> list[int]:
        """Data far from each other in the plane: each next one is the furthest from those before it."""
        plane = (self.points[:, list(pair)] - self.lower[list(pair)]) / (self.upper - self.lower)[list(pair)]
        central = ((plane > 0.12) & (plane < 0.88)).all(1).nonzero()[:, 0]
        if not len(central):
            return []
        inner = plane[central]
        chosen = [int((inner - 0.5).norm(dim=1).argmin())]
        while len(chosen) < min(ORBITS, len(inner)):
            chosen.append(int(torch.cdist(inner, inner[chosen]).amin(1).argmax()))
        return [int(central[k]) for k in chosen]

    def _draw_line(self, axes: Axes, place: int) -> None:
        """On a line: how fast points move."""
        z = torch.linspace(float(self.lower[0]), float(self.upper[0]), 200, dtype=self.points.dtype)[:, None]
        with torch.no_grad():
            speed = self.generators(z.to(self.points))[place, :, 0].cpu()
        axes.axhline(0, color=FAINT, linewidth=0.8)
        axes.plot(z[:, 0], speed, color=INK)
        name = symbol_text(self.space.names[0])
        axes.set_xlabel(f"${name}$")
        axes.set_ylabel(f"$V^{{{name}}}$", rotation=0, labelpad=8)


@torch.no_grad()
def orbits(generators: Generators, place: int, starts: torch.Tensor) -> list[tuple[torch.Tensor, int]]:
    """Points (m, d) of exp(s V) start for ascending s, as far as the flow goes, for every start (k, d); and the place
    of the start in them.
    """
    flow = Flow(generators, step=REACH / STEPS)
    try:
        back, forth = (_steps(flow, place, sign, starts) for sign in (-1, 1))
    except FlowError:
        if len(starts) > 1:
            return [orbits(generators, place, start[None])[0] for start in starts]
        back, forth = (_steps(flow, place, sign, starts, until=True) for sign in (-1, 1))
    whole = torch.stack([*reversed(back), starts, *forth])
    return [(whole[:, k], len(back)) for k in range(len(starts))]


def _steps(flow: Flow, place: int, sign: int, here: torch.Tensor, until: bool = False) -> list[torch.Tensor]:
    """Points after each step; with `until`, of those that the flow does not end in."""
    found: list[torch.Tensor] = []
    for _ in range(STEPS):
        try:
            here = flow(here, sign * REACH / STEPS, place)
        except FlowError:
            if not until:
                raise
            break
        found.append(here)
    return found
