"""A user's own function: how it is called, differentiated and refused."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from symgen.exceptions import DataError
from symgen.points.differences import differentiated
from symgen.points.function import as_target
from symgen.points.point_set import PointSet


def points(n=200, k=1, d=3, single=False):
    x = torch.randn(n, k, d, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return PointSet.from_array(x.float() if single else x)


def network(*layers):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), *layers, nn.Linear(8, 2))


def squares_of_torch(x):
    return x.square().sum(-1)


def squares_of_numpy(x):
    return np.sin(x**2).sum(-1)


@pytest.mark.parametrize("single", [False, True])
def test_tensors_have_gradients_of_their_own(single):
    data = points(single=single)
    target = as_target(squares_of_torch, data, "mine:squares")
    assert target.names == ("squares",)
    assert target.words == "mine:squares"
    assert target.error == 0
    assert target.surrogate is None
    torch.testing.assert_close(target.gradients(data.values)[:, 0], 2 * data.values, rtol=1e-13, atol=1e-13)


def test_particles_keep_their_axis_and_vectors_have_none():
    shapes = []

    def seen(x):
        shapes.append(tuple(x.shape[1:]))
        return x.flatten(1).square().sum(1)

    as_target(seen, points(k=2), "f")
    assert set(shapes) == {(2, 3)}
    shapes.clear()
    as_target(seen, points(), "f")
    assert set(shapes) == {(3,)}

    target = as_target(lambda x: x[:, 0, 1] * x[:, 0, 0], points(), "f")  # written for (n, 1, d)
    assert target.gradients(points().values)[:, 0, 0, 2].abs().max() == 0


@pytest.mark.parametrize(
    "function",
    [
        squares_of_numpy,
        lambda x: np.sin(np.asarray(x) ** 2).sum(-1),
        lambda x: [float(np.sin(row**2).sum()) for row in x.tolist() and np.array(x.tolist())],
        lambda x: torch.sin(x.detach() ** 2).sum(-1),
    ],
)
def test_functions_without_gradients_are_differentiated_by_differences(function):
    data = points()
    target = as_target(function, data, "f")
    x = data.values
    assert target.words == "f, by differences"
    true = 2 * x * torch.cos(x**2)
    wrong = ((target.gradients(x)[:, 0] - true).norm() / true.norm()).item()
    assert wrong < 1e-8
    assert wrong / 3 < target.error < 1e-7
    torch.testing.assert_close(target.values(x)[:, 0], torch.sin(x**2).sum((1, 2)))


@given(st.floats(0.01, 100), st.floats(-50, 50), st.integers(0, 100))
@settings(deadline=None, max_examples=30)
def test_the_error_of_differences_is_not_less_than_it_is(scale, origin, seed):
    x = origin + scale * torch.randn(30, 1, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    spread = x.std(0)
    wave = 2.0 / scale

    def function(x):
        return torch.stack([torch.sin(wave * (x - origin)).sum((1, 2)), (x[:, 0, 0] - origin) ** 3], 1)

    found, error = differentiated(function, x, spread)
    y = x - origin
    true = torch.stack([wave * torch.cos(wave * y), 3 * y**2 * torch.tensor([1.0, 0.0])], 1)
    wrong = ((found.jacobian(x) - true) * spread).norm() / (true * spread).norm()
    assert wrong < 3 * error + 1e-13
    assert error < 1e-6


def test_differences_go_backward_through_other_operations():
    found, _ = differentiated(lambda x: x.detach().square().sum((1, 2))[:, None], points().values, torch.ones(1, 3))
    x = points(5).values.requires_grad_()
    (gradient,) = torch.autograd.grad(found(x).log().sum(), x)
    torch.testing.assert_close(gradient, 2 * x / x.square().sum((1, 2), keepdim=True), rtol=1e-7, atol=1e-9)


def test_modules_run_as_a_copy_in_double_precision():
    net = network(nn.Tanh()).eval()
    data = points()
    target = as_target(net, data, "net")
    assert target.error == 0
    assert target.names == ("net1", "net2")
    assert net[0].weight.dtype == torch.float32
    with torch.no_grad():
        torch.testing.assert_close(target.values(data.values).float(), net(data.values[:, 0].float()))
    assert as_target(lambda x: net(x), data, "f").error == pytest.approx(1e-6)
    inside = as_target(lambda x: net(x.float()).double(), points(single=True), "f")
    assert inside.error == pytest.approx(1e-6)  # told by its numbers, though all dtypes are float64


class Straight(torch.autograd.Function):
    """A gradient that is not the function's."""

    @staticmethod
    def forward(context, x):
        return x**3

    @staticmethod
    def backward(context, gradient):
        return gradient


def test_gradients_that_are_others_are_not_believed():
    data = points()
    target = as_target(lambda x: Straight.apply(x).sum(-1), data, "f")
    assert "its own gradients are others" in target.words
    torch.testing.assert_close(target.gradients(data.values)[:, 0], 3 * data.values**2, rtol=1e-8, atol=1e-8)


def test_kinks_keep_their_gradients():
    target = as_target(lambda x: x.abs().sum(-1), points(), "f")
    assert target.words == "f"
    assert target.error == 0


def test_names_differ_from_the_coordinates():
    assert as_target(squares_of_torch, points(), "mine:x1").names == ("x1_",)


def fails(x):
    raise KeyError("no such thing")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: x[:, 0] * 0 + 3, "f is constant"),
        (lambda x: x.sum(), r"returns the shape \(\) for 11 points of shape \(11, 3\): it must be \(11,\) or"),
        (lambda x: x[0] ** 2 + x[1], r"returns the shape \(3,\)"),
        (lambda x: x[:, None, :] * x[:, :, None], r"returns the shape \(11, 3, 3\)"),
        (lambda x: None, "returns nothing"),
        (lambda x: "text", "returns str, not an array of real numbers"),
        (lambda x: x[:, 0] * 1j, "complex numbers"),
        (fails, "f raised KeyError: 'no such thing'"),
        (lambda x: sys.exit(3), "f raised SystemExit: 3"),
        (lambda x: x[:, 0].log(), "f is not finite at .* of 200 points, the first is number 0"),
        (lambda x: x.argmax(1), "gradient of f is zero everywhere.*logits"),
        (lambda x: x.sign().sum(1), "gradient of f is zero everywhere"),
        (lambda x: x[:, 0] - x[:, 0].mean(), "depends on the other points of the batch"),
        (network(nn.BatchNorm1d(8)), "depends on the other points of the batch"),
        (lambda x: x[:, 0] + torch.rand(len(x)), "other numbers when it is called again"),
        (network(nn.Dropout()), r"other numbers when it is called again.*eval\(\)"),
    ],
)
def test_what_is_no_function_of_points_is_refused(function, message):
    with pytest.raises(DataError, match=message):
        as_target(function, points(), "f")


def test_what_it_raises_later_is_an_error_of_the_data():
    def later(x):
        if (x > 2.4).any():
            raise ValueError("out of its\nrange")
        return x.sum(-1)

    data = points()
    data = PointSet.from_array(data.values.sort(0).values)
    with pytest.raises(DataError, match="raised ValueError: out of its range"):
        as_target(later, data, "f")
    target = as_target(squares_of_torch, data, "f")
    assert target.values(data.values[:1]).shape == (1, 1)
