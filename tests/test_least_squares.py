"""Least squares with columns that depend on each other, on processors and elsewhere, against numpy."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
import torch
from transfers import crossings, near, sent

import symgen
from symgen.least_squares import least_squares

DRAW = np.random.default_rng(0)
FULL = DRAW.normal(size=(40, 5))
CASES = {
    "independent": FULL,
    "one column twice": np.concatenate([FULL, FULL[:, :1]], 1),
    "a sum of others": np.concatenate([FULL, FULL @ DRAW.normal(size=(5, 3))], 1),
    "a column of zeros": np.concatenate([FULL, 0 * FULL[:, :1]], 1),
    "nothing but zeros": 0 * FULL,
    "of very different sizes": FULL * 10.0 ** np.arange(-4, 1),
    "more columns than rows": FULL.T,
    "such, and dependent": np.concatenate([FULL.T, FULL.T[:1]]),
    "one row": FULL[:1],
}


@pytest.mark.parametrize("far", [False, True], ids=["processor", "device"])
@pytest.mark.parametrize("case", CASES)
def test_the_least_of_all_solutions(case, far):
    columns = CASES[case]
    wanted = np.random.default_rng(1).normal(size=(len(columns), 2))
    expected = np.linalg.lstsq(columns, wanted, rcond=max(columns.shape) * np.finfo(float).eps)[0]
    left, right = torch.from_numpy(columns), torch.from_numpy(wanted)
    with crossings():
        found = near(least_squares(sent(left), sent(right)) if far else least_squares(left, right))
    assert np.allclose(found.numpy(), expected, rtol=1e-8, atol=1e-10 * (1 + np.abs(expected).max()))


def test_no_other_solver_that_needs_independent_columns():
    """torch's own gives wrong numbers on CUDA for others; with a `driver` it runs on processors alone."""
    root = Path(symgen.__file__).parent
    for file in root.rglob("*.py"):
        if file.name == "least_squares.py" or "benchmark" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.linalg.lstsq":
                assert any(keyword.arg == "driver" for keyword in node.keywords), f"{file}:{node.lineno}"
