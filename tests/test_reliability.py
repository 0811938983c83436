"""What becomes of commands where disks are full, caches cannot be written, two write at once, or a signal comes."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from killed import Running, contents, hidden, load, run

from symgen import tensor_file
from symgen.catalog.cache import simulated
from symgen.catalog.simulate import SimulationSettings
from symgen.cli.destination import Destination
from symgen.cli.figure_files import FigureFolder
from symgen.cli.output import Output
from symgen.exceptions import DataError, Interrupted, SymgenWarning, UsageError
from symgen.hidden_file import begin
from symgen.pde.solutions_file import load_solutions

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]
SIMULATE = "simulate heat -n 4 --nx 32 --nt 20 --stored 16 -o new.h5"
AUGMENT = "augment --data heat.h5 --generators lps --copies 3 --min-times 4 -o new.h5"
COMMANDS = {
    "simulate": f"{SIMULATE} --no-figures",
    "simulate and draw": SIMULATE,
    "simulate a system": "simulate kepler -n 2 --nt 33 --no-figures -o new.h5",
    "augment": AUGMENT,
    "augment a system": "augment --data kepler.h5 --generators lps --copies 2 --min-times 4 -o new.h5",
    "figures": "inspect heat.h5 --figures new",
}
POINTS = {
    "discover": "discover points.csv --target r --no-figures --report -o new.safetensors",
    "augment points": "augment --data points.csv --generators fields.safetensors --copies 1 -o new.npz",
}
SLOW = ("simulate and draw", "augment a system", "figures")
NAMES = [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in COMMANDS]


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """A folder with what commands read, from a process that has loaded what they need."""
    folder = tmp_path_factory.mktemp("before")
    load("simulate heat -n 2 --nx 32 --nt 24 --stored 16 --no-figures", folder)
    load("simulate kepler -n 2 --nt 33 --no-figures", folder)
    points = torch.rand(200, 2, generator=torch.Generator().manual_seed(0))
    rows = [f"{x},{y},{x * x + y * y}" for x, y in points.tolist()]
    (folder / "points.csv").write_text("\n".join(["x,y,r", *rows]))
    for words in COMMANDS.values():
        load(words, Path(shutil.copytree(folder, tmp_path_factory.mktemp("load") / "here")))
    return folder


@pytest.fixture
def folder(before, tmp_path):
    return Path(shutil.copytree(before, tmp_path / "here"))


def limit(size: int) -> None:
    """No file may become larger than so many bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def whole(folder: Path, words: str) -> dict[str, int]:
    """The sizes of what a command writes, which is removed again."""
    there = set(contents(folder))
    ended = run(words, folder)
    assert ended.code == 0, ended.said
    written = [folder / name for name in contents(folder) if name not in there]
    sizes = {path.name: path.stat().st_size for path in written}
    for path in written:
        path.unlink()
    return sizes


class TestFullDisk:
    @pytest.mark.parametrize("name", NAMES)
    def test_one_sentence_and_no_file(self, name, folder):
        """A file may have so many bytes and no more, as on a disk that gets full anywhere within it."""
        words = COMMANDS[name]
        size = max(whole(folder, words).values())
        there = contents(folder)
        for most in (int(share * size) for share in (0.0, 0.5, 0.99)):
            ended = Running(words, folder, lambda most=most: limit(most)).end()
            assert ended.code == 3, ended.said
            assert f"could not be written: {os.strerror(errno.EFBIG)}" in ended.said
            assert "bug" not in ended.said
            left = set(contents(folder)) - set(there)
            assert left == ({"new.h5"} if "new.h5 is written and whole" in ended.said else set())
            assert not hidden(folder)
            for one in left:
                (folder / one).unlink()

    def test_the_output_too(self, folder):
        with open("/dev/full", "w") as full:
            command = [sys.executable, "-m", "symgen", "catalog"]
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 3
        assert done.stderr.endswith(f"could not be read or written: {os.strerror(errno.ENOSPC)}.\n")
        assert "Traceback" not in done.stderr


