"""What every figure owes its reader: marks apart from each other, a key for each, numbers on axes, nothing cut off."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from image_artifacts import image_artifact
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyQuadMesh, QuadMesh
from matplotlib.figure import Figure
from matplotlib.quiver import Quiver
from point_artifacts import points_artifact
from test_plots import check_texts, kdv  # noqa: F401
from test_points_reference import LORENTZ, MOMENTUM, PLANE

from symgen.cli import viewer
from symgen.cli.figure_files import FigureFile, FigureFolder
from symgen.cli.output import Output
from symgen.exceptions import UsageError
from symgen.image.specimen import recognisable
from symgen.inspection.comparison import Comparison, compare
from symgen.inspection.reference import reference
from symgen.pde.solutions import Solutions
from symgen.plots import alignment_figure, all_figures, overview_figure, save_figure
from symgen.plots.chart import chart_figure
from symgen.plots.columns import columns_figure
from symgen.plots.curves import Places, curve_style, two_ticks
from symgen.plots.defect import defect_figure
from symgen.plots.dots import dots_figure
from symgen.plots.image_defect import image_defect_figure
from symgen.plots.images import image_fields_figure
from symgen.plots.point_copies import point_copies_figure
from symgen.plots.solutions import solutions_figure
from symgen.plots.spectrum import spectrum_figure
from symgen.plots.style import COLOURS, FAINT, INK
from symgen.plots.training import training_figure
from symgen.validity.verification import FiniteTable, MovedScore


def radius(points):
    return points.square().sum((1, 2))[:, None]


def mass(points):
    total = points.sum(1)
    return (total[:, 0] ** 2 - total[:, 1:].square().sum(1))[:, None]


def moved_table(count, residual=1e-6):
    scales = (-0.4, -0.1, 0.1, 0.4)
    scores = tuple(MovedScore(scale=s, residual=residual, status="ok", inside=1.0) for s in scales)
    random = tuple(MovedScore(scale=s, residual=0.5, status="ok", inside=1.0) for s in scales)
    return FiniteTable(identity=residual, generators=(scores,) * count, random=random)


def solutions(axes, unknowns=("u",)):
    """Waves on a small grid."""
    grids = {a: np.linspace(0.0, 1.0, 12) if a == "t" else np.arange(10) / 10 for a in axes}
    mesh = np.meshgrid(*grids.values(), indexing="ij")
    wave = sum(np.sin(2 * np.pi * m + k) for k, m in enumerate(mesh))
    values = {name: np.stack([(1 + k + i) * wave for i in range(4)]) for k, name in enumerate(unknowns)}
    return Solutions.from_arrays(values, grids, periodic=False)


def training_history():
    decay = np.exp(-np.arange(300) / 60)
    history = {f"defect_{k}": (k * decay).tolist() for k in range(1, 5)}
    return history | {"orthonormality": decay.tolist(), "sigma": [0.3] * 300, "folds": [0.0] * 300}


SEEDS = {"none": {8.0: [0.51, 0.52], 16.0: [0.53]}, "true": {8.0: [0.5, 0.51], 16.0: [0.52]}}
COLUMNS = {"x": np.random.default_rng(0).normal(size=(99, 3)), "a long name, with a $": np.arange(99) / 9}
FIGURES = {
    "images": lambda: all_figures(image_artifact(10)),
    "many images": lambda: {"defect": image_defect_figure(image_artifact(20, symmetries=0))},
    "points": lambda: all_figures(points_artifact(MOMENTUM, LORENTZ[:4], mass, particles=2)),
    "line": lambda: all_figures(points_artifact(("x",), [("1",)], radius, exact=0)),
    "chart": lambda: {"chart": chart_figure({"kdv": SEEDS, "ks": SEEDS}, "NMSE", "trajectories")},
    "dots": lambda: {"dots": dots_figure({"kdv": {"ours": [1e-14], "theirs": [1e-2]}}, "rad", ("band", 1, 2))},
    "training": lambda: {"training": training_figure(training_history())},
    "solutions": lambda: {axes: solutions_figure(solutions(axes, ("u", "v"))) for axes in ("t", "tx", "txy")},
    "columns": lambda: {
        "points": columns_figure("f.csv", COLUMNS),
        "one": columns_figure("f.csv", {"a": np.arange(9.0)}),
    },
    "copies": lambda: {axes: solutions_figure(solutions(axes), ["solution 0", "copy 1"]) for axes in ("t", "txy")},
}


def numbered(axes: Axes):
    """For each axis that has numbers beside it, how many are seen."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        labels = [t.get_text() for t in axis.get_ticklabels()]
        seen = [text for text, place in zip(labels, axis.get_majorticklocs(), strict=False) if low <= place <= high]
        if any(letter.isdigit() for text in seen for letter in text):
            yield axis.axis_name, len([text for text in seen if text])


