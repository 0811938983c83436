"""Figures of generators of points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from matplotlib.quiver import Quiver
from point_artifacts import points_artifact
from test_plots import check_texts
from test_points_reference import LORENTZ, MOMENTUM, PLANE

from symgen.discovery.point_settings import PointSpectralSettings
from symgen.discovery.points import discover_points
from symgen.generators.domains import SurrogateRecord
from symgen.inspection.comparison import compare
from symgen.inspection.point_structure import matrices_of
from symgen.inspection.reference import reference
from symgen.plots import all_figures, save_figure
from symgen.plots.planes import plane_of
from symgen.plots.point_fields import orbits, point_fields_figure
from symgen.plots.point_matrices import matrices_figure
from symgen.plots.words import generator_title
from symgen.points.point_set import PointSet
from symgen.validity.sampled_density import SampledDensity

LONG = ("temperature", "pressure_in", "x_velocity", *(f"c{i}" for i in range(6)))


def radius(points):
    return points.square().sum((1, 2))[:, None]


def mass(points):
    total = points.sum(1)
    return (total[:, 0] ** 2 - total[:, 1:].square().sum(1))[:, None]


def long_rows():
    rows = []
    for i in range(len(LONG) - 1):
        row = ["0"] * len(LONG)
        row[i], row[i + 1] = f"-{LONG[i + 1]}", f"{LONG[i]} + 0.12345*{LONG[(i + 5) % len(LONG)]} + {i}"
        rows.append(row)
    return [*rows, *(["1" if i == k else "0" for i in range(len(LONG))] for k in range(5))]


ARTIFACTS = {
    "lorentz": lambda: points_artifact(MOMENTUM, LORENTZ[2:4], mass, particles=2),
    "plane": lambda: points_artifact(("x", "y"), [*PLANE, ("1", "0")], radius, exact=1),
    "affine": lambda: points_artifact(("width", "height"), [("3.14159 - height", "width - 1234.5")], radius),
    "quadratic": lambda: points_artifact(("x", "y"), [("1", "2*x"), ("x", "2*x**2")], radius),
    "line": lambda: points_artifact(("x",), [("1",)], radius, exact=0),
    "outputs": lambda: points_artifact(
        ("x", "y"), [("-y", "x", "-v", "u"), ("0", "0", "u", "0")], condition="equivariance", outputs=("u", "v")
    ),
    "density": lambda: points_artifact(("x", "y", "z"), [("-y", "x", "0")], condition="density", words="the density"),
    "long": lambda: points_artifact(
        LONG, long_rows(), radius, exact=9, words="a_quantity with a long name, " * 12 + "fitted by a $polynomial^3"
    ),
}


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n == "long" else n for n in ARTIFACTS])
def test_texts_are_legible(name, tmp_path):
    artifact = ARTIFACTS[name]()
    several = len(artifact.metadata.of_points.columns) > 1
    against = compare(artifact, reference(artifact, "rotation")) if several else None
    figures = all_figures(artifact, against)
    affine = {"matrices"} if name != "quadratic" else set()
    form = {"form"} if name in ("plane", "affine", "density", "outputs") else set()
    expected = {"spectrum", "fields", "defect", *affine, *form} | ({"alignment"} if against else set())
    assert set(figures) >= expected
    for figure in figures.values():
        check_texts(figure)
    save_figure(figures["fields"], tmp_path / "fields.png")
    assert (tmp_path / "fields.png").stat().st_size > 10_000


def test_matrices_are_those_of_the_formulas():
    artifact = ARTIFACTS["lorentz"]()
    figure = matrices_figure(artifact, matrices_of(artifact))
    boost = figure.axes[1].images[0].get_array()
    true = np.zeros((4, 4))
    true[0, 1] = true[1, 0] = 1
    assert np.allclose(boost, true, atol=1e-12)
    assert [t.get_text() for t in figure.axes[1].texts] == ["1", "1"]
    assert [t.get_text() for t in figure.axes[1].get_xticklabels()] == ["$E$", "$px$", "$py$", "$pz$"]


def test_shifts_have_a_column_of_their_own():
    figure = matrices_figure(artifact := ARTIFACTS["affine"](), matrices_of(artifact))
    assert np.allclose(figure.axes[0].images[0].get_array(), [[0, -1, 3.14159], [1, 0, -1234.5]])


def test_entries_within_the_error_of_a_fit_are_left_out():
    """And a column of shifts that are all within it."""
    artifact = points_artifact(("x", "y"), [("x/1000 - y + 1/500", "x + y/3")], radius)
    domain = artifact.metadata.of_points.model_copy(update={"error": 0.01})
    fitted = replace(artifact, metadata=artifact.metadata.model_copy(update={"domain": domain}))
    figure = matrices_figure(fitted, matrices_of(fitted))
    assert np.allclose(figure.axes[0].images[0].get_array(), [[0, -1], [1, 1 / 3]], atol=1e-9)
    assert "within the error" in figure.get_supxlabel()
    assert matrices_figure(artifact, matrices_of(artifact)).axes[0].images[0].get_array().shape == (2, 3)


def test_arrows_and_orbits_follow_the_field():
    figure = point_fields_figure(ARTIFACTS["plane"]())
    axes = figure.axes[0]
    quiver = axes.findobj(Quiver)[0]
    x, y = quiver.XY.T
    assert np.allclose(quiver.U * x + quiver.V * y, 0, atol=1e-9 * np.abs(quiver.U).max())
    curves = [line.get_xydata() for line in axes.lines if len(line.get_xydata()) > 2]
    assert len(curves) >= 5
    for curve in curves:
        assert np.ptp(np.hypot(*curve.T)) < 1e-6


def test_orbits_have_the_colour_of_what_is_invariant():
    """The same for points at the same radius, and another for others."""
    axes = point_fields_figure(ARTIFACTS["plane"]()).axes[0]
    curves = [line for line in axes.lines if len(line.get_xydata()) > 2]
    radii = [float(np.hypot(*line.get_xydata()[0])) for line in curves]
    order = np.argsort(radii)
    assert len({tuple(curves[i].get_color()) for i in order}) > 3


def test_an_orbit_ends_where_the_flow_does():
    """x' = x^2 leaves every bound at s = 1 / x."""
    artifact = points_artifact(("x", "y"), [("50*x**2", "0")], radius)
    starts = torch.tensor([[3.0, 0.0], [-3.0, 2.0], [0.0, 1.0]], dtype=torch.float64)
    found = orbits(artifact.generators, 0, starts)
    for (points, place), start in zip(found, starts, strict=True):
        assert points.isfinite().all()
        assert torch.equal(points[place], start)
    lengths = [len(points) for points, _ in found]
    assert lengths[0] < lengths[2]
    assert lengths[1] < lengths[2]