class TestAtOnce:
    @pytest.mark.parametrize("force", [False, pytest.param(True, marks=pytest.mark.slow)])
    def test_two_commands_one_output(self, folder, force, monkeypatch):
        import symgen.catalog.simulate as module

        solve, gate = module.simulate, multiprocessing.get_context("fork").Barrier(2)

        def together(*arguments, **options):
            gate.wait(60)  # both have seen that the name is free
            return solve(*arguments, **options)

        monkeypatch.setattr(module, "simulate", together)
        words = f"{SIMULATE} --force" if force else SIMULATE
        ended = [running.end() for running in [Running(words, folder) for _ in range(2)]]
        assert [one.code for one in ended] == [0, 0], ended
        made = contents(folder)
        names = {"new.h5", "new.png"} | (set() if force else {"new-2.h5", "new-2.png"})
        assert {name for name in made if name.startswith("new")} == names
        assert sum("new-2.h5" in one.said for one in ended) == (0 if force else 1)
        if not force:
            assert made["new-2.h5"] == made["new.h5"]
            assert made["new-2.png"] == made["new.png"]
        assert not hidden(folder)

    @pytest.mark.parametrize("name", [*NAMES[:-1], "discover", "augment points"])
    def test_a_name_is_taken_while_they_work(self, name, folder, monkeypatch):
        """Another program may write between the first look and the last, whichever the command."""
        from symgen import atomic

        looked = atomic.require_writable

        def then_taken(path, force=False, inputs=()):
            looked(path, force, inputs)
            Path(path).write_bytes(b"theirs")

        words = {**COMMANDS, **POINTS}[name]
        if name == "augment points":
            assert run(POINTS["discover"].replace("new", "fields"), folder).code == 0
        monkeypatch.setattr(atomic, "require_writable", then_taken)
        ended = run(words, folder)
        assert ended.code == 0, ended.said
        taken = [path for path in folder.rglob("*") if path.is_file() and path.read_bytes() == b"theirs"]
        assert taken
        for path in taken:
            assert path.with_stem(f"{path.stem}-2").exists()
        assert not hidden(folder)

    def test_many_processes_one_cache(self, folder):
        settings = SimulationSettings.for_equation("heat", n=1, nx=32, nt=8, stored=4)

        def make():
            print(simulated("heat", settings))

        ended = [one.end() for one in [Running("--version", folder, make) for _ in range(6)]]
        assert {one.code for one in ended} == {0}, ended
        (path,) = (folder / "cache/trajectories").iterdir()
        assert all(str(path) in one.said for one in ended)
        assert len(load_solutions(path)) == 1


