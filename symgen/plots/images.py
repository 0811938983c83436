"""Figures of generators of images."""

from __future__ import annotations

import math

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from symgen.generators.artifact import Artifact
from symgen.generators.held import HeldGenerators
from symgen.generators.metadata import Metadata
from symgen.image.warp import moved_grids, pixel_grid, warp
from symgen.plots.image_defect import image_defect_figure
from symgen.plots.notes import caption
from symgen.plots.style import COLOURS, FAINT, INK, MOST_ROWS, NORMAL, SMALL, colour_bar, styled
from symgen.validity.moved_images import JUDGED

ARROWS = 11
"""Along each side of the image."""
COLUMNS = 5
PANEL = 1.9
"""Inches, of a vector field."""
WEIGHT = ListedColormap(colormaps["Oranges"](np.linspace(0, 0.6, 256)))  # arrows are seen on all of these
FIELDS = (
    "Arrows: the field, where the image reaches from -1 to 1 across and down; per unit of s, the longest arrow of a "
    "panel stands for the length below it. Numbers after V: {measure} of held-out images at |s| = {s:g}; beside a "
    "name, the cosine with that affine field. Grey: not called a symmetry. w: weight of pixels in the inner product."
)
"""How to read the figure of the fields."""
LEAST_WIDTH = 4.2
"""Inches: room for the title and the scale of w."""
SHIFTS = (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3)
CELL = 0.95
"""Inches, of an image in a strip."""
FLOW_STEPS = 8


def image_figures(artifact: Artifact) -> dict[str, Figure]:
    """All of them, by the name to save them under."""
    return {
        "fields": image_fields_figure(artifact),
        "moved": image_moved_figure(artifact),
        "defect": image_defect_figure(artifact),
    }


@styled
def image_fields_figure(artifact: Artifact) -> Figure:
    """Every generator as arrows over the weight of the inner product; the longest of each spans their distance."""
    metadata = artifact.metadata
    count = min(len(metadata.generators), MOST_ROWS)
    columns = min(count, COLUMNS)
    rows = math.ceil(count / columns)
    size = max(PANEL * columns + 1.0, LEAST_WIDTH), (PANEL + 0.62) * rows + (1.0 if columns > 2 else 1.5)
    figure = Figure(figsize=size, layout="constrained")
    figure.suptitle(_heading(metadata, count, "generators over the weight w"))
    panels = figure.subplots(rows, columns, squeeze=False)
    domain, weight = metadata.image, artifact.weight
    assert weight is not None  # every file of images has one
    side = torch.linspace(-0.9, 0.9, ARROWS, dtype=artifact.points.dtype)
    points = torch.stack(torch.meshgrid(side, side, indexing="xy"), -1).reshape(-1, 2).to(artifact.points)
    with torch.no_grad():
        fields = artifact(points).cpu().numpy()
    shade = weight.reshape(domain.height, domain.width).cpu().numpy()
    across, down = points.cpu().unbind(-1)
    for place, axes in enumerate(panels.ravel()):
        if place >= count:
            axes.set_visible(False)
            continue
        image = axes.imshow(shade, cmap=WEIGHT, extent=_extent(domain.width, domain.height), vmin=0, vmax=shade.max())
        longest = np.hypot(*fields[place].T).max()
        axes.quiver(
            across,
            down,
            *fields[place].T,
            angles="xy",
            scale_units="xy",
            scale=(longest or 1.0) / (1.8 / (ARROWS - 1) * 1.3),
            width=0.008,
            pivot="mid",
            color=INK,
        )
        _square(axes)
        axes.set_xlabel(f"longest arrow {longest:.2g}", fontsize=SMALL, color=FAINT, labelpad=2)
        _title(axes, metadata, place)
    colour_bar(figure, image, list(panels[:1].ravel()), "w", aspect=16, pad=0.01)
    caption(figure, FIELDS.format(measure=metadata.image.extractor.measure, s=JUDGED), size[0] - 0.4)
    return figure


@styled
def image_moved_figure(artifact: Artifact) -> Figure:
    """One held-out image moved along every generator, a strip each, by s from -0.3 to 0.3."""
    metadata = artifact.metadata
    count = min(len(metadata.generators), MOST_ROWS)
    figure = Figure(figsize=(CELL * len(SHIFTS) + 2.3, (CELL + 0.05) * count + 0.9), layout="constrained")
    figure.set_layout_engine("constrained", h_pad=0.02, w_pad=0.02, hspace=0, wspace=0)
    figure.suptitle(_heading(metadata, count, "one image moved along each generator"))
    panels = figure.subplots(count, len(SHIFTS), squeeze=False)
    image = artifact.specimen["image"]
    grid = pixel_grid(image.shape[1], image.shape[2], dtype=artifact.points.dtype, device=image.device)
    held = HeldGenerators(artifact.generators)
    for column, s in enumerate(SHIFTS):
        with torch.no_grad():
            grids = moved_grids(held, grid, grid.new_full((held.count,), s), FLOW_STEPS)[:count, 0]
            moved = warp(image.expand(count, -1, -1, -1), grids, metadata.image.padding)  # type: ignore[arg-type]
        for row, picture in enumerate(moved.clamp(0, 1).permute(0, 2, 3, 1).cpu().numpy()):
            axes = panels[row, column]
            axes.imshow(picture)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(s == 0)
            axes.spines[:].set_linewidth(1.6)
            axes.spines[:].set_color(INK)
            if row == 0:
                axes.set_title(f"$s = {s:g}$" if s else "$s = 0$", fontsize=SMALL)
    for place in range(count):
        record = metadata.generators[place]
        panels[place, 0].set_ylabel(
            f" V{place + 1}  {record.defect:.2f} \n {record.called or ''} ",
            rotation=0,
            ha="right",
            va="center",
            labelpad=6,
            fontsize=NORMAL,
            color=INK if record.status == "approximate" else FAINT,
        )
    measure = metadata.image.extractor.measure
    caption(
        figure,
        f"Sampled along the arrows of the field, an image moves against them. Numbers after V: {measure} of held-out "
        f"images at |s| = {JUDGED:g}; beside a name, the cosine with that affine field. Grey: not called a symmetry.",
        figure.get_figwidth() - 0.4,
    )
    return figure


def _heading(metadata: Metadata, shown: int, what: str) -> str:
    count = len(metadata.generators)
    rest = f" (the first {shown} of {count})" if shown < count else ""
    return f"{metadata.image.name}: {what}{rest}"


def _extent(width: int, height: int) -> tuple[float, float, float, float]:
    """Edges of the outermost pixels, whose centres are at -1 and 1; y down."""
    half = 1 / (width - 1), 1 / (height - 1)
    return -1 - half[0], 1 + half[0], 1 + half[1], -1 - half[1]


def _square(axes: Axes) -> None:
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def _title(axes: Axes, metadata: Metadata, place: int) -> None:
    record = metadata.generators[place]
    colour = INK if record.status == "approximate" else COLOURS["none"]
    text = f"V{place + 1}  {record.defect:.2f}\n{record.called or ' '}"
    axes.set_title(text, fontsize=NORMAL, pad=3, color=colour)
