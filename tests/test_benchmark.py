from __future__ import annotations

import json
import math
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from symgen import catalog
from symgen.benchmark import runs
from symgen.benchmark.experiments import EXPERIMENTS, Experiment, checked
from symgen.benchmark.table import Case, compared, met, shown, slug
from symgen.exceptions import UsageError
from symgen.plots.chart import chart_figure

SMOKE = ("benchmark", "certainty", "--preset", "smoke")


@pytest.fixture(autouse=True)
def _own_cache(terminal, monkeypatch, tmp_path):
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def toy(monkeypatch):
    """An experiment that takes no time and counts its measurements; its `limit`, and all else, can be changed."""
    toy = ModuleType("symgen.benchmark.toy", "A toy.\n\nAbout it.")
    toy.calls, toy.limit = [], 9.0

    def measure(name: str, seed: int, device: str):
        toy.calls.append((name, seed))
        return {"size": float(len(name) + seed), "kind": "exact", "nothing": None, "counts": {"a": 1}}

    def cases(preset):
        wanted = {"size": f"≤ {toy.limit:g}", "kind": "exact"}
        for name in ("kdv", "burgers"):
            yield Case(name, name, "Sizes", measure, {"name": name}, wanted, {"published": 7})

    toy.cases = cases
    monkeypatch.setitem(sys.modules, toy.__name__, toy)
    monkeypatch.setitem(EXPERIMENTS, "toy", Experiment("toy", ("cpu",), ("kdv", "burgers")))
    monkeypatch.setattr(runs, "SEEDS", {"cpu": (0, 1)})
    return toy


ALL = [("kdv", 0), ("burgers", 0), ("kdv", 1), ("burgers", 1)]
"""Measurements of the toy, by seed."""


class TestRuns:
    def test_every_case_with_every_seed(self, toy, tmp_path):
        told = []
        done = runs.run("toy", "cpu", tmp_path, progress=lambda *news: told.append(news))
        assert toy.calls == ALL
        assert [result["size"] for result in done.results["kdv"]] == [3.0, 4.0]
        assert told[0] == (0, 4, "kdv, seed 0")
        assert told[-1] == (4, 4, "toy")
        names = sorted(path.name for path in done.folder.iterdir())
        assert names == sorted(f"{name}-seed{seed}.json" for name, seed in ALL)

    def test_finished_cases_are_kept(self, toy, tmp_path):
        first = runs.run("toy", "cpu", tmp_path)
        file = first.folder / "kdv-seed1.json"
        file.write_text(file.read_text().replace("4.0", "4.5"))
        again = runs.run("toy", "cpu", tmp_path)
        assert len(toy.calls) == again.resumed == 4
        assert again.folder == first.folder
        assert again.results["kdv"][1]["size"] == 4.5

    @pytest.mark.parametrize("text", ["", '{"case": "kdv", "seed"', "[]", '{"case": "ks", "seed": 1}', "\x00\xff", "7"])
    def test_a_torn_or_foreign_file_is_made_again(self, toy, tmp_path, text):
        first = runs.run("toy", "cpu", tmp_path)
        (first.folder / "kdv-seed1.json").write_text(text)
        again = runs.run("toy", "cpu", tmp_path)
        assert toy.calls == [*ALL, ("kdv", 1)]
        assert again.results == first.results

    def test_what_had_other_settings_is_made_again(self, toy, tmp_path):
        first = runs.run("toy", "cpu", tmp_path)
        file = first.folder / "kdv-seed1.json"
        file.write_text(file.read_text().replace('"name": "kdv"', '"name": "other"'))
        runs.run("toy", "cpu", tmp_path)
        assert toy.calls == [*ALL, ("kdv", 1)]

    def test_interrupted_then_resumed(self, toy, tmp_path):
        def stop(done, total, what):
            if done == 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            runs.run("toy", "cpu", tmp_path, progress=stop)
        assert toy.calls == ALL[:3]
        assert runs.run("toy", "cpu", tmp_path).resumed == 3
        assert toy.calls == ALL

    def test_parts_come_together(self, toy, tmp_path):
        """Several processes share the work by `only` and seeds; a run without them has it all."""
        for options in ({"only": ("kdv",)}, {"only": ("burgers",), "seeds": (0,)}, {"seeds": (1, 1)}):
            runs.run("toy", "cpu", tmp_path, **options)
        calls = len(toy.calls)
        whole = runs.run("toy", "cpu", tmp_path)
        assert len(toy.calls) == calls
        assert whole.resumed == 4
        assert list(whole.results) == ["kdv", "burgers"]

    def test_an_interrupted_force_does_not_bring_old_results_back(self, toy, tmp_path):
        def stop(done, total, what):
            if done == 1:
                raise KeyboardInterrupt

        runs.run("toy", "cpu", tmp_path)
        with pytest.raises(KeyboardInterrupt):
            runs.run("toy", "cpu", tmp_path, force=True, progress=stop)
        assert runs.run("toy", "cpu", tmp_path).resumed == 1
        assert toy.calls == ALL * 2

    def test_configuration_is_recorded(self, toy, tmp_path):
        done = runs.run("toy", "cpu", tmp_path, seeds=(3,), only=("kdv",))
        config = done.configuration
        assert config["command"] == "symgen benchmark toy --preset cpu --seeds 3 --only kdv"
        assert (config["seeds"], config["cases"]) == ([3], {"kdv": {"name": "kdv"}})
        assert config["machine"]["cores"] >= 1
        assert config["machine"]["gpu"] is None

    def test_what_diverged_is_shown_and_missed(self, toy, tmp_path):
        kdv, burgers = toy.cases("cpu")
        infinite = Case("kdv", "kdv", "Sizes", lambda name, seed, device: {"size": [1.0, math.inf][seed]}, kdv.settings)
        toy.cases = lambda preset: (infinite, burgers)
        toy.comparisons = lambda preset: [("kdv", "burgers", "size", "ratio ≤ 0.5")]
        for _ in range(2):  # the second from files
            done = runs.run("toy", "cpu", tmp_path)
            assert [result["size"] for result in done.results["kdv"]] == [1.0, math.inf]
            row = done.rows()[-1]
            assert (row["measured"], row["verdict"]) == ("inf (0.143, inf)", "MISS")
            assert "| kdv | 1, inf |" in done.write().read_text()