@pytest.mark.parametrize("name", FIGURES)
def test_whole_legible_and_numbered(name):
    """No word lies outside, covers another or is small, and no axis has a single number."""
    for title, figure in FIGURES[name]().items():
        check_texts(figure)
        width, height = figure.get_size_inches()
        box = figure.get_tightbbox()
        assert min(box.x0, box.y0, width - box.x1, height - box.y1) > -0.02, title
        for axes in figure.findobj(Axes):
            if axes.get_visible():
                few = [axis for axis, count in numbered(axes) if count < 2]
                assert not few, (title, axes.get_title(), few)


@pytest.mark.parametrize("values", [(0.11, 0.13), (0.2, 0.9), (3, 30), (1e-9, 1.0), (0.5001, 0.5002)])
def test_a_logarithmic_axis_has_two_numbers(values):
    axes = Figure().subplots()
    axes.plot((0, 1), values)
    axes.set_yscale("log")
    two_ticks(axes.yaxis)
    low, high = axes.get_ylim()
    assert sum(low <= tick <= high for tick in axes.yaxis.get_majorticklocs()) >= 2


def test_curves_are_told_apart_without_colours_too():
    styles = [curve_style(place) for place in range(21)]
    assert len({(s["color"], s["linestyle"]) for s in styles}) == 21
    first = styles[:12]
    assert len({s["marker"] for s in first}) == 12


def luminance(colour):
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2


def test_text_colours_are_dark_enough():
    """A contrast with white of 4.5 at least, as WCAG has it for text."""
    for colour in (INK, FAINT):
        assert 1.05 / (luminance(colour) + 0.05) > 4.4, colour


def markers(figure):
    """Where markers of curves are, in points, and how large."""
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    for axes in figure.axes:
        for line in axes.lines:
            if line.get_marker() not in ("None", None, "x") and len(line.get_xdata()) > 1:
                places = axes.transData.transform(line.get_xydata()) * 72 / figure.dpi
                yield places, line.get_markersize()


@pytest.mark.parametrize("count", [2, 4, 9])
def test_equal_curves_do_not_cover_each_other(kdv, count):  # noqa: F811
    """Generators that leave the same residual all are seen side by side."""
    records = kdv.metadata.generators[:1] * count
    many = replace(kdv, metadata=kdv.metadata.model_copy(update={"generators": records}))
    figure = defect_figure(many, moved_table(count))
    found = list(markers(figure))
    assert len(found) == count
    for (a, size), (b, _) in combinations(found, 2):
        assert (np.hypot(*(a - b).T) > 0.75 * size).all()


def test_places_keep_the_order_of_scales():
    places = Places([0.4, -0.4, 0.1], 3)
    assert places.scales == [-0.4, 0.1, 0.4]
    assert all(abs(at - k) < 0.5 for curve in range(3) for k, at in enumerate(places.of(places.scales, curve)))


