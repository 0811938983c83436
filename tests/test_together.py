"""Commands that one, two or three processes run together: the same result, said and written once."""

from __future__ import annotations

import json
import os
import signal
from functools import partial

import h5py
import numpy as np
import pytest
from together import Ended, together

import symgen
from symgen.cli import main
from symgen.discovery.regression.choice import MOST_TERMS

X, T = np.arange(32) / 32 * 2 * np.pi, np.linspace(0, 1, 24)
LITTLE = ["--x-degree", "1", "--t-degree", "1", "--u-degree", "1"]
SAME = 1e-10


def write(path, n, seed=0, bad=None, x=X, t=T):
    """Solutions of u_t = u_xx / 10, of which one is `bad`."""
    draw = np.random.default_rng(seed)
    modes = np.arange(1, 4)[:, None]
    a, b = draw.normal(size=(2, n, 1, 3))
    decay = np.exp(-0.1 * modes.T**2 * t[:, None])
    u = (a * decay) @ np.sin(modes * x) + (b * decay) @ np.cos(modes * x)
    if bad is not None:
        u[bad] = np.nan
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file["tensor"], file["x-coordinate"], file["t-coordinate"] = u, x, t


def several(path, n=5):
    from symgen.pde.solutions import Solutions

    draw = np.random.default_rng(0)
    axes = {"t": T, "x": X}
    a = draw.normal(size=(n, 1, 1))
    v = a * np.exp(-0.1 * T[:, None]) * np.sin(X) + np.exp(-0.4 * T[:, None]) * np.cos(2 * X)
    Solutions.from_arrays({"v": v, "w": np.roll(v, 5, 2)}, axes, periodic=True).save(path)


def command(run, folder, count, *line):
    """The same command in that many processes; in this one alone what it loads and solves is there for the others."""
    os.chdir(folder)
    if count == 1:
        return [Ended(*run(*line, "--device", "cpu"))]
    return together(folder, count, partial(main, [*line, "--device", "cpu"]))


def require_same(one, two, where="", skipped=()):
    """Of two documents: numbers to SAME, all else as it is."""
    if isinstance(one, dict):
        assert one.keys() == two.keys(), where
        for key in one:
            if key not in skipped:
                require_same(one[key], two[key], f"{where}.{key}", skipped)
    elif isinstance(one, list | tuple):
        assert len(one) == len(two), where
        for place, pair in enumerate(zip(one, two, strict=True)):
            require_same(*pair, f"{where}[{place}]", skipped)
    elif isinstance(one, float):
        assert abs(one - two) <= SAME * max(1.0, abs(one)), (where, one, two)
    else:
        assert one == two, where


@pytest.mark.parametrize(
    ("files", "count", "line"),
    [
        ({"a.h5": 5}, 2, ["--data", "a.h5", "--equation", "u_t = u_xx/10"]),
        ({"runs/a.h5": 3, "runs/b.h5": 4}, 3, ["--data", "runs/*.h5", "--equation", "u_t = u_xx/10"]),
        ({"a.h5": 1, "b.h5": 1}, 3, ["--data", "a.h5", "--data", "b.h5"]),
        ({"data/train/a.h5": 1, "data/valid/b.h5": 2, "data/test/c.h5": 1}, 2, [".", "--equation", "u_t = u_xx/10"]),
    ],
    ids=["one file", "glob", "fewer samples than processes", "splits"],
)
def test_discovery_is_the_same(run, tmp_path, files, count, line):
    for seed, (name, n) in enumerate(files.items()):
        write(tmp_path / name, n, seed)
    require_same_discovery(run, tmp_path, count, [*line, "--boundary", "periodic", *LITTLE], sum(files.values()))


def test_discovery_of_systems_is_the_same(run, tmp_path):
    several(tmp_path / "a.h5")
    equations = ["--equation", "v_t = v_xx/10", "--equation", "w_t = w_xx/10"]
    require_same_discovery(run, tmp_path, 2, ["--data", "a.h5", *equations, "--degree", "1"], 5)


