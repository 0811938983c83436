"""Figures of a generators file. Nothing here touches pyplot or any other global state of matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from symgen.generators.artifact import Artifact
from symgen.inspection.comparison import Comparison
from symgen.plots.alignment import alignment_figure
from symgen.plots.conserved import conserved_figure
from symgen.plots.defect import defect_figure
from symgen.plots.fields import fields_figure
from symgen.plots.moved import moved_figure
from symgen.plots.overview import overview_figure
from symgen.plots.spectrum import spectrum_figure
from symgen.plots.style import save_figure
from symgen.plots.system_fields import system_fields_figure
from symgen.plots.system_moved import system_moved_figure
from symgen.plots.training import training_figure
from symgen.validity.verification import FiniteTable

__all__ = [
    "Figure",
    "alignment_figure",
    "all_figures",
    "conserved_figure",
    "defect_figure",
    "fields_figure",
    "moved_figure",
    "overview_figure",
    "save_figure",
    "spectrum_figure",
    "system_fields_figure",
    "system_moved_figure",
    "training_figure",
]


def all_figures(
    artifact: Artifact,
    comparison: Comparison | None = None,
    moved: FiniteTable | None = None,
    history: Mapping[str, Sequence[float]] | None = None,
) -> dict[str, Figure]:
    """Every figure of an artifact, by the name to save it under; the last three where there are data for them."""
    match artifact.metadata.domain.kind:
        case "image":
            from symgen.plots.images import image_figures

            figures = image_figures(artifact)
        case "points":
            from symgen.plots.points import point_figures

            figures = point_figures(artifact)
        case "system":
            figures = _system_figures(artifact, moved)
        case "pde":
            figures = _pde_figures(artifact, moved)
    if (drifts := conserved_figure(artifact.metadata.conserved)) is not None:
        figures["conserved"] = drifts
    if comparison is not None:
        figures["alignment"] = alignment_figure(artifact, comparison)
    if history:
        figures["training"] = training_figure(history)
    return figures


def _system_figures(artifact: Artifact, moved: FiniteTable | None) -> dict[str, Figure]:
    figures = {"spectrum": spectrum_figure(artifact), "fields": system_fields_figure(artifact)}
    if artifact.specimen:  # files of older versions have none
        figures["moved"] = system_moved_figure(artifact)
    if moved is not None:
        figures["defect"] = defect_figure(artifact, moved)
    return figures


def _pde_figures(artifact: Artifact, moved: FiniteTable | None) -> dict[str, Figure]:
    figures = {
        "overview": overview_figure(artifact),
        "spectrum": spectrum_figure(artifact),
        "fields": fields_figure(artifact),
        "moved": moved_figure(artifact),
    }
    if moved is not None:
        figures["defect"] = defect_figure(artifact, moved)
    return figures
