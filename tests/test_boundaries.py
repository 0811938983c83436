"""Periodic or not, the end of the period stored too or not; and arrays from Python with the checks of files."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.io

from symgen.exceptions import DataError
from symgen.pde.seam import seam_of
from symgen.pde.trajectories import Trajectories, TrajectoryInfo, load_trajectories

pytestmark = pytest.mark.usefixtures("terminal")

T = np.linspace(0, 1, 30)


def waves(x, length=1.0, n=3):
    """(n, nt, nx): solutions of u_t + u_x / 2 = u_xx / 50, periodic with that length."""
    draw = np.random.default_rng(0)
    k = 2 * np.pi / length * np.arange(1, 5)[:, None, None]
    u = []
    for _ in range(n):
        size, phase = draw.normal(size=(4, 1, 1)), draw.uniform(0, 6, (4, 1, 1))
        u.append((size * np.exp(-(k**2) / 50 * T[:, None]) * np.cos(k * (x - T[:, None] / 2) + phase)).sum(0))
    return np.stack(u)


def walls(x, even=False):
    """(1, nt, nx): heat with u = -1 at both ends of 0..1; with even modes it would be periodic."""
    modes = (2, 4) if even else (1, 2, 3)
    return -1 + sum(np.exp(-0.2 * (k * np.pi) ** 2 * T[:, None]) * np.sin(k * np.pi * x) / k for k in modes)[None]


class TestEndPoint:
    @pytest.mark.parametrize("points", [16, 32, 64, 500])
    @pytest.mark.parametrize("noise", [0, 1e-3])
    def test_stored_twice_or_not(self, points, noise):
        x = np.linspace(0, 1, points + 1)
        u = waves(x)
        if points < 100:
            u = u + noise * u.std() * np.random.default_rng(1).normal(size=u.shape)
        both, once = seam_of(u), seam_of(u[..., :-1])
        assert (both.periodic, both.repeated) == (True, True)
        assert (once.periodic, once.repeated) == (True, False)

    @pytest.mark.parametrize("points", [16, 64, 500])
    def test_walls(self, points):
        """Both ends have the same values, but it is no period."""
        seam = seam_of(walls(np.linspace(0, 1, points + 1)))
        assert (seam.periodic, seam.kink) == (False, True)
        assert "the slopes there do not go on" in str(seam)

    def test_walls_far_from_steep_fronts(self):
        """Against the roughest place inside, what happens at the walls is small, here also where the walls are flat."""
        x = np.linspace(-1, 1, 201)
        t = np.linspace(0, 1, 50)[:, None]
        u = np.tanh((x - 0.3 * t) / 0.02) * np.tanh((x + 0.5) / 0.02) - 0.5 * np.exp(-8 * t) * np.abs(
            np.sin(np.pi * (x + 1) / 2)
        )
        u = u + (1 - x**2) * 0.1 * np.exp(-t) - (1 + x) / 2 * (u[:, -1:] - u[:, :1])
        seam = seam_of(u[None])
        assert seam.ratio < 0.5
        assert not seam.periodic

    def test_heat_that_hardly_reaches_the_walls(self):
        x, t = np.linspace(0, 1, 50), np.linspace(0, 0.5, 50)[:, None]
        u = sum(
            s * np.exp(-((x - 0.5 - m) ** 2) / (0.01 + 0.04 * t)) / np.sqrt(1 + 4 * t)
            for s, m in ((1, 0), (-1, 1), (-1, -1), (1, 2), (1, -2))
        )
        seam = seam_of(u[None])
        assert seam.equal
        assert not seam.periodic

    def test_cells_about_a_line_of_symmetry(self):
        """Of a function that is even there, first and last value are the same without being the same point."""
        for points in (8, 16, 64):
            x = (np.arange(points) + 0.5) / points
            u = (np.exp(-T[:, None]) * np.cos(2 * np.pi * x) + np.exp(-4 * T[:, None]) * np.cos(4 * np.pi * x) / 4)[
                None
            ]
            seam = seam_of(u)
            assert (seam.equal, seam.repeated, seam.periodic) == (True, False, True)

    def test_sines_that_are_both(self):
        """Zero at both ends and periodic: the data go on smoothly."""
        seam = seam_of(walls(np.linspace(0, 1, 65), even=True))
        assert (seam.periodic, seam.repeated) == (True, True)

    def test_what_is_flat_at_the_ends_is_left_as_it_is(self):
        x = np.linspace(-20, 20, 400)
        seam = seam_of(1 / np.cosh(x - T[:, None])[None] ** 2)
        assert (seam.periodic, seam.repeated) == (True, False)


class TestFiles:
    def test_end_point_is_left_out_and_said(self, tmp_path):
        x = np.linspace(0, 1, 65)
        scipy.io.savemat(tmp_path / "a.mat", {"usol": waves(x)[0].T, "x": x, "t": T})
        for periodic in (None, True):
            data = load_trajectories(tmp_path / "a.mat", periodic=periodic)
            assert data.info.periodic
            assert data.info.length == data.period == pytest.approx(1)
            assert np.array_equal(data.read([0])[0], waves(x)[0][:, :-1])
            assert "it is the end of the period, and left out. 64 points are left." in data.origin.notes[-1]
        data = load_trajectories(tmp_path / "a.mat", periodic=False)
        assert (data.info.periodic, len(data.x)) == (False, 65)

    def test_a_corner_at_the_ends_of_a_period(self, tmp_path):
        """As of x^2 cos(pi x) on -1..1: to call it periodic takes the user's word; the end point is left out then."""
        x = np.linspace(-1, 1, 101)
        u = x**2 * np.cos(np.pi * x) * np.exp(-T[:, None]) + 0.2 * np.sin(3 * T[:, None])
        np.savez(tmp_path / "a.npz", u=u, x=x, t=T)
        assert not load_trajectories(tmp_path / "a.npz").info.periodic
        data = load_trajectories(tmp_path / "a.npz", periodic=True)
        assert (len(data.x), data.info.length) == (100, pytest.approx(2))
        assert data.origin.warnings

    def test_walls_called_periodic_are_doubted(self, tmp_path):
        x = np.linspace(0, 1, 65)
        np.savez(tmp_path / "a.npz", u=walls(x), x=x, t=T)
        assert not load_trajectories(tmp_path / "a.npz").info.periodic
        data = load_trajectories(tmp_path / "a.npz", periodic=True)
        assert data.info.periodic
        assert "taken as periodic in x, as given, but both ends have the same values" in data.origin.warnings[0]