def test_equations_are_found_together(run, tmp_path):
    several(tmp_path / "a.h5")
    require_same_discovery(run, tmp_path, 3, ["--data", "a.h5", "--degree", "1"], 5)


def equations_of_a_cycle():
    from symgen.discovery.regression.of_solutions import regress_system
    from symgen.pde.solutions import Solutions
    from symgen.processes import process_group

    t, draw = np.linspace(0, 2, 80), np.random.default_rng(0)
    start, phase = draw.uniform(0.3, 1.3, (6, 1)), draw.uniform(0, 6, (6, 1))
    r = 1 / np.sqrt(1 + (1 / start**2 - 1) * np.exp(-2 * t))
    data = Solutions.from_arrays({"u": r * np.cos(t + phase), "v": r * np.sin(t + phase)}, {"t": t})
    with process_group("cpu"):
        for assume in ((), ("u*d/dv - v*d/du",)):
            print([record.equation for record in regress_system(data, assume=assume)])


def test_systems_are_found_together(tmp_path):
    """With symmetries assumed and without."""
    (alone,), several = (together(tmp_path, count, equations_of_a_cycle) for count in (1, 3))
    assert alone.out.count("u_t = u - u**3 - u*v**2 - v") == 2
    assert {(each.code, each.out) for each in several} == {(0, alone.out)}


def windows_of(path):
    from symgen.discovery.regression import regress, systems
    from symgen.pde.trajectories import load_trajectories
    from symgen.processes import process_group

    integrate, whole = systems.integrate, []

    def seen(fields, window, terms):
        if len(terms) > MOST_TERMS["plain"] + 1:  # else of a model that has been found
            whole.append((window.x, window.t))
        return integrate(fields, window, terms)

    systems.integrate = seen
    with process_group("cpu"):
        equation = regress(load_trajectories(path, periodic=True), library="plain").equation
    print(json.dumps([equation, whole]))


