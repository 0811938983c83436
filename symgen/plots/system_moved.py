"""A solution of a system moved along each generator: pictures over two variables, or curves of ordinary equations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, SubFigure

from symgen.flow import Flow, FlowError
from symgen.generators.artifact import Artifact
from symgen.generators.domains import SystemDomain
from symgen.pde.axis import TIME, grid_order
from symgen.plots.moved import MOVED, SCALES, STEP, continued, draw_graph
from symgen.plots.notes import caption, row_header
from symgen.plots.style import FAINT, INK, MOST_ROWS, NORMAL, SMALL, colour_bar, solution_colours, styled
from symgen.plots.words import defect_text, generator_title, heading, symbol_text
from symgen.validity.deformed_grid import graph_of

MOST = 96
"""Points of the specimen along each axis that is shown, at most about so many; of curves `MOST_ON_CURVE`."""
MOST_ON_CURVE = 400
GRID_LINES = 8
"""Of the moved grid, in either direction."""
WIDTH = 9.2
FLAT_ROW, CURVE_ROW, HEADER = 1.45, 2.1, 0.35
"""Heights of a row of panels over x and t, of curves, and of a generator's title, inches."""
PICTURE, SQUARE_ROWS, AXIS = 1.9, (1.1, 2.2), 0.3
"""Width of a panel over x and y, its least and greatest height, and the room below it, inches."""
LINE = 0.2
SERIES = 2
"""Unknowns of ordinary equations that are drawn against t, at most."""
MOVED_CURVES = "The data moved along each unit field by s (group parameter). Dots: where curves begin."
COLOURS = ("#D55E00", INK, "#0072B2")
LONG = 3.0
"""Largest ratio of the sizes of two unknowns that are drawn to one scale."""
STILL = 0.01
"""Share of the data's range by which a variable that is not drawn may move without a word."""