class TestImages:
    def test_every_field_has_a_row_and_a_name(self):
        figure = image_defect_figure(artifact := image_artifact(10))
        (axes,) = figure.axes
        names = [label.get_text() for label in axes.get_yticklabels()]
        assert names[:2] == ["V1 (rotation, 0.97)", "V2"]
        assert names[10:] == list(artifact.metadata.image.moved.affine)
        assert len(set(names)) == 16
        rows = {round(line.get_ydata()[0], 6) for line in axes.lines if line.get_marker() in "<>"}
        assert len(rows) == 2 * 16

    def test_symmetries_are_filled(self):
        axes = image_defect_figure(image_artifact(4)).axes[0]
        marks = [line for line in axes.lines if line.get_marker() in "<>" and line.get_ydata()[0] < 3.5]
        hollow = {round(line.get_ydata()[0]) for line in marks if line.get_markerfacecolor() == "white"}
        assert hollow == {2, 3}

    def test_bands_are_the_range_of_random_fields(self):
        axes = image_defect_figure(image_artifact(3)).axes[0]
        bands = sorted((p.get_x(), p.get_x() + p.get_width()) for p in axes.patches)
        assert np.allclose(bands, [(0.3, 0.39), (0.9, 1.17)])

    def test_colours_end_where_the_weight_does(self):
        artifact = image_artifact(3)
        figure = image_fields_figure(artifact)
        image = figure.axes[0].images[0]
        assert image.get_clim() == (0, pytest.approx(float(artifact.weight.max())))
        bar = next(axes for axes in figure.axes if axes.get_title() == "w")
        assert bar.get_ylim()[1] == pytest.approx(float(artifact.weight.max()))

    def test_the_length_of_arrows_is_said(self):
        figure = image_fields_figure(artifact := image_artifact(3))
        for place, axes in enumerate(figure.axes[:3]):
            quiver = axes.findobj(Quiver)[0]
            assert axes.get_xlabel() == f"longest arrow {np.hypot(quiver.U, quiver.V).max():.2g}", place
        assert "longest arrow" in figure.get_supxlabel()
        assert artifact.metadata.image.extractor.measure in figure.get_supxlabel().replace("\n", " ")

    def test_the_specimen_is_of_a_thing_before_an_even_ground(self):
        """Not noise, nothing, or what fills the whole image; and of those that the network is sure of."""
        draw = torch.Generator().manual_seed(0)
        grid = torch.linspace(-1, 1, 16)
        disc = (grid[:, None].square() + grid.square() < 0.3).float().expand(3, -1, -1)
        noise, nothing = torch.rand(3, 16, 16, generator=draw), torch.full((3, 16, 16), 0.5)
        stripes = (torch.arange(16) % 4 < 2).float().expand(3, 16, -1)
        images = torch.stack([noise, nothing, stripes, disc])
        assert recognisable(images) == 3
        sure = torch.tensor([0.9, 0.1, 0.2, 0.3] + [0.0] * 4)
        assert recognisable(torch.cat([images, images.flip(0)]), sure) == 3
        assert recognisable(torch.rand(2, 1, 2, 2, generator=draw)) in (0, 1)


def test_short_trainings_have_no_stretches_to_tell_of():
    long = training_history()
    short = {name: values[:40] for name, values in long.items()}
    shown = [[text.get_text() for text in training_figure(history).texts] for history in (long, short)]
    assert [any("medians" in text for text in texts) for texts in shown] == [True, False]


class TestSpectrum:
    def metadata(self, exact, values):
        artifact = points_artifact(("x", "y"), PLANE, radius)
        update = {"exact": exact, "spectrum": tuple(values), "approximate": 0, "rounding": 1e-12}
        return replace(artifact, metadata=artifact.metadata.model_copy(update=update))

    def test_the_gap_is_shown_and_all_are_counted(self):
        """Where there are more symmetries than a figure usually has values, too."""
        figure = spectrum_figure(self.metadata(60, [1e-14] * 60 + [0.1 + k / 100 for k in range(40)]))
        (axes,) = figure.axes
        labels = {line.get_label(): len(line.get_xdata()) for line in axes.lines}
        assert labels["exact (60)"] == 60
        assert labels["no symmetry"] == 10
        assert sum("factor" in text.get_text() for text in axes.texts) == 1
        assert axes.get_xlabel() == "place (30 larger ones are not shown)"
        check_texts(figure)

    def test_undecided_fields_are_not_called_no_symmetry(self):
        """Nor is there a gap between them and those that are exact; ones that were not kept count as well."""
        artifact = points_artifact(("x", "y"), PLANE, radius, exact=1)
        first, *others = artifact.metadata.generators
        records = (first, *(record.model_copy(update={"undecided": True}) for record in others))
        update = {"generators": records, "exact": 1, "approximate": 0, "rounding": 1e-12}
        update["spectrum"] = (1e-14, *[2e-14] * 6, 0.5, 1.0)
        axes = spectrum_figure(replace(artifact, metadata=artifact.metadata.model_copy(update=update))).axes[0]
        labels = {line.get_label(): len(line.get_xdata()) for line in axes.lines}
        assert labels["exact (1)"] == 1
        assert labels["undecided (6)"] == 6
        assert labels["no symmetry"] == 2
        assert not any("gap" in text.get_text() for text in axes.texts)

    def test_without_a_gap(self):
        axes = spectrum_figure(self.metadata(3, [1e-14] * 3)).axes[0]
        assert [text.get_text() for text in axes.texts] == ["every field is a symmetry:\nthere is no gap"]
        assert 1 in axes.get_xticks()