def test_processes_share_the_windows_of_regression(tmp_path):
    write(tmp_path / "a.h5", 4, x=np.arange(80) / 80 * 2 * np.pi, t=np.linspace(0, 1, 60))
    alone, *several = (
        [json.loads(each.out) for each in together(tmp_path, count, partial(windows_of, tmp_path / "a.h5"))]
        for count in (1, 2, 3)
    )
    ((equation, windows),) = alone
    assert len(windows) > 3
    for found in several:
        assert {each for each, _ in found} == {equation}
        assert sorted(window for _, own in found for window in own) == sorted(windows)
        assert max(len(own) for _, own in found) <= -(-len(windows) // len(found))


def held_twice():
    from symgen.discovery.regression.systems import Fields, Grid, systems
    from symgen.discovery.regression.terms import Candidate
    from symgen.processes import process_group

    fields = Fields(np.sin(X - T[:, None])[None], Grid(X, T, X[1], T[1], periodic=True))
    with process_group("cpu"):
        found = systems(fields, (Candidate(1, 1),))
    pairs = zip(found[1], found[2], strict=True)
    print(len(found[1]), sum(not np.shares_memory(first.columns, second.columns) for first, second in pairs))


def test_integrals_are_sent_and_held_once(tmp_path):
    """Equations in u_t and in u_tt have theirs in common."""
    windows, twice = zip(*(each.out.split() for each in together(tmp_path, 2, held_twice)), strict=True)
    assert int(windows[0]) > 1
    assert twice == ("0", "0")


def require_same_discovery(run, folder, many, line, samples):
    found = {}
    for count in (1, many):
        file = f"of-{count}.safetensors"
        ended = command(
            run, folder, count, "discover", *line, "--no-figures", "--json", "--n-points", "1024", "-o", file
        )
        assert [each.code for each in ended] == [0] * count, ended[0].err
        assert json.loads(ended[0].out)["file"] == file
        assert not any(each.out or each.err for each in ended[1:])
        found[count] = symgen.load(folder / file)
    one, other = found.values()
    assert one.metadata.data.samples == samples
    assert other.formulas == one.formulas
    assert float((other(one.points) - one(one.points)).abs().max()) <= SAME
    assert float((other.points - one.points).abs().max()) <= SAME
    require_same(*(each.metadata.model_dump(mode="json") for each in (one, other)), skipped=["command", "created"])


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (3, ["simulate", "heat", "-n", "5", "--nx", "32", "--nt", "20", "--stored", "20", "--no-figures", "-o"]),
        (2, ["simulate", "kepler", "-n", "3", "--nt", "20", "--no-figures", "-o"]),
        (2, ["augment", "--data", "a.h5", "--equation", "u_t = u_xx/10", "--generators", "lps", "--copies", "2", "-o"]),
        (3, ["augment", "--data", "b.h5", "--generators", "lps", "--copies", "2", "-o"]),
    ],
    ids=["simulate", "simulate a system", "augment", "augment a system"],
)
def test_files_are_the_same(run, tmp_path, count, line):
    write(tmp_path / "a.h5", 4)
    symgen.simulate("nls", 2, times=20, points=32).save(tmp_path / "b.h5")
    made = {}
    for processes in (1, count):
        ended = command(run, tmp_path, processes, *line, f"{processes}.h5", "--json")
        assert [each.code for each in ended] == [0] * processes, ended[0].err
        assert json.loads(ended[0].out)["file"] == f"{processes}.h5"
        assert not any(each.out or each.err for each in ended[1:])
        with h5py.File(tmp_path / f"{processes}.h5") as file:
            names = []
            file.visit(names.append)
            made[processes] = {name: file[name][()] for name in names if isinstance(file[name], h5py.Dataset)}
            made[processes]["symgen"] = file.attrs["symgen"]
    one, other = made.values()
    assert other.keys() == one.keys()
    for name, values in one.items():
        if name == "symgen":
            require_same(*(json.loads(each) for each in (values, other[name])))
        elif values.dtype.kind == "f":
            np.testing.assert_allclose(other[name], values, rtol=SAME, atol=SAME)
        else:
            np.testing.assert_array_equal(other[name], values)


@pytest.mark.parametrize("what", ["killed", "bad data", "bug"])
def test_one_that_ends_ends_all_and_leaves_no_file(run, tmp_path, monkeypatch, what):
    """In the midst of the pass over the data."""
    from symgen.pde.solution_jets import Draw
    from symgen.processes import rank_and_count

    write(tmp_path / "a.h5", 6, bad=5 if what == "bad data" else None)
    of = Draw.of

    def ending(draw, values, places, varying):
        if rank_and_count()[0] == 1 and what != "bad data":
            if what == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            raise ZeroDivisionError("by zero")
        return of(draw, values, places, varying)

    monkeypatch.setattr(Draw, "of", ending)
    line = ["discover", "--data", "a.h5", "--equation", "u_t = u_xx/10", "--boundary", "periodic", *LITTLE]
    ended = command(run, tmp_path, 2, *line, "-o", "out.safetensors")
    codes = {"killed": [1, -signal.SIGKILL], "bad data": [3, 3], "bug": [1, 1]}
    said = {"killed": "ended from outside", "bad data": "5 (not finite)", "bug": "by zero"}
    assert [each.code for each in ended] == codes[what]
    assert "".join(each.err for each in ended).count(said[what]) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"a.h5", "out.0", "out.1", "err.0", "err.1"}