class TestStopped:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    @pytest.mark.parametrize(
        "words",
        [f"{SIMULATE} --no-figures", *(pytest.param(words, marks=pytest.mark.slow) for words in (AUGMENT, SIMULATE))],
        ids=["simulate", "augment", "simulate and draw"],
    )
    def test_at_any_moment(self, folder, words, number):
        """Nothing is left, but what is whole already, which is then said."""
        there, draw = contents(folder), random.Random(0)
        seconds = run(f"{words} -o time.h5", folder).seconds
        for name in ("time.h5", "time.png"):
            (folder / name).unlink(missing_ok=True)
        for place in range(3):
            ended = Running(words, folder).signal(number, (place + draw.random()) / 3 * seconds).end()
            left = set(contents(folder)) - set(there)
            assert not hidden(folder)
            if ended.code != 0:
                assert ended.code == 128 + number, ended.said
                assert ("new.h5 is written and whole" in ended.said) == ("new.h5" in left)
                assert ("Interrupted." if number == signal.SIGINT else "Terminated.") in ended.said
                assert "Traceback" not in ended.said
            for name in left:
                (folder / name).unlink()

    @pytest.mark.parametrize(
        ("module", "becomes"), [("typer", "itself"), ("torch", "an ImportError"), ("typer", "nothing")]
    )
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_while_libraries_load(self, module, becomes, number, tmp_path):
        """Also where a library makes something else of the interrupt, as C extensions do."""
        script = f"""
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            try:
                os.kill(os.getpid(), {int(number)})
            except KeyboardInterrupt:
                if {becomes == "an ImportError"}:
                    raise ImportError("initialisation failed") from None
                if {becomes == "itself"}:
                    raise
sys.meta_path.insert(0, Finder())
sys.argv = ["symgen", "simulate", "heat", "-n", "1", "--json"]
from symgen.__main__ import main
main()
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 128 + number, done.stderr
        message = "Interrupted." if number == signal.SIGINT else "Terminated."
        error = {"kind": "interrupted", "message": message, "exit_code": 128 + number}
        assert json.loads(done.stdout) == {"error": error}
        assert done.stderr == ""
        assert list(tmp_path.iterdir()) == []

    def test_nohup_is_heeded(self, folder):
        script = "import signal; from symgen import stopping; signal.signal(signal.SIGHUP, signal.SIG_IGN);"
        script += "stopping.listen(); signal.raise_signal(signal.SIGHUP); print('lives')"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "lives\n")


def test_after_the_generators(tmp_path, monkeypatch):
    """Ctrl-C, or a full disk, as soon as the generators are there: that is said, and not before, nor of older ones."""
    from symgen.cli.afterwards import afterwards

    path = tmp_path / "g.safetensors"
    for error, kind in ((KeyboardInterrupt(), Interrupted), (DataError("x could not be written."), DataError)):
        for before in (None, "old"):
            if before:
                path.write_text(before)
            with pytest.raises(type(error)) as raised, afterwards(path, "figures"):
                raise error
            assert "whole" not in str(raised.value)
            said = pytest.raises(kind, match=r"g\.safetensors is written and whole\. The figures may be missing\.")
            with said, afterwards(path, "figures"):
                (tmp_path / "new").write_text("new")
                (tmp_path / "new").replace(path)
                raise error
            path.unlink()


class TestDestination:
    """What belongs to generators goes where they go."""

    @pytest.fixture
    def drawn(self, tmp_path, monkeypatch):
        """The places that figures and report are written to, without the work."""
        places = []
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("symgen.cli.destination.draw", lambda _, folder, *more, **named: places.append(folder.path))
        monkeypatch.setattr("symgen.cli.destination.write", lambda out, file, page, *more, **named: places.append(page))
        return places

    def put(self):
        from image_artifacts import image_artifact

        figures = FigureFolder(Path("g-figures"), "png", False, False)
        destination = Destination(Path("g.safetensors"), figures, False, False, Path("g-report.html"))
        return destination.put(Output("quiet"), image_artifact(1), None)[0]

    def test_as_asked(self, drawn):
        assert self.put()["file"] == Path("g.safetensors")
        assert drawn == [Path("g-figures"), Path("g-report.html")]

    def test_beside_what_came_meanwhile(self, drawn, monkeypatch):
        def late(place):
            Path("g.safetensors").write_bytes(b"theirs")
            return begin(place)

        monkeypatch.setattr("symgen.atomic.begin", late)
        with pytest.warns(SymgenWarning, match=r"g\.safetensors was written by another program"):
            assert self.put()["file"] == Path("g-2.safetensors")
        assert drawn == [Path("g-figures-2"), Path("g-report-2.html")]
        assert Path("g.safetensors").read_bytes() == b"theirs"
        assert tensor_file.read("g-2.safetensors", "")[1]

    def test_figures_that_came_meanwhile_stay(self, tmp_path, monkeypatch):
        from matplotlib.figure import Figure

        monkeypatch.chdir(tmp_path)
        Path("figures").mkdir()
        Path("figures/spectrum.png").write_bytes(b"theirs")
        folder = FigureFolder(Path("figures"), "png", False, False)
        with pytest.warns(SymgenWarning, match="figures-2"):
            assert folder.save(Output("quiet"), {"spectrum": Figure()}) == [Path("figures-2/spectrum.png")]
        assert Path("figures/spectrum.png").read_bytes() == b"theirs"


@pytest.mark.parametrize("error", [DataError("x: no space left on device."), UsageError("x is a folder.")])
def test_a_training_goes_on_without_a_checkpoint(tmp_path, monkeypatch, error):
    from types import SimpleNamespace

    from symgen.discovery import flow_checkpoint as module

    def fail(*_, **__):
        raise error

    network = torch.nn.Linear(1, 1)
    training = SimpleNamespace(
        history={},
        network=network,
        best={},
        random_state=torch.zeros(1),
        best_score=0.0,
        parameters=[],
        step=1,
        bad=0,
        best_step=0,
    )
    monkeypatch.setattr(module, "_identity", lambda training: {})
    monkeypatch.setattr(module, "atomic_write", fail)
    with pytest.warns(SymgenWarning, match="goes on without this checkpoint"):
        module.write_checkpoint(tmp_path / "x", training)
