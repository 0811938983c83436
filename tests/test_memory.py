"""Memory does not grow with the data: in processes that may not have more than some."""

from __future__ import annotations

import os
import subprocess
import sys

import h5py
import numpy as np
import pytest

X, T = np.arange(256) / 256 * 2 * np.pi, np.linspace(0, 1, 256)
SAMPLES = 64

SCRIPT = """
import resource, sys
import symgen
little = dict(equation="u_t = u_xx/10", boundary="periodic", device="cpu", n_points=512)
little |= dict(x_degree=1, t_degree=1, u_degree=1)
from symgen.pde import trajectories
from symgen.pde.readers import remembered
remembered.WHOLE_BYTES = 0  # less of what is bounded, so that few data take all of it
remembered.SOME_BYTES = 8 * 2**20
trajectories.SOME_SAMPLES = 2
few, many = sys.argv[1:]
symgen.discover(few, **little)
now = int(open("/proc/self/statm").read().split()[5]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_DATA, (now + 128 * 2**20,) * 2)
assert len(symgen.load_data(many, boundary="periodic")) > 1000
found = symgen.discover(many, **little)
print(found.metadata.data.samples)
"""


def solutions(n):
    """(n, times, points) of u_t = u_xx / 10."""
    draw = np.random.default_rng(0)
    modes = np.arange(1, 4)[:, None]
    a, b = draw.normal(size=(2, n, 1, 3))
    decay = np.exp(-0.1 * modes.T**2 * T[:, None])
    return (a * decay) @ np.sin(modes * X) + (b * decay) @ np.cos(modes * X)


def many_files(folder):
    """Of 512 kB a sample: 1 GB, of which most are links to one."""
    for name, copies in (("few", 1), ("many", 32)):
        (folder / name).mkdir()
        with h5py.File(folder / name / "00.h5", "w") as file:
            file["tensor"], file["x-coordinate"], file["t-coordinate"] = solutions(SAMPLES), X, T
        for copy in range(1, copies):
            os.link(folder / name / "00.h5", folder / name / f"{copy:02}.h5")
    return folder / "few", folder / "many", SAMPLES * 32


def one_npy(folder):
    """Of 1 GB, with x and t beside it."""
    found = []
    for name, copies in (("few", 1), ("many", 32)):
        shape = (SAMPLES * copies, len(T), len(X))
        u = np.lib.format.open_memmap(folder / f"{name}_u.npy", "w+", np.float32, shape)
        for copy in range(copies):
            u[copy * SAMPLES : (copy + 1) * SAMPLES] = solutions(SAMPLES)
        np.save(folder / f"{name}_x.npy", X)
        np.save(folder / f"{name}_t.npy", T)
        found.append(folder / f"{name}_u.npy")
    return *found, SAMPLES * 32


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs the accounts of Linux")
@pytest.mark.parametrize("make", [many_files, one_npy])
def test_memory_does_not_grow_with_the_samples(tmp_path, make):
    """A GB, within 128 MB more than some data take."""
    few, many, samples = make(tmp_path)
    done = subprocess.run([sys.executable, "-c", SCRIPT, few, many], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) == samples
