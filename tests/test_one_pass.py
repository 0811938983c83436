"""How often discovery reads data: every sample twice at most, once to check it and once for all that is made of it."""

from __future__ import annotations

from collections import Counter

import h5py
import numpy as np
import pytest

import symgen
from symgen.discovery import survey
from symgen.pde.readers import remembered
from symgen.pde.solutions import Solutions

SAMPLES = 60
X, T = np.arange(32) / 32 * 2 * np.pi, np.linspace(0, 1, 24)


@pytest.fixture
def reads(monkeypatch):
    """How often each sample of a file is read, by dataset and number."""
    counted, get = Counter(), h5py.Dataset.__getitem__

    def counting(dataset, index, *others):
        first = index[0] if isinstance(index, tuple) and index else index
        if isinstance(first, int | np.integer) and dataset.ndim > 1:
            counted[dataset.name, int(first)] += 1
        return get(dataset, index, *others)

    monkeypatch.setattr(h5py.Dataset, "__getitem__", counting)
    return counted


def heat(n=SAMPLES, seed=0):
    """Solutions (n, times, points) of u_t = u_xx / 10."""
    draw = np.random.default_rng(seed)
    modes = np.arange(1, 4)[:, None]
    a, b = draw.normal(size=(2, n, 1, 3))
    decay = np.exp(-0.1 * modes.T**2 * T[:, None])
    return (a * decay) @ np.sin(modes * X) + (b * decay) @ np.cos(modes * X)


def scalar(path):
    with h5py.File(path, "w") as file:
        file["tensor"], file["x-coordinate"], file["t-coordinate"] = heat(), X, T


def several(path):
    axes = {"t": T, "x": X}
    Solutions.from_arrays({"v": heat(), "w": heat(seed=1)}, axes, periodic=True).save(path)


HEAT = ["v_t = v_xx/10", "w_t = w_xx/10"]


@pytest.mark.parametrize(
    ("write", "options", "datasets", "most"),
    [
        (scalar, {"equation": "u_t = u_xx/10", "x_degree": 1, "t_degree": 1, "u_degree": 1}, 1, 1),
        (scalar, {"equation": "u_t = u_xx/10", "x_degree": 1, "t_degree": 1, "u_degree": 1}, 1, 2),
        (scalar, {"x_degree": 1, "t_degree": 1, "u_degree": 1}, 1, 2),
        (several, {"equation": HEAT, "degree": 1}, 2, 2),
        (several, {"degree": 1}, 2, 2),
    ],
    ids=["few data", "an equation", "an equation that is found", "a system", "a system that is found"],
)
def test_every_sample_is_read_twice_at_most(tmp_path, monkeypatch, reads, write, options, datasets, most):
    """Few data once, as they are kept."""
    if most > 1:
        monkeypatch.setattr(remembered, "WHOLE_BYTES", 0)
    write(tmp_path / "data.h5")
    reads.clear()
    symgen.discover(tmp_path / "data.h5", device="cpu", boundary="periodic", **options)
    assert len(reads) == datasets * SAMPLES
    assert max(reads.values()) <= most


def test_what_a_pass_keeps_does_not_grow_with_the_samples():
    """Points of as many samples as are wanted, of others none."""
    from symgen.discovery.survey import Wanted
    from symgen.pde.grammar import SPACE

    def kept(n):
        data = Solutions.from_arrays({"u": np.tile(heat(10), (n // 10, 1, 1))}, {"t": T, "x": X}, periodic=True)
        wanted = [Wanted((), 64, 0), Wanted((), 64, 0, range(n // 2))]
        found = survey.survey(data, SPACE, wanted, lambda sample: None, "cpu")
        assert found.moments.count == n * len(T) * len(X)
        return [len(found.samples[each].points) for each in wanted]

    assert max(kept(100)) <= 2 * 64
    assert max(kept(1000)) <= 2 * 64
