"""A solution moved along each generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from symgen.flow import Flow, FlowError
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.held import HeldGenerators
from symgen.plots.notes import caption, row_header, says
from symgen.plots.style import INK, MOST_ROWS, NORMAL, SMALL, colour_bar, solution_colours, styled
from symgen.plots.words import ROUGH, defect_text, generator_title, heading

SCALES = (-0.3, 0.0, 0.3)
LARGEST = (80, 128)
"""The specimen is thinned to at most about as many times and places."""
STEP = 0.1  # errors of 1e-4 or so: less than a pixel
ROW = 2.0
WIDTH = 8.4
MOVED = "The data moved along each unit field by s (group parameter). Dashed: where the data are."


@styled
def moved_figure(artifact: Artifact, scales: Sequence[float] = SCALES) -> Figure:
    """The specimen's graph {(x, t, u)} moved by exp(sV), a row for each generator, a column for each scale s.

    The dashed frame is the window of the data. Colours and axes are those of the row.
    """
    metadata = artifact.metadata
    count = min(len(metadata.generators), MOST_ROWS)
    figure = Figure(figsize=(WIDTH, ROW * count + 0.65), layout="constrained")
    data = artifact.specimen["u"].cpu().double().numpy().ravel()
    figure.suptitle(heading(metadata, WIDTH - 0.4, count))
    for place, row in enumerate(figure.subfigures(count, 1, squeeze=False).flat, 1):
        row_header(row, generator_title(metadata, place, WIDTH - 3, NORMAL + 0.5), defect_text(metadata, place))
        panels = row.subplots(1, len(scales), sharex=True, sharey=True, squeeze=False)[0]
        graphs = [moved_graph(artifact, place - 1, s) for s in scales]
        colours = solution_colours(np.concatenate([data, *(g[..., 2].ravel() for g in graphs if g is not None)]))
        for axes, graph, s in zip(panels, graphs, scales, strict=True):
            draw_graph(axes, artifact, graph, colours)
            axes.set_title(f"$s = {s:g}$" if s else "$s = 0$ (the data)", fontsize=SMALL, pad=3)
            axes.set_xlabel("$x$")
        panels[0].set_ylabel("$t$", rotation=0, labelpad=8)
        mesh = ScalarMappable(Normalize(colours["vmin"], colours["vmax"]), colours["cmap"])
        colour_bar(row, mesh, panels, "$u$", pad=0.01, aspect=12)
    caption(figure, MOVED, WIDTH - 0.4)
    return figure


def moved_graph(artifact: Artifact, index: int, scale: float) -> np.ndarray | None:
    """The thinned graph of the specimen, moved: (nt', nx', 3); None where the flow leaves every bound."""
    u, x, t = (artifact.specimen[name] for name in ("u", "x", "t"))
    rows, columns = (
        torch.linspace(0, n - 1, min(n, most)).round().long() for n, most in zip(u.shape, LARGEST, strict=True)
    )
    u, x, t = u[rows][:, columns], x[columns], t[rows]
    graph = torch.stack([x.expand_as(u), t[:, None].expand_as(u), u], -1).to(artifact.points)
    try:
        with torch.no_grad():
            return Flow(continued(artifact, index), step=STEP)(graph, scale, 0).cpu().double().numpy()
    except FlowError:
        return None


def continued(artifact: Artifact, index: int) -> Generators:
    """One generator, continued beyond the data: by its formula, or else by its values at the edge of the data."""
    record, space = artifact.metadata.generators[index], artifact.metadata.space
    closed = ClosedFormGenerators.of_records(space, [record], accuracy=ROUGH)
    return closed or HeldGenerators(artifact.generators, [index])


def draw_graph(
    axes: Axes, artifact: Artifact, graph: np.ndarray | None, colours: Mapping[str, Any], unknown: int = 2
) -> None:
    """A moved graph over its first two coordinates, coloured by an unknown, with the frame of the data's window."""
    space = artifact.metadata.space
    if graph is None:
        says(axes, "leaves every bound")
    else:
        across, up, values = graph[..., 0], graph[..., 1], graph[..., unknown]
        axes.pcolormesh(across, up, values, shading="gouraud", rasterized=True, **colours)
    width, height = (space.upper[i] - space.lower[i] for i in (0, 1))
    axes.add_patch(
        Rectangle(
            (space.lower[0], space.lower[1]),
            width,
            height,
            fill=False,
            edgecolor=INK,
            linestyle=(0, (4, 3)),
            linewidth=0.9,
        )
    )
    axes.use_sticky_edges = False  # else the frame would lie under the axes
    axes.margins(0.03)