def test_fields_on_outputs_alone_do_nothing_to_points():
    figure = point_fields_figure(ARTIFACTS["outputs"]())
    assert [t.get_text() for t in figure.axes[1].texts] == ["nothing moves here"]
    assert len(figure.axes) == 2  # no colours: the function is not invariant


def test_the_plane_is_the_one_where_most_happens():
    sizes, dependence = [0.0, 1.0, 0.2, 1.0], np.zeros((4, 4))
    dependence[1, 3] = dependence[3, 1] = 1
    assert plane_of(sizes, dependence.tolist()) == (1, 3)


def test_rows_are_limited():
    artifact = ARTIFACTS["long"]()
    figure = matrices_figure(artifact, matrices_of(artifact))
    assert sum(axes.get_visible() for axes in figure.axes) == 12
    assert "the first 12 of 13" in figure.get_suptitle()


def test_long_numbers_of_formulas_are_shortened():
    title = generator_title(ARTIFACTS["affine"]().metadata, 1, 9.0, 9.0)
    assert "3.142" in title
    assert "1234" in title or "2469" in title


def test_points_that_leave_every_bound_are_said_to():
    artifact = ARTIFACTS["plane"]()
    domain = artifact.metadata.of_points
    rows = ((1e-12, 1e-12, None, None), domain.moved.generators[1])
    domain = domain.model_copy(update={"moved": domain.moved.model_copy(update={"generators": rows})})
    artifact = replace(artifact, metadata=artifact.metadata.model_copy(update={"domain": domain}))
    legend = all_figures(artifact)["defect"].axes[0].get_legend()
    texts = [t.get_text() for t in legend.get_texts()]
    assert sum("leaves every bound" in t for t in texts) == 1
    assert "random fields" in texts


@pytest.mark.parametrize(("transform", "label"), [("none", "$m$"), ("square", "${m}^2$"), ("log", r"$\log\,m$")])
def test_colours_are_named_as_what_is_fitted(transform, label):
    artifact = points_artifact(("x", "y"), PLANE, radius, outputs=("m",))
    record = SurrogateRecord(
        kind="polynomial", explained=1.0, error=1e-3, points=100, folds=5, degree=2, transform=transform
    )
    domain = artifact.metadata.domain.model_copy(update={"surrogate": record})
    artifact = replace(artifact, metadata=artifact.metadata.model_copy(update={"domain": domain}))
    assert point_fields_figure(artifact).axes[-1].get_title() == label


def test_long_names_of_values_are_beside_the_colours():
    """And not cut off; what is left out of a sentence is no sum."""
    words = "a quantity of a long name, " * 12
    artifact = points_artifact(("x", "y"), PLANE, radius, outputs=("invariant_mass_of_everything",), words=words)
    figure = point_fields_figure(artifact)
    check_texts(figure)
    assert "invariant" in figure.axes[-1].get_ylabel()
    assert figure.get_suptitle().endswith(" ...")


def test_matrices_of_many_coordinates_stand_side_by_side():
    names = [f"c{i}" for i in range(30)]
    rows = [["1*c1" if i == k else "0" for i in range(30)] for k in (0, 7)]
    artifact = points_artifact(names, rows, radius)
    figure = matrices_figure(artifact, matrices_of(artifact))
    check_texts(figure)
    assert figure.get_figheight() < figure.get_figwidth()


def test_plane_of_a_fitted_field_is_that_of_what_moves():
    """x d/dx + y d/dy with a little z d/dz, as fits have it: it shows in the plane of x and y."""
    dependence = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]
    assert plane_of([1.0, 1.0, 1e-3], dependence) == (0, 1)


def test_samples_are_not_called_a_logarithm():
    """Of a density that no function gives, means of waves are judged, and the figures say so."""
    draw = torch.Generator().manual_seed(0)
    data = PointSet.from_array(torch.randn(400, 2, dtype=torch.float64, generator=draw), ("x", "y"), "cloud")
    figures = all_figures(discover_points(SampledDensity(data), PointSpectralSettings()))
    for name in ("spectrum", "defect"):
        axes = figures[name].axes[0]
        said = [axes.get_ylabel(), *(text.get_text() for text in axes.get_legend().get_texts())]
        assert "waves" in said[0]
        assert not any("log" in text or "differentiated" in text for text in said)
        assert figures[name].get_suptitle().strip() == "cloud: invariance of the density of the 400 points"
