from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.quiver import Quiver
from matplotlib.text import Text

import symgen
from symgen.catalog import get
from symgen.discovery.pde import discover_spectral
from symgen.discovery.settings import SpectralSettings
from symgen.exceptions import UsageError
from symgen.inspection.comparison import compare
from symgen.inspection.reference import reference
from symgen.pde.equation import Equation
from symgen.pde.trajectories import Trajectories, TrajectoryInfo
from symgen.plots import (
    alignment_figure,
    all_figures,
    fields_figure,
    moved_figure,
    overview_figure,
    save_figure,
    spectrum_figure,
)
from symgen.plots.moved import moved_graph
from symgen.plots.notes import text_width
from symgen.plots.words import equation_text, fit, formula_terms, generator_title


def artifact_of(name, lift=0.0, **settings):
    """Of an equation, but any smooth u will do: the linearised defect is an identity in the jets."""
    entry = get(name)
    random = np.random.default_rng(0)
    x = np.arange(48) * entry.grid.length / 48
    t = np.linspace(40, 100, 24)
    u = np.full((4, 24, 48), lift)
    for sample in u:
        for k in (1, 2, 3):
            phase, speed = random.uniform(0, 6, 2)
            sample += random.uniform(0.2, 0.5) * np.sin(
                2 * np.pi * k * x / entry.grid.length + speed * t[:, None] / 9 + phase
            )
    parameters = dict(entry.parameters)
    info = TrajectoryInfo(equation=entry.expression, name=name, parameters=parameters, length=entry.grid.length)
    data = Trajectories.from_arrays(u, x, t, info)
    settings = SpectralSettings(points=2048, **{"t_degree": 4, **settings})
    return discover_spectral(data, Equation.from_string(entry.expression, parameters), settings)


@pytest.fixture(scope="module")
def kdv():
    return artifact_of("kdv")


@pytest.fixture(scope="module")
def heat():
    return artifact_of("heat", lift=3.0)


@pytest.fixture(scope="module")
def ckdv():
    """Exact, approximate and no symmetries; fields without a formula."""
    return artifact_of("ckdv", periodic=True, t_degree=12, n_generators=4)


def compared(artifact):
    return compare(artifact, reference(artifact, "lps"))


def drawn(figure: Figure) -> list[Text]:
    """The texts that are seen, with ticks within the limits only."""
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    unseen = set()
    for axes in figure.findobj(matplotlib.axes.Axes):
        for axis in (axes.xaxis, axes.yaxis):
            convert = axis.get_transform().transform
            low, high = sorted(convert(axis.get_view_interval()))
            margin = 1e-9 * (high - low)
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not (axes.get_visible() and low - margin <= convert([tick.get_loc()])[0] <= high + margin):
                    unseen |= {tick.label1, tick.label2}
        if not axes.get_visible():
            unseen |= set(axes.findobj(Text))
    return [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t not in unseen]


def check_texts(figure: Figure):
    """Texts are large enough, within the figure, and apart from one another."""
    texts = drawn(figure)
    width, height = figure.canvas.get_width_height()
    boxes = [(t, t.get_window_extent()) for t in texts]
    for text, box in boxes:
        assert text.get_fontsize() >= 8, text
        assert box.x0 >= -1, text
        assert box.y0 >= -1, text
        assert box.x1 <= width + 1, text
        assert box.y1 <= height + 1, text
    for (one, a), (other, b) in combinations(boxes, 2):
        if one.get_rotation() == other.get_rotation() == 30:
            continue  # parallel and slanted: their boxes overlap though they do not
        apart = min(a.x1, b.x1) - max(a.x0, b.x0) < 1 or min(a.y1, b.y1) - max(a.y0, b.y0) < 1
        assert apart, (one.get_text(), other.get_text())


@pytest.mark.parametrize("name", ["kdv", "heat", "ckdv"])
def test_texts_are_legible(name, request):
    artifact = request.getfixturevalue(name)
    figures = all_figures(artifact, compared(artifact))
    assert set(figures) == {"overview", "spectrum", "fields", "moved", "alignment"}
    for figure in figures.values():
        check_texts(figure)


def test_spectrum_shows_status_and_gaps(ckdv):
    (axes,) = spectrum_figure(ckdv).axes
    assert axes.get_yscale() == "log"
    assert axes.get_xlabel() == f"place ({len(ckdv.metadata.spectrum) - 40} larger ones are not shown)"
    assert axes.get_ylabel() == "defect (relative to the equation's terms)"
    lines = {line.get_label().split(" (")[0]: line for line in axes.lines}
    assert set(lines) == {"exact", "approximate", "no symmetry", "rounding"}
    assert len({line.get_marker() for line in axes.lines}) == len({line.get_color() for line in axes.lines}) == 4
    assert len(lines["exact"].get_xdata()) == ckdv.metadata.exact == 2
    assert sum("factor" in text.get_text() for text in axes.texts) == 2


