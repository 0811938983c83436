"""What `import symgen` offers: the same as the command line, on arrays."""

from __future__ import annotations

import ast
import inspect
import logging
import pickle
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import symgen
from symgen.api.arrays_given import solutions_of
from symgen.api.options import as_options
from symgen.api.subject import find_subject
from symgen.api.words import NAMES, in_python
from symgen.cli.app import app
from symgen.discovery.requests.equation import source_of
from symgen.discovery.requests.system import solutions_of as solutions_of_system
from symgen.points.point_set import PointSet
from symgen.validity.sampled_density import SampledDensity

T = np.linspace(0.0, 6.0, 121)
Q = np.stack([np.cos(T), 2 * np.sin(T + 1)])
"""Two solutions of q_tt = -q."""
X, TIMES = np.arange(48) * (2 * np.pi / 48), np.linspace(0.0, 2.0, 30)
U = np.stack([np.cos(k * (X - TIMES[:, None]) + k) for k in (1, 2)])
"""Two solutions (sample, time, x) of u_t + u_x = 0."""
OSCILLATOR = {"equation": "q_tt = -q", "n_points": 512}


def read(*arguments, **keywords):
    """What discover would look at, without looking."""
    signature = inspect.signature(symgen.discover).bind(*arguments, **keywords)
    signature.apply_defaults()
    own = dict(signature.arguments)
    options = as_options(own)
    return find_subject(own["subject"], own["labels"], own["unknowns"], own["data"], options, "cpu")


@pytest.fixture(scope="module")
def oscillator():
    return symgen.discover(q=Q, t=T, **OSCILLATOR)


class TestNamespace:
    def test_nothing_heavy_is_imported_before_it_is_needed(self):
        program = "import sys, symgen; dir(symgen); print({'torch', 'numpy', 'sympy', 'scipy'} & set(sys.modules))"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "set()"

    def test_dir_has_everything_and_everything_is_there(self):
        assert set(symgen.__all__) <= set(dir(symgen))
        for name in symgen.__all__:
            assert inspect.isclass(getattr(symgen, name)) or callable(getattr(symgen, name))
            assert getattr(symgen, name).__doc__
        wanted = "discover algebra regress compare simulate load load_data augment Solutions System Generators"
        assert {*wanted.split(), "SymmetryFinder"} <= set(symgen.__all__)

    def test_types_are_those_of_what_is_imported(self):
        tree = ast.parse(Path(symgen.__file__).read_text("utf-8"))
        block = next(node for node in tree.body if isinstance(node, ast.If))
        typed = {alias.name: node.module for node in block.body for alias in node.names}
        assert typed == {name: f"symgen.{home}" for name, home in symgen._HOMES.items()}

    def test_another_name(self):
        with pytest.raises(AttributeError, match="has no attribute 'discovr'"):
            _ = symgen.discovr


class TestSameAsTheCommandLine:
    """A file of the same arrays gives the same generators, to the last bit."""

    def both(self, folder, arrays, options, *arguments, **keywords):
        np.savez(folder / "data.npz", **arrays)
        file = folder / "out.safetensors"
        command = ["discover", str(folder / "data.npz"), *options, "-o", str(file), "--no-figures", "--quiet"]
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, result.stderr
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", symgen.SymgenWarning)
            return symgen.load(file), symgen.discover(*arguments, **keywords)

    def test_solutions(self, tmp_path):
        options = ("--equation", OSCILLATOR["equation"], "--n-points", "512")
        theirs, mine = self.both(tmp_path, {"q": Q, "t": T}, options, q=Q, t=T, **OSCILLATOR)
        assert mine.metadata.generators == theirs.metadata.generators
        assert mine.metadata.spectrum == theirs.metadata.spectrum
        assert mine.metadata.settings == theirs.metadata.settings

    def test_points(self, tmp_path):
        points = np.random.default_rng(0).normal(size=(300, 2))
        target = (points**2).sum(1)
        options = ("--target", "target", "--library", "linear")
        arrays = {"points": points, "target": target}
        theirs, mine = self.both(tmp_path, arrays, options, points, target=target, library="linear")
        assert mine.metadata.generators == theirs.metadata.generators
        assert mine.formulas[0] == "x2 d/dx1 - x1 d/dx2"

    def test_every_option_has_a_keyword(self):
        """But for those that say where output goes, and a file of points, which is the first argument."""
        from symgen.cli.discover import discover

        renamed = {"param": "parameters", "points": "n_points", "name": "subject"}
        elsewhere = {
            "out",
            "point_file",
            "output",
            "figures",
            "no_figures",
            "force",
            "report",
            "report_file",
            "open",
            "format",
        }
        options = {renamed.get(name, name) for name in inspect.signature(discover).parameters} - elsewhere
        keywords = set(inspect.signature(symgen.discover).parameters)
        from symgen.api.options import OPTIONS

        assert {name for name in options - keywords if name not in OPTIONS and not name.startswith("_")} == set()


