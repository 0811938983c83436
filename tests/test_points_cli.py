import json
import sys

import numpy as np
import pytest
from conftest import DATA
from point_files import DRAW, MANY, RADII, write_points

import symgen

FAST = ("--no-figures", "--device", "cpu", "--force")


@pytest.fixture(autouse=True)
def folder(terminal):
    """Points of all kinds, in the folder where the command runs."""
    write_points()


@pytest.fixture
def found(run):
    """`found("balls.npz", "--target", "y")`: what discover says with --json."""

    def call(*arguments):
        code, out, err = run("discover", *arguments, *FAST, "--json")
        assert (code, err) == (0, ""), out
        return json.loads(out)

    return call


@pytest.fixture
def polynomials(monkeypatch):
    """Nothing else is fitted: networks take long to find that there is nothing to predict."""
    from symgen.surrogates.fit import SurrogateSettings

    settings = SurrogateSettings.model_validate({"kind": "polynomial", "steps": 20})
    monkeypatch.setattr(SurrogateSettings, "model_validate", lambda given: settings)


class TestDiscover:
    def test_rotations(self, run):
        code, out, err = run("discover", "--points", "table.csv", "--target", "target", *FAST)
        assert code == 0
        assert err == ""
        assert "3 symmetries found" in out
        for formula in ("y d/dx - x d/dy", "z d/dx - x d/dz", "z d/dy - y d/dz"):
            assert formula in out
        for said in ("so(3)", "x^2 + y^2 + z^2 (unique)", "polynomial of degree 2", "random fields", "400 points"):
            assert said in out

    def test_path_in_place_of_the_name(self, found):
        named = found("balls.npz", "--target", "y", "--library", "linear")
        assert found("--data", "balls.npz", "--target", "y", "--library", "linear")["spectrum"] == named["spectrum"]
        assert named["file"] == "balls-generators.safetensors"
        assert named["exact"] == 3

    def test_document(self, found):
        document = found("--points", "balls.npz", "--target", "y", "--columns", "u,v,w", "--library", "linear")
        assert document["coordinates"] == document["columns"] == ["u", "v", "w"]
        assert (document["condition"], document["outputs"], document["particles"]) == ("invariance", ["y"], 1)
        assert document["surrogate"]["degree"] == 2
        assert document["surrogate"]["error"] < 1e-10
        assert document["error"] < 1e-10
        assert (document["exact"], document["approximate"], len(document["spectrum"])) == (3, 0, 9)
        assert document["algebra"]["name"] == "so(3)"
        assert np.allclose(document["forms"]["forms"][0]["matrix"], np.eye(3), atol=1e-8)
        assert document["generators"][0]["text"] == "v d/du - u d/dv"
        assert document["generators"][0]["verdict"] == "exact"
        assert document["matrices"][0] == {"linear": [[0, 1, 0], [-1, 0, 0], [0, 0, 0]], "constant": [0, 0, 0]}
        moved = document["moved"]
        assert max(moved["generators"][0]) < 1e-8 < 1e-3 < min(moved["random"][0])
        assert document["data"]["samples"] == 400
        assert document["settings"]["library"] == "linear"
        assert (document["figures"], document["warnings"]) == ([], [])
        assert document["seconds"] > 0

    def test_matrices_of_the_file(self, found):
        document = found("balls.npz", "--target", "y")
        artifact = symgen.load(document["file"])
        values = artifact(artifact.points[:5])
        for place, (record, matrix) in enumerate(zip(document["generators"], document["matrices"], strict=True)):
            field = artifact.points[:5] @ artifact.points.new_tensor(matrix["linear"]).T
            field += artifact.points.new_tensor(matrix["constant"])
            assert np.allclose(values[place] * record["norm"], field, atol=1e-8)

    def test_translations_are_looked_for_too(self, found):
        document = found("table.csv", "--target", "x + 2*y", "--columns", "x,y,z")
        shifts = [matrix["constant"] for matrix in document["matrices"]]
        assert np.linalg.matrix_rank(np.array(shifts)) == 2
        assert found("table.csv", "--target", "x + 2*y", "--columns", "x,y,z", "--library", "linear")["exact"] == 6

    def test_degree(self, found):
        document = found("table.csv", "--target", "x^3 + y", "--columns", "x,y", "--degree", "2")
        texts = [record["text"] for record in document["generators"]]
        assert "d/dx - 3*x^2 d/dy" in texts
        assert document["matrices"] is None

    def test_equivariance(self, found):
        document = found("balls.npz", "--target", "y", "--symmetry", "equivariance", "--library", "linear")
        assert document["coordinates"] == ["X1", "X2", "X3", "y"]
        assert document["exact"] == 4
        assert any("2*y d/dy" in record["text"] for record in document["generators"])

    def test_density_of_the_points(self, found):
        document = found("--points", "cloud.npy", "--columns", "a,b")
        assert (document["condition"], document["approximate"], document["exact"]) == ("density", 1, 0)
        assert document["matrices"][0]["linear"][0][0] == pytest.approx(0, abs=0.15)

    def test_density_that_is_known(self, found):
        document = found("table.csv", "--target=-target/2", "--symmetry", "density", "--columns", "x,y,z")
        assert document["condition"] == "density"
        assert document["algebra"]["name"] == "so(3)"

    def test_particles(self, run, found):
        arguments = ("pairs.npz", "--target", "y", "--library", "linear")
        code, _, err = run("discover", *arguments, *FAST)
        assert code == 0
        assert "400 points of 2 particles with the coordinates p1, p2, p3. One field" in err
        assert found(*arguments, "--no-shared")["coordinates"][:4] == ["p1_1", "p2_1", "p3_1", "p1_2"]

    def test_lorentz(self, found, run):
        path = DATA / "dimuon.npz"
        if not path.is_file():
            pytest.skip("needs dimuon.npz")
        arguments = ("--target", "mass**2", "--columns", "E,px,py,pz", "--library", "linear")
        document = found("--points", str(path), *arguments)
        assert document["exact"] == 6
        assert document["algebra"]["name"] == "so(1,3)"
        assert np.allclose(document["forms"]["forms"][0]["matrix"], np.diag([1, -1, -1, -1]), atol=1e-6)
        code, out, _ = run("inspect", document["file"], "--against", "lorentz", "--max-distance", "1e-6")
        assert code == 0
        assert "boost E px" in out

    @pytest.mark.usefixtures("polynomials")
    def test_what_cannot_be_predicted_is_refused(self, run, tmp_path):
        code, out, err = run("discover", "noise.npz", "--target", "y", *FAST)
        assert (code, out) == (3, "")
        assert "y cannot be predicted from the points" in err
        assert not list(tmp_path.glob("*.safetensors"))

    @pytest.mark.usefixtures("polynomials")
    def test_classes(self, run):
        outside = RADII + DRAW.normal(size=len(MANY)) > 2
        np.savez("rings.npz", X=MANY, kind=np.where(outside, "out", "in"))
        code, out, err = run("discover", "rings.npz", "--target", "kind", "--library", "linear", *FAST)
        assert code == 0
        assert "kind is taken as 2 classes (in, out), as it is text." in err
        assert "of held-out points rightly (the most frequent class:" in " ".join(out.split())
        m = symgen.load("rings-generators.safetensors").metadata
        assert m.of_points.outputs == ("logit_in", "logit_out")
        assert m.of_points.surrogate.accuracy > m.of_points.surrogate.chance + 0.1
        assert m.exact == 0

    def test_no_symmetry(self, run):
        code, out, _ = run("discover", "table.csv", "--target", "x + 2*y**3 + x*z**2 + z", "--columns", "x,y,z", *FAST)
        assert code == 0
        assert "No symmetry found" in out
        assert "no symmetry" in out.split("generator")[1]

    def test_points_in_a_plane_are_doubted(self, run):
        np.savez(
            "plane.npz", x=MANY[:, 0], y=MANY[:, 1], s=MANY[:, 0] + MANY[:, 1], f=MANY[:, 0] ** 2 + MANY[:, 1] ** 2
        )
        code, out, _ = run("discover", "plane.npz", "--target", "f", *FAST, "--json")
        assert code == 0
        assert "plane of 2 dimensions" in json.loads(out)["warnings"][0]

    def test_bad_rows(self, run):
        y = RADII.copy()
        y[3] = np.nan
        np.savez("holes.npz", X=MANY, y=y)
        code, _, err = run("discover", "holes.npz", "--target", "y", *FAST)
        assert code == 3
        assert "Use --skip-bad" in err
        code, out, err = run("discover", "holes.npz", "--target", "y", "--skip-bad", *FAST)
        assert code == 0
        assert "They are left out." in err
        assert "399 points" in out

    def test_flow_training(self, found, run):
        arguments = ("table.csv", "--target", "target", "--method", "flow", "--steps", "5", "--batch", "16")
        document = found(*arguments)
        assert (document["method"], document["exact"], document["approximate"]) == ("flow", 0, 3)
        assert document["matrices"] is None or len(document["matrices"]) == 3
        code, out, _ = run("inspect", document["file"], "--against", "rotation")
        assert code == 0
        assert "rotation xy" in out

    def test_directions_that_do_not_matter(self, run):
        code, out, _ = run("discover", "table.csv", "--target", "x + y", "--columns", "x,y,z", *FAST)
        assert code == 0
        assert "d/dz" in out

    def test_same_seed_same_result(self, found):
        first = found("balls.npz", "--target", "y")["spectrum"]
        assert first == found("balls.npz", "--target", "y", "--seed", "0")["spectrum"]

    def test_settings_from_a_file(self, found, tmp_path):
        (tmp_path / "own.toml").write_text('[discover]\npoints = "table.csv"\ntarget = "target"\nlibrary = "linear"\n')
        assert found("--config", "own.toml")["exact"] == 3