class TestOverview:
    def test_colours_that_end_early_are_said_to(self, kdv):  # noqa: F811
        """A field that multiplies u: its panel goes beyond the colours, the bar has tips, and the caption says so."""
        records = list(kdv.metadata.generators)
        records[0] = records[0].model_copy(update={"formula": ("0", "0", "u"), "norm": 0.05})
        wild = replace(kdv, metadata=kdv.metadata.model_copy(update={"generators": tuple(records)}))
        figure = overview_figure(wild)
        assert "Values of V1 reach beyond the colours" in figure.get_supxlabel()
        bar = next(axes for axes in figure.findobj(Axes) if axes.get_title() == "$u$")
        assert bar._colorbar.extend == "both"
        check_texts(figure)
        assert "beyond" not in overview_figure(kdv).get_supxlabel()

    def test_data_of_one_sign_have_colours(self, kdv):  # noqa: F811
        """All that lies between their values, moved or not."""
        lifted = replace(kdv, specimen={**kdv.specimen, "u": kdv.specimen["u"] + 50})
        figure = overview_figure(lifted)
        u = lifted.specimen["u"]
        for mesh in figure.findobj(lambda artist: isinstance(artist, QuadMesh | PolyQuadMesh)):
            low, high = mesh.get_clim()
            assert low <= float(u.min())
            assert high >= float(u.max())


class TestFields:
    def test_sizes_and_colours_are_explained(self, kdv):  # noqa: F811
        """Each background has a bar of its own, and the caption defines size and its units."""
        figure = all_figures(kdv)["fields"]
        titles = [axes.get_title() for axes in figure.subfigs[0].axes]
        assert {"size", "$u$"} <= set(titles)
        words = figure.get_supxlabel().replace("\n", " ")
        assert "Size: length of the part in the plane" in words
        for name, scale in zip(kdv.metadata.space.names, kdv.metadata.space.scale, strict=True):
            assert f"{scale:.3g} in ${name}$" in words

    def test_words_in_an_empty_panel_cover_nothing(self, kdv):  # noqa: F811
        for row in all_figures(kdv)["fields"].subfigs:
            for axes in row.axes:
                if any("no component" in text.get_text() for text in axes.texts):
                    assert not axes.lines
                    assert not axes.collections

    def test_marks_of_points_are_explained(self):
        figure = all_figures(points_artifact(("x", "y"), PLANE, radius))["fields"]
        words = figure.get_supxlabel().replace("\n", " ")
        for mark in ("Small dots", "Curves", "large dot", "Grey arrows"):
            assert mark in words


class TestAlignment:
    def comparison(self, angles):
        count = len(angles)
        cosines = np.diag(np.cos(angles))
        return Comparison(
            against="a group",
            names=tuple(f"W{k}" for k in range(count)),
            alignment=tuple(map(tuple, cosines.tolist())),
            principal_angles=tuple(angles),
            distance=1.0,
            compared=count,
            reference_angles=tuple(angles),
            found_angles=tuple(angles),
            missed=tuple(f"W{k}" for k, a in enumerate(angles) if a > 0.01),
            outside=tuple(k for k, a in enumerate(angles, 1) if a > 0.01),
        )

    def test_a_near_one_is_not_called_alone(self):
        """A cosine of 0.986 is near, not without a partner; that is for what is far from all."""
        artifact = points_artifact(MOMENTUM, LORENTZ[:3], mass, particles=2)
        figure = alignment_figure(artifact, self.comparison([1e-9, math.acos(0.986), 1.5]))
        axes = figure.axes[0]
        for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
            assert [label.get_color() for label in labels[:3]] == [INK, FAINT, COLOURS["approximate"]]
        words = figure.get_supxlabel().replace("\n", " ")
        assert "Grey names: near the other span" in words
        assert "Orange names: nothing like them" in words
        assert [text.get_text() for text in axes.texts].count("0.168") == 2
        check_texts(figure)

    def test_in_the_span(self):
        artifact = points_artifact(("x", "y"), PLANE, radius)
        words = alignment_figure(artifact, compare(artifact, reference(artifact, "rotation"))).get_supxlabel()
        assert "names" not in words