class TestArrays:
    """The checks of files: what is refused, and what is put right and said."""

    @pytest.mark.parametrize(
        "u",
        [
            U,
            torch.tensor(U),
            torch.tensor(U, requires_grad=True),
            U.tolist(),
            np.ma.masked_array(U, np.zeros(U.shape, bool)),
            U.swapaxes(1, 2),
            U.astype(np.complex128),
        ],
        ids=["numpy", "torch", "gradient", "lists", "masked", "transposed", "real complex"],
    )
    def test_of_all_kinds_are_the_same(self, u):
        found = read(u, x=X, t=TIMES).request
        assert found.kind == "equation"
        np.testing.assert_array_equal(found.solutions["u"], U)
        assert found.solutions.axis("x").periodic

    def test_coordinates_of_single_precision(self):
        single = [torch.tensor(own, dtype=torch.float32) for own in (U, X, TIMES)]
        data = solutions_of({"u": single[0]}, {"x": single[1], "t": single[2]}, {})
        np.testing.assert_allclose(data["x"], X, atol=1e-6)

    @pytest.mark.parametrize("given", [(0, 2), "0:2", [0, 2]], ids=["tuple", "text", "list"])
    def test_ranges(self, given):
        np.testing.assert_allclose(read(U, x=X, t=given).request.solutions["t"], TIMES)

    def test_one_sample(self):
        assert read(U[0], x=X, t=TIMES).request.solutions["u"].shape == (1, 30, 48)

    def test_decreasing_coordinates_are_turned_round_and_said(self):
        data = read(U[:, ::-1], x=X, t=TIMES[::-1]).request.solutions
        np.testing.assert_array_equal(data["u"], U)
        assert any("t is decreasing as given" in note for note in data.origin.notes)

    def test_the_end_of_a_period_is_left_out(self):
        ended = np.concatenate([U, U[..., :1]], -1)
        data = read(ended, x=np.linspace(0, 2 * np.pi, 49), t=TIMES).request.solutions
        assert data["u"].shape == U.shape

    def test_complex_ones_are_two(self):
        wave = np.exp(1j * (X - TIMES[:, None]))
        found = read(psi=np.stack([wave, 2 * wave]), x=X, t=TIMES, equation="I*psi_t = -psi_xx").request
        assert (found.kind, found.solutions.unknowns) == ("system", ("psi_r", "psi_i"))
        np.testing.assert_array_equal(found.solutions["psi"][0], wave)

    def test_several_unknowns_by_name_and_in_a_mapping(self):
        for given in (read(u=U, v=U + 1, x=X, t=TIMES), read({"u": U, "v": U + 1}, x=X, t=TIMES)):
            assert (given.request.kind, given.request.solutions.unknowns) == ("system", ("u", "v"))

    def test_one_unknown_by_its_own_name(self):
        """Equations may call it u, as those of the command line, or what the user calls it."""
        kinds = [read(h=U, x=X, t=TIMES, equation=text).request.kind for text in ("u_t + u_x", "h_t + h_x")]
        assert kinds == ["equation", "system"]

    def test_unknowns_called_like_coordinates(self):
        """Lorenz' x, y and z are functions of t."""
        motion = {name: Q + place for place, name in enumerate("xyz")}
        assert read(motion, t=T).request.solutions.unknowns == ("x", "y", "z")
        assert read(**motion, t=T).request.solutions.unknowns == ("x", "y", "z")

    def test_datasets_of_xarray(self):
        xarray = pytest.importorskip("xarray")
        order = ("x", "sample", "t")
        data = xarray.Dataset({"u": (order, U.transpose(2, 0, 1))}, {"x": X, "t": TIMES})
        np.testing.assert_array_equal(read(data).request.solutions["u"], U)
        np.testing.assert_array_equal(read(data.u, x=data.x, t=data.t).request.solutions["u"], U)

    def test_trajectories_of_ordinary_equations_leave_no_doubt(self):
        """Where t alone is given, a table is (sample, time)."""
        data = read(q=Q, t=T).request.solutions
        assert data.origin.warnings == ()
        assert data["q"].shape == Q.shape

    def test_boundary(self):
        assert not read(U, x=X, t=TIMES, boundary="open").request.solutions.axis("x").periodic
        assert read(U, x=X, t=TIMES, boundary={"x": "periodic"}).request.solutions.axis("x").periodic

    @pytest.mark.parametrize("equation", ["u_t + u_x = 0", ["u_t + u_x = 0", "u_tt = u_xx"]])
    def test_boundary_of_a_file(self, tmp_path, equation):
        np.savez(tmp_path / "u.npz", u=U, x=X, t=TIMES)

        def boundary(said):
            request = read(tmp_path / "u.npz", equation=equation, boundary=said).request
            if request.kind == "system":
                return solutions_of_system(request).axis("x").periodic
            return source_of(request)(device="cpu", progress=None)[0].solutions.axis("x").periodic

        assert [boundary(said) for said in ("open", {"x": "open"}, "periodic", {"x": "periodic"})] == [False] * 2 + [
            True
        ] * 2
        for said, wrong in (("closed", "boundary is 'periodic' or 'open'"), ({"y": "open"}, "no axis 'y'")):
            with pytest.raises(symgen.UsageError, match=wrong):
                boundary(said)

    def test_copies_are_called_that(self):
        data = read({"u": U, "v": U}, x=X, t=TIMES).request.solutions
        assert "v has the values of another array, and is left out." in data.origin.notes

    @pytest.mark.parametrize("missing", ["nan", "mask"])
    def test_bad_samples(self, missing):
        bad = np.array(U)
        if missing == "nan":
            bad[1, 3, 4] = np.nan
        else:
            bad = np.ma.masked_array(U, np.zeros(U.shape, bool))
            bad[1, 3, 4] = np.ma.masked
        with pytest.raises(symgen.DataError, match=r"1 of 2 samples are bad .* 1 \(not finite\)\. Use skip_bad=True"):
            symgen.discover(bad, x=X, t=TIMES)
        assert len(read(bad, x=X, t=TIMES, skip_bad=True).request.solutions) == 1

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"subject": U}, "An array alone does not say what it is"),
            ({}, "What is to be studied"),
            ({"subject": U, "x": X}, r"nothing says where t begins and ends\. Add t=\(FROM, TO\)"),
            ({"subject": U, "x": X, "t": TIMES**2}, "not equally spaced"),
            ({"subject": U, "x": X[:-1], "t": TIMES}, "47 points"),
            ({"subject": U[:0], "x": X, "t": TIMES}, "no array of two dimensions"),
            ({"subject": [[1, 2], [3]], "x": X, "t": TIMES}, "u is no array"),
            ({"subject": np.array(["a", "b"]), "x": X, "t": TIMES}, "not numbers"),
            ({"subject": np.array([[object()] * 2]), "x": X, "t": TIMES}, "Python objects"),
            ({"subject": U, "u": U, "x": X, "t": TIMES}, "u is given twice"),
            ({"subject": {"x": X}, "x": X, "t": TIMES}, "x is given twice"),
            ({"subject": U, "x": X, "t": TIMES, "equatoin": "u_t"}, "Did you mean equation"),
            ({"subject": U, "x": X, "t": TIMES, "degre": 3}, "Did you mean degree"),
            ({"subject": U, "x": X, "t": TIMES, "samples": 3}, "samples is how many solutions are simulated"),
            ({"subject": U, "x": X, "t": TIMES, "boundary": "closed"}, "boundary is 'periodic' or 'open'"),
            ({"subject": U, "x": X, "t": TIMES, "settings": {"sigmma": 1}}, "no option"),
            ({"subject": U, "x": X, "t": TIMES, "settings": {"sigma": 1}}, "keyword of its own"),
            ({"subject": "kdv", "x": X}, "x is a name, a path, or"),
            ({"subject": "kdvv"}, "Did you mean 'kdv'"),
            ({"subject": "kdv", "u": U}, "Give no arrays"),
            ({"subject": U, "data": "kdv.h5"}, "data= goes with a name"),
            ({"subject": U, "x": X, "t": TIMES, "device": "banana"}, "is not a device"),
            ({"subject": U, "x": X, "t": TIMES, "x_degree": 33}, "x_degree=33: "),
            ({"subject": U, "x": X, "t": TIMES, "slots": 3}, r"one of the settings: settings=\{'slots': 3\}"),
            ({"subject": U, "x": X, "t": TIMES, "settings": {"slots": 3}}, "`slots` makes no sense"),
            ({"subject": Q.T, "target": Q[0], "x": X}, "`x` makes no sense for points"),
        ],
        ids=lambda given: "" if isinstance(given, dict) else given[:20],
    )
    def test_refused(self, given, said):
        with pytest.raises(symgen.SymgenError, match=said) as refused:
            symgen.discover(**given)
        assert not re.search(r"(?<![\w-])--[a-z]", str(refused.value))


