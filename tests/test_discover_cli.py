from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

import symgen
from symgen.catalog.cache import simulated as cached
from symgen.catalog.simulate import SimulationSettings
from symgen.pde.trajectories import Trajectories, TrajectoryInfo, load_trajectories

pytestmark = pytest.mark.usefixtures("terminal", "module_cache")

FAST = ["--t-degree", "4", "--n-points", "2048", "--no-figures", "--device", "cpu"]
HEAT = ["discover", "heat", "-n", "2", *FAST]


def files(folder: Path = Path()) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def kdv_file(waves):
    """kdv.h5 in the current folder: data that say their equation."""
    write("kdv.h5", waves(), equation="u_t + u*u_x + u_xxx", name="kdv")


def write(path, data, x=None, t=None, **info):
    info = TrajectoryInfo(length=data.info.length, **info)
    Trajectories.from_arrays(data.u, data.x, data.t, info).save(path)


def bare(path, u, x, t):
    with h5py.File(path, "w") as file:
        for name, value in {"tensor": u, "x-coordinate": x, "t-coordinate": t}.items():
            if value is not None:
                file[name] = value


class TestDiscover:
    def test_human(self, run):
        code, out, err = run(*HEAT)
        assert code == 0
        assert "symmetries found" in out
        for text in ("d/dx", "d/dt", "u d/du", "x d/dx + 2*t d/dt", "u_t - nu*u_xx = 0, nu = 0.05", "exact"):
            assert text in out
        assert "heat-generators.safetensors" in out
        assert "symgen inspect heat-generators.safetensors --against lps" in out
        assert "\x1b" not in out
        assert "Traceback" not in err
        assert files() == ["heat-generators.safetensors"]

    def test_json_is_one_document_and_nothing_else(self, run, kdv_file):
        code, out, err = run("discover", "--data", "kdv.h5", *FAST, "--json", "-o", "a.safetensors")
        document = json.loads(out)
        assert (code, err) == (0, "")
        assert document["file"] == "a.safetensors"
        assert (document["equation"], document["name"]) == ("u_t + u*u_x + u_xxx", "kdv")
        assert (document["exact"], document["approximate"]) == (4, 0)
        assert [g["formula"] for g in document["generators"]] == [
            ["1", "0", "0"],
            ["0", "1", "0"],
            ["t", "0", "1"],
            ["x", "3*t", "-2*u"],
        ]
        assert document["generators"][2]["text"] == "t d/dx + d/du"
        assert {g["status"] for g in document["generators"]} == {"exact"}
        assert len(document["spectrum"]) == 135
        assert document["gap"] > 1e6
        assert "exact: defect up to" in document["rule"]
        assert document["settings"]["t_degree"] == 4
        assert document["data"]["samples"] == 4
        assert document["figures"] == []

    def test_file_agrees_with_the_document(self, run, kdv_file):
        document = json.loads(run("discover", "--data", "kdv.h5", *FAST, "--json")[1])
        gens = symgen.load("kdv-generators.safetensors")
        assert gens.defects.tolist() == [g["defect"] for g in document["generators"]]
        assert list(gens.metadata.spectrum) == document["spectrum"]
        assert gens.metadata.data.sha256 == load_trajectories("kdv.h5").sha256
        assert gens.metadata.data.source == "kdv.h5"

    def test_quiet(self, run, kdv_file):
        assert run("discover", "--data", "kdv.h5", *FAST, "--quiet") == (0, "", "")
        assert files() == ["kdv-generators.safetensors", "kdv.h5"]

    def test_seed_repeats(self, run, kdv_file):
        arguments = ["discover", "--data", "kdv.h5", *FAST, "--json", "--force", "--seed"]
        spectra = [json.loads(run(*arguments, seed)[1])["spectrum"] for seed in "112"]
        assert spectra[0] == spectra[1] != spectra[2]

    def test_parameters_of_the_catalog(self, run):
        document = json.loads(run("discover", "burgers", "-n", "2", *FAST, "--param", "nu=0.3", "--json")[1])
        assert document["parameters"] == {"nu": 0.3}
        assert document["exact"] == 5

    def test_equation_of_the_user(self, run, waves):
        data = waves()
        bare("mine.h5", data.u, data.x, data.t)
        equation = "u_t + u*u_x = visc*u_xx"
        arguments = ["--data", "mine.h5", "--equation", equation, "--param", "visc=0.0137", *FAST]
        code, out, err = run("discover", *arguments)
        assert code == 0
        assert "5 symmetries found" in out
        assert "symgen inspect mine-generators.safetensors --against lps" in out
        assert "fit the equation poorly" in err
        document = json.loads(run("discover", *arguments, "--json", "--force")[1])
        assert document["name"] is None
        assert "fit the equation poorly" in " ".join(document["warnings"])

    def test_name_for_data_without_one(self, run, waves):
        data = waves()
        bare("mine.h5", data.u, data.x, data.t)
        document = json.loads(run("discover", "burgers", "--data", "mine.h5", "--param", "nu=0.2", *FAST, "--json")[1])
        assert document["file"] == "burgers-generators.safetensors"
        assert (document["name"], document["parameters"]) == ("burgers", {"nu": 0.2})

    def test_number_of_generators(self, run, kdv_file):
        for count in (2, 6):
            arguments = ["--data", "kdv.h5", *FAST, "--n-generators", str(count), "--force"]
            document = json.loads(run("discover", *arguments, "--json")[1])
            assert len(document["generators"]) == count
            assert document["generators"][0]["text"] == "d/dx"
        code, out, _ = run("discover", *arguments)
        assert code == 0
        assert "no symmetry" in out
        assert "no closed form" in out

    def test_periodic(self, run, kdv_file):
        document = json.loads(run("discover", "--data", "kdv.h5", *FAST, "--periodic", "--json")[1])
        assert [g["text"] for g in document["generators"]] == ["d/dx", "d/dt", "t d/dx + d/du"]

    def test_approximate_symmetry(self, run, simulated):
        data = simulated("ckdv", nt=250, stored=140, max_step=0.1)
        data.save("ckdv.h5")
        arguments = ["--data", "ckdv.h5", "--t-degree", "12", "--n-points", "4096", "--no-figures", "--periodic"]
        code, out, _ = run("discover", *arguments)
        assert code == 0
        assert "2 symmetries found" in out
        assert "1 approximate symmetry" in out
        assert "approximate" in next(line for line in out.splitlines() if line.startswith("V3"))
        assert " d/dt\n" in out

    def test_no_clear_gap(self, run, waves):
        data = waves()
        bare("mine.h5", data.u, data.x, data.t)
        equation = "u_t + sin(x)*exp(t)*u*u_x + cos(3*x)*u_xxx + u**3*x"
        code, out, _ = run("discover", "--data", "mine.h5", "--equation", equation, *FAST)
        assert code == 0
        assert "no exact symmetry in the library: the best field has" in out
        assert "0 symmetries found" in out

    def test_what_is_left_open_is_said(self, run, waves):
        """u_t = g(x, t, u): f (d/dt + g d/du) is a symmetry for any f, and nearly in the library, without a gap."""
        data = waves()
        bare("mine.h5", data.u, data.x, data.t)
        arguments = ["discover", "--data", "mine.h5", "--equation", "u_t = sinh(u) + x*t", *FAST]
        code, out, err = run(*arguments, "--json")
        document = json.loads(out)
        assert (code, document["exact"], err) == (0, 0, "")
        assert not any(g["status"] != "none" for g in document["generators"])
        assert any("There is no clear gap in the spectrum" in warning for warning in document["warnings"])
        assert symgen.load(document["file"]).metadata.warnings == tuple(document["warnings"])

    def test_what_is_left_open_is_not_called_no_symmetry(self, run, waves):
        data = waves()
        bare("mine.h5", data.u, data.x, data.t)
        code, out, _ = run("discover", "--data", "mine.h5", "--equation", "u_t = sinh(u) + x*t", *FAST)
        assert (code, "undecided" in out, "no symmetry " in out) == (0, True, False)

    def test_one_smooth_trajectory(self, run):
        """What its jets do not tell is said, and counted on free jets."""
        x, t = np.linspace(0, 1, 40), np.linspace(0, 1, 40)
        u = np.exp(-t)[:, None] * np.sin(3 * x) + np.exp(-2 * t)[:, None] * np.cos(2 * x)
        bare("mine.h5", u[None], x, t)
        code, out, _ = run("discover", "--data", "mine.h5", "--equation", "u_t = u_xx - u + u**3", "--no-figures")
        assert code == 0
        assert "2 symmetries found" in out
        assert "other fields from symmetries: their jets are too few" in " ".join(out.split())
        assert "finds 2 in its ansatz, 2 of these in common" in " ".join(out.split())

    def test_infinitely_many(self, run, waves):
        data = waves()
        bare("mine.h5", data.u, data.x, data.t)
        code, out, err = run("discover", "--data", "mine.h5", "--equation", "u_t + u*u_x", "--no-figures", "--json")
        document = json.loads(out)
        assert code == 0
        assert document["exact"] > 24
        assert len(document["generators"]) == 12
        assert "first order" in document["infinite"]
        assert any("fields of the library are exact symmetries" in warning for warning in document["warnings"])
        assert err == ""

    def test_the_equation_is_the_one_that_was_used(self, run, waves):
        data = waves()
        Trajectories.from_arrays(
            data.u, data.x, data.t, TrajectoryInfo(length=8.0, equation="u_t + u*u_x + u_xxx")
        ).save("mine.h5")
        code, out, _ = run("discover", "--data", "mine.h5", "--equation", "u_t - u_xx", *FAST, "--json")
        document = json.loads(out)
        assert (code, document["equation"]) == (0, "u_t - u_xx")
        assert symgen.load(document["file"]).metadata.pde.equation == "u_t - u_xx"

    def test_skip_bad(self, run, waves):
        data = waves()
        u = data.u.copy()
        u[1, 3, 5] = np.nan
        bare("mine.h5", u, data.x, data.t)
        arguments = ["discover", "kdv", "--data", "mine.h5", *FAST]
        code, _, err = run(*arguments)
        assert code == 3
        assert "1 of 4 samples are bad (counted from 0): 1 (not finite)" in err
        assert "--skip-bad" in err
        assert files() == ["mine.h5"]
        document = json.loads(run(*arguments, "--skip-bad", "--json")[1])
        assert (document["data"]["samples"], document["data"]["skipped"]) == (3, 1)
        assert document["exact"] == 4

    @pytest.mark.slow
    def test_figures(self, run, kdv_file):
        arguments = ["discover", "--data", "kdv.h5", *[a for a in FAST if a != "--no-figures"]]
        document = json.loads(run(*arguments, "--json")[1])
        assert files() == ["kdv-figures", "kdv-generators.safetensors", "kdv.h5"]
        assert sorted(Path(f).name for f in document["figures"]) == files(Path("kdv-figures"))
        assert all(path.read_bytes().startswith(b"\x89PNG") for path in Path("kdv-figures").iterdir())
        Path("kdv-generators.safetensors").unlink()
        code, _, err = run(*arguments)
        assert code == 2
        assert "kdv-figures exists already" in err
        assert files() == ["kdv-figures", "kdv.h5"]
        assert run(*arguments, "--force", "--quiet")[0] == 0