class TestSolutions:
    def test_unknown_values_stay_white(self):
        """As those of copies that do not cover all times."""
        data = solutions("tx")
        values = data.read(range(2))
        values[1, 6:] = np.nan
        figure = solutions_figure(replace(data, values=values, kept=np.arange(2)), ["solution 0", "moved copy 1"])
        assert [axes.get_title() for axes in figure.axes[:2]] == ["solution 0", "moved copy 1"]
        assert all(np.isfinite(axes.images[0].get_clim()).all() for axes in figure.axes[:2])
        assert np.isnan(figure.axes[1].images[0].get_array().filled(np.nan)).any()

    def test_curves_start_where_they_are_known(self):
        data = solutions("t", ("u", "v"))
        values = data.read(range(2))
        values[1, :3] = np.nan
        figure = solutions_figure(replace(data, values=values, kept=np.arange(2)), ["a", "b"])
        dots = [line.get_xydata() for axes in figure.findobj(Axes) for line in axes.lines if line.get_marker() == "o"]
        assert len(dots) == 2
        assert np.isfinite(dots).all()
        assert np.allclose(dots[1], values[1, 3])

    def test_points_and_copies(self):
        draw = np.random.default_rng(0)
        originals = draw.normal(size=(40, 2, 3))
        source = np.concatenate([np.arange(40), np.repeat(np.arange(40), 2)])
        points = np.concatenate([originals, originals[source[40:]] + [0.0, 0.3, 0.3]])
        figure = point_copies_figure(points, source, ("x", "y", "z"))
        assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("$y$", "$z$")
        check_texts(figure)
        assert len(point_copies_figure(points[:, :, :1], source, ("x",)).axes) == 1


class Desktop:
    """Stands in for the programs of a desktop: what was opened, and how that ends."""

    def __init__(self, monkeypatch, code=0, display=":0", opener="/usr/bin/xdg-open"):
        self.opened, self.code = [], code
        monkeypatch.setattr(viewer.sys, "platform", "linux")
        for name in viewer.DISPLAYS:
            monkeypatch.delenv(name, raising=False)
        if display:
            monkeypatch.setenv("DISPLAY", display)
        monkeypatch.setattr(viewer.shutil, "which", lambda name: opener)
        monkeypatch.setattr(viewer.subprocess, "Popen", self.start)

    def start(self, command, **streams):
        assert all(streams[name] == viewer.subprocess.DEVNULL for name in ("stdin", "stdout", "stderr"))
        self.opened.append(command)
        return SimpleNamespace(wait=lambda seconds: self.code)


class TestViewer:
    def test_files_are_opened(self, monkeypatch, tmp_path):
        desktop, out = Desktop(monkeypatch), Output()
        viewer.show(out, [tmp_path / "a.png", tmp_path / "b.png"])
        assert desktop.opened == [["xdg-open", str(tmp_path / f"{name}.png")] for name in "ab"]
        assert not out.warnings

    @pytest.mark.parametrize(
        ("desktop", "why"),
        [({"display": None}, "no display"), ({"opener": None}, "no xdg-open"), ({"code": 3}, "found no viewer")],
    )
    def test_where_nothing_can_be_shown(self, monkeypatch, desktop, why):
        """The place of the figures is said in a warning, which --json has, too."""
        Desktop(monkeypatch, **desktop)
        out = Output("json")
        viewer.show(out, [Path("pictures/a.png"), Path("pictures/b.png")])
        assert len(out.warnings) == 1
        assert why in out.warnings[0]
        assert out.warnings[0].endswith("Look at pictures/.")

    def test_nothing_to_show(self, monkeypatch):
        desktop = Desktop(monkeypatch)
        viewer.show(Output(), [])
        assert not desktop.opened