class TestSubjects:
    def test_solutions_say_themselves_what_they_are(self):
        data = symgen.simulate("lotka-volterra", 2)
        assert read(data).request.kind == "system"
        with pytest.raises(symgen.UsageError, match="boundary makes no sense for solutions"):
            read(data, boundary="open")
        with pytest.raises(symgen.UsageError, match="h makes no sense for solutions"):
            read(data, h=U)
        for name, value in {"boundary": "open", "x": X, "field": "u", "skip_bad": True, "samples": 3}.items():
            with pytest.raises(symgen.UsageError, match=f"{name} makes no sense for solutions"):
                read("kdv", data=data, **{name: value})
        with pytest.raises(symgen.UsageError, match="data is `Solutions` or a path, not ndarray"):
            symgen.discover("kdv", data=U)

    def test_nothing_is_left_unused(self):
        images = np.zeros((10, 4, 4), np.uint8)
        with pytest.raises(symgen.UsageError, match=r"to_rgb.* makes no sense for images in memory"):
            symgen.discover(images, [0, 1] * 5, to_rgb=True)
        points = PointSet.from_array(np.random.default_rng(0).normal(size=(50, 2)), ("a", "b"))
        for name, value in {"target": "a", "columns": ("c", "d"), "symmetry": "density", "skip_bad": True}.items():
            with pytest.raises(symgen.UsageError, match=f"{name}.* makes no sense for a validity"):
                symgen.discover(SampledDensity(points, "points", 0), **{name: value})

    def test_a_file_and_a_name(self, tmp_path):
        data = symgen.simulate("lotka-volterra", 2)
        data.save(tmp_path / "lv.h5")
        for found in (read(tmp_path / "lv.h5"), read(str(tmp_path / "lv.h5")), read("lotka-volterra", data=data)):
            assert found.request.kind == "system"
        loaded = symgen.load_data(tmp_path / "lv.h5")
        np.testing.assert_array_equal(loaded["u"], data["u"])
        with pytest.raises(symgen.UsageError, match="exists already"):
            data.save(tmp_path / "lv.h5")

    def test_images_with_labels(self):
        images, labels = np.random.default_rng(0).random((40, 8, 8)), np.arange(40) % 2
        found = read(images, labels)
        assert found.request.kind == "images"
        assert found.images.size == (8, 8)
        with pytest.raises(symgen.DataError, match="but images has 40 images"):
            read(images, labels[:5])

    def test_a_table_by_columns(self):
        points = np.random.default_rng(0).normal(size=(50, 2))
        found = read({"a": points[:, 0], "b": points[:, 1], "m": points[:, 0] ** 2}, target="m")
        assert list(found.rows.arrays) == ["a", "b", "m"]
        assert found.request["target"] == ["m"]

    def test_a_file_of_points(self, tmp_path):
        path = tmp_path / "points.csv"
        path.write_text("a,b,m\n" + "\n".join(f"{k},{k * k},{k + 1}" for k in range(20)))
        found = read(path, target="m", columns=["a", "b"])
        assert (found.request.kind, found.request["target"]) == ("points", ["m"])
        with pytest.raises(symgen.UsageError, match="target of a file is the name"):
            read(path, target=np.arange(20))

    def test_a_table_of_pandas(self):
        pandas = pytest.importorskip("pandas")
        table = pandas.DataFrame({"a": np.arange(9.0), "b": np.arange(9.0) ** 2, "m": np.arange(9)})
        assert list(read(table, target="m").rows.arrays) == ["a", "b", "m"]

    def test_a_set_of_points(self):
        from symgen.points.point_set import PointSet

        found = read(PointSet.from_array(np.random.default_rng(0).normal(size=(50, 2)), ("p", "q")))
        assert (found.request.kind, found.request["columns"]) == ("points", ("p", "q"))

    def test_text_as_target_of_an_array_and_of_a_table(self):
        labels = ["up", "down"] * 25
        found = read(np.random.default_rng(0).normal(size=(50, 2)), target=labels)
        assert list(found.rows.arrays["target"]) == labels


