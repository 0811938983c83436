"""Jets of solutions in several dimensions, against solutions in closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from symgen.exceptions import UsageError
from symgen.jets.space import Jet, JetSpace
from symgen.pde.solution_jets import TooCoarse, require_points, sample_jets
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


SPACE = JetSpace(("x", "y", "t"), ("u", "v"))


def sampled(data, orders, total, space=SPACE):
    """Points and the derivatives of these orders, at all of them in one piece."""
    parts = list(sample_jets(data, space, [Jet(unknown, own) for unknown, own in orders], total))
    return torch.cat([p.points for p in parts]), torch.cat([p.derivatives for p in parts], 1)


def test_values_and_coordinates():
    data = wave()
    points, _ = sampled(data, [], 100)
    x, y, t, u, v = points.unbind(-1)
    a = x + 2 * y - 5**0.5 * t
    first = len(points) // 2
    start = torch.where(torch.arange(len(points)) < first, 0.3, 2.0)
    assert torch.allclose(u, torch.sin(a + start), atol=1e-12)
    assert torch.allclose(v, torch.cos(a + start), atol=1e-12)
    for name, column in zip(SPACE.independent, points.T, strict=False):
        assert np.isin(column.numpy(), data.axis(name).points).all()


@pytest.mark.parametrize(("rate", "left"), [(0.0, (0, 0, 2)), (5.0, (0, 0, 1))])
def test_wave_and_heat_equation_hold(rate, left):
    """Periodic: all that is left is the difference in time, of sixth order."""
    errors = []
    for nt in (17, 33):
        data = wave(nt, rate=rate)
        orders = [left, (2, 0, 0), (0, 2, 0), (1, 1, 0)]
        change, xx, yy, xy = sampled(data, [("u", own) for own in orders], 2000)[1]
        errors.append(float((change - xx - yy).abs().max()))
        assert torch.allclose(xy, 2 * xx, atol=1e-10)
    assert np.log2(errors[0] / errors[1]) == pytest.approx(6, abs=0.7)


def test_order_of_differences():
    errors = []
    for n in (11, 21):
        xxy, y = sampled(wave(9, n, n, periodic=False), [("u", (2, 1, 0)), ("u", (0, 1, 0))], 500)[1]
        errors.append(float((xxy + y).abs().max()))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(6, abs=0.7)


def test_ordinary_equations():
    t = np.linspace(0, 2, 41)
    q = np.sin(t + np.array([[0.0], [1.0]]))
    data = Solutions.from_arrays({"q": q, "p": np.cos(t + np.array([[0.0], [1.0]]))}, {"t": t})
    points, (second, first) = sampled(data, [("q", (2,)), ("q", (1,))], 30, JetSpace(("t",), ("q", "p")))
    assert (points[:, 1] + second).abs().max() < 1e-7
    assert (first - points[:, 2]).abs().max() < 1e-7


def test_without_time():
    """Of u_xx + u_yy = 0."""
    x = np.linspace(0, 1, 21)
    data = Solutions.from_arrays({"u": (np.exp(x[:, None]) * np.sin(x))[None]}, {"x": x, "y": x}, periodic=False)
    points, (xx, yy) = sampled(data, [("u", (2, 0)), ("u", (0, 2))], 100, JetSpace(("x", "y"), ("u",)))
    assert (xx + yy).abs().max() < 1e-6
    assert torch.allclose(points[:, 2], points[:, 0].exp() * points[:, 1].sin())


def test_large_planes():
    """Where places are drawn with replacement."""
    data = wave(9, 80, 80)
    points, (x,) = sampled(data, [("u", (1, 0, 0))], 500)
    assert torch.allclose(x, points[:, 4], atol=1e-10)


def test_how_many_are_read_at_once_does_not_matter(monkeypatch):
    data = wave()
    together = sampled(data, [("u", (1, 0, 1))], 100)
    monkeypatch.setattr("symgen.pde.solutions.CHUNK_BYTES", 1)
    assert len(list(sample_jets(data, SPACE, [], 100))) == 2
    assert all(map(torch.equal, sampled(data, [("u", (1, 0, 1))], 100), together))
    assert torch.equal(sampled(data.first(1), [], 50)[0], sampled(data, [], 100)[0][: len(together[0]) // 2])


def test_refused():
    data = wave(9, 6, 6)
    assert require_points(data, [(1, 2, 0)]) == [3, 0, 0]
    with pytest.raises(TooCoarse, match="6 points in x; derivatives of order 3 need at least 8"):
        require_points(data, [(0, 3, 0)])
    with pytest.raises(TooCoarse, match="9 times; derivatives of order 5 need at least 11"):
        require_points(data, [(5, 0, 0)])
    with pytest.raises(UsageError, match="no unknown 'w'"):
        sampled(data, [], 10, JetSpace(("x", "y", "t"), ("w",)))
