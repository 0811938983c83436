from __future__ import annotations

import os
import tarfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest

# before torch is imported: its idle threads spin otherwise, which is slow where cores are shared
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if "PYTEST_XDIST_WORKER" in os.environ:  # a process for each core: more threads would only be in each other's way
    os.environ.setdefault("OMP_NUM_THREADS", "1")

DATA = Path(__file__).parents[2] / "shared" / "data"
"""Public data beside the project, if they are there."""


@pytest.fixture
def terminal(monkeypatch, tmp_path):
    """An empty folder to work in and a terminal of known width without colours."""
    for name in ("FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True, scope="module")
def seeded_module():
    """Random weights of a module's fixtures do not depend on what its worker ran before."""
    seed()


@pytest.fixture(autouse=True)
def seeded():
    seed()


def seed():
    import torch

    torch.manual_seed(0)


@pytest.fixture(scope="module")
def module_cache(tmp_path_factory):
    """One cache folder, of its own, for all tests of a module, so that what is in it is made once."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMGEN_CACHE", str(folder))
        yield folder


@pytest.fixture
def run(capsys):
    """Run the command line as a user does -> (exit code, stdout, stderr)."""
    from symgen.cli import main

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        return stopped.value.code, *capsys.readouterr()

    return call


@pytest.fixture(scope="session")
def waves():
    """`waves(seed=0, n=4, nt=24, nx=64, length=8.0)`: trajectories of moving sines that solve no equation.

    For the linearised defect any smooth u is a sample of jet space, so they do for discovery.
    """
    from symgen.pde.trajectories import Trajectories, TrajectoryInfo

    @cache
    def make(seed=0, n=4, nt=24, nx=64, length=8.0):
        draw = np.random.default_rng(seed)
        x, t = np.arange(nx) * length / nx, np.linspace(1, 4, nt)
        u = np.full((n, nt, nx), 0.3)
        for k in range(1, 5):
            size, phase, speed = draw.uniform(
                [[[-0.7]], [[0]], [[-1]]], [[[0.7]], [[6.3]], [[1]]], (n, 3, 1, 1)
            ).swapaxes(0, 1)
            u += size * np.sin(2 * np.pi * k / length * x + speed * t[:, None] + phase)
        return Trajectories.from_arrays(u, x, t, TrajectoryInfo(length=length))

    return make


@pytest.fixture(scope="session")
def solved():
    """`solved(name, nt=60)`: trajectories of equations outside the catalog, see tests/solutions.py."""
    from solutions import solve

    return cache(solve)


@pytest.fixture(scope="session")
def simulated():
    """`simulated(name, nu=None, **settings)`: trajectories of the catalog on small grids, made once."""
    from symgen.catalog.simulate import SimulationSettings, simulate

    small = {"n": 3, "nx": 64, "nt": 40, "stored": 40}

    @cache
    def make(name, nu=None, **settings):
        if nu is not None:
            settings["parameters"] = {"nu": nu}
        return simulate(name, SimulationSettings.for_equation(name, **{**small, **settings}))

    return make


@pytest.fixture(scope="session")
def cifar10(tmp_path_factory):
    """The real CIFAR-10, from the folder that SYMGEN_CIFAR10 names or an archive of its images."""
    from symgen.image.datasets import load_images

    given = os.environ.get("SYMGEN_CIFAR10")
    if given:
        yield load_images(given)
        return
    archive = DATA / "cifar10-jpeg.tar.xz"
    if not archive.is_file():
        _missing("needs the images of CIFAR-10: set SYMGEN_CIFAR10 to a folder with train/<class>/ and test/<class>/")
    folder = tmp_path_factory.mktemp("cifar10")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMGEN_CACHE", str(folder / "cache"))
        data = load_images(folder)
    yield data


@pytest.fixture(scope="session")
def mnist():
    """The real MNIST, from the file or folder that SYMGEN_MNIST names or an .npz beside the project."""
    from symgen.image.datasets import load_images

    path = Path(os.environ.get("SYMGEN_MNIST") or DATA / "mnist.npz")
    if not path.exists():
        _missing("needs MNIST: set SYMGEN_MNIST to its .npz or the folder of its IDX files")
    return load_images("mnist", data=path)


@pytest.fixture(scope="session")
def real():
    """The folder of real data files, from SYMGEN_REAL_DATA or beside the project."""
    given = os.environ.get("SYMGEN_REAL_DATA")
    folder = Path(given) if given else DATA / "real"
    if not folder.is_dir():
        _missing("needs real data files: set SYMGEN_REAL_DATA to a folder of them")
    return folder


def _missing(what):
    """Skip, but where all data are said to be there."""
    (pytest.fail if os.environ.get("SYMGEN_REQUIRE_DATA") else pytest.skip)(what)
