"""Jets of solutions in several dimensions, against solutions in closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from symgen.exceptions import DataError, UsageError
from symgen.pde.solution_jets import jets, random_points, require_points
from symgen.pde.solutions import Solutions

X, Y, T = "x", "y", "t"


def wave(nt=33, nx=16, ny=12, periodic=True, rate=0.0):
    """u = sin(a) exp(-rate t), v = cos(a), a = x + 2 y - sqrt(5) t: of u_tt = lap(u) or, with the rate 5, of heat."""
    ends = 2 * np.pi if periodic else 3.0
    t = np.linspace(0.2, 1.2, nt)
    x, y = (np.linspace(0, ends, n, endpoint=not periodic) for n in (nx, ny))
    speed = 0.0 if rate else np.sqrt(5)
    a = x[:, None] + 2 * y - speed * t[:, None, None] + np.array([0.3, 2.0])[:, None, None, None]
    decay = np.exp(-rate * t)[:, None, None]
    return Solutions.from_arrays({"u": np.sin(a) * decay, "v": np.cos(a)}, {"t": t, "x": x, "y": y}, periodic=periodic)


def test_values_and_coordinates():
    data = wave()
    points = random_points(data, [(0, 0, 0)], 100)
    places, found = jets(data, [("v", (0, 0, 0)), ("u", (0, 0, 0))], points)
    whole = data.read([0, 1])[tuple(points.T)]
    assert np.array_equal(found.numpy(), whole.T[::-1])
    assert np.array_equal(places.numpy()[:, 2], data.axis("y").points[points[:, 3]])


@pytest.mark.parametrize(("rate", "left"), [(0.0, (2, 0, 0)), (5.0, (1, 0, 0))])
def test_wave_and_heat_equation_hold(rate, left):
    """Periodic: all that is left is the difference in time, of sixth order."""
    errors = []
    for nt in (17, 33):
        data = wave(nt, rate=rate)
        orders = [left, (0, 2, 0), (0, 0, 2), (0, 1, 1)]
        _, (change, xx, yy, xy) = jets(data, [("u", own) for own in orders], random_points(data, orders, 2000))
        errors.append(float((change - xx - yy).abs().max()))
        assert torch.allclose(xy, 2 * xx, atol=1e-10)
    assert np.log2(errors[0] / errors[1]) == pytest.approx(6, abs=0.7)


def test_order_of_differences():
    errors = []
    for n in (11, 21):
        data = wave(9, n, n, periodic=False)
        orders = [("u", (0, 2, 1)), ("u", (0, 0, 1))]
        points = random_points(data, [own for _, own in orders], 500)
        _, (xxy, y) = jets(data, orders, points)
        errors.append(float((xxy + y).abs().max()))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(6, abs=0.7)


def test_ordinary_equations():
    t = np.linspace(0, 2, 41)
    q = np.sin(t + np.array([[0.0], [1.0]]))
    data = Solutions.from_arrays({"q": q, "p": np.cos(t + np.array([[0.0], [1.0]]))}, {"t": t})
    points = random_points(data, [(2,)], 30)
    _, found = jets(data, [("q", (0,)), ("q", (2,)), ("q", (1,)), ("p", (0,))], points)
    assert (found[0] + found[1]).abs().max() < 1e-7
    assert (found[2] - found[3]).abs().max() < 1e-7


def test_points_do_not_depend_on_other_samples():
    data = wave()
    few = random_points(data.first(1), [(1, 0, 0)], 50)
    assert np.array_equal(random_points(data, [(1, 0, 0)], 100)[:50], few)


def test_refused():
    data = wave(9, 6, 6)
    assert require_points(data, [(1, 2, 0)]) == [3, 0, 0]
    with pytest.raises(DataError, match="6 points in x; derivatives of order 3 need at least 8"):
        require_points(data, [(0, 3, 0)])
    with pytest.raises(DataError, match="9 times; derivatives of order 5 need at least 11"):
        require_points(data, [(5, 0, 0)])
    with pytest.raises(UsageError, match="No jet of u, v along 3 axes: w"):
        jets(data, [("w", (0, 0, 0))], np.zeros((1, 4), int))
    for wrong in (np.array([[0, 2, 0, 0]]), np.array([[2, 4, 0, 0]]), np.zeros((1, 3), int)):
        with pytest.raises(UsageError, match=r"Points must be \(P, 4\) places from \(0, 3, 0, 0\)"):
            jets(data, [("u", (1, 0, 0))], wrong)