class TestCache:
    SETTINGS = SimulationSettings.for_equation("heat", n=2, nx=24, nt=6, stored=4)

    def test_data_are_simulated_once(self, module_cache, monkeypatch):
        path = cached("heat", self.SETTINGS)
        assert path.parent.parent == module_cache
        assert len(load_trajectories(path)) == 2
        monkeypatch.setattr("symgen.catalog.cache.simulate", lambda *_: 1 / 0)
        assert cached("heat", self.SETTINGS) == path
        assert cached("heat", self.SETTINGS.model_copy(update={"batch": 1})) == path

    def test_other_settings_are_other_data(self):
        changes = [{}, {"seed": 1}, {"nx": 32}, {"parameters": {"nu": 0.2}}]
        paths = {cached("heat", self.SETTINGS.model_copy(update=change)) for change in changes}
        assert len(paths) == 4

    def test_damaged_data_are_made_again(self):
        path = cached("heat", self.SETTINGS)
        content = path.read_bytes()
        path.write_bytes(content[:1000])
        assert cached("heat", self.SETTINGS) == path
        assert len(load_trajectories(path)) == 2


U = np.random.default_rng(0).normal(size=(2, 24, 64))
X, T = np.arange(64) / 8, np.linspace(0, 3, 24)
KDV = ["kdv", "--data", "mine.h5"]


