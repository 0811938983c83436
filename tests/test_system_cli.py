"""The command line on systems, several dimensions of space and ODEs: options, refusals, what is shown."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import symgen

T = np.linspace(0, 6, 61)
Q1, Q2 = (np.stack([size * np.cos(T + phase) for size, phase in ((1.0, place), (0.7, 2 + place))]) for place in (0, 1))
ODE = {"q1": Q1, "q2": Q2, "t": T}
OSCILLATOR = ("--equation", "q1_tt = -q1", "--equation", "q2_tt = -q2")
X, Y, S = np.arange(12) * 2 * np.pi / 12, np.arange(14) * 2 * np.pi / 14, np.linspace(0, 0.5, 17)
WAVES = [np.sin(X[:, None] + Y + phase) + 0.5 * np.cos(2 * X[:, None] - Y) for phase in (0.3, 1.1)]
U = np.stack([np.exp(-2 * S)[:, None, None] * wave for wave in WAVES])
V = np.stack([np.exp(-4 * S)[:, None, None] * wave.T[::-1].T for wave in WAVES])
PLANE = {"u": U, "v": V, "x": X, "y": Y, "t": S}
QUICK = ("--degree", "1", "--no-figures", "--device", "cpu")

pytestmark = pytest.mark.usefixtures("terminal")


def save(name="a.npz", **arrays):
    np.savez(name, **arrays)
    return name


def refused(run, *arguments):
    """The sentence and the exit code of a command that leaves nothing behind."""
    before = sorted(Path().rglob("*"))
    code, out, err = run(*arguments)
    assert out == ""
    assert "Traceback" not in err
    assert sorted(Path().rglob("*")) == before
    (last,) = [line for line in err.splitlines() if line.startswith("symgen: error: ")]
    return code, last


@pytest.fixture(scope="module")
def oscillator(tmp_path_factory):
    """Generators of two equal oscillators, found once."""
    from symgen.cli import main

    folder = tmp_path_factory.mktemp("oscillator")
    np.savez(folder / "a.npz", **ODE)
    out = str(folder / "a.safetensors")
    with pytest.raises(SystemExit) as stopped:
        main(["discover", str(folder / "a.npz"), *OSCILLATOR, *QUICK, "-o", out, "--quiet"])
    assert stopped.value.code == 0
    return out


class TestOptions:
    @pytest.mark.parametrize(
        ("option", "said"),
        [
            (("--periodic",), "--boundary periodic"),
            (("--x-degree", "2"), "--degree"),
            (("--u-degree", "2"), "--degree"),
            (("--samples", "3"), "simulate"),
            (("--terms", "all"), "--terms"),
            (("--method", "other"), "spectral"),
            (("--extractor", "a.safetensors"), "--extractor makes no sense for systems"),
            (("--to-rgb",), "--to-rgb makes no sense for systems"),
            (("--sigma", "0.1"), "--sigma belongs to --method flow"),
            (("--init", "random"), "--init belongs to --method flow"),
            (("--method", "flow", "--t-degree", "2"), "--t-degree belongs to --method spectral"),
            (("--method", "flow", "--resume"), "there is no checkpoint"),
            (("--slots", "2"), "--slots makes no sense for systems"),
            (("--memory", "2"), "--memory makes no sense for systems"),
            (("--resume",), "--method flow"),
            (("--width", "8"), "--method network and --method flow"),
            (("--degree", "7"), "--degree 7"),
            (("--n-generators", "0"), "--n-generators 0"),
            (("--device", "cuda:99"), "--device cuda:99"),
        ],
    )
    def test_refused(self, run, option, said):
        code, error = refused(run, "discover", save(**ODE), *OSCILLATOR, *option)
        assert code == 2
        assert said in error

    def test_used(self, run):
        code, out, _ = run("discover", save(**ODE), *OSCILLATOR, *QUICK, "--n-generators", "2", "--seed", "3", "--json")
        document = json.loads(out)
        assert code == 0
        assert len(document["generators"]) == 2
        assert document["settings"]["seed"] == 3
        assert document["settings"]["degree"] == 1

    def test_more_generators_than_fields(self, run):
        code, error = refused(run, "discover", save(**ODE), *OSCILLATOR, *QUICK, "--n-generators", "999")
        assert code == 3
        assert "999 generators were asked for" in error


class TestCoordinates:
    """--x, --y, --z and --t."""

    def axes(self, run, *arguments):
        code, out, err = run("inspect", *arguments, "--json")
        assert code == 0, out + err
        return {axis["name"]: (axis["points"], axis["first"], axis["last"]) for axis in json.loads(out)["axes"]}

    def test_ranges(self, run):
        found = self.axes(run, save(u=U, v=V), "--x", "0:1", "--y", "0:2", "--t", "3:4")
        assert found == {"t": (17, 3, 4), "x": (12, 0, 1), "y": (14, 0, 2)}

    def test_names_and_files(self, run):
        np.save("east.npy", X)
        path = save(u=U, north=Y, clock=S)
        found = self.axes(run, path, "--x", "east.npy", "--y", "north", "--t", "clock")
        assert found == {"t": (17, 0, 0.5), "x": (12, 0, X[-1]), "y": (14, 0, Y[-1])}

    def test_three_dimensions(self, run):
        path = save(p=np.random.default_rng(0).normal(size=(3, 9, 5, 6, 7)))
        found = self.axes(run, path, "--x", "0:1", "--y", "0:2", "--z", "0:3", "--t", "0:4")
        assert {name: points for name, (points, *_) in found.items()} == {"t": 9, "x": 5, "y": 6, "z": 7}

    def test_columns(self, run):
        rows = [f"{t},{a},{b},{t + a * b}" for t in range(6) for a in range(5) for b in range(4)]
        Path("a.csv").write_text("\n".join(["t,x,b,w", *rows]))
        assert self.axes(run, "a.csv", "--y", "b")["y"] == (4, 0, 3)

    @pytest.mark.parametrize(
        ("arrays", "options", "code", "said"),
        [
            ({"u": U, "v": V}, ("--x", "0:1", "--t", "0:1"), 3, "--t, --x and --y"),
            (PLANE, ("--y", "5:5"), 2, "the first point is the last"),
            (PLANE, ("--y", "nothing"), 2, "--y nothing: neither an array"),
            (PLANE, ("--z", "t"), 3, "no coordinates that fit"),
            ({"u": U[0, ..., 0], "x": X, "t": S}, ("--y", "0:1"), 2, "has no axis for y"),
            ({"u": U[0, ..., 0], "x": X, "t": S}, ("--z", "x"), 2, "has no axis for z"),
        ],
    )
    def test_refused(self, run, arrays, options, code, said):
        for command in ("inspect", "discover"):
            found, error = refused(run, command, save(**arrays), *options)
            assert found == code
            assert said in error

    def test_belong_to_data(self, run):
        for option in ("--x", "--y", "--z", "--t"):
            code, error = refused(run, "inspect", "--equation", "u_t = u_xx", option, "0:1")
            assert code == 2
            assert "a file of data" in error
        code, error = refused(run, "discover", "kdv", "--y", "0:1")
        assert code == 2
        assert "a file of data" in error


NAN = np.where(np.arange(61) == 30, np.nan, Q1)


class TestBadInput:
    @pytest.mark.parametrize(
        ("arrays", "equations", "code", "said"),
        [
            (ODE, ["q1_tt = -q1", "q3_tt = -q3"], 2, "the unknown q3, which the data lack: they hold q1, q2 of t"),
            (PLANE, ["u_t = lap(u)", "w_t = lap(w)"], 2, "the unknown w, which the data lack"),
            (ODE, ["q1_tt = -q1", "q1_tt = q2"], 2, "Two equations are solved for q1_tt"),
            (ODE, ["q1_tt = -q2"], 2, "2 unknowns (q1, q2) need as many equations"),
            (ODE, ["q1_tt = -q1", "q2_xx = q2"], 2, "have x, which is neither an unknown nor"),
            (ODE, ["q1_tt = -k*q1", "q2_tt = -q2"], 2, "--param k=VALUE"),
            (ODE, ["q1_tt = -q1 +* q2", "q2_tt = -q2"], 2, "not a formula here"),
            (ODE, ["", "q2_tt = -q2"], 2, "empty"),
            (ODE, ["q1_tt = -q1 = 0", "q2_tt = -q2"], 2, "more than one '='"),
            (ODE, ["q1_tt = 4*q1", "q2_tt = -q2"], 3, "do not solve the equation"),
            ({**ODE, "q1": NAN}, ["q1_tt = -q1", "q2_tt = -q2"], 3, "--skip-bad"),
            ({**ODE, "q1": 0 * Q1 + 1, "q2": 0 * Q2 + 2}, ["q1_t = 0*q1", "q2_t = 0*q2"], 3, "vanish on the data"),
            ({"q1": Q1[:, :5], "q2": Q2[:, :5], "t": T[:5]}, ["q1_tt = -q1", "q2_tt = -q2"], 3, "need at least 9"),
            ({**PLANE, "v": V[:, :-2]}, ["u_t = lap(u)", "v_t = lap(v)"], 3, "not on one grid"),
            ({**PLANE, "v": V[0]}, ["u_t = lap(u)", "v_t = lap(v)"], 2, "the unknown v, which the data lack"),
            ({**ODE, "q2": Q2[:, :-1]}, ["q1_tt = -q1", "q2_tt = -q2"], 2, "the unknown q2, which the data lack"),
        ],
    )
    def test_one_sentence(self, run, arrays, equations, code, said):
        given = [part for text in equations for part in ("--equation", text)]
        found, error = refused(run, "discover", save(**arrays), *given, *QUICK)
        assert said in error
        assert found == code

    def test_parameter_and_unknown(self, run):
        code, error = refused(run, "discover", save(**ODE), *OSCILLATOR, "--param", "q1=2")
        assert code == 2
        assert "'q1' is a parameter and an unknown" in error

    def test_what_is_not_on_the_grid_is_named(self, run):
        for arrays, name in (({**PLANE, "v": V[0]}, "v"), ({**ODE, "q2": Q2[:, :-1]}, "q2")):
            code, out, _ = run("inspect", save(**arrays), "--json")
            assert code == 0
            (note,) = [note for note in json.loads(out)["notes"] if "not on the grid" in note]
            assert note.startswith(f"{name} {arrays[name].shape}")

    def test_what_was_not_meant_as_an_unknown_is_not(self, run):
        """Initial values, a mask, parameters."""
        code, out, _ = run("inspect", save(**ODE, start=Q1[:, :2], mask=np.ones((7, 9)), c=np.ones(3)), "--json")
        assert code == 0
        assert not any("mask" in note or "c (" in note for note in json.loads(out)["notes"])

    @pytest.mark.parametrize(
        ("text", "said"),
        [("t,q1,q2\n0,1,2\n", "a single value"), ("t,q1,q2\n", "no rows"), ("", "empty"), ("t,q\n0,a\n1,b\n", "'a'")],
    )
    def test_rows(self, run, text, said):
        Path("a.csv").write_text(text)
        code, error = refused(run, "discover", "a.csv", *OSCILLATOR)
        assert code == 3
        assert said in error

    def test_one_trajectory(self, run):
        """Suffices, as symmetries are counted on free derivatives."""
        arrays = {"q1": Q1[0], "q2": Q2[0], "t": T}
        code, out, _ = run("discover", save(**arrays), *OSCILLATOR, *QUICK, "--json")
        assert code == 0
        assert json.loads(out)["exact"] >= 5

    def test_augment(self, run, oscillator):
        """Without equations regression finds others than those of the generators; with them copies are made."""
        arguments = ("augment", "--data", save(**ODE), "--generators", oscillator)
        code, error = refused(run, *arguments)
        assert code == 3
        assert "has generators of q1_tt = -q1, q2_tt = -q2, but the data solve" in error
        code, out, _ = run(*arguments, *OSCILLATOR, "--copies", "2", "--json")
        assert code == 0
        assert json.loads(out)["copies"] > 0


class TestInspect:
    def test_structure_and_exact_brackets(self, run, oscillator):
        code, out, _ = run("inspect", oscillator, "--against", "lps", "--max-distance", "1e-8", "--json")
        document = json.loads(out)
        assert code == 0
        assert "d/dt" in {generator["text"] for generator in document["generators"]}
        assert document["exact"] == 5  # d/dt and gl(2)
        structure = document["structure"]
        assert (structure["dimension"], structure["derived"]) == (5, 3)
        assert (structure["centre"], structure["radical"]) == (2, 2)
        assert structure["kind"] == "neither solvable nor semisimple"
        assert {bracket["closure_error"] for bracket in document["brackets"]} == {0}

    def test_human(self, run, oscillator):
        code, out, _ = run("inspect", oscillator, "--against", oscillator)
        assert code == 0
        for said in (
            "equation 2",
            "polynomials of total degree 1 in t, q1, q2",
            "closed, of dimension 5",
            "exact algebra",
        ):
            assert said in out

    def test_many_reference_fields_are_listed(self, run):
        path = save(**PLANE)
        arguments = ("--equation", "u_t = lap(u)", "--equation", "v_t = 2*lap(v)", "--boundary", "periodic", *QUICK)
        assert run("discover", path, *arguments, "-o", "b.safetensors", "-q")[0] == 0
        code, out, _ = run("inspect", "b.safetensors", "--against", "lps")
        assert code == 0
        assert "W13  " in out
        assert "|<V, W>|" not in out
        assert all(len(line) <= 100 for line in out.splitlines())

    def test_python_gives_the_same(self, oscillator):
        from symgen.inspection.exact_brackets import brackets_of_formulas

        artifact = symgen.load(oscillator)
        brackets = brackets_of_formulas(artifact)
        assert brackets is not None
        assert len(brackets) == 10
