import json
import os
import shutil

import h5py
import numpy as np
import pytest

from symgen.augmentation.file import load_augmented
from symgen.augmentation.solution_file import load_augmented_solutions
from symgen.catalog.simulate import SimulationSettings, simulate
from symgen.discovery.pde import discover_spectral
from symgen.discovery.settings import SpectralSettings
from symgen.pde.equation import Equation
from symgen.pde.residual import data_residual
from symgen.pde.trajectories import load_trajectories

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
    assert document["copies"] + document["too_short"] + document["folded"] + document["unfound"] == 4
    assert document["weak_copies"] < 10 * document["weak_originals"] + 1e-4
    assert document["doubts"] == []
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
        (("--min-times", "70"), 3, "No moved copy is left, and nothing is written: of 32 copies 32 cover fewer"),
        (("--max-defect", "0"), 3, "--max-defect"),
        (("--max-defect", "nan"), 2, "--max-defect"),
        (("--generators", "missing.safetensors"), 3, "no such file"),
        (("--resampling", "best"), 2, "best"),
        (("--boundary", "open", "--resampling", "bilinear"), 3, "not periodic"),
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
    assert "The moved copies do not solve" in err
    assert "Use --resampling exact" in err
    assert "bilinear" in out
    with h5py.File("augmented.h5") as file:
        assert set(file) == {"tensor", "x-coordinate", "t-coordinate", "valid", "coefficients", "source"}


@pytest.mark.parametrize("output", ["kdv.h5", "./kdv.h5", "link.h5", "hard.h5", "kdv-generators.safetensors"])
@pytest.mark.parametrize("generators", [(), ("--generators", "kdv-generators.safetensors")])
def test_what_is_read_is_never_replaced(folder, run, output, generators):
    (folder / "link.h5").symlink_to("kdv.h5")
    os.link(folder / "kdv.h5", folder / "hard.h5")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for force in ((), ("--force",)):
        code, _, err = run("augment", "--data", "kdv.h5", *generators, "-o", output, "--copies", "1", *force)
        assert (code, err.count("would be lost") or err.count("exists already")) == (2, 1), err
    assert "would be lost" in err
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.fixture
def burgers(folder, run):
    """Data that say that they are of Burgers' equation with nu = 0.5."""
    assert run("simulate", "burgers", "--param", "nu=0.5", *SMALL, "--duration", "2", "--quiet")[0] == 0
    return folder


MOVE = ("--generators", "lps", "--copies", "1", "--min-times", "40", "-o", "more.h5")


def test_another_equation_than_the_file_says(burgers, run):
    for arguments, word in (
        (("--pde", "kdv"), "u_t + u*u_x - nu*u_xx = 0, nu = 0.5, not u_t + u*u_x + u_xxx = 0."),
        (("--pde", "burgers", "--param", "nu=0.2"), "nu = 0.5, not u_t + u*u_x - nu*u_xx = 0, nu = 0.2."),
        (("--param", "nu=0.2"), "nu = 0.5, not u_t + u*u_x - nu*u_xx = 0, nu = 0.2."),
    ):
        code, _, err = run("augment", "--data", "burgers.h5", *arguments, *MOVE)
        assert (code, word in err) == (3, True), (arguments, err)
    assert not (burgers / "more.h5").exists()
    for arguments in (("--pde", "burgers"), ("--equation", "0.5*u_xx - u*u_x = u_t"), ()):
        code, _, err = run("augment", "--data", "burgers.h5", *arguments, *MOVE, "--force")
        assert (code, "says that" in err) == (0, False), (arguments, err)


def test_a_formula_may_contradict_the_file_but_not_the_data(burgers, run):
    formula = ("--equation", "u_t + u*u_x - nu*u_xx", "--param")
    code, _, err = run("augment", "--data", "burgers.h5", *formula, "nu=0.5001", *MOVE)
    assert (code, "says that its equation is" in err) == (0, True)
    assert load_augmented("more.h5").data.info.parameters == {"nu": 0.5001}
    code, _, err = run("augment", "--data", "burgers.h5", "--equation", "u_t + u*u_x + u_xxx", *MOVE, "--force")
    assert (code, "The data do not solve" in err) == (3, True)


def test_data_that_say_nothing_and_solve_another_equation(burgers, run):
    with h5py.File("burgers.h5", "a") as file:
        del file.attrs["symgen"]
    code, _, err = run("augment", "--pde", "kdv", "--data", "burgers.h5", "--boundary", "periodic", *MOVE)
    assert (code, "The data do not solve" in err, "--allow-invalid" in err) == (3, True, True)
    assert not (burgers / "more.h5").exists()
    assert not [path for path in burgers.iterdir() if path.name.startswith(".more")]
    arguments = ("augment", "--pde", "kdv", "--data", "burgers.h5", "--boundary", "periodic", "--allow-invalid", *MOVE)
    code, out, _ = run(*arguments, "--json")
    document = json.loads(out)
    assert code == 0
    assert "The data do not solve" in document["doubts"][0]
    assert set(document["doubts"]) <= set(document["warnings"])
    assert load_augmented("more.h5").data.info.settings["augmentation"]["doubts"] == document["doubts"]


def test_noise_is_no_other_equation(burgers, run):
    data = load_trajectories("burgers.h5").with_noise(0.05)
    assert data_residual(data, Equation.from_string(data.info.equation, data.info.parameters)).relative > 0.5
    data.save("noisy.h5")
    assert run("augment", "--data", "noisy.h5", *MOVE)[0] == 0


def test_open_data(folder, run):
    arguments = ("--generators", "lps", "--boundary", "open", "--copies", "2", "--min-times", "40", "--json")
    code, out, _ = run("augment", "--data", "kdv.h5", *arguments)
    document = json.loads(out)
    assert (code, document["left_out"]) == (0, [])
    assert document["generators"] == ["d/dx", "d/dt", "t d/dx + d/du", "x d/dx + 3*t d/dt - 2*u d/du"]
    assert document["residual_copies"][0] < 5 * document["residual_originals"][0]
    written = load_augmented_solutions("augmented.h5")
    assert 0.5 < document["covered"] < 1
    assert document["covered"] == pytest.approx(written.covered[2:].mean())
    values = written.data.read(range(2, 2 + document["copies"]))
    assert (np.isfinite(values[..., 0]) == written.covered[2:]).all()


def test_open_data_by_found_generators(folder, run):
    arguments = ("--boundary", "open", "--copies", "2", "--min-times", "40", "--json")
    code, out, err = run("augment", "--data", "kdv.h5", "--generators", "kdv-generators.safetensors", *arguments)
    assert code == 0, err
    document = json.loads(out)
    assert (len(document["generators"]), document["copies"]) == (4, 4)
    assert document["residual_copies"][0] < 5 * document["residual_originals"][0]


def test_coordinates_of_plain_arrays(folder, run):
    data = load_trajectories("kdv.h5")
    for name, values in (("u", data.read([0, 1])), ("x", data.x), ("t", data.t)):
        np.save(f"{name}.npy", values)
    arguments = ("--pde", "kdv", "--data", "u.npy", "--x", "x.npy", "--t", "t.npy", "--boundary", "periodic")
    code, _, err = run("augment", *arguments, *MOVE)
    assert code == 0, err
    np.testing.assert_allclose(load_augmented("more.h5").data.t, data.t)