class TestGenerators:
    def test_points_of_every_kind(self, oscillator):
        points = np.array([[0.5, 1.0], [1.0, -2.0], [2.0, 0.3]])
        found = oscillator(points)
        assert found.shape == (len(oscillator), 3, 2)
        np.testing.assert_array_equal(oscillator(points.tolist()), found)
        np.testing.assert_allclose(oscillator(points.astype(np.float32)), found, rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(oscillator(points[1]), found[:, 1])
        np.testing.assert_array_equal(oscillator(np.ones((2, 2), int)), oscillator(np.ones((2, 2))))
        tensor = torch.tensor(points, dtype=torch.float32)
        assert oscillator(tensor).dtype == torch.float32
        np.testing.assert_array_equal(oscillator[0](points), found[0])

    @pytest.mark.parametrize("points", [np.ones((3, 4)), np.ones(3), 1.0, np.ones((3, 2), complex), ["a", "b"]])
    def test_other_points_are_refused_with_the_names_of_the_coordinates(self, oscillator, points):
        with pytest.raises(symgen.UsageError, match="t, q"):
            oscillator(points)

    def test_points_on_another_device(self, oscillator):
        with pytest.raises(symgen.UsageError, match="The points are on meta, the generators on cpu"):
            oscillator(torch.zeros(3, 2, device="meta"))

    def test_flow(self, oscillator):
        """exp(s d/dt) of unit norm moves t by s over the norm of d/dt; flows add up."""
        points = np.array([[0.5, 1.0], [1.0, -2.0]])
        place = oscillator.formulas.index("d/dt")
        moved = oscillator[place].flow(points, 0.25)
        np.testing.assert_allclose(moved - points, [[0.25 / oscillator[place].norm, 0]] * 2, atol=1e-7)
        scale = oscillator[oscillator.formulas.index("q d/dq")]
        np.testing.assert_allclose(scale.flow(points, 0.3)[:, 1], points[:, 1] * np.exp(0.3 / scale.norm), rtol=1e-6)
        np.testing.assert_allclose(oscillator.flow(points, 0.25)[place], moved)
        weights = np.zeros(len(oscillator))
        weights[place] = 0.25
        np.testing.assert_allclose(oscillator.flow(points, weights), moved, atol=1e-12)
        each = oscillator[place].flow(points, [0.25, 0.0])
        np.testing.assert_allclose(each, [moved[0], points[1]], atol=1e-9)
        with pytest.raises(symgen.UsageError, match="one for each of the"):
            oscillator.flow(points, [1.0] * 7)

    def test_flows_far_beyond_the_data(self, oscillator):
        """By the formula: the library's high powers of t grow there, however small their coefficients."""
        place, points = oscillator.formulas.index("d/dt"), np.array([[0.5, 1.0], [1.0, -2.0]])
        field, weights = oscillator[place], np.zeros(len(oscillator))
        weights[place] = 60 * field.norm
        for moved in (field.flow(points, weights[place]), oscillator.flow(points, weights)):
            np.testing.assert_allclose(moved - points, [[60.0, 0.0]] * 2, atol=1e-9)

    def test_is_a_sequence(self, oscillator):
        assert len(oscillator) == len(oscillator.formulas) == len(oscillator.bounds) == len(oscillator.defects)
        assert [one.formula for one in oscillator] == list(oscillator.formulas)
        assert oscillator[-1].formula == oscillator.formulas[-1]
        assert [one.place for one in oscillator[1:]] == list(range(1, len(oscillator)))
        assert oscillator.status[0] == oscillator[0].status == "exact"
        with pytest.raises(IndexError):
            oscillator[99]

    def test_saved_loaded_moved_and_compared(self, oscillator, tmp_path):
        oscillator.save(tmp_path / "q.safetensors")
        loaded = symgen.load(tmp_path / "q.safetensors").to("cpu")
        assert isinstance(loaded, symgen.Generators)
        assert loaded.formulas == oscillator.formulas
        assert symgen.compare(loaded, oscillator).distance < 1e-6
        assert symgen.compare(tmp_path / "q.safetensors", str(tmp_path / "q.safetensors")).distance < 1e-6
        with pytest.raises(symgen.UsageError, match="for generators of points"):
            symgen.compare(loaded, "lorentz")

    def test_printed_it_is_short(self, oscillator):
        assert len(repr(oscillator).splitlines()) < 12
        assert "d/dt" in repr(oscillator)
        assert "d/dt: exact" in repr(oscillator[oscillator.formulas.index("d/dt")])

    def test_html_is_escaped(self, oscillator):
        doubtful = oscillator.metadata.model_copy(update={"warnings": ("<script>alert(1)</script> --x-degree 3",)})
        html = symgen.Generators.of(
            symgen.Artifact(oscillator.generators, doubtful, oscillator.points, {})
        )._repr_html_()
        assert "<script" not in html
        assert "&lt;script&gt;" in html
        assert "x_degree=3" in html
        assert html.count("<tr>") == 1 + len(oscillator)

    def test_formulas_are_set_as_mathematics(self, oscillator):
        html = oscillator._repr_html_()
        assert html.count("<math") == sum(formula is not None for formula in oscillator.formulas)

    def test_report(self, oscillator, tmp_path):
        page = oscillator.report(tmp_path / "q.html")
        assert "</html>" in page.read_text("utf-8")
        with pytest.raises(symgen.UsageError, match=r"force=True\b(?! \()"):
            oscillator.report(page)

    def test_a_doubt_is_a_warning_where_the_user_stands(self):
        """And is kept."""
        points = np.random.default_rng(0).normal(size=(200, 1))
        flat = np.concatenate([points, 2 * points], 1)
        with pytest.warns(symgen.SymgenWarning, match="depend on each other linearly") as caught:
            found = symgen.discover(flat, target=points[:, 0] ** 2, library="linear")
        assert {one.filename for one in caught if one.category is symgen.SymgenWarning} == {__file__}
        assert any("depend on each other" in text for text in found.warnings)

    @pytest.mark.slow
    def test_a_training_that_is_stopped_goes_on(self, tmp_path):
        path = tmp_path / "q.checkpoint.safetensors"
        keywords = {**OSCILLATOR, "method": "flow", "steps": 4, "width": 8, "n_generators": 1, "checkpoint": path}

        def stop(what, done, total):
            if what.startswith("Training") and done == 2:
                raise KeyboardInterrupt

        with pytest.warns(symgen.SymgenWarning, match="interrupted at step 2 of 4"):
            symgen.discover(q=Q, t=T, progress=stop, **keywords)
        assert path.exists()
        with pytest.raises(symgen.UsageError, match=r"exists\. Go on from it with resume=True"):
            symgen.discover(q=Q, t=T, **keywords)
        symgen.discover(q=Q, t=T, resume=True, **keywords)
        assert not path.exists()
        with pytest.raises(symgen.UsageError, match=r"there is no checkpoint .*q\.checkpoint\.safetensors\. Start"):
            symgen.discover(q=Q, t=T, resume=True, **keywords)
        with pytest.raises(symgen.UsageError, match=r"there is no checkpoint\. Start"):
            symgen.discover(q=Q, t=T, resume=True, **{**keywords, "checkpoint": None})

    @pytest.mark.parametrize("method", ["flow", "spectral", None])
    def test_no_file_is_lost_to_a_checkpoint(self, tmp_path, method):
        path = tmp_path / "mine.txt"
        path.write_text("mine")
        with pytest.raises(symgen.UsageError, match=r"mine\.txt exists"):
            symgen.discover(q=Q, t=T, method=method, checkpoint=path, **OSCILLATOR)
        assert path.read_text() == "mine"

    def test_a_checkpoint_is_of_a_training(self, tmp_path):
        with pytest.raises(symgen.UsageError, match='`checkpoint` belongs to method="flow", not to spectral'):
            symgen.discover(q=Q, t=T, checkpoint=tmp_path / "q.safetensors", **OSCILLATOR)

    def test_notes_are_logged(self, caplog):
        with caplog.at_level(logging.INFO, "symgen"):
            symgen.discover(q=Q[:, ::-1], t=T[::-1], **OSCILLATOR)
        assert "t is decreasing as given" in caplog.text


class TestAlgebra:
    def test_brackets_are_antisymmetric(self):
        found = symgen.algebra("u_t = u_xx + u*u_x")
        for a in range(len(found)):
            assert found.bracket(a, a) == "0"
        assert found.bracket(1, 2).lstrip("-") == found.bracket(2, 1).lstrip("-") != "0"
        assert "[F2, F3]" in repr(found)
        assert "<script" not in found._repr_html_()

    def test_brackets_of_generators_from_the_end_and_of_none(self):
        found = symgen.algebra("u_t = u_xx + u*u_x")
        assert found.bracket(-1, 1) == found.bracket(len(found) - 1, 1) != "0"
        assert found.bracket(-1, len(found) - 1) == "0"
        for pair in ((0, 99), (99, 99), (-99, 0)):
            with pytest.raises(IndexError):
                found.bracket(*pair)

    def test_one_function_and_one_variable_need_no_list(self):
        function = {"functions": "exp(t)", "degree": 1}
        assert symgen.algebra("u_t = u_xx + u", **function).formulas == (
            symgen.algebra("u_t = u_xx + u", **{**function, "functions": ["exp(t)"]}).formulas
        )
        assert symgen.algebra("q_t = q", variables="t").names == ("t", "q")

    def test_parameters_without_a_value_are_symbols(self):
        found = symgen.algebra("u_t = (u^m*u_x)_x", {"m": None})
        assert len(found) == 4
        assert len(found.special_values["m = -4/3"]) == 5
        assert {found.bracket(0, 3), found.bracket(3, 0)} == {"m F1", "-m F1"}

    def test_of_a_system(self):
        found = symgen.algebra(["x_t = y", "y_t = -x"], degree=1)
        assert found.names == ("t", "x", "y")
        assert len(found.trivial) == 1

    def test_errors_speak_of_python(self):
        with pytest.raises(symgen.UsageError, match="parameters"):
            symgen.algebra("u_t = nu*u_xx", {"mu": 1})


def test_regress():
    found = symgen.regress(q=Q, t=T)
    assert found.equations == ("q_tt = -q",)
    ((value, error),) = found.coefficients[0].values()
    assert abs(value + 1) < 1e-3
    assert error < 1e-3
    assert repr(found).startswith("q_tt = (-1")
    with pytest.raises(symgen.UsageError, match="found in solutions"):
        symgen.regress("kdv")


class TestSimulate:
    def test_of_one_unknown(self):
        data = symgen.simulate("heat", 2, points=32, times=12, stored=10, waves=(1, 2), parameters={"nu": 0.5})
        assert data["u"].shape == (2, 10, 32)
        assert data.info.parameters == {"nu": 0.5}
        assert repr(data) == "<Solutions: 2 samples of u on 10 in t x 32 in x (periodic), of u_t - nu*u_xx>"

    def test_unknown_names_are_refused(self):
        data = symgen.simulate("pendulum", 1)
        with pytest.raises(symgen.UsageError, match="no unknown 'w'"):
            _ = data["w"]

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"name": "kdvv"}, "Did you mean"),
            ({"name": "pendulum", "stored": 3}, "stored makes no sense"),
            ({"name": "heat", "n": 0}, "n"),
            ({"name": "heat", "parameters": {"mu": 1}}, "mu"),
        ],
    )
    def test_refused(self, given, said):
        with pytest.raises(symgen.UsageError, match=said):
            symgen.simulate(**given)