class TestArrays:
    X = np.arange(64) / 64
    U = waves(X)

    def test_without_more(self):
        data = Trajectories.from_arrays(self.U, self.X, T)
        assert (data.info.periodic, data.info.length) == (True, pytest.approx(1))
        assert np.array_equal(data.read([0, 1, 2]), self.U)
        part = Trajectories.from_arrays(self.U[..., :40], self.X[:40], T)
        assert not part.info.periodic
        assert Trajectories.from_arrays(self.U[..., :40], self.X[:40], T, periodic=True).info.periodic

    def test_end_point(self):
        x = np.linspace(0, 1, 65)
        for given in ({}, {"info": TrajectoryInfo(length=1.0)}, {"periodic": True}):
            data = Trajectories.from_arrays(waves(x), x, T, **given)
            assert (len(data.x), data.info.length, data.info.periodic) == (64, pytest.approx(1), True)
            assert "it is the end of the period, and left out" in data.origin.notes[-1]

    def test_what_is_said_is_not_measured(self):
        for periodic in (True, False):
            info = TrajectoryInfo(length=1.0, periodic=periodic)
            data = Trajectories.from_arrays(self.U, self.X, T, info)
            assert (data.info, data.origin) == (info, None)
        part = Trajectories.from_arrays(self.U[..., :40], self.X[:40], T, TrajectoryInfo(length=3.0))
        assert not part.info.periodic

    def test_single_precision(self):
        single = (array.astype("f4") for array in (self.U, self.X, T))
        data = Trajectories.from_arrays(*single)
        assert data.read([0]).dtype == data.x.dtype == np.float64
        assert data.info.periodic

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (
                {"u": np.where(np.arange(3)[:, None, None] == 1, np.nan, U)},
                r"u has 1 bad samples of 3 .*: 1 \(not finite\)",
            ),
            ({"u": U * [[[0]], [[1]], [[np.inf]]]}, r"0 \(not finite\)|0 \(all zero\)"),
            ({"x": X**2}, "x is not equally spaced and increasing"),
            ({"t": T[::-1]}, "t is not equally spaced and increasing"),
            ({"x": X * np.nan}, "x has 64 entries, or some that are not finite"),
            ({"x": X[:-1]}, r"u has shape \(3, 30, 64\); expected \(sample, 30 times, 63 points\)"),
            ({"x": X[:, None]}, r"u has shape \(3, 30, 64\); expected"),
            ({"u": U[0]}, r"u has shape \(30, 64\); expected"),
            ({"info": TrajectoryInfo(length=2.0)}, "its period is given as 2, but its 64 points in x cover 1"),
            (
                {"info": TrajectoryInfo(length=2.0, periodic=True)},
                "its period is given as 2, but its 64 points in x cover 1",
            ),
        ],
    )
    def test_refused(self, change, said):
        arguments = {"u": self.U, "x": self.X, "t": T, **change}
        with np.errstate(invalid="ignore"), pytest.raises(DataError, match=said):
            Trajectories.from_arrays(**arguments)
