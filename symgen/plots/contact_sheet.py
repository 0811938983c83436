"""Some images of each class."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure

from symgen.image.labelled import ImageData
from symgen.plots.notes import text_width
from symgen.plots.style import NORMAL, styled

ROWS, COLUMNS = 12, 8
"""Classes, and images of each, at most."""
CELL = 0.75
"""Inches."""
LONGEST = 24
"""Letters of a name."""


@styled
def contact_sheet(data: ImageData) -> Figure:
    """The first training images of the first classes, a row each."""
    shown = data.classes[:ROWS]
    names = [name if len(name) <= LONGEST else f"{name[: LONGEST - 3]}..." for name in shown]
    names = [name.replace("$", r"\$") for name in names]
    wide = max(text_width(name, NORMAL) for name in names) + 0.3
    figure = Figure(figsize=(max(CELL * COLUMNS + wide, 4.2), CELL * len(shown) + 0.6), layout="constrained")
    figure.set_layout_engine("constrained", h_pad=0.02, w_pad=0.02, hspace=0, wspace=0)
    rest = f" (the first {len(shown)} of {len(data.classes)} classes)" if len(shown) < len(data.classes) else ""
    figure.suptitle(f"{data.name}{rest}".replace("$", r"\$"))
    panels = figure.subplots(len(shown), COLUMNS, squeeze=False)
    for place, (name, row) in enumerate(zip(names, panels, strict=True)):
        members = torch.nonzero(data.train.labels == place).flatten()[:COLUMNS]
        images = data.train.images[members].permute(0, 2, 3, 1).cpu().numpy()
        for number, axes in enumerate(row):
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(False)
            if number < len(images):
                axes.imshow(images[number])
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", labelpad=6)
    return figure