class TestTerminal:
    @pytest.mark.parametrize("columns", ["80", "120"])
    def test_lines_fit(self, run, monkeypatch, columns):
        monkeypatch.setenv("COLUMNS", columns)
        code, out, _ = run("discover", "table.csv", "--target", "target", *FAST)
        assert code == 0
        assert max(map(len, out.splitlines())) <= int(columns)
        header = next(line for line in out.splitlines() if "generator" in line)
        assert header.split() == ["generator", "defect", "is", "moved", "0.1", "moved", "0.4"]
        assert "V1  y d/dx - x d/dy" in out

    def test_quiet(self, run):
        assert run("discover", "table.csv", "--target", "target", *FAST, "-q") == (0, "", "")


class TestInspect:
    @pytest.fixture
    def file(self, found):
        return found("table.csv", "--target", "target", "--library", "linear")["file"]

    def test_shows(self, run, file):
        code, out, err = run("inspect", file)
        assert (code, err) == (0, "")
        for said in ("so(3)", "x^2 + y^2 + z^2", "Matrices", "V1     x  y  z", "[F1, F2]", "random fields", "norm"):
            assert said in out

    @pytest.mark.parametrize("against", ["rotation", "own.safetensors"])
    def test_against(self, run, found, file, against):
        found("table.csv", "--target", "target", "--library", "linear", "-o", "own.safetensors")
        code, out, err = run("inspect", file, "--against", against, "--max-distance", "1e-6", "--json")
        assert (code, err) == (0, "")
        document = json.loads(out)
        assert document["comparison"]["distance"] < 1e-8
        assert document["matrices"][0]["linear"] == [[0, 1, 0], [-1, 0, 0], [0, 0, 0]]
        assert document["algebra"]["dimension"] == 3
        assert document["forms"]["dimension"] == 1
        assert len(document["brackets"]) == 3

    def test_scales_far_apart(self, run, found):
        np.savez("scales.npz", X=MANY * [1e-9, 1, 1e9], f=RADII)
        file = found("scales.npz", "--target", "f", "--library", "linear")["file"]
        code, out, _ = run("inspect", file)
        assert code == 0
        assert "so(3)" in out
        assert "leaves the span" not in out
        assert "99999" not in out.split("Matrices")[0]

    def test_too_far(self, run, file):
        assert run("inspect", file, "--against", "euclid", "--max-distance", "0.1")[0] == 4

    @pytest.mark.parametrize("against", ["lps", "affine", "lorentz"])
    def test_against_something_else(self, run, file, against):
        code, _, err = run("inspect", file, "--against", against)
        assert code == 2
        assert "rotation, euclid, similarity" in err


class TestFunction:
    def test_of_the_current_folder(self, found, tmp_path, monkeypatch):
        name = "a_model_of_these_tests"
        (tmp_path / f"{name}.py").write_text("def energy(z):\n    return (z ** 2).sum(-1)\n")
        monkeypatch.delitem(sys.modules, name, raising=False)
        document = found("--points", "cloud.npy", "--function", f"{name}:energy")
        assert document["surrogate"] is None
        assert (document["exact"], document["condition"]) == (1, "invariance")
        assert document["generators"][0]["text"] in ("x2 d/dx1 - x1 d/dx2", "-x2 d/dx1 + x1 d/dx2")

    @pytest.mark.parametrize(
        ("function", "code"), [("nothing_like_this:f", 2), ("json:nothing", 2), ("json", 2), ("json:__name__", 2)]
    )
    def test_not_there(self, run, function, code):
        assert run("discover", "--points", "cloud.npy", "--function", function, *FAST)[0] == code
