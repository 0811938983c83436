"""What operators of systems are trained on: the same solutions in all arms, copies that solve the system."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from symgen.augmentation.moved_solutions import MovedSolutions
from symgen.benchmark.operator_data import (
    TEST,
    TRAIN,
    VALIDATION,
    Sizes,
    inputs,
    moved_copies,
    seen_of,
    simulated,
    symmetries,
    thinned,
    training_windows,
)
from symgen.discovery.system_source import system_of
from symgen.pde.system_residual import system_residual

pytestmark = pytest.mark.usefixtures("module_cache")
NAME = "reaction-diffusion"
SHAPE = {"points": 24, "times": 25}
SIZES = Sizes(3, 2, 2, 2, scale=0.5, every=(2, 2, 2), simulation=SHAPE, least_times=8)


@pytest.fixture(scope="module")
def pool():
    return simulated(NAME, SIZES.pool, TRAIN, SIZES, "cpu")


def windows(arm, n=2, seed=0, sizes=SIZES):
    return training_windows(NAME, n, arm, "exact", sizes, seed, "cpu")


def test_operators_see_some_points_of_each_axis(pool):
    seen = thinned(pool, SIZES.parts)
    u, steps = inputs(seen, "cpu")
    assert u.shape == (3, 13, 12, 12, 2)
    torch.testing.assert_close(u[1], torch.from_numpy(pool.read([1])[0, ::2, ::2, ::2]).float())
    assert steps.tolist()[0] == pytest.approx([10 / 12, 10 / 12, 2.5 / 12])
    assert [axis.length for axis in seen.space] == pytest.approx([10, 10])


def test_nothing_that_is_tested_was_seen(pool):
    splits = [pool, *(simulated(NAME, 2, split, SIZES, "cpu") for split in (VALIDATION, TEST))]
    first = torch.cat([inputs(data, "cpu")[0][:, 0] for data in splits]).flatten(1)
    assert len(first.unique(dim=0)) == 7


def test_arms_have_the_same_solutions(pool):
    none = windows("none")
    assert none.u.shape == (2, 1, 13, 12, 12, 2)
    for arm in ("true", "learned"):
        other = windows(arm)
        assert other.u.shape == (2, 3, 13, 12, 12, 2)
        assert torch.equal(other.u[:, :1], none.u)
        assert other.steps.shape == (2, 3, 3)
        assert (other.valid[..., 1] - other.valid[..., 0] >= SIZES.least_times).all()


def test_learned_symmetries_are_the_true_ones_that_keep_the_box(pool):
    true, learned = symmetries(pool, "true"), symmetries(pool, "learned")
    assert len(true.names) == len(learned.names) == 4
    assert {name.lstrip("-").split()[-1] for name in true.names} >= {"d/dx", "d/dy", "d/dt"}
    points = torch.rand(50, 5, dtype=torch.float64)
    both = torch.cat([each.generators(points).flatten(1) for each in (true, learned)])
    assert torch.linalg.matrix_rank(both) == 4


def test_copies_solve_the_system_where_they_are_covered(pool):
    fine = replace(SIZES, every=(1, 1, 1), scale=0.2, least_times=20)
    moved = moved_copies(pool, NAME, "true", "exact", fine, "cpu")
    first, end = moved["valid"][0, 0].tolist()
    assert end - first >= 20
    outside = (torch.arange(25) < first) | (torch.arange(25) >= end)
    assert outside.any(), "all is covered: nothing is shown"
    assert not moved["u"][0, 0, outside].any()
    copy = moved["u"][0, 0, first:end].double().numpy()[None]
    time = replace(pool.axes[0], points=pool.axes[0].points[first:end])
    system = system_of(pool, (), {}).system
    residuals = [
        max(system_residual(replace(pool, values=values, axes=axes, kept=pool.kept[:1]), system).relative)
        for values, axes in ((pool.read([0]), pool.axes), (copy, (time, *pool.space)))
    ]
    assert residuals[1] < 1e-2
    assert residuals[1] < 10 * residuals[0] + 1e-3


def test_what_operators_see_of_copies_tells_what_is_covered():
    covered = torch.ones(1, 9, 4, 4, dtype=torch.bool)
    covered[:, 1:5] = False
    moved = MovedSolutions(torch.rand(1, 9, 4, 4, 2), covered, *torch.zeros(2, 1, dtype=torch.bool), 0.0)
    assert moved.valid().tolist() == [[5, 9]]
    seen, values, _ = seen_of(moved, SIZES.parts)
    assert seen.valid().tolist() == [[3, 5]]
    assert values.shape == (1, 5, 2, 2, 2)