class TestManyFiles:
    @pytest.mark.parametrize("change", ["grid", "unknowns", "equations"])
    def test_what_does_not_go_together_is_refused(self, tmp_path, run, monkeypatch, change):
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "a.h5", 2)
        write(tmp_path / "b.h5", 2)
        if change == "unknowns":
            (tmp_path / "b.h5").unlink()
            several(tmp_path / "b.h5")
        with h5py.File(tmp_path / "b.h5", "a") as file:
            if change == "grid":
                file["x-coordinate"][:] = X * 1.01
            if change == "equations":
                file.attrs["Nu"] = 0.1
        code, _, err = run("discover", "--data", "*.h5")
        assert code == 3
        assert "b.h5 and a.h5" in " ".join(err.split())

    def test_one_that_is_missing_is_named(self, tmp_path, run, monkeypatch):
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "a.h5", 2)
        code, _, err = run("discover", "--data", "a.h5", "--data", "b.h5")
        assert (code, "b.h5: no such file" in err) == (3, True)
        code, _, err = run("discover", "--data", "no/*.h5")
        assert (code, "no/*.h5: no such file" in err) == (3, True)

    def test_lists_of_any_length_and_names_with_colons(self, tmp_path, run):
        """Longer than a path may be; colons stand between the files of a list."""
        write(tmp_path / "run-12:30:00.h5", 1)
        names = [tmp_path / "run-12:30:00.h5"]
        for k in range(60):
            names.append(tmp_path / f"{'long' * 15}-{k}.h5")
            os.link(names[0], names[-1])
        given = [word for name in (*names, names[0]) for word in ("--data", str(name))]
        line = [*given, "--equation", "u_t = u_xx/10", "--boundary", "periodic", *LITTLE, "--n-points", "256"]
        code, _, err = run("discover", *line, "--no-figures", "--json", "-o", str(tmp_path / "o.safetensors"))
        assert code == 0, err
        assert symgen.load(tmp_path / "o.safetensors").metadata.data.samples == 62

    def test_a_report_knows_them(self, tmp_path, run, monkeypatch):
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "a.h5", 2)
        write(tmp_path / "b.h5", 3, seed=1)
        line = ["--equation", "u_t = u_xx/10", "--boundary", "periodic", *LITTLE, "--n-points", "256", "--no-figures"]
        assert run("discover", "--data", "*.h5", *line, "-o", "o.safetensors")[0] == 0
        code, _, err = run("report", "o.safetensors", "--data", "*.h5", "-o", "o.html")
        assert code == 0, err
        assert "these are the data" in (tmp_path / "o.html").read_text()

    def test_hidden_files_of_a_folder_are_left_out(self, tmp_path):
        """As macOS makes one beside each on disks of other systems."""
        write(tmp_path / "a.h5", 2)
        (tmp_path / "._a.h5").write_bytes(b"Mac OS X")
        (tmp_path / "b.h5").mkdir()
        assert len(symgen.load_data(tmp_path, boundary="periodic")) == 2

    def test_inspect_shows_them_as_one(self, tmp_path, run, monkeypatch):
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "a.h5", 2)
        write(tmp_path / "b.h5", 3, seed=1)
        for path in ("*.h5", "."):
            code, out, err = run("inspect", path, "--json")
            assert code == 0, err
            assert json.loads(out)["samples"] == 5
        code, _, err = run("inspect", "no/*.h5")
        assert (code, "no/*.h5: no such file" in err) == (3, True)

    def test_few_are_open_at_a_time(self, tmp_path):
        from symgen.pde.readers.many_files import OPEN

        for k in range(3 * OPEN):
            write(tmp_path / f"{k:02}.h5", 2, seed=k)
        before = len(os.listdir("/proc/self/fd"))
        data = symgen.load_data(tmp_path, boundary="periodic")
        assert len(data) == 6 * OPEN
        assert sum(len(batch) for batch in data.batches()) == 6 * OPEN
        assert len(os.listdir("/proc/self/fd")) <= before + OPEN + 1
        with h5py.File(tmp_path / "01.h5") as file:
            np.testing.assert_array_equal(data.read([3])[0, ..., 0], file["tensor"][1])