class TestReport:
    def test_tables(self, toy, tmp_path):
        toy.limit = 7.0
        toy.comparisons = lambda preset: [("kdv", "burgers", "size", "ratio ≤ 0.5")]
        toy.figures = lambda run: {"size": chart_figure({"kdv": {"one": {3.0: [1.0]}}}, "size", "n")}
        done = runs.run("toy", "cpu", tmp_path)
        text = done.write().read_text()
        assert text.startswith("# A toy\n\n```bash\nsymgen benchmark toy --preset cpu\n```\n\nAbout it.\n")
        assert "| case | published | size | kind | nothing |" in text
        assert "| kdv | 7 | 3.5 ± 0.7 (≤ 7: pass) | exact (exact: pass) |  |" in text
        assert "| burgers | 7 | 7.5 ± 0.7 (≤ 7: MISS) | exact (exact: pass) |  |" in text  # 7 and 8: every seed counts
        assert "4 of 5 reached." in text
        assert "| kdv | size / burgers | 0.4667 (0.429, 0.5) | ≤ 0.5 | pass |" in text
        assert "![size](size.png)" in text
        assert (done.folder / "size.png").read_bytes().startswith(b"\x89PNG")

    @pytest.mark.parametrize(
        ("values", "text"),
        [([4, 4], "4"), ([4, 5], "4, 5"), ([None], ""), (["a", "a"], "a"), ([1e-7], "1e-07"), ([1.0, None], "1")],
    )
    def test_values(self, values, text):
        assert shown(values) == text

    @pytest.mark.parametrize(
        ("wanted", "good", "bad"),
        [
            (4, 4, 5),
            (True, True, False),
            (1.0, 1.0, None),
            ("exact", "exact", "refused"),
            ("≤ 1e-06", 1e-6, 2e-6),
            ("≥ -1", 0, -2.0),
            ("≤ 1", 0.5, None),
            ("≤ 1", 0.5, float("nan")),
            ("≤ 1", 0.5, "refused"),
            ("≤ 1 if measured", None, 2.0),
            ("0 if measured", 0, 1),
        ],
    )
    def test_targets(self, wanted, good, bad):
        assert met(wanted, good)
        assert not met(wanted, bad)

    @pytest.mark.parametrize(
        ("case", "other", "wanted", "measured", "verdict"),
        [
            ("kdv", "burgers", "ratio ≤ 0.5", "0.4667 (0.429, 0.5)", "pass"),
            ("kdv", "burgers", "ratio ≤ 0.4", "0.4667 (0.429, 0.5)", "MISS"),
            ("burgers", "kdv", "difference > spread", "4 (4, 4)", "pass"),
            ("kdv", "burgers", "difference > spread", "-4 (-4, -4)", "MISS"),
            ("burgers", "kdv", "difference ≥ 4.1", "4 (4, 4)", "MISS"),
            ("kdv", "burgers", "difference ≥ -4.5", "-4 (-4, -4)", "pass"),
        ],
    )
    def test_comparisons(self, case, other, wanted, measured, verdict):
        results = {"kdv": [{"size": 3.0}, {"size": 4.0}], "burgers": [{"size": 7.0}, {"size": 8.0}]}
        (row,) = compared([(case, other, "size", wanted), ("kdv", "not measured", "size", wanted)], results)
        assert (row["measured"], row["verdict"]) == (measured, verdict)
        assert row["quantity"] == f"size {'/' if wanted.startswith('ratio') else '-'} {other}"

    @pytest.mark.parametrize(
        ("mine", "others", "verdict"),
        [
            ([3.0, 3.2], [1.0, 1.1], "pass"),
            ([3.0, 1.0], [1.0, 1.1], "MISS"),
            ([3.0], [1.0], "pass"),
            ([1.0], [1.0], "MISS"),
        ],
    )
    def test_a_difference_within_the_spread_is_none(self, mine, others, verdict):
        results = {"a": [{"x": value} for value in mine], "b": [{"x": value} for value in others]}
        (row,) = compared([("a", "b", "x", "difference > spread")], results)
        assert row["verdict"] == verdict