class TestAugment:
    def test_solutions_are_moved_to_solutions(self):
        data = symgen.simulate("pendulum", 2)
        gens = symgen.augment("lps", data, original=0.0, scale=0.05)
        assert len(gens) == 2
        values, covered = gens[0]
        assert values.shape == (*data.shape, len(data.unknowns))
        assert not covered.all()
        assert torch.isfinite(values[covered]).all()

    def test_points_and_a_transform(self):
        points = np.random.default_rng(0).normal(size=(100, 2))
        gens = symgen.discover(points, function=lambda p: (p**2).sum(-1), library="linear")
        more = symgen.augment(gens, points, (points**2).sum(1), copies=2, scale=0.5)
        assert len(more) == 300
        moved, label = more[150]
        assert abs(float((moved**2).sum() - label)) < 1e-6
        transform = symgen.augment(gens, scale=0.5)
        batch = torch.tensor(points)
        torch.testing.assert_close((transform(batch) ** 2).sum(1), (batch**2).sum(1))

    def test_refused(self, oscillator):
        with pytest.raises(symgen.UsageError, match="give `Solutions`"):
            symgen.augment(oscillator, Q)
        with pytest.raises(symgen.UsageError, match="give them as data"):
            symgen.augment(oscillator)

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"labels": [0, 1]}, "`labels` makes no sense for solutions"),
            ({"copies": 2}, "`copies` makes no sense for solutions"),
            ({"seed": 1}, "`seed` makes no sense for solutions"),
            ({"scale": float("nan")}, "finite number"),
            ({"scale": -1.0}, "finite number"),
            ({"original": 3.0}, "probability"),
        ],
    )
    def test_of_solutions_nothing_is_left_unused(self, given, said):
        with pytest.raises(symgen.UsageError, match=said):
            symgen.augment("lps", symgen.simulate("pendulum", 2), **given)

    @pytest.mark.parametrize("name", ["labels", "original", "copies", "seed"])
    def test_of_points_nothing_is_left_unused(self, name):
        points = np.random.default_rng(0).normal(size=(100, 2))
        gens = symgen.discover(points, function=lambda p: (p**2).sum(-1), library="linear")
        with pytest.raises(symgen.UsageError, match=f"`{name}` makes no sense for a transform"):
            symgen.augment(gens, **{name: 1})
        with pytest.raises(symgen.UsageError, match="`original` makes no sense for points"):
            symgen.augment(gens, points, original=0.1)


