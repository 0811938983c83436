from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from symgen.benchmark import registry, report, runner
from symgen.benchmark.experiment import Case, Chart, Comparison, Experiment, Table, Target
from symgen.benchmark.speed import _shifted
from symgen.catalog.simulate import SimulationSettings, simulate
from symgen.exceptions import UsageError
from symgen.pde.equation import Equation
from symgen.pde.residual import data_residual
from symgen.plots.chart import chart_figure

SMOKE = ("benchmark", "alignment", "--preset", "smoke")


@pytest.fixture(autouse=True)
def _own_cache(terminal, monkeypatch, tmp_path):
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))


class Toy:
    """An experiment that takes no time and counts its measurements."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []

    def experiment(self, limit: float = 9.0) -> Experiment:
        def measure(name: str, seed: int, device: str):
            self.calls.append((name, seed))
            return {"size": float(len(name) + seed), "kind": "exact", "nothing": None}

        cases = tuple(
            Case(
                name=name,
                subject=name,
                label=name.upper(),
                measure=measure,
                settings={"name": name},
                tables=("Sizes",),
                targets={"size": Target(limit, at_most=True), "kind": Target("exact")},
                known={"published": 7},
                once=name == "once",
            )
            for name in ("kdv", "burgers", "once")
        )
        columns = {"size": "size (m)", "published": "published", "kind": "kind", "nothing": "nothing"}
        return Experiment(
            "toy", "A toy", "About it.", {"cpu": cases}, {"cpu": (0, 1)}, {"Sizes": Table("name", columns, "A note.")}
        )


@pytest.fixture
def toy(monkeypatch):
    toy = Toy()
    monkeypatch.setitem(registry._EXPERIMENTS, "toy", toy.experiment())
    return toy


ALL = [("kdv", 0), ("kdv", 1), ("burgers", 0), ("burgers", 1), ("once", 0)]
"""Measurements of the toy, neighbours share data."""


class TestRunner:
    def test_every_case_with_every_seed(self, toy, tmp_path):
        told = []
        done = runner.run(toy.experiment(), "cpu", tmp_path, progress=lambda *news: told.append(news))
        assert toy.calls == ALL
        assert done.results["kdv"] == [
            {"size": 3.0, "kind": "exact", "nothing": None},
            {"size": 4.0, "kind": "exact", "nothing": None},
        ]
        assert len(done.results["once"]) == 1
        assert told[0] == (0, 5, "kdv, seed 0")
        assert told[-1] == (5, 5, "toy")
        names = sorted(path.name for path in done.folder.iterdir())
        assert names == sorted(["config.json", *(f"{name}-seed{seed}.json" for name, seed in ALL)])

    def test_finished_cases_are_kept(self, toy, tmp_path):
        first = runner.run(toy.experiment(), "cpu", tmp_path)
        file = first.folder / "kdv-seed1.json"
        file.write_text(file.read_text().replace("4.0", "4.5"))
        again = runner.run(toy.experiment(), "cpu", tmp_path)
        assert len(toy.calls) == again.resumed == 5
        assert again.folder == first.folder
        assert again.results["kdv"][1]["size"] == 4.5

    @pytest.mark.parametrize(
        "text", ["", '{"case": "kdv", "seed"', "[]", '{"case": "ks", "seed": 1, "result": {}}', "\x00\xff"]
    )
    def test_a_torn_or_foreign_file_is_made_again(self, toy, tmp_path, text):
        first = runner.run(toy.experiment(), "cpu", tmp_path)
        (first.folder / "kdv-seed1.json").write_text(text)
        again = runner.run(toy.experiment(), "cpu", tmp_path)
        assert toy.calls == [*ALL, ("kdv", 1)]
        assert again.results == first.results

    def test_interrupted_then_resumed(self, toy, tmp_path):
        def stop(done, total, what):
            if done == 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            runner.run(toy.experiment(), "cpu", tmp_path, progress=stop)
        assert toy.calls == ALL[:3]
        assert runner.run(toy.experiment(), "cpu", tmp_path).resumed == 3
        assert toy.calls == ALL

    def test_force_starts_over(self, toy, tmp_path):
        for _ in range(2):
            runner.run(toy.experiment(), "cpu", tmp_path, force=True)
        assert toy.calls == ALL * 2

    def test_an_interrupted_force_does_not_bring_old_results_back(self, toy, tmp_path):
        def stop(done, total, what):
            if done == 1:
                raise KeyboardInterrupt

        runner.run(toy.experiment(), "cpu", tmp_path)
        with pytest.raises(KeyboardInterrupt):
            runner.run(toy.experiment(), "cpu", tmp_path, force=True, progress=stop)
        assert runner.run(toy.experiment(), "cpu", tmp_path).resumed == 1
        assert toy.calls == ALL * 2

    def test_another_configuration_has_another_folder(self, toy, tmp_path):
        runs = [
            runner.run(toy.experiment(), "cpu", tmp_path, **options)
            for options in ({}, {"seeds": (5,)}, {"only": ("kdv",)}, {"only": ("kdv",), "seeds": (5, 5)})
        ]
        assert len({done.folder for done in runs}) == 4
        assert [list(done.results) for done in runs[2:]] == [["kdv"], ["kdv"]]
        assert runs[3].configuration.seeds == (5,)

    def test_configuration_is_recorded(self, toy, tmp_path):
        done = runner.run(toy.experiment(), "cpu", tmp_path, seeds=(3,))
        config = json.loads((done.folder / "config.json").read_text())
        assert config["command"] == "symgen benchmark toy --preset cpu --seeds 3"
        assert config["seeds"] == [3]
        assert config["cases"]["kdv"] == {"name": "kdv"}
        assert config["hardware"]["cores"] >= 1
        assert config["hardware"]["gpu"] is None
        assert {"symgen", "torch", "python"} <= set(config)
        assert runner.Configuration.model_validate(config) == done.configuration


class TestReport:
    def test_table(self, toy, tmp_path):
        text = report.markdown(runner.run(toy.experiment(7.0), "cpu", tmp_path))
        assert "```bash\nsymgen benchmark toy --preset cpu\n```" in text
        assert "## Sizes\n\nA note.\n" in text
        assert "| name | size (m) | target | published | kind | target | nothing |" in text
        assert "| KDV | 3.5 ± 0.7 | ≤ 7: pass | 7 | exact | exact: pass |  |" in text
        assert "| BURGERS | 7.5 ± 0.7 | ≤ 7: MISS | 7 | exact | exact: pass |  |" in text  # 7 and 8: every seed counts
        assert "5 of 6 reached.\n\n- burgers: size (m) 7.5 ± 0.7, target ≤ 7\n" in text

    def test_no_targets(self, tmp_path):
        text = report.markdown(runner.run(compared(), "cpu", tmp_path))
        assert text.endswith("## Targets\n\nNone for this preset.\n")

    @pytest.mark.parametrize(
        ("values", "text"),
        [([4, 4], "4"), ([4, 5], "4, 5"), ([None], ""), (["a", "a"], "a"), ([1e-7], "1e-07"), ([1.0, None], "1")],
    )
    def test_values(self, values, text):
        assert report.shown(values) == text

    def test_what_could_not_be_measured_is_missed(self):
        assert report.verdict(Target(1.0, at_most=True), [0.5, None]) == "MISS"
        assert report.verdict(Target(1.0, at_most=True), [float("nan")]) == "MISS"
        assert report.verdict(Target(4), [4, 4]) == "pass"
        assert report.verdict(Target(1.0, at_most=True, if_measured=True), [None, 1.0]) == "pass"
        assert report.verdict(Target(1.0, at_most=True, if_measured=True), [None, 2.0]) == "MISS"


def compared(*comparisons: Comparison) -> Experiment:
    """The toy without its targets, its cases compared: size is 3 and 4 for kdv, 7 and 8 for burgers."""

    def measure(n: int, line: str, seed: int, device: str):
        return {"size": float(n + seed)}

    cases = tuple(
        Case(name, name, name.upper(), measure, {"n": len(name), "line": "one"}, ("Sizes",))
        for name in ("kdv", "burgers")
    )
    toy = Toy().experiment()
    chart = Chart("size", "size (m)", "n", "trajectories", "line")
    return replace(toy, presets={"cpu": cases}, comparisons={"cpu": comparisons}, charts=(chart,))


class TestComparisons:
    @pytest.mark.parametrize(
        ("comparison", "measured", "target", "word"),
        [
            (Comparison("kdv", "burgers", "size", at_most=0.5), "0.4667 (0.429, 0.5)", "≤ 0.5", "pass"),
            (Comparison("kdv", "burgers", "size", at_most=0.4), "0.4667 (0.429, 0.5)", "≤ 0.4", "MISS"),
            (Comparison("burgers", "kdv", "size"), "4 (4, 4)", "> spread", "pass"),
            (Comparison("kdv", "burgers", "size"), "-4 (-4, -4)", "> spread", "MISS"),
            (Comparison("burgers", "kdv", "size", by_at_least=4.0), "4 (4, 4)", "≥ 4", "pass"),
            (Comparison("burgers", "kdv", "size", by_at_least=4.1), "4 (4, 4)", "≥ 4.1", "MISS"),
            (Comparison("kdv", "burgers", "size", by_at_least=-4.5), "-4 (-4, -4)", "≥ -4.5", "pass"),
        ],
    )
    def test_rows(self, tmp_path, comparison, measured, target, word):
        row = report.targets(runner.run(compared(comparison), "cpu", tmp_path))[-1]
        assert (row["measured"], row["target"], row["verdict"]) == (measured, target, word)
        sign = "-" if comparison.at_most is None else "/"
        assert row["quantity"] == f"size (m) {sign} {comparison.other.upper()}"

    def test_a_difference_within_the_spread_is_none(self):
        gain = Comparison("a", "b", "size")
        assert gain.met([3.0, 3.2], [1.0, 1.1])
        assert not gain.met([3.0, 1.0], [1.0, 1.1])
        assert gain.met([3.0], [1.0])
        assert not gain.met([1.0], [1.0])

    def test_only_where_both_are_measured(self, tmp_path):
        experiment = compared(Comparison("kdv", "burgers", "size", at_most=0.5))
        done = runner.run(experiment, "cpu", tmp_path, only=("kdv",))
        assert report.targets(done) == []

    def test_they_have_a_table(self, tmp_path):
        text = report.markdown(runner.run(compared(Comparison("kdv", "burgers", "size", at_most=0.5)), "cpu", tmp_path))
        assert "## Comparisons\n\n| case | quantity | measured | target | verdict |\n| --- |" in text
        assert "| kdv | size (m) / BURGERS | 0.4667 (0.429, 0.5) | ≤ 0.5 | pass |" in text

    def test_what_diverged_is_shown_and_missed(self, tmp_path):
        experiment = compared(Comparison("kdv", "burgers", "size", at_most=0.5))
        (kdv, burgers) = experiment.presets["cpu"]
        infinite = replace(kdv, measure=lambda seed, **rest: {"size": [1.0, math.inf][seed]})
        experiment = replace(experiment, presets={"cpu": (infinite, burgers)})
        for _ in range(2):  # the second from files
            done = runner.run(experiment, "cpu", tmp_path)
            assert [result["size"] for result in done.results["kdv"]] == [1.0, math.inf]
            (row,) = report.targets(done)
            assert (row["measured"], row["verdict"]) == ("inf (0.143, inf)", "MISS")
            assert "| KDV | 1, inf |" in report.write(done).read_text()

    def test_chart(self, tmp_path):
        done = runner.run(compared(), "cpu", tmp_path)
        text = report.write(done).read_text()
        assert "![size (m)](size.png)" in text
        assert (done.folder / "size.png").read_bytes().startswith(b"\x89PNG")

    def test_chart_has_every_line_with_its_spread(self):
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

    def test_the_legend_of_a_chart_is_not_cut_off(self):
        names = ("none", "true", "approximate", "both", "learned")
        figure = chart_figure({"ckdv": {name: {8.0: [1.0], 32.0: [0.5]} for name in names}}, "NMSE", "trajectories")
        figure.draw_without_rendering()
        box, page = figure.legends[0].get_window_extent(), figure.bbox
        assert page.x0 <= box.x0 < box.x1 <= page.x1
        assert page.y0 <= box.y0 < box.y1 <= page.y1


class TestExperiments:
    @pytest.mark.parametrize("name", registry.names())
    def test_cases_are_consistent(self, name):
        experiment = registry.get(name)
        for preset, cases in experiment.presets.items():
            assert len({case.name for case in cases}) == len(cases)
            assert experiment.seeds[preset]
            for case in cases:
                shown = set().union(*(experiment.tables[title].columns for title in case.tables))
                assert set(case.targets) | set(case.known) <= shown
                json.dumps(dict(case.settings))
            names = {case.name for case in cases}
            for comparison in experiment.comparisons.get(preset, ()):
                assert {comparison.case, comparison.other} <= names

    def test_typos(self):
        with pytest.raises(UsageError, match=r"benchmark called 'alignmnet'\. Did you mean 'alignment'"):
            registry.get("alignmnet")
        with pytest.raises(UsageError, match=r"preset of speed called 'smok'\. Did you mean 'smoke'"):
            registry.get("speed").select("smok")

    def test_shifted_trajectories_are_solutions_too(self):
        data = simulate("ckdv", SimulationSettings.for_equation("ckdv", n=2, duration=40))
        many = _shifted(data, 5, seed=0)
        assert many.u.shape == (5, *data.u.shape[1:])
        assert np.array_equal(many.u[:2], data.u)
        assert not np.array_equal(many.u[2], data.u[0])
        equation = Equation.from_string(data.info.equation)
        assert data_residual(many, equation).relative == pytest.approx(data_residual(data, equation).relative, rel=0.5)


class TestCommand:
    def test_alignment_smoke(self, run, tmp_path):
        code, out, err = run(*SMOKE, "-o", "runs", "--check")
        assert code == 0
        assert (
            err == "8 measurements to make, each kept in runs/: if interrupted, the same command goes on from there.\n"
        )
        assert "ckdv-periodic status approximate approximate pass" in " ".join(out.split())
        assert "MISS" not in out
        (folder,) = Path("runs").iterdir()
        text = (folder / "report.md").read_text()
        assert f"Report: {folder / 'report.md'}" in out
        for title in ("Clean data", "5% noise", "Fields periodic in x", "An approximate symmetry"):
            assert f"## {title}\n" in text
        assert (tmp_path / "cache" / "trajectories").is_dir()

        config, result = folder / "config.json", folder / "heat-clean-seed0.json"
        result.write_text(result.read_text().replace('"missed": "none"', '"missed": "scaling"'))
        code, out, err = run(*SMOKE, "-o", "runs", "--json")
        document = json.loads(out)
        assert (code, err) == (0, "")
        assert document["resumed"] == len(document["configuration"]["cases"]) == 8
        assert document["results"]["heat-clean"][0]["missed"] == "scaling"
        assert document["missed"] == 1
        assert json.loads(config.read_text())["command"] == "symgen benchmark alignment --preset smoke"

    def test_speed_smoke(self, run):
        code, out, err = run("benchmark", "speed", "--preset", "smoke", "--json")
        assert (code, err) == (0, "")
        results = json.loads(out)["results"]
        assert results["simulate-burgers"][0]["seconds"] > 0
        assert results["accuracy-ckdv"][0]["error"] < 1e-6
        (discovery,) = results["discover-burgers-8"]
        assert discovery["process"] > discovery["seconds"] > 0
        assert discovery["peak"] >= discovery["baseline"] > 0.05
        assert discovery["growth"] < 1.5
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
        assert "![NMSE" in Path(document["report"]).read_text()

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
        assert "| reaction-diffusion, the solver itself |" in Path(document["report"]).read_text()

    def test_no_targets(self, run, toy, monkeypatch):
        experiment = toy.experiment()
        cases = tuple(replace(case, targets={}) for case in experiment.presets["cpu"])
        bare = replace(experiment, presets={"cpu": cases}, comparisons={})
        monkeypatch.setitem(registry._EXPERIMENTS, "toy", bare)
        code, out, err = run("benchmark", "toy", "--check")
        assert code == 0
        assert err.startswith("5 measurements to make, each kept in benchmarks/: if interrupted, the same command goes")
        assert out.split()[:5] == ["This", "preset", "has", "no", "targets;"]
        assert "report.md" in out

    def test_check(self, run, toy, monkeypatch):
        arguments = ("benchmark", "toy")
        assert run(*arguments, "--check")[0] == 0
        monkeypatch.setitem(registry._EXPERIMENTS, "toy", toy.experiment(7.0))
        code, out, err = run(*arguments)
        assert (code, "MISS" in out) == (0, True)
        assert "5 results were there already" in err
        code, out, err = run(*arguments, "--check")
        assert (code, "MISS" in out) == (4, True)
        assert "1 of 6 targets were missed. See benchmarks" in err
        code, out, err = run(*arguments, "--check", "--json")
        assert (code, json.loads(out)["missed"], err) == (4, 1, "")
        assert run(*arguments, "--check", "--quiet")[:2] == (4, "")

    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            (["alignmet"], 2, "Did you mean 'alignment'?"),
            (["alignment", "--only", "kvd"], 2, "Did you mean 'kdv'?"),
            (["speed", "--only", "kdv,discovr"], 2, "Did you mean 'discover'?"),
            (["alignment", "--preset", "gpu"], 2, "'--preset': 'gpu' is not one of 'smoke', 'cpu'"),
            (["alignment", "--preset", "paper"], 2, "Known: smoke, cpu."),
            (["alignment", "--seeds", "0;1"], 2, "is not a list of numbers"),
            (["alignment", "--preset", "smoke", "-o", "file"], 2, "file is or goes through a file."),
        ],
    )
    def test_errors(self, run, arguments, code, said):
        Path("file").touch()
        got, out, err = run("benchmark", *arguments)
        assert (got, out) == (code, "")
        assert said in err
        assert err.count("\n") == 1
        assert sorted(path.name for path in Path().iterdir()) == ["file"]


@pytest.mark.slow
def test_noise_smoke(run):
    document = json.loads(run("benchmark", "noise", "--preset", "smoke", "--check", "--json")[1])
    assert (document["missed"], len(document["targets"])) == (0, 6)
    clean, noisy = (document["results"][f"burgers-{level}"][0] for level in ("0", "0.01"))
    assert clean["exact"] == noisy["exact"] == 5
    assert clean["coefficient_error"] < 1e-6 < noisy["coefficient_error"] < 0.01
    assert noisy["noise"] == pytest.approx(0.01, rel=0.1)
    assert noisy["weak"] < 0.02 < 0.2 < noisy["pointwise"]


@pytest.mark.slow
def test_resampling_smoke(run, tmp_path):
    output = str(tmp_path / "runs")
    document = json.loads(run("benchmark", "resampling", "--preset", "smoke", "--output", output, "--json")[1])
    (errors,) = document["results"]["errors-burgers"]
    assert errors["exact"] < 1e-6
    assert errors["exact"] < errors["whittaker-shannon"] < errors["bilinear"] < 0.1
    assert errors["exact"] < 3 * errors["estimated"]
    (cost,) = document["results"]["cost-exact-formulas"]
    assert cost["cpu"] > 0