class TestRefused:
    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            ([], 2, "Name an equation of the catalog"),
            (["kdb"], 2, "Did you mean 'kdv'?"),
            (["kdb", "--data", "none.h5"], 2, "Did you mean 'kdv'?"),
            (["Burgers"], 2, "Did you mean 'burgers'?"),
            (["wave"], 2, "Known: kdv, ks, burgers"),
            (["kdv", "--equation", "u_t + u_x"], 2, "--data"),
            (["--equation", "u_t + u_x"], 2, "--data"),
            (["kdv", "--data", "none.h5"], 3, "none.h5: no such file"),
            (["heat", "--param", "mu=1"], 2, "mu"),
            (["heat", "--param", "nu=-1"], 2, "positive"),
            (["heat", "--param", "nu=x"], 2, "NAME=NUMBER"),
            (["heat", "--n-generators", "0"], 2, "--n-generators 0: input should be greater than or equal to 1"),
            (["heat", "--t-degree", "-1"], 2, "--t-degree -1"),
            (["heat", "--x-degree", "99"], 2, "--x-degree 99"),
            (["heat", "--n-points", "3"], 2, "--n-points 3"),
            (["heat", "-n", "0"], 2, "--samples"),
            (["heat", "--nn", "0"], 2, "--nn"),
            (["heat", "--device", "cuda:99"], 2, "--device cuda:99"),
            (["heat", "-o", "no/folder.safetensors"], 2, "does not exist"),
            (["heat", "--json", "--quiet"], 2, "exclude each other"),
        ],
    )
    def test_options(self, run, arguments, code, said):
        got, out, err = run("discover", *arguments)
        assert got == code, err
        assert said in (out if "--json" in arguments else err)
        assert "Traceback" not in err
        assert files() == []

    @pytest.mark.parametrize(
        ("content", "arguments", "code", "said"),
        [
            ((None, X, T), KDV, 3, "no array of two dimensions or more"),
            ((U, None, T), KDV, 3, "nothing says where x begins and ends. Add --x FROM:TO"),
            ((U, X, None), KDV, 3, "nothing says where t begins and ends. Add --t FROM:TO"),
            ((U, X**2, T), KDV, 3, "'x-coordinate' is not equally spaced"),
            ((0 * U, X, T), KDV, 3, "2 of 2 samples are bad (counted from 0): 0 (all zero)"),
            ((U * 0 + 1, X, T), KDV, 3, "u is constant"),
            ((U[:, :8], X, T[:8]), KDV, 3, "8 times; differences in t need at least 9"),
            ((U, X, T), ["--data", "mine.h5"], 3, "The data come without an equation, and none is found"),
            ((U[:, :11], X, T[:11]), ["--data", "mine.h5"], 3, "11 times and 64 points; to find their equation"),
            ((U, X, T), ["--data", "mine.h5", "--param", "nu=1"], 2, "does not say which equation it solves"),
            ((U, X, T), [*KDV, "--equation", "u_t + u_x"], 2, "not both"),
            ((U, X, T), [*KDV, "--param", "nu=1"], 2, "kdv has no parameter 'nu'"),
            ((U, X, T), ["--data", "mine.h5", "--equation", "u_t + v_x"], 2, "another unknown than u"),
            ((U, X, T), ["--data", "mine.h5", "--equation", "u_x + u"], 2, "no derivative in t"),
            ((U, X, T), ["--data", "mine.h5", "--equation", "u_t + sqrt(u)*u_x"], 3, "no finite value"),
            ((U, X, T), ["--data", "mine.h5", "--equation", "u_t - nu*u_xx"], 2, "--param nu=VALUE"),
            (
                (U, X, T),
                ["--data", "mine.h5", "--equation", "u_t - a*u", "--param", "a=inf"],
                2,
                "inf is no finite number",
            ),
            ((U, X, T), ["--data", "mine.h5", "--equation", "u_t - t*u", "--param", "t=1"], 2, "'t' cannot be"),
            ((U, X, T), ["--data", "mine.h5", "--equation", "__import__('os')"], 2, "calls '__import__'"),
            ((U, X, T), [*KDV, "--n-generators", "5000"], 3, "5000 generators were asked for"),
        ],
    )
    def test_data(self, run, content, arguments, code, said):
        bare("mine.h5", *content)
        got, out, err = run("discover", *arguments, "--n-points", "2048", "--no-figures")
        assert got == code, err
        assert said in err
        assert out == ""
        assert "Traceback" not in err
        assert files() == ["mine.h5"]

    def test_damaged_files(self, run, kdv_file):
        sound = Path("kdv.h5").read_bytes()
        for content, said in [
            (sound[:3000], "truncated"),
            (b"x,t,u\n" * 50, "no table of numbers"),
            (b"", "not an HDF5"),
        ]:
            Path("mine.h5").write_bytes(content)
            code, out, err = run("discover", "--data", "mine.h5", *FAST)
            assert (code, out) == (3, "")
            assert "mine.h5" in err
            assert said in err
            assert files() == ["kdv.h5", "mine.h5"]

    def test_period_that_does_not_fit_the_grid(self, run, waves):
        write("mine.h5", waves(), equation="u_t + u_x")
        with h5py.File("mine.h5", "a") as file:
            document = json.loads(file.attrs["symgen"])
            file.attrs["symgen"] = json.dumps({**document, "length": 9.0})
        code, _, err = run("discover", "--data", "mine.h5", *FAST)
        assert code == 3
        assert "period is given as 9" in err

    def test_periodic_fields_in_open_data(self, run, waves):
        write("mine.h5", waves(), equation="u_t + u_x", periodic=False)
        code, _, err = run("discover", "--data", "mine.h5", *FAST, "--periodic")
        assert code == 3
        assert "Leave out --periodic" in err

    def test_formula_error_points_at_the_place(self, run, waves):
        write("mine.h5", waves())
        code, _, err = run("discover", "--data", "mine.h5", "--equation", "u_t + u*u_y", *FAST)
        assert code == 2
        first, excerpt, mark = err.rstrip("\n").split("\n")
        assert "did you mean 'u_x'" in first
        assert excerpt[mark.index("^") :] == "u_y"

    def test_existing_file_is_kept_without_force(self, run, kdv_file):
        Path("kdv-generators.safetensors").write_text("precious")
        arguments = ["discover", "--data", "kdv.h5", *FAST]
        code, _, err = run(*arguments)
        assert code == 2
        assert "--force" in err
        assert Path("kdv-generators.safetensors").read_text() == "precious"
        assert run(*arguments, "--force", "--quiet")[0] == 0
        assert symgen.load("kdv-generators.safetensors").generators.count == 4

    def test_json_error_is_a_document_on_stdout(self, run):
        code, out, err = run("discover", "kdv", "--data", "none.h5", "--json")
        error = json.loads(out)["error"]
        assert (code, err) == (3, "")
        assert (error["kind"], error["exit_code"]) == ("data", 3)
        assert "none.h5" in error["message"]

    def test_interrupted(self, run, kdv_file, monkeypatch):
        def interrupted(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr("symgen.tensor_file.save", interrupted)
        assert run("discover", "--data", "kdv.h5", *FAST) == (130, "", "symgen: error: Interrupted.\n")
        assert files() == ["kdv.h5"]


class TestWhatIsReadIsNeverReplaced:
    @pytest.mark.parametrize("force", [[], ["--force"]])
    def test_data(self, run, kdv_file, force):
        before = Path("kdv.h5").read_bytes()
        Path("link.h5").symlink_to("kdv.h5")
        Path("old.checkpoint.safetensors").write_bytes(before)
        for data, output in (
            ("kdv.h5", "kdv.h5"),
            ("kdv.h5", "./kdv.h5"),
            ("kdv.h5", "link.h5"),
            ("link.h5", "kdv.h5"),
            ("old.checkpoint.safetensors", "old.safetensors"),
        ):
            code, _, err = run("discover", "--data", data, *FAST, "-o", output, *force)
            assert (code, "would be lost" in err) == (2, True), (data, output, err)
        assert Path("kdv.h5").read_bytes() == before
        assert files() == ["kdv.h5", "link.h5", "old.checkpoint.safetensors"]

    def test_coordinates(self, run, waves):
        data = waves()
        np.save("u.npy", data.u)
        np.save("x.npy", data.x)
        for command in ("discover", "augment"):
            arguments = ("--data", "u.npy", "--x", "x.npy", "--t", "0:1", "-o", "x.npy", "--force")
            code, _, err = run(command, *arguments)
            assert (code, "would be lost" in err) == (2, True), err
        np.testing.assert_array_equal(np.load("x.npy"), data.x)

    def test_settings(self, run, kdv_file):
        Path("mine.toml").write_text("seed = 1\n")
        for command in (["discover", "--data", "kdv.h5"], ["simulate", "heat"], ["augment", "--data", "kdv.h5"]):
            code, _, err = run(*command, "--config", "mine.toml", "-o", "mine.toml", "--force")
            assert (code, "would be lost" in err) == (2, True), err
        assert Path("mine.toml").read_text() == "seed = 1\n"

    def test_figures_among_images(self, run):
        for name in ("cat", "dog"):
            Path("photos", name).mkdir(parents=True)
            Path("photos", name, "spectrum.png").write_bytes(b"a photo")
        for figures in ("photos", "photos/cat", "photos/../photos/new"):
            code, _, err = run("discover", "photos", "--figures", figures, "--force")
            assert (code, "another --figures" in err) == (2, True), err
        assert Path("photos/cat/spectrum.png").read_bytes() == b"a photo"
        assert files(Path("photos")) == ["cat", "dog"]