def test_chart_has_every_line_with_its_spread():
    panels = {
        "kdv": {"none": {8.0: [1.0, 2.0], 32.0: [0.5]}, "true": {8.0: [0.9, 1.0]}},
        "ks": {"true": {8.0: [1.0]}},
    }
    figure = chart_figure(panels, "NMSE", "trajectories")
    (kdv, ks) = figure.axes
    assert [axes.get_title() for axes in figure.axes] == ["kdv", "ks"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["none", "true"]
    line, _, (bars,) = kdv.containers[0]
    assert line.get_ydata() == pytest.approx([1.5, 0.5])
    low, high = bars.get_segments()[0][:, 1]
    assert (low, high) == pytest.approx((1.5 - 0.5**0.5, 1.5 + 0.5**0.5))
    assert len(ks.containers) == 1


def test_the_legend_of_a_chart_is_not_cut_off():
    names = ("none", "true", "approximate", "both", "learned")
    figure = chart_figure({"ckdv": {name: {8.0: [1.0], 32.0: [0.5]} for name in names}}, "NMSE", "trajectories")
    figure.draw_without_rendering()
    box, page = figure.legends[0].get_window_extent(), figure.bbox
    assert page.x0 <= box.x0 < box.x1 <= page.x1
    assert page.y0 <= box.y0 < box.y1 <= page.y1


class TestExperiments:
    @pytest.mark.parametrize("name", EXPERIMENTS)
    def test_cases_are_consistent(self, name):
        """What is told without the module is true of it."""
        experiment, subjects = EXPERIMENTS[name], set()
        module = import_module(f"symgen.benchmark.{experiment.module}")
        assert module.__doc__.count("\n\n") >= 1, "a title, then what is measured"
        for preset in experiment.presets:
            cases = list(module.cases(preset))
            subjects |= {case.subject for case in cases}
            names = {slug(case.name) for case in cases}
            assert len(names) == len(cases)
            for case in cases:
                json.dumps(dict(case.settings))
            for case, other, *_ in getattr(module, "comparisons", lambda preset: ())(preset):
                assert {case, other} <= names
        assert subjects == set(experiment.subjects)

    def test_typos(self):
        with pytest.raises(UsageError, match=r"benchmark called 'certianty'\. Did you mean 'certainty'"):
            checked("certianty", "cpu", ())
        with pytest.raises(UsageError, match=r"preset of speed called 'smok'\. Did you mean 'smoke'"):
            checked("speed", "smok", ())

    def test_another_equation_in_the_catalog_breaks_nothing(self, monkeypatch):
        """Experiments that take all of them measure it too, without a target that nobody set."""
        other = ModuleType("symgen.catalog.other")
        other.ENTRY = catalog.get("kdv")
        monkeypatch.setitem(sys.modules, other.__name__, other)
        for names in ("EQUATIONS", "CATALOG"):
            monkeypatch.setattr(catalog, names, (*getattr(catalog, names), "other"))
        found = {}
        for experiment in EXPERIMENTS.values():
            module = import_module(f"symgen.benchmark.{experiment.module}")
            for preset in experiment.presets:
                found |= {case.name: case for case in module.cases(preset) if case.subject == "other"}
        assert set(found) == {"simulate-other"}
        assert found["simulate-other"].targets == {}


class TestCommand:
    @pytest.mark.slow
    def test_certainty_smoke(self, run):
        code, out, err = run(*SMOKE, "-o", "runs", "--check")
        assert code == 0
        assert (
            err == "2 measurements to make, each kept in runs/: if interrupted, the same command goes on from there.\n"
        )
        assert "pairs-0.03 false_certain 0 ≤ 0.05 pass" in " ".join(out.split())
        assert "MISS" not in out
        (folder,) = Path("runs").iterdir()
        text = (folder / "report.md").read_text()
        assert f"Report: {folder / 'report.md'}" in out
        for title in ("Pairs of states and rates", "Trajectories without an equation"):
            assert f"## {title}\n" in text

        result = folder / "pairs-0.03-seed0.json"
        result.write_text(result.read_text().replace('"false_certain": 0.0', '"false_certain": 0.5'))
        code, out, err = run(*SMOKE, "-o", "runs", "--json")
        document = json.loads(out)
        assert (code, err) == (0, "")
        assert document["resumed"] == len(document["configuration"]["cases"]) == 2
        assert document["results"]["pairs-0.03"][0]["false_certain"] == 0.5
        assert document["missed"] == 1

    @pytest.mark.slow
    def test_speed_smoke(self, run):
        code, out, err = run("benchmark", "speed", "--preset", "smoke", "--json")
        assert (code, err) == (0, "")
        results = json.loads(out)["results"]
        assert results["simulate-burgers"][0]["seconds"] > 0
        (discovery,) = results["discover-burgers"]
        assert min(discovery["seconds"], discovery["cpu"]) > 0.5
        assert 0.05 < discovery["peak"] < 2
        assert results["train-burgers-default"][0]["seconds"] > 0

    def test_operators_smoke(self, run):
        code, out, err = run("benchmark", "operators", "--preset", "smoke", "--only", "ks", "--json")
        assert (code, err) == (0, "")
        document = json.loads(out)
        results = document["results"]
        assert list(results) == ["ks-4-none", "ks-4-true", "ks-4-learned"]
        assert {result["updates"] for (result,) in results.values()} == {8}
        # the symmetries found are the true ones, and copies make a difference
        none, true, learned = (result["nmse"] for (result,) in results.values())
        assert none != true
        assert learned == pytest.approx(true, rel=1e-3)
        assert "![nmse]" in Path(document["report"]).read_text()

    @pytest.mark.slow
    def test_operators_of_a_system_smoke(self, run):
        code, out, err = run("benchmark", "operators", "--preset", "smoke", "--only", "reaction-diffusion", "--json")
        assert (code, err) == (0, "")
        document = json.loads(out)
        names = [f"reaction-diffusion-{case}" for case in ("2-none", "2-true", "2-learned", "solver")]
        assert list(document["results"]) == names
        none, true, learned, solver = (document["results"][name][0] for name in names)
        # the symmetries found are the true ones, up to order and signs, and copies make a difference
        assert none["nmse"] != true["nmse"]
        assert learned["nmse"] == pytest.approx(true["nmse"], rel=0.2)
        assert max(solver[f"{axis}-translation"] for axis in "xyt") < 1e-5
        assert solver["phase"] < 1e-10
        assert solver["random smooth fields"] > 0.1
        assert true["x-translation"] < 0.1 < true["phase"], "operators commute with translations by themselves"
        assert "| reaction-diffusion-solver |" in Path(document["report"]).read_text()

    def test_no_targets(self, run, toy):
        names = [case.name for case in toy.cases("cpu")]
        toy.cases = lambda preset: [Case(name, name, "Sizes", lambda **_: {"size": 1.0}, {}) for name in names]
        code, out, err = run("benchmark", "toy", "--check")
        assert code == 0
        assert err.startswith("4 measurements to make, each kept in benchmarks/: if interrupted, the same command goes")
        assert out.split()[:5] == ["This", "preset", "has", "no", "targets;"]
        assert "report.md" in out

    def test_check(self, run, toy):
        arguments = ("benchmark", "toy")
        assert run(*arguments, "--check")[0] == 0
        toy.limit = 7.0
        code, out, err = run(*arguments)
        assert (code, "MISS" in out) == (0, True)
        assert "4 results were there already" in err
        code, out, err = run(*arguments, "--check")
        assert (code, "MISS" in out) == (4, True)
        assert "1 of 4 targets were missed. See benchmarks" in err
        code, out, err = run(*arguments, "--check", "--json")
        assert (code, json.loads(out)["missed"], err) == (4, 1, "")
        assert run(*arguments, "--check", "--quiet")[:2] == (4, "")

    def test_list(self, run):
        code, out, err = run("benchmark", "--list")
        assert (code, err) == (0, "")
        assert all(name in out for name in EXPERIMENTS)
        code, out, err = run("benchmark", "--list", "--json")
        assert json.loads(out)["assume"]["subjects"] == ["kdv", "ks", "burgers", "nls"]

    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            ([], 2, "Name an experiment. Known: approximate, "),
            (["assum"], 2, "Did you mean 'assume'?"),
            (["assume", "--only", "kvd"], 2, "Did you mean 'kdv'?"),
            (["assume", "--preset", "smoke", "--only", "ks"], 2, "Known: kdv, nls."),
            (["speed", "--only", "kdv,discovr"], 2, "Did you mean 'discover'?"),
            (["assume", "--preset", "gpu"], 2, "'--preset': 'gpu' is not one of 'smoke', 'cpu'"),
            (["assume", "--preset", "paper"], 2, "Known: smoke, cpu."),
            (["assume", "--seeds", "0;1"], 2, "is not a list of numbers"),
            (["assume", "--preset", "smoke", "-o", "file"], 2, "file is or goes through a file."),
        ],
    )
    def test_errors(self, run, arguments, code, said):
        Path("file").touch()
        got, out, err = run("benchmark", *arguments)
        assert (got, out) == (code, "")
        assert said in err
        assert err.count("\n") == 1
        assert sorted(path.name for path in Path().iterdir()) == ["file"]

    def test_not_under_torchrun(self, run, toy, monkeypatch):
        monkeypatch.setenv("WORLD_SIZE", "2")
        code, _, err = run("benchmark", "toy")
        assert (code, toy.calls) == (2, [])
        assert "Split the work with --only." in err

    def test_mistakes_are_told_before_torch_is_imported(self):
        lines = [["--list"], ["assum"], ["assume", "--only", "kvd"], ["assume", "--preset", "paper"]]
        script = (
            "import sys\nfrom symgen.cli import main\n"
            f"for line in {lines}:\n"
            "    try: main(['benchmark', *line])\n    except SystemExit as end: assert not end.code or end.code == 2\n"
            "print('torch' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout.split()[-1]) == (0, "False"), done.stderr


@pytest.mark.slow
def test_resampling_smoke(run, tmp_path):
    output = str(tmp_path / "runs")
    document = json.loads(run("benchmark", "resampling", "--preset", "smoke", "--output", output, "--json")[1])
    (cost,) = document["results"]["cost-exact-formulas"]
    assert cost["cpu"] > 0


@pytest.mark.slow
def test_images_smoke(run):
    code, out, err = run("benchmark", "images", "--preset", "smoke", "--json")
    assert (code, err) == (0, "")
    (result,) = json.loads(out)["results"]["spectral"]
    assert 0 < result["accuracy"] <= 1
    assert 0 < result["shear"] <= 1 + 1e-9
    assert len(result["generators"].split()) == len(result["affine"].split()) == 6
