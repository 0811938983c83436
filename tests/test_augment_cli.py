import json
import shutil

import h5py
import pytest

from symgen.augmentation.file import load_augmented
from symgen.discovery.pde import discover_spectral
from symgen.discovery.settings import SpectralSettings
from symgen.pde.equation import Equation
from symgen.pde.simulate import SimulationSettings, simulate

SMALL = ("--nx", "64", "--nt", "70", "--stored", "70", "-n", "2", "--length", "32", "--duration", "10")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with small data of kdv and generators found in them."""
    folder = tmp_path_factory.mktemp("made")
    settings = SimulationSettings.for_equation("kdv", n=2, nx=64, nt=70, stored=70, length=32.0, duration=10.0)
    data = simulate("kdv", settings)
    data.save(folder / "kdv.h5")
    found = discover_spectral(data, Equation.from_string(data.info.equation), SpectralSettings(points=4096))
    found.save(folder / "kdv-generators.safetensors")
    return folder


@pytest.fixture
def folder(terminal, made, tmp_path):
    """A copy of it to work in."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_newest_generators_of_the_folder(folder, run):
    code, out, err = run("augment", "--pde", "kdv", "--data", "kdv.h5", "--copies", "3", "--min-times", "50")
    assert code == 0
    assert "Generators: kdv-generators.safetensors, the newest file of this equation here." in err
    assert "Left out: x d/dx + 3*t d/dt - 2*u d/du (not periodic in x, so that it changes the period)." in err
    assert "moved copies written" in out
    assert "d/dx, d/dt, t d/dx + d/du (from kdv-generators.safetensors)" in out
    assert "of the originals" in out
    assert "exact, estimated error" in out
    assert len(load_augmented("augmented.h5").data) > 4


def test_json(folder, run):
    arguments = ("augment", "--data", "kdv.h5", "--generators", "lps", "--copies", "2", "--min-times", "50", "--json")
    code, out, err = run(*arguments)
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert document["generators"] == ["d/dx", "d/dt", "t d/dx + d/du"]
    assert document["left_out"][0][0] == "x d/dx + 3*t d/dt - 2*u d/du"
    assert document["copies"] + document["too_short"] + document["folded"] == 4
    assert document["residual_copies"] < 10 * document["residual_originals"]
    assert document["settings"]["scale"] == 0.1
    first = load_augmented("augmented.h5").data.read([2])
    assert run(*arguments)[0] == 2  # it exists
    assert run(*arguments, "--force")[0] == 0
    assert (load_augmented("augmented.h5").data.read([2])[:, 20:50] == first[:, 20:50]).all()


def test_nothing_to_move_with(folder, run):
    (folder / "kdv-generators.safetensors").unlink()
    code, _, err = run("augment", "--pde", "kdv", "--data", "kdv.h5")
    assert code == 2
    assert "symgen discover kdv" in err
    code, out, _ = run("augment", "--pde", "kdv", "--data", "kdv.h5", "--generators", "none", "-o", "same.h5")
    assert code == 0
    assert "0 moved copies" in out


def test_generators_of_another_equation(folder, run):
    assert run("simulate", "ks", *SMALL, "--quiet")[0] == 0
    code, _, err = run("augment", "--data", "ks.h5", "--generators", "kdv-generators.safetensors")
    assert code == 3
    assert "but the data solve" in err
    code, _, err = run("augment", "--data", "ks.h5")
    assert code == 2
    assert "symgen discover ks" in err


def test_wrong_use(folder, run):
    for arguments, exit_code, word in (
        (("--scale", "0"), 2, "--scale"),
        (("--copies", "-1"), 2, "--copies"),
        (("--min-times", "71"), 3, "70 times"),
        (("--max-validity", "0"), 3, "--max-validity"),
        (("--generators", "missing.safetensors"), 3, "no such file"),
        (("--resampling", "best"), 2, "best"),
        (("--boundary", "open"), 3, "not periodic"),
    ):
        code, _, err = run("augment", "--data", "kdv.h5", *arguments)
        assert (code, word in err) == (exit_code, True), (arguments, err)
    assert not (folder / "augmented.h5").exists()


def test_interrupted_leaves_nothing(folder, run, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("symgen.augmentation.mover.TrajectoryMover.__call__", interrupt)
    before = sorted(folder.iterdir())
    assert run("augment", "--data", "kdv.h5", "--generators", "lps")[0] == 130
    assert sorted(folder.iterdir()) == before


def test_bilinear_warns(folder, run):
    arguments = ("--generators", "lps", "--resampling", "bilinear", "--copies", "2", "--min-times", "40")
    code, out, err = run("augment", "--data", "kdv.h5", *arguments)
    assert code == 0
    assert "Use --resampling exact" in err
    assert "bilinear" in out
    with h5py.File("augmented.h5") as file:
        assert set(file) == {"tensor", "x-coordinate", "t-coordinate", "valid", "coefficients", "source"}