@styled
def system_moved_figure(artifact: Artifact, scales: Sequence[float] = SCALES) -> Figure:
    """The specimen moved by exp(sV), a row for each generator (and unknown), a column for each scale s.

    With two variables they span the pictures; with more x and y do, and the others are those of the middle of the
    specimen. The dashed frame is the window of the data. Ordinary equations are curves against t, and in the plane of
    the first two unknowns.
    """
    metadata = artifact.metadata
    assert isinstance(metadata.domain, SystemDomain)
    independent, unknowns = metadata.domain.independent, metadata.domain.unknowns
    ordinary = len(independent) == 1
    lines = 1 if ordinary else len(unknowns)
    count = max(1, min(len(metadata.generators), MOST_ROWS // lines))
    title = heading(metadata, WIDTH - 0.4, count)
    data = _sheet(artifact)
    moved = [[_moved(artifact, data, place, s) for s in scales] for place in range(count)]
    heights = [HEADER + lines * _height(artifact, graphs) for graphs in moved]
    height = sum(heights) + 0.45 + LINE * (1 + title.count("\n"))
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    figure.suptitle(title)
    rows = figure.subfigures(count, 1, squeeze=False, height_ratios=heights).flat
    for place, (row, graphs) in enumerate(zip(rows, moved, strict=True)):
        colour = FAINT if metadata.generators[place].trivial else None
        name = generator_title(metadata, place + 1, WIDTH - 3, NORMAL + 0.5)
        row_header(row, name, defect_text(metadata, place + 1), colour)
        if ordinary:
            _curves(row, artifact, graphs, scales)
        else:
            _pictures(row, artifact, graphs, scales)
    caption(figure, MOVED_CURVES if ordinary else MOVED, WIDTH - 0.4)
    return figure


def _height(artifact: Artifact, graphs: Sequence[np.ndarray | None]) -> float:
    """Of a row of panels, inches: as the moved grids need it that are drawn to scale."""
    domain, space = artifact.metadata.domain, artifact.metadata.space
    assert isinstance(domain, SystemDomain)
    if len(domain.independent) == 1:
        return CURVE_ROW
    if TIME in domain.independent[:2]:
        return FLAT_ROW
    known = [graph[..., :2].reshape(-1, 2) for graph in graphs if graph is not None]
    corners = np.concatenate([*known, [space.lower[:2], space.upper[:2]]])
    across, up = np.ptp(corners, 0)
    return float(np.clip(PICTURE * up / across, *SQUARE_ROWS)) + AXIS


def _sheet(artifact: Artifact) -> torch.Tensor:
    """The graph of the specimen over the variables that are drawn (n, d) or (n_up, n_across, d), thinned."""
    domain = artifact.metadata.domain
    assert isinstance(domain, SystemDomain)
    shown, specimen = domain.independent[:2], artifact.specimen
    order = grid_order(domain.independent)
    most = MOST_ON_CURVE if len(order) == 1 else MOST
    values = torch.stack([specimen[name] for name in domain.unknowns], -1)
    points = {}
    for axis, name in enumerate(order):
        n = len(specimen[name])
        if name in shown:
            chosen = torch.linspace(0, n - 1, min(n, most), device=values.device).round().long()
        else:
            chosen = torch.tensor([n // 2], device=values.device)
        values, points[name] = values.index_select(axis, chosen), specimen[name][chosen]
    graph = graph_of(values, points, domain.independent).to(artifact.points)
    across_last = sorted(range(len(order)), key=lambda axis: -domain.independent.index(order[axis]))
    graph = graph.permute(*across_last, len(order))
    return graph.reshape(*(len(points[name]) for name in reversed(shown)), graph.shape[-1])


def _moved(artifact: Artifact, graph: torch.Tensor, index: int, scale: float) -> np.ndarray | None:
    """The graph moved along one generator; None where the flow leaves every bound."""
    try:
        with torch.no_grad():
            return Flow(continued(artifact, index), step=STEP)(graph, scale, 0).cpu().double().numpy()
    except FlowError:
        return None


def _pictures(row: SubFigure, artifact: Artifact, graphs: Sequence[np.ndarray | None], scales: Sequence[float]) -> None:
    """Each unknown over the two variables that are drawn; colours and axes are those of the row."""
    domain, space = artifact.metadata.domain, artifact.metadata.space
    assert isinstance(domain, SystemDomain)
    m, unknowns = len(domain.independent), domain.unknowns
    panels = row.subplots(len(unknowns), len(scales), sharex=True, sharey=True, squeeze=False)
    names = [f"${symbol_text(name)}$" for name in (*domain.independent[:2], *unknowns)]
    for line, place in zip(panels, range(m, m + len(unknowns)), strict=True):
        known = [graph[..., place].ravel() for graph in graphs if graph is not None]
        colours = solution_colours(np.concatenate(known) if known else np.zeros(1))
        for axes, graph in zip(line, graphs, strict=True):
            draw_graph(axes, artifact, graph, colours, place)
            if m > 2 or TIME not in domain.independent:
                axes.set_aspect("equal")
                if graph is not None:
                    _grid_lines(axes, graph)
        line[0].set_ylabel(names[1], rotation=0, labelpad=8)
        mesh = ScalarMappable(Normalize(colours["vmin"], colours["vmax"]), colours["cmap"])
        colour_bar(row, mesh, line, names[2 + place - m], pad=0.01, aspect=12)
    for axes, graph, s in zip(panels[0], graphs, scales, strict=True):
        title = [f"$s = {s:g}$" if s else "$s = 0$ (the data)"]
        if graph is not None:
            title += [_at(space.names[i], graph[..., i]) for i in range(2, m) if _tells(artifact, graph, i, s)]
        axes.set_title(",  ".join(title), fontsize=SMALL, pad=3)
    for axes in panels[-1]:
        axes.set_xlabel(names[0], labelpad=1)


def _tells(artifact: Artifact, graph: np.ndarray, i: int, s: float) -> bool:
    """Whether to say where a variable is that is not drawn: for the data, and where it was moved."""
    space = artifact.metadata.space
    points = artifact.specimen[space.names[i]]
    moved = np.abs(graph[..., i] - float(points[len(points) // 2])).max()
    return not s or float(moved) > STILL * (space.upper[i] - space.lower[i])


def _at(name: str, values: np.ndarray) -> str:
    """`t = 0.5`, or from where to where."""
    low, high = (f"{value:.3g}" for value in (values.min(), values.max()))
    return f"${symbol_text(name)} = {low}$" if low == high else f"${symbol_text(name)}$ from {low} to {high}"


def _grid_lines(axes: Axes, graph: np.ndarray) -> None:
    """Some lines of the moved grid (n_up, n_across, d)."""
    lines = []
    for sheet in (graph[..., :2], graph[..., :2].swapaxes(0, 1)):
        chosen = np.linspace(0, len(sheet) - 1, GRID_LINES + 1).round().astype(int)
        lines += list(sheet[chosen])
    axes.add_collection(LineCollection(lines, colors=INK, linewidths=0.35, alpha=0.55), autolim=False)


def _curves(row: SubFigure, artifact: Artifact, graphs: Sequence[np.ndarray | None], scales: Sequence[float]) -> None:
    """Trajectories against the variable, and in the plane of the first two unknowns; a dot is where they begin."""
    domain = artifact.metadata.domain
    assert isinstance(domain, SystemDomain)
    unknowns = range(1, 1 + len(domain.unknowns))
    pairs = [(0, i) for i in unknowns[:SERIES]] + ([(1, 2)] if len(unknowns) > 1 else [])
    panels = row.subplots(1, len(pairs), squeeze=False)[0]
    names = [f"${symbol_text(name)}$" for name in artifact.metadata.space.names]
    order = sorted(range(len(scales)), key=lambda k: scales[k] != 0)  # moved ones above the data
    for axes, (i, j) in zip(panels, pairs, strict=True):
        for k in order:
            graph, s = graphs[k], scales[k]
            style = {"color": COLOURS[1] if not s else COLOURS[2 if s > 0 else 0], "linewidth": 1.4 if s else 2.6}
            style |= {} if s else {"alpha": 0.35}
            text = f"$s = {s:g}$" if s else "$s = 0$\n(the data)"
            if graph is None:
                axes.plot([], [], label=f"{text}\nleaves every bound", **style)
                continue
            axes.plot(graph[:, i], graph[:, j], label=text, **style)
            axes.plot(*graph[0, [i, j]], "o", color=style["color"], markersize=3.5)
        axes.set_xlabel(names[i], labelpad=1)
        axes.set_ylabel(names[j], rotation=0, labelpad=8)
        axes.spines[["top", "right"]].set_visible(False)
        scale = artifact.metadata.space.scale
        if i and max(scale[i], scale[j]) < LONG * min(scale[i], scale[j]):
            axes.set_aspect("equal", adjustable="datalim")
    panels[-1].legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