def test_spectrum_without_a_gap_says_so(kdv):
    unclear = replace(kdv, metadata=kdv.metadata.model_copy(update={"exact": 0, "approximate": 0}))
    figure = spectrum_figure(unclear)
    assert ["no field is called" in text.get_text() for text in figure.axes[0].texts] == [True]
    check_texts(figure)


def test_alignment_writes_every_value(ckdv):
    comparison = compared(ckdv)
    figure = alignment_figure(ckdv, comparison)
    axes = figure.axes[0]
    values = np.array(comparison.alignment)
    written = [text.get_text() for text in axes.texts]
    assert written[: values.size] == [f"{v:.3f}" for v in values.ravel()]
    assert len(written) == values.size + sum(values.shape)  # the angles to both spans
    assert "slowing boost" in [label.get_text().replace("\n", " ") for label in axes.get_xticklabels()]
    assert len(axes.get_yticklabels()) == len(values) + 1
    colours = [label.get_color() for label in axes.get_yticklabels()]
    assert [i + 1 for i, colour in enumerate(colours) if colour != colours[0]] == list(comparison.outside)


@pytest.mark.parametrize("columns", [3, 6])
def test_alignment_is_legible_in_any_shape(kdv, columns):
    comparison = compared(kdv)
    names = (
        "x-translation",
        "a long name of two lines",
        "Galilean boost",
        "scaling",
        "projective",
        "another long name",
    )
    wide = comparison.model_copy(
        update={
            "names": names[:columns],
            "missed": names[1:2],
            "alignment": tuple((0.5,) * columns for _ in kdv.metadata.generators),
            "reference_angles": (0.5,) * columns,
        }
    )
    check_texts(alignment_figure(kdv, wide))


def test_arrows_point_as_the_field_does_in_the_panel(kdv):
    figure = fields_figure(kdv)
    names = [generator_title(kdv.metadata, place, 9, 9) for place in range(1, 5)]
    boost = next(i for i, name in enumerate(names) if "t\\,\\partial_{x}" in name and "partial_{u}" in name)
    panel = figure.subfigs[boost].axes[1]
    quiver = next(c for c in panel.collections if isinstance(c, Quiver))
    assert (quiver.angles, quiver.scale_units) == ("xy", "xy")
    middle = np.mean([kdv.metadata.space.lower[1], kdv.metadata.space.upper[1]])
    assert np.allclose(quiver.U / quiver.V, middle)
    lengths = np.hypot(*(quiver.U, quiver.V)) / quiver.scale
    assert (lengths > 0).all()
    assert {axes.get_xlabel() for axes in figure.subfigs[0].axes[:2]} == {"$x$"}
    assert [axes.get_ylabel() for axes in figure.subfigs[0].axes[:2]] == ["$t$", "$u$"]


def test_a_plane_without_a_component_says_so(kdv):
    words = [text.get_text() for text in drawn(fields_figure(kdv))]
    assert words.count("no component in this plane") == 1  # d/dt in the x-u plane


def test_moved_graphs_follow_the_flow(kdv):
    titles = [generator_title(kdv.metadata, place, 9, 9) for place in range(1, 5)]
    assert "partial_{x}" in titles[0]
    still, moved = (moved_graph(kdv, 0, s) for s in (0.0, 0.3))
    assert np.allclose(moved - still, [0.3 * 128, 0, 0], atol=1e-9)
    figure = moved_figure(kdv)
    panels = figure.subfigs[0].axes[:3]
    assert {axes.get_xlabel() for axes in panels} == {"$x$"}
    assert panels[0].get_ylabel() == "$t$"
    assert len({axes.get_xlim() for axes in panels}) == len({axes.collections[0].get_clim() for axes in panels}) == 1


def test_a_flow_that_ends_is_said_in_its_panel(kdv):
    records = list(kdv.metadata.generators)
    records[0] = records[0].model_copy(update={"formula": ("exp(exp(x))", "0", "0"), "norm": 1.0})
    wild = replace(kdv, metadata=kdv.metadata.model_copy(update={"generators": tuple(records)}))
    assert moved_graph(wild, 0, 0.3) is None
    words = [text.get_text() for text in drawn(moved_figure(wild))]
    assert words.count("leaves every bound") == 2
    overview_figure(wild)


def test_fields_without_formula_are_held_at_the_edge(ckdv):
    place = next(i for i, record in enumerate(ckdv.metadata.generators) if record.status != "exact")
    moved = moved_graph(ckdv, place, 0.5)
    space = ckdv.metadata.space
    for i in range(3):
        assert np.abs(moved[..., i] - space.origin[i]).max() < 20 * space.scale[i]


