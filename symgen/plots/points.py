"""Figures of generators of points."""

from __future__ import annotations

from matplotlib.figure import Figure

from symgen.generators.artifact import Artifact
from symgen.inspection.point_structure import algebra_of_points, forms_of_points, matrices_of
from symgen.plots.point_fields import point_fields_figure
from symgen.plots.point_matrices import form_figure, matrices_figure
from symgen.plots.point_moved import moved_points_figure
from symgen.plots.spectrum import spectrum_figure


def point_figures(artifact: Artifact) -> dict[str, Figure]:
    """All of them, by the name to save them under: matrices where fields are affine, a form where there is one."""
    figures = {
        "spectrum": spectrum_figure(artifact),
        "fields": point_fields_figure(artifact),
        "defect": moved_points_figure(artifact),
    }
    parts = matrices_of(artifact)
    if parts is not None:
        figures["matrices"] = matrices_figure(artifact, parts)
    forms = forms_of_points(artifact, algebra_of_points(artifact))
    if forms is not None and forms.forms:
        figures["form"] = form_figure(artifact, forms)
    return figures
