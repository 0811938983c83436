"""The catalog on the command line: `symgen catalog`, and simulate and discover by the names of systems."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import symgen
from symgen import catalog
from symgen.pde.axis import Axis
from symgen.pde.info import SolutionsInfo
from symgen.pde.solutions import Solutions
from symgen.pde.solutions_file import load_solutions
from symgen.plots.solutions import solutions_figure

pytestmark = pytest.mark.usefixtures("terminal")

FEW = ("-n", "2", "--device", "cpu", "--quiet")


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))


def files() -> list[str]:
    return sorted(path.name for path in Path().iterdir() if path.is_file())


def size(path: str) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


class TestSimulate:
    def test_a_system(self, run):
        small = ("--points", "16", "--nt", "5", "--duration", "0.25", "--device", "cpu")
        code, out, err = run("simulate", "navier-stokes", "-n", "2", *small)
        assert (code, err) == (0, "")
        assert files() == ["navier-stokes.h5", "navier-stokes.png"]
        for text in (
            "lap(psi) = -w",
            "nu = 0.01",
            "5 times over 0 to 0.25",
            "16 points",
            "circulation",
            "of the energy",
        ):
            assert text in out
        data = load_solutions("navier-stokes.h5")
        assert (data.unknowns, data.shape, len(data)) == (("w", "psi"), (5, 16, 16), 2)
        assert all(axis.periodic for axis in data.space)
        assert data.info.name == "navier-stokes"

    def test_json(self, run):
        options = ("--nt", "9", "--duration", "2", "--seed", "3", "--amplitude", "0.01", "--figures", "orbits.pdf")
        document = json.loads(run("simulate", "kepler", "-n", "2", *options, "-o", "k.h5", "--json")[1])
        assert (document["file"], document["figures"]) == ("k.h5", ["orbits.pdf"])
        assert document["samples"] == 2
        assert document["axes"] == {"t": {"points": 9, "from": 0, "to": 2, "period": None}}
        assert set(document["unknowns"]) == {"q1", "q2"}
        assert document["drifts"].keys() == {"energy", "angular momentum"}
        assert document["warnings"] == []
        assert Path("orbits.pdf").read_bytes().startswith(b"%PDF")

    def test_more_settings(self, run):
        changed = ("--points", "16", "--nt", "3", "--length", "5", "--param", "d=1/5", "--max-step", "0.25")
        assert run("simulate", "reaction-diffusion", *FEW, *changed, "--sines", "2", "--no-figures")[0] == 0
        assert files() == ["reaction-diffusion.h5"]
        info = load_solutions("reaction-diffusion.h5").info
        assert info.parameters == {"d": 0.2}
        used = {key: info.settings[key] for key in ("lengths", "max_step", "waves")}
        assert used == {"lengths": {"x": 5.0, "y": 5.0}, "max_step": 0.25, "waves": 2}

    def test_picture_of_an_equation(self, run):
        small = ("--nx", "32", "--nt", "6", "--stored", "4", "--device", "cpu", "--json")
        document = json.loads(run("simulate", "heat", "-n", "2", *small)[1])
        assert document["figures"] == ["heat.png"]
        assert size("heat.png")[0] > 500

    def test_unresolved(self, run):
        coarse = ("--points", "8", "--nt", "3", "--duration", "0.5", "--no-figures", "--device", "cpu")
        code, _, err = run("simulate", "reaction-diffusion", "-n", "1", *coarse)
        assert code == 0
        assert err.startswith("symgen: warning: reaction-diffusion is not resolved on 8 x 8 points.")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ("nsl", "Did you mean 'nls'?"),
            ("navier-stoke", "Did you mean 'navier-stokes'?"),
            ("nls --nx 32", "--nx makes no sense for a system: give --points"),
            ("nls --stored 3", "--stored makes no sense for a system: all times are stored"),
            ("nls --waves 1-2", "--waves makes no sense for a system: initial data"),
            ("kdv --points 32", "--points is for systems. The points of kdv are --nx."),
            ("kepler --points 32", "ordinary equations: it has no points"),
            ("kepler --max-step 0.1", "without steps of a given length"),
            ("wave2d --param c=2", "The parameters of wave2d are: none; given: c."),
            ("burgers2d --points 4", "--points 4: input should be greater"),
            ("nls --nt 1", "--nt 1: input should be greater"),
            ("nls --figures a.png --no-figures", "--figures and --no-figures exclude each other"),
            ("nls --figures a.jpeg", "a picture is a file that ends in .png"),
            ("nls -o nls.png", "nls.png cannot be both the data and their picture"),
        ],
    )
    def test_refused(self, run, arguments, said):
        code, out, err = run("simulate", *arguments.split())
        assert (code, out) == (2, "")
        assert said in err
        assert err.count("\n") == 1
        assert files() == []

    def test_picture_is_kept_without_force(self, run):
        Path("pendulum.png").write_text("precious")
        code, _, err = run("simulate", "pendulum", *FEW)
        assert (code, files(), Path("pendulum.png").read_text()) == (2, ["pendulum.png"], "precious")
        assert "--force" in err
        assert run("simulate", "pendulum", *FEW, "--force")[0] == 0
        assert size("pendulum.png")[0] > 500

    def test_blow_up(self, run):
        wild = ("--amplitude", "300", "--points", "16", "--nt", "3")
        code, _, err = run("simulate", "reaction-diffusion", *FEW, *wild)
        assert (code, files()) == (3, [])
        assert "2 samples failed: 0 (blew up by t = " in err


class TestCatalog:
    def test_all(self, run):
        code, out, err = run("catalog")
        assert (code, err) == (0, "")
        first = [line.split()[0] for line in out.splitlines() if line[:1].strip()]
        assert first == ["name", *catalog.all_names(), "+:"]
        assert "I*psi_t + psi_xx + 2*abs(psi)^2*psi = 0" in out

    @pytest.mark.parametrize("name", catalog.all_names())
    def test_one(self, run, monkeypatch, name):
        monkeypatch.setenv("COLUMNS", "200")
        code, out, _ = run("catalog", name)
        document = json.loads(run("catalog", name, "--json")[1])
        assert code == 0
        assert document["name"] == name
        for symmetry in document["symmetries"]:
            assert symmetry["name"] in out
            assert symmetry["formula"].replace("**", "^") in out
        assert document["title"] in out
        assert all(parameter in out for parameter in document["parameters"])

    def test_document(self, run):
        entries = json.loads(run("catalog", "--json")[1])["entries"]
        assert [entry["name"] for entry in entries] == catalog.all_names()

    def test_typo(self, run):
        code, _, err = run("catalog", "keppler")
        assert code == 2
        assert "Did you mean 'kepler'?" in err


class TestDiscover:
    def test_by_name(self, run):
        code, out, _ = run("discover", "kepler", "-n", "2", "--device", "cpu", "--no-figures")
        assert code == 0
        assert "3 symmetries found" in out
        found = symgen.load("kepler-generators.safetensors").metadata
        assert (found.domain.kind, found.domain.name) == ("system", "kepler")
        assert found.data.samples == 2

    def test_name_and_data(self, run):
        """The data's unknowns, the catalog's equations."""
        assert run("simulate", "kepler", *FEW, "--no-figures", "-o", "orbits.h5")[0] == 0
        data = load_solutions("orbits.h5")
        q1, q2 = np.moveaxis(data.read([0, 1]), -1, 0)
        np.savez("bare.npz", t=data.axis("t").points, q1=q1, q2=q2)
        code, out, _ = run("discover", "kepler", "--data", "bare.npz", "--device", "cpu", "--no-figures")
        assert code == 0
        assert "3 symmetries found" in out
        assert symgen.load("kepler-generators.safetensors").metadata.domain.name == "kepler"

    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            ("reaction-difusion", 2, "Did you mean 'reaction-diffusion'?"),
            ("cifar11", 2, "Did you mean 'cifar10'?"),
            ("kepler --boundary open", 2, "--boundary makes no sense for simulated data"),
            ("kepler --t a.npy", 2, "--t makes no sense for simulated data"),
            ("kepler --equation q_tt=-q", 2, "Give either the name kepler or --equation, not both"),
            ("kepler --x-degree 2", 2, "--x-degree makes no sense for systems"),
            ("kepler --periodic", 2, "--periodic makes no sense for systems"),
            ("kepler --extractor a.safetensors", 2, "--extractor makes no sense for systems"),
            ("kepler --param g=2", 2, "The parameters of kepler are: none; given: g."),
            ("kepler --data waves.npz", 2, "The equations have the unknown q1, which the data lack"),
            ("kepler --data waves.npz --samples 3", 2, "--samples makes no sense for data that are given"),
            ("nls --data waves.npz --param g=2", 2, "nls has no parameter 'g'"),
            ("kdv --data plane.npz", 2, "kdv is an equation for u(x, t)"),
        ],
    )
    def test_refused(self, run, arguments, code, said):
        draw = np.random.default_rng(0)
        np.savez("waves.npz", u=draw.standard_normal((2, 16, 16)), t=np.arange(16.0), x=np.arange(16.0))
        plane = {axis: np.arange(8.0) for axis in "txy"}
        np.savez("plane.npz", u=draw.standard_normal((2, 8, 8, 8)), **plane)
        got, out, err = run("discover", *arguments.split())
        assert (got, out) == (code, "")
        assert said in err
        assert files() == ["plane.npz", "waves.npz"]


class TestFigures:
    @pytest.mark.parametrize(("dimension", "unknowns"), [(0, "u"), (0, "uvw"), (1, "uv"), (2, "u"), (3, "uv")])
    def test_panels(self, dimension, unknowns):
        """Every unknown and what it is drawn over has a label; nothing is drawn of data without equations but these."""
        t = np.linspace(0, 1, 6)
        axes = {"t": t, **{name: Axis(name, np.arange(8) / 8, periodic=True) for name in "xyz"[:dimension]}}
        grid = np.meshgrid(*(axis.points if isinstance(axis, Axis) else axis for axis in axes.values()), indexing="ij")
        arrays = {name: np.stack([sum(grid) * k + j for j in range(2)]) for k, name in enumerate(unknowns, 1)}
        info = SolutionsInfo(equations=("u_t = a*u",), parameters={"a": "1/3"})
        figure = solutions_figure(Solutions.from_arrays(arrays, axes, info))
        figure.draw_without_rendering()
        assert r"u_{t}" in figure.get_suptitle()
        labels = {
            label for panel in figure.axes for label in (panel.get_xlabel(), panel.get_ylabel(), panel.get_title())
        }
        assert {f"${name}$" for name in unknowns} <= labels
        assert {f"${name}$" for name in ("t", "x", "xy", "xy")[dimension]} <= labels
        bare = solutions_figure(Solutions.from_arrays(arrays, axes))
        assert bare.get_suptitle() == ""
