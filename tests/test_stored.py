"""Large arrays of every kind of file stay there, and what is read of them is what is read of small ones at once."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from symgen.pde.readers import blocks, stored
from symgen.pde.solutions_file import load_solutions

X, T = np.arange(12) / 12 * 2 * np.pi, np.linspace(0, 1, 8)
U = np.random.default_rng(0).normal(size=(30, len(T), len(X))).astype(np.float32)


def hdf5(path, **options):
    with h5py.File(path, "w") as file:
        file.create_dataset("u", data=U, **options)
        file["x"], file["t"] = X, T


@pytest.mark.parametrize("chunks", [None, (1, 8, 12), (7, 3, 5), (30, 8, 12)])
def test_chunks(tmp_path, monkeypatch, chunks):
    hdf5(tmp_path / "a.h5", chunks=chunks, compression=chunks and "gzip")
    at_once = load_solutions(tmp_path / "a.h5")
    monkeypatch.setattr(stored, "LARGE", 0)
    monkeypatch.setattr(blocks, "BLOCK", 5 * U[0].nbytes)
    one_by_one = load_solutions(tmp_path / "a.h5")
    np.testing.assert_array_equal(one_by_one.read(range(30)), at_once.read(range(30)))