class TestSymmetryFinder:
    POINTS = np.random.default_rng(0).normal(size=(200, 2))

    def test_scikit_learns_clone(self):
        """As sklearn.base.clone does it: a copy from get_params, whose parameters are the very same objects."""
        settings = {"memory_limit": 1.0}
        first = symgen.SymmetryFinder(library="affine", settings=settings, seed=3)
        second = type(first)(**first.get_params(deep=False))
        assert second.get_params() == first.get_params()
        assert all(second.get_params()[name] is value for name, value in first.get_params().items())
        assert not hasattr(second, "generators_")
        assert repr(first) == "SymmetryFinder(library='affine', settings={'memory_limit': 1.0}, seed=3)"

    def test_parameters_are_stored_as_they_are_and_checked_by_fit(self):
        finder = symgen.SymmetryFinder(library="cubist")
        assert finder.library == "cubist"
        with pytest.raises(symgen.UsageError, match="library"):
            finder.fit(self.POINTS, self.POINTS[:, 0])
        assert finder.set_params(library="linear") is finder
        assert finder.library == "linear"
        with pytest.raises(ValueError, match="no parameter 'libary'"):
            finder.set_params(libary="linear")

    def test_fit_and_transform(self):
        finder = symgen.SymmetryFinder(library="linear")
        with pytest.raises(symgen.UsageError, match="not fitted"):
            finder.transform(self.POINTS)
        assert finder.fit(self.POINTS, (self.POINTS**2).sum(1)) is finder
        assert (finder.n_features_in_, finder.generators_.formulas) == (2, ("x2 d/dx1 - x1 d/dx2",))
        found = finder.transform(self.POINTS)
        assert found.shape == (200, 2)
        assert list(finder.get_feature_names_out()) == ["V1_x1", "V1_x2"]
        np.testing.assert_allclose((found * self.POINTS).sum(1), 0, atol=1e-4)
        with pytest.raises(ValueError, match="3 features"):
            finder.transform(np.ones((5, 3)))
        copy = pickle.loads(pickle.dumps(finder.set_params(seed=1)))
        assert copy.seed == 1


