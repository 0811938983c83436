"""What neural operators are trained on: the same trajectories in all arms, copies that solve the equation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from symgen.benchmark import operator_data
from symgen.benchmark.operator_data import (
    TEST,
    TRAIN,
    VALIDATION,
    Sizes,
    held_out,
    moved_copies,
    simulated,
    symmetries,
    training_windows,
)
from symgen.cache import cache_folder
from symgen.pde.equation import Equation
from symgen.pde.residual import data_residual
from symgen.pde.trajectories import Trajectories

pytestmark = pytest.mark.usefixtures("module_cache")
SIZES = Sizes(pool=4, validation=2, test=3, copies=2, scale=0.1, every=(1, 2), simulation={"duration": 60.0})
NAME = "ckdv"


@pytest.fixture(scope="module")
def pool():
    return simulated(NAME, SIZES.pool, TRAIN, SIZES, "cpu")


@pytest.fixture(scope="module")
def equation(pool):
    return Equation.from_string(pool.info.equation, pool.info.parameters)


def windows(arm, n=3, seed=0, resampling="exact"):
    return training_windows(NAME, n, arm, resampling, SIZES, seed, "cpu")


def test_nothing_that_is_tested_was_seen(pool):
    seen = torch.from_numpy(pool.read(range(4))[:, :, ::2, None]).float()
    splits = [seen, *(held_out(NAME, split, SIZES, "cpu")[0] for split in (VALIDATION, TEST))]
    every = torch.cat([u[:, 0] for u in splits])
    assert len(every) == 4 + 2 + 3
    assert len(every.unique(dim=0)) == len(every)


def test_arms_have_the_same_trajectories(pool):
    none = windows("none")
    assert none.u.shape == (3, 1, 140, 128, 1)
    for arm in ("true", "full", "both"):
        other = windows(arm)
        assert other.u.shape == (3, 3, 140, 128, 1)
        assert torch.equal(other.u[:, :1], none.u)
        assert not torch.equal(other.u[:, 1], none.u[:, 0])
    assert len(none.u.flatten(1).unique(dim=0)) == 3  # without replacement
    drawn = {tuple(np.sort(np.random.default_rng(seed).permutation(4)[:3])) for seed in range(5)}
    assert len(drawn) > 1  # seeds draw others


@pytest.mark.parametrize(("arm", "count"), [("true", 2), ("learned", 3), ("full", 3), ("approximate", 1), ("both", 3)])
def test_generators_of_an_arm(pool, arm, count):
    chosen = symmetries(pool, arm)
    assert chosen.generators.count == count
    assert ("d/dt" in chosen.names) == (arm in ("approximate", "both"))
    assert ("V3" in chosen.names) == (arm == "learned")  # near d/dt, and far more valid
    assert any("3*t" in name for name in chosen.names) == (arm == "full")


def test_scaled_copies_tell_their_steps(pool, equation):
    fine = replace(SIZES, every=(1, 1))
    moved = moved_copies(pool, NAME, "full", "exact", fine, "cpu")
    data = training_windows(NAME, 4, "full", "exact", fine, 0, "cpu")
    step = pool.period / 256
    torch.testing.assert_close(data.steps[..., 1], torch.full((4, 3), pool.time_step))
    torch.testing.assert_close(data.steps[:, 0, 0], torch.full((4,), step))
    torch.testing.assert_close(data.steps[:, 1:, 0], step * moved["stretch"])
    assert (moved["stretch"] - 1).abs().max() > 1e-3
    first, end = data.valid[0, 1].tolist()
    x = torch.arange(256) * float(data.steps[0, 1, 0])
    info = pool.info.model_copy(update={"length": 256 * float(data.steps[0, 1, 0])})
    copy = Trajectories.from_arrays(data.u[0, 1, first:end, :, 0].numpy()[None], x.numpy(), pool.t[first:end], info)
    assert data_residual(copy, equation).relative < 1e-2  # of numbers in single precision


def test_copies_are_zero_outside_of_their_times_and_come_from_the_cache(pool, monkeypatch):
    made = moved_copies(pool, NAME, "full", "exact", SIZES, "cpu")
    times = torch.arange(140)
    outside = (times < made["valid"][..., :1]) | (times >= made["valid"][..., 1:])
    assert outside.any()
    assert not made["u"][outside].any()
    assert made["u"][~outside].any()

    def refuse(*arguments):
        raise AssertionError("moved again")

    with monkeypatch.context() as patch:
        patch.setattr(operator_data, "TrajectoryMover", refuse)
        again = moved_copies(pool, NAME, "full", "exact", SIZES, "cpu")
        assert torch.equal(again["u"], made["u"])
        with pytest.raises(AssertionError, match="moved again"):
            moved_copies(pool, NAME, "full", "exact", replace(SIZES, scale=0.2), "cpu")


def test_a_damaged_cache_is_made_again(pool):
    made = moved_copies(pool, NAME, "true", "bilinear", SIZES, "cpu")
    for file in (cache_folder() / "copies").iterdir():
        file.write_bytes(file.read_bytes()[:-7])
    again = moved_copies(pool, NAME, "true", "bilinear", SIZES, "cpu")
    assert torch.equal(again["u"], made["u"])


def test_ways_back_to_the_grid_have_the_same_copies(pool):
    ways = [moved_copies(pool, NAME, "true", way, SIZES, "cpu") for way in ("exact", "whittaker-shannon")]
    inside = [(w["valid"][..., 0].amax(), w["valid"][..., 1].amin()) for w in ways]
    first, end = max(a for a, _ in inside), min(b for _, b in inside)
    exact, other = (w["u"][:, :, first:end] for w in ways)
    assert float((exact - other).norm() / exact.norm()) < 0.01
