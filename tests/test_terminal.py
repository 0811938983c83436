"""What the terminal says beside results: first words, time, progress, completion, names before heavy imports."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time

import numpy as np
import pytest
from rich.console import Console
from rich.text import Text

from symgen import names
from symgen.catalog import all_names, get, system, system_names
from symgen.catalog import names as equation_names
from symgen.cli.completion import benchmarks, equations, names_or_generators, paths, subjects
from symgen.cli.output import Output, time_text
from symgen.cli.progress import Bar, _Clock, _Done, duration, seconds_left
from symgen.image.published import NAMES
from symgen.inspection.groups import GROUPS

pytestmark = pytest.mark.usefixtures("terminal")


class TestNames:
    def test_are_those_of_the_registries(self):
        assert list(names.EQUATIONS) == equation_names()
        assert list(names.SYSTEMS) == system_names()
        assert list(names.CATALOG) == all_names()
        assert set(names.IMAGES) == set(NAMES)
        assert list(names.REFERENCES) == ["lps", "affine", *GROUPS]
        assert all(get(name).name == name for name in names.EQUATIONS)
        assert all(system(name).name == name for name in names.SYSTEMS)

    def test_mistakes_are_told_before_anything_heavy_is_imported(self):
        mistakes = [
            ["discover", "kvd"],
            ["discover", "missing.h5"],
            ["discover", "--data", "missing.h5"],
            ["discover", "--points", "missing.npz"],
            ["simulate", "kvd"],
            ["catalog", "kvd"],
            ["augment", "--pde", "kvd"],
            ["augment", "--pde", "kdv", "--skip-bad"],
            ["augment", "--pde", "kdv", "--generators", "none", "--copies", "3"],
            ["benchmark", "operatrs"],
            ["benchmark", "operators", "--preset", "smoek"],
            ["discover", "kdv", "--metod", "flow"],
            ["discover", "kdv", "--method", "folw"],
            ["discover", "kdv", "--device", "gpu"],
            ["inspect", "kdv.safetensors", "--max-distance", "x"],
            ["report", "missing.safetensors"],
            ["report", "missing.safetensors", "-o", "missing.pdf"],
        ]
        script = (
            "import sys\nfrom symgen.cli import main\n"
            f"for line in {mistakes}:\n"
            "    try: main(line)\n    except SystemExit as end: assert end.code in (2, 3), line\n"
            "print(*(m for m in ('torch', 'sympy', 'numpy', 'matplotlib', 'h5py') if m in sys.modules))"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
        assert done.stderr.count("symgen: error: ") == len(mistakes)
        assert "Value error" not in done.stderr

    def test_missing_files_are_told_before_torch_is_imported(self):
        script = (
            "import sys\nfrom symgen.cli import main\n"
            "for name in ('missing.safetensors', 'missing.h5'):\n"
            "    try: main(['inspect', name])\n    except SystemExit as end: assert end.code == 3\n"
            "print('torch' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout.strip()) == (0, "False"), done.stderr


def test_a_process_ends_at_once_but_says_all():
    symgen = [sys.executable, "-m", "symgen"]
    done = subprocess.run([*symgen, "catalog", "--json"], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)["entries"]) == len(names.CATALOG)
    assert subprocess.run([*symgen, "catalog", "kvd"], capture_output=True, timeout=60).returncode == 2


class TestCompletion:
    def test_names(self):
        assert equations("k") == ["kdv", "ks", "kepler"]
        assert benchmarks("op") == ["operators"]
        assert subjects("rot") == ["rotated-mnist", "rotated-fashion-mnist"]

    def test_files(self, tmp_path):
        for name in ("kepler.h5", "kepler.safetensors", ".hidden"):
            (tmp_path / name).touch()
        (tmp_path / "more").mkdir()
        (tmp_path / "more" / "deep.safetensors").touch()
        assert subjects("kep") == ["kepler", "kepler.h5", "kepler.safetensors"]
        assert paths("") == ["kepler.h5", "kepler.safetensors", "more/"]
        assert paths(".h") == [".hidden"]
        assert paths("nowhere/") == []
        generators = names_or_generators("lps", "none")
        assert generators("") == ["lps", "none", "kepler.safetensors", "more/"]
        assert generators("more/") == ["more/deep.safetensors"]

    @pytest.mark.parametrize(
        ("words", "offered"),
        [
            ("symgen discover kd", "kdv"),
            ("symgen simulate nava", None),
            ("symgen simulate nav", "navier-stokes"),
            ("symgen benchmark ass", "assume"),
            ("symgen benchmark assume --preset sm", "smoke"),
            ("symgen inspect --against aff", "affine"),
            ("symgen augment --generators lp", "lps"),
            ("symgen augment --pde bur", "burgers\nburgers2d"),
            ("symgen discover --device cu", "cuda"),
            ("symgen discover --preset pa", "paper"),
        ],
    )
    def test_as_the_shell_asks(self, words, offered, monkeypatch, run):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
        monkeypatch.setenv("_SYMGEN_COMPLETE", "complete_bash")
        code, out, _ = run()
        assert (code, out.strip() or None) == (0, offered)


class TestTime:
    def test_is_whole_and_says_where_it_went(self, monkeypatch):
        now = [100.0]
        monkeypatch.setattr("symgen.cli.output.time.perf_counter", lambda: now[0])
        out = Output("quiet", began=98.0)
        for what, part, seconds in (("Reading", "data", 3.0), ("Solving", "discovery", 4.0), ("More", "data", 1.0)):
            with out.progress(what, part), out.part("inner"):  # of what it is in
                now[0] += seconds
        now[0] += 2
        assert out.time() == {"seconds": 12.0, "spent": {"start": 2.0, "data": 4.0, "discovery": 4.0}}
        assert time_text(out.time()) == "12.0 s: start 2.0, data 4.0, discovery 4.0, other 2.0"
        assert time_text({"seconds": 1.25, "spent": {}}) == "1.2 s"

    def test_in_text_and_json(self, run):
        arguments = ("simulate", "kepler", "-n", "1", "--nt", "33", "--force")
        code, out, _ = run(*arguments)
        (line,) = [line for line in out.splitlines() if line.startswith("time ")]
        assert code == 0
        assert "solving" in line
        assert "figure" in line
        begin = time.perf_counter()
        document = json.loads(run(*arguments, "--json")[1])
        assert set(document["spent"]) == {"start", "solving", "figure"}
        assert sum(document["spent"].values()) <= document["seconds"] <= time.perf_counter() - begin
        assert "figure" not in json.loads(run(*arguments, "--no-figures", "--json")[1])["spent"]

    def test_figures_of_copies_are_counted(self, run):
        made = ("augment", "--pde", "kepler", "-n", "2", "--generators", "lps", "--copies", "1", "--json")
        assert set(json.loads(run(*made, "--figures", "a.png")[1])["spent"]) == {"start", "data", "copies", "figure"}


class TestProgress:
    def test_bar(self):
        console = Console(file=io.StringIO(), width=80)
        bar = Bar("Working", console)
        task = bar._shown.tasks[0]
        assert _Done().render(task) == Text("", style="progress.download")  # never 0/?
        bar.update(3, 21, "Still working")
        bar.update(4, 21)
        assert _Done().render(task).plain == "4/21"
        assert task.description == "Still working"
        bar._shown.update(bar._task, since=(time.monotonic() - 60, 3))
        assert _Clock().render(task).plain.split(", ")[1] == "about 17:00 left"
        bar.update(0, 5, "Another piece")
        assert seconds_left(task.fields["since"], 0, 5) is None
        bar.stop()

    def test_durations(self):
        assert [duration(s) for s in (0.4, 42, 61.2, 3723)] == ["0:00", "0:42", "1:01", "1:02:03"]

    def test_a_word_at_once_where_a_person_looks(self, monkeypatch):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        for mode, said in (("human", True), ("json", False), ("quiet", False)):
            stderr = Terminal()
            monkeypatch.setattr("sys.stderr", stderr)
            with Output(mode).starting():
                time.sleep(0.01)
            assert ("Starting" in stderr.getvalue()) is said


class TestHints:
    @pytest.mark.parametrize(
        ("line", "code", "said"),
        [
            ("discover --data kdv", 3, "kdv: no such file. It is a name: symgen discover kdv."),
            (
                "discover kdv mine.h5",
                2,
                "One name too many: mine.h5. What has blanks in it needs quotes. A file of data",
            ),
            ("simulate kdv mine.h5", 2, "One name too many: mine.h5. What has blanks in it needs quotes. See"),
            ("catalog kdv nls", 2, "One name too many: nls. What has blanks in it needs quotes. See"),
            ("discover", 2, "or give a file of data with --data, or as in `symgen discover mine.h5`."),
            ("discover mine.npz", 3, "symgen discover --points mine.npz --target NAME"),
            ("discover generators.safetensors", 2, "look at it with `symgen inspect generators.safetensors`"),
        ],
    )
    def test_say_what_to_do(self, run, tmp_path, line, code, said):
        (tmp_path / "mine.h5").touch()
        (tmp_path / "generators.safetensors").touch()
        np.savez("mine.npz", z=np.ones((40, 3)), y=np.ones(40))
        got, out, err = run(*line.split())
        assert (got, out) == (code, "")
        assert said in err


class TestUnused:
    """Nothing that is asked for is left out in silence."""

    @pytest.fixture(autouse=True)
    def data(self, terminal):
        x, t = np.arange(32) / 32, np.linspace(0, 1, 30)
        np.savez("waves.npz", u=np.sin(2 * np.pi * (x - t[:, None]))[None], x=x, t=t)

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("discover --data waves.npz --equation u_t+u_x --samples 3", "--samples makes no sense for data that are"),
            ("discover --data waves.npz --equation u_t+u_x --terms all", "--terms is about an equation that is sought"),
            ("discover --data waves.npz --equation u_t+u_x --param q=1", "has no parameter 'q'"),
            ("discover kdv --param q=1", "The parameters of kdv are: none; given: q."),
            ("discover kdv --skip-bad", "--skip-bad makes no sense for simulated data"),
            ("discover kdv --x 0:1", "--x makes no sense for simulated data"),
            ("discover kdv --figures a --no-figures", "--figures and --no-figures exclude each other"),
            ("discover kdv -o kdv.html --report-file ./kdv.html", "cannot be both the generators and their report"),
            ("simulate kepler --sines 3", "its initial data have no sines"),
            ("simulate kepler --points 8", "it has no points in space"),
            ("augment --data waves.npz --equation u_t+u_x --samples 2", "--samples makes no sense for data that are"),
            ("augment --pde kdv --skip-bad", "--skip-bad makes no sense for simulated data"),
            ("augment --pde kdv --generators none --copies 3", "--copies makes no sense for --generators none"),
            ("augment --pde kdv --generators none --scale 1", "--scale makes no sense for --generators none"),
            ("augment --pde kdv --generators lps --max-defect 1", "--max-defect makes no sense for --generators lps"),
            ("inspect waves.npz --force", "--force is about --figures"),
            ("inspect --points waves.npz --force", "--force is about --figures"),
            ("inspect . --force", "--force is about --figures"),
            ("catalog kdv --force", "--force is about --figures"),
            ("catalog --force", "--force is about --figures"),
        ],
    )
    def test_refused(self, run, line, said):
        code, out, err = run(*line.split())
        assert (code, out) == (2, "")
        assert said in err