class TestWords:
    """Whatever names an option of the command line names a keyword in Python."""

    def messages(self):
        root = Path(symgen.__file__).parent
        for path in sorted(root.rglob("*.py")):
            if path.relative_to(root).parts[0] in ("__main__.py", "cli", "benchmark", "api", "report", "plots"):
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value

    def test_of_all_messages(self):
        own = (symgen.discover, symgen.regress, symgen.simulate, symgen.load_data, symgen.augment, symgen.algebra)
        keywords = {name for function in own for name in inspect.signature(function).parameters}
        options, seen = re.compile(r"(?<![\w`-])--(?:no-)?([a-z][a-z-]*[a-z]|[a-z])(?![\w-])"), set()
        for message in self.messages():
            plain = "".join(message.split("`")[::2])
            found = {name.replace("-", "_") for name in options.findall(plain)}
            seen |= {NAMES.get(name, name) for name in found}
            if found and message.count("`") % 2 == 0:
                assert not options.search("".join(in_python(message).split("`")[::2])), message
        of_the_command_line = {"conserved", "method", "order", "variables", "resampling", "allow_invalid", "min_times"}
        of_the_command_line |= {"force", "against", "memory_limit", "points", "extractor", "max_step"}
        assert seen - keywords - of_the_command_line == set()