class TestFiles:
    @pytest.mark.parametrize(("format", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
    def test_formats(self, tmp_path, format, start):
        folder = FigureFolder.choose(tmp_path / "new", format, False, False)
        (path,) = folder.save(Output(), FIGURES["training"]())
        assert path == tmp_path / "new" / f"training.{format}"
        first = path.read_bytes()
        assert first.startswith(start)
        save_figure(FIGURES["training"]()["training"], path, force=True)
        assert path.read_bytes() == first

    def test_what_excludes_each_other(self, tmp_path):
        data = tmp_path / "data.h5"
        with pytest.raises(UsageError, match="--format pdf is of figures"):
            FigureFolder.choose(None, "pdf", False, False)
        with pytest.raises(UsageError, match="is not of --format pdf"):
            FigureFile.choose(tmp_path / "a.png", "pdf", False, False)
        with pytest.raises(UsageError, match=r"ends in \.png, \.pdf, \.svg"):
            FigureFile.choose(tmp_path / "a.jpeg", None, False, False)
        assert FigureFolder.choose(None, None, False, False) is None
        assert FigureFile.choose(None, None, False, False) is None
        assert FigureFile.choose(None, "svg", False, False, default=data).path == tmp_path / "data.svg"
        assert FigureFile.choose(tmp_path / "a.PDF", None, False, False).path == tmp_path / "a.PDF"

    def test_figures_that_are_only_shown_have_a_folder_too(self, monkeypatch):
        desktop = Desktop(monkeypatch)
        folder = FigureFolder.choose(None, None, False, True)
        (path,) = folder.save(Output(), FIGURES["training"]())
        assert desktop.opened == [["xdg-open", str(path)]]
        assert path.is_file()


@pytest.mark.usefixtures("terminal")
class TestCommands:
    def test_data_are_drawn(self, run, monkeypatch):
        """By simulate, inspect and catalog; shown where there is a desktop, in the format that was asked for."""
        desktop = Desktop(monkeypatch)
        few = ("-n", "2", "--nt", "33")
        assert run("simulate", "pendulum", *few, "-o", "p.h5", "--format", "svg", "--open")[0] == 0
        assert desktop.opened == [["xdg-open", str(Path("p.svg").absolute())]]
        code, out, _ = run("inspect", "p.h5", "--figures", "pictures", "--format", "pdf", "--open", "--json")
        assert code == 0
        assert json.loads(out)["figures"] == ["pictures/data.pdf"]
        assert desktop.opened[1:] == [["xdg-open", str(Path("pictures/data.pdf").absolute())]]
        assert run("inspect", "p.h5", "--figures", "pictures")[0] == 2  # there already
        code, out, _ = run("inspect", "p.h5", "--open", "--json")
        assert code == 0
        assert json.loads(out)["figures"] == [desktop.opened[2][1]]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ("simulate pendulum --no-figures --open", "--open and --no-figures exclude each other"),
            ("simulate pendulum --no-figures --format pdf", "--format and --no-figures exclude each other"),
            ("simulate pendulum --figures a.png --format pdf", "is not of --format pdf"),
            ("discover pendulum --no-figures --open", "--open and --no-figures exclude each other"),
            ("inspect --equation u_t=u_xx --open", "draw what is in a FILE"),
            ("catalog --open", "give its NAME"),
        ],
    )
    def test_refused(self, run, arguments, message):
        code, _, err = run(*arguments.split())
        assert code == 2
        assert message in err

    @pytest.mark.parametrize("name", ["pendulum"])
    def test_catalog(self, run, name):
        code, out, _ = run("catalog", name, "--figures", "p.png", "--json")
        assert code == 0
        assert json.loads(out)["figures"] == ["p.png"]
        assert Path("p.png").is_file()

    def test_points_are_drawn(self, run):
        draw = np.random.default_rng(0)
        np.savez(
            "events.npz", momenta=draw.normal(size=(60, 2, 4)), mass=draw.uniform(size=60), kind=np.array(["a"] * 60)
        )
        code, out, _ = run("inspect", "--points", "events.npz", "--figures", "pictures", "--json")
        document = json.loads(out)
        assert code == 0
        assert document["figures"] == ["pictures/points.png"]
        assert document["arrays"]["momenta"]["shape"] == [60, 2, 4]
        assert 0 <= document["arrays"]["mass"]["least"] < document["arrays"]["mass"]["greatest"] <= 1
        code, out, _ = run("inspect", "--points", "events.npz")
        assert code == 0
        assert "60 x 2 x 4" in out
        code, _, err = run("inspect", "--points", "events.npz", "--against", "lorentz")
        assert code == 2
        assert "--against makes no sense for points" in err
        assert run("inspect", "--points", "missing.npz")[0] == 3

    def test_copies_are_drawn(self, run):
        few = ("--pde", "pendulum", "--generators", "lps", "-n", "1", "--copies", "2", "-o", "m.h5")
        code, out, err = run("augment", *few, "--figures", "m.png", "--json")
        assert code == 0, err
        assert json.loads(out)["figures"] == ["m.png"]
        assert Path("m.png").is_file()