def test_one_generator_is_enough(heat):
    one = replace(heat, metadata=heat.metadata.model_copy(update={"generators": heat.metadata.generators[:1]}))
    figures = all_figures(one)
    assert set(figures) == {"overview", "spectrum", "fields", "moved"}
    for figure in figures.values():
        check_texts(figure)


def test_rows_are_limited():
    many = artifact_of("kdv", n_generators=20)
    for figure in (fields_figure(many), moved_figure(many, scales=(0.1,))):
        assert len(figure.subfigs) == 12
        assert "the first 12 of 20 generators" in figure.get_suptitle()


def test_titles(ckdv, heat):
    assert equation_text(heat.metadata, 7) == r"heat:  $u_{t}$ $-\; \nu\, u_{xx} = 0$,  $\nu = 0.05$"
    assert generator_title(ckdv.metadata, 4, 3, 9) == "V4 (no closed form)"
    assert generator_title(ckdv.metadata, 1, 3, 9) == r"V1:  $\partial_{x}$"


@pytest.mark.parametrize(
    ("equation", "parameters", "text"),
    [
        ("u_t - nu*u_xx", {"nu": "0.01/pi"}, r"heat:  $u_{t}$ $-\; \nu\, u_{xx} = 0$,  $\nu = \frac{1}{100 \pi}$"),
        ("u_t - (u**m)_x", {"m": 2.0}, r"heat:  $u_{t}$ $-\; 2\, u\, u_{x} = 0$"),
        ("u_t - lambda*(u**2)_x", {"lambda": 3.0}, r"heat:  $u_{t}$ $-\; 2\, \lambda\, u\, u_{x} = 0$,  $\lambda = 3$"),
    ],
)
def test_equations_with_parameters(heat, equation, parameters, text):
    domain = heat.metadata.domain.model_copy(update={"equation": equation, "parameters": parameters})
    assert equation_text(heat.metadata.model_copy(update={"domain": domain}), 9) == text


def test_long_formulas_are_shortened(heat):
    terms = formula_terms(("x*t + exp(t)*sin(x)*cos(t)*sqrt(t + 1)*x**2*t**3", "1", "u + 1"), heat.metadata)
    for width, lines in ((1.0, 2), (1.5, 1), (2.0, 3), (9.0, 1)):
        text = fit("V1:  ", terms, width, 9, lines)
        assert text.count("\n") < lines
        assert all(text_width(line, 9) < width + 0.5 for line in text.split("\n"))
        assert (r"\ldots" in text) == (width < 5)
    assert r"\sqrt{t + 1}" in text


def test_long_equations_are_shortened(heat):
    terms = " + ".join(f"sin({n}*x)*cos({n}*t)*u**{n}*u_xx" for n in range(2, 9))
    domain = heat.metadata.domain.model_copy(update={"equation": f"u_t + {terms}"})
    lengthy = replace(heat, metadata=heat.metadata.model_copy(update={"domain": domain}))
    text = equation_text(lengthy.metadata, 6)
    assert text.count("\n") == 1
    assert r"\ldots" in text
    check_texts(spectrum_figure(lengthy))


def test_files(kdv, tmp_path):
    path = tmp_path / "spectrum.png"
    save_figure(spectrum_figure(kdv), path)
    assert imread(path).shape[2] in (3, 4)
    assert imread(path)[..., :3].std() > 0.01
    with pytest.raises(UsageError, match="exists already"):
        save_figure(spectrum_figure(kdv), path)
    first = path.read_bytes()
    with matplotlib.rc_context({"font.size": 20, "mathtext.fontset": "cm", "savefig.dpi": 40}):
        save_figure(spectrum_figure(kdv), path, force=True)
        assert matplotlib.rcParams["font.size"] == 20
    assert path.read_bytes() == first
    assert b"Software" not in first
    for suffix in ("svg", "pdf"):
        save_figure(spectrum_figure(kdv), tmp_path / f"spectrum.{suffix}")


def test_matplotlib_stays_in_its_place():
    for path in Path(symgen.__file__).parent.rglob("*.py"):
        lines = [line for line in path.read_text().splitlines() if re.match(r"\s*(from|import) matplotlib", line)]
        assert not lines or path.parent.name == "plots", path
        assert not any("pyplot" in line for line in lines), path


def test_float32_artifacts_are_drawn(kdv):
    single = replace(
        kdv,
        points=kdv.points.float(),
        specimen={k: v.float() for k, v in kdv.specimen.items()},
        generators=kdv.generators,
    )
    kdv.generators.float()
    try:
        assert torch.get_default_dtype() == torch.float32
        assert set(all_figures(single)) >= {"fields", "moved"}
    finally:
        kdv.generators.double()
