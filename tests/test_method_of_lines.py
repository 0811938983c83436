"""Solutions of systems by the method of lines, against exact ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from systems import SYSTEMS

from symgen.equations.system import System
from symgen.exceptions import SolverError, UsageError
from symgen.pde.axis import Axis
from symgen.pde.system_residual import system_residual
from symgen.simulation.initial import random_states
from symgen.simulation.method_of_lines import MethodOfLines, solve_system


def circle(name: str, n: int, length: float = 2 * np.pi) -> Axis:
    return Axis(name, np.arange(n) * length / n, periodic=True)


def mesh(*axes: Axis) -> list[np.ndarray]:
    return list(np.meshgrid(*(axis.points for axis in axes), indexing="ij"))


X, Y = circle("x", 16), circle("y", 14)
T = np.linspace(0.3, 1.5, 7)


class TestExact:
    def test_heat(self):
        """Also one that decays by exp(-1000): the integrating factor starts anew where it would overflow."""
        x, y = mesh(X, Y)
        for nu in (0.3, 40.0):
            system = System.from_strings([f"u_t = {nu}*(u_xx + u_yy)"])
            start = 0.2 + np.sin(2 * x - y) + np.cos(5 * y)
            found = solve_system(system, start[None, None], T, [X, Y]).values[0, ..., 0]
            decay = np.exp(-nu * np.multiply.outer([5, 25], T - T[0]))[..., None, None]
            assert np.allclose(found, 0.2 + decay[0] * np.sin(2 * x - y) + decay[1] * np.cos(5 * y), atol=1e-12)

    def test_wave(self):
        """Second order in t: initial values of u and u_t."""
        x, y = mesh(X, Y)
        frequency = 2 * 5**0.5
        start = np.stack([np.sin(x + 2 * y), -frequency * np.cos(x + 2 * y)])
        system = System.from_strings(["u_tt = 4*(u_xx + u_yy)"])
        found = solve_system(system, start[None], T, [Y, X])  # in any order
        assert [axis.name for axis in found.axes] == ["t", "x", "y"]
        exact = np.sin(x + 2 * y - frequency * (T - T[0])[:, None, None])
        assert np.abs(found.values[0, ..., 0] - exact).max() < 1e-9

    def test_plane_wave_of_nls(self):
        x, y = mesh(X, Y)
        angle = 2 * x - y - (5 / 2 + 0.7**2) * (T - T[0])[:, None, None]
        start = 0.7 * np.stack([np.cos(angle[0]), np.sin(angle[0])])
        found = solve_system(System.from_strings(*SYSTEMS["nls 2-d"]), start[None], T, [X, Y])
        assert found.unknowns == ("psi_r", "psi_i")
        assert np.abs(found.values[0] - 0.7 * np.stack([np.cos(angle), np.sin(angle)], -1)).max() < 1e-9

    def test_soliton_of_nls(self):
        """psi = sech(x) exp(i t) at rest, and on the move by a Galilean boost."""
        axis = Axis("x", np.arange(256) * 40 / 256 - 20, periodic=True)
        speed = 2 * np.pi / 40 * 4 * 2

        def soliton(t):
            x = axis.points - speed * t
            phase = speed / 2 * axis.points - (speed**2 / 4 - 1) * t
            return np.stack([np.cos(phase), np.sin(phase)]) / np.cosh(x)

        t = np.linspace(0, 2, 3)
        found = solve_system(System.from_strings(*SYSTEMS["nls"]), soliton(0)[None], t, [axis])
        wanted = np.stack([soliton(s).T for s in t])
        # the tails of sech meet at the ends of the box
        assert np.abs(found.values[0] - wanted)[:, 64:-64].max() < 1e-6

    def test_kepler_keeps_its_integrals(self):
        system = System.from_strings(*SYSTEMS["kepler"])
        lines = MethodOfLines(system)
        assert [str(system.space.symbol(jet)) for jet in lines.state] == ["q1", "q1_t", "q2", "q2_t"]
        t = np.linspace(0, 2 * np.pi, 201)
        data = solve_system(system, np.array([[1.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 1.2]]), t)
        assert np.abs(data.values[0] - np.stack([np.cos(t), np.sin(t)], -1)).max() < 1e-9  # a circle
        first_order = System.from_strings(*SYSTEMS["kepler, first order"])
        q1, q2, p1, p2 = np.moveaxis(solve_system(first_order, np.array([[1.0, 0.0, 0.0, 1.2]]), t).values[0], -1, 0)
        assert np.abs(np.stack([q1, q2], -1) - data.values[1]).max() < 1e-8
        assert np.ptp((p1**2 + p2**2) / 2 - 1 / np.hypot(q1, q2)) < 1e-9
        assert np.ptp(q1 * p2 - q2 * p1) < 1e-9

    def test_stiff_oscillator_with_forcing(self):
        """q_t = -30 (q - cos t) has an exact solution: it depends on t, and its own rate is large."""
        system = System.from_strings(["q_t = -30*q + 30*cos(t)"])
        t = np.linspace(0, 3, 7)
        found = solve_system(system, np.array([[0.0]]), t).values[0, :, 0]
        c = 30.0
        exact = c * (c * np.cos(t) + np.sin(t)) / (c**2 + 1) - c**2 / (c**2 + 1) * np.exp(-c * t)
        assert np.abs(found - exact).max() < 1e-9


class TestConvergence:
    def test_in_space(self):
        """Burgers: errors fall faster than any power of the grid."""
        system = System.from_strings(["u_t + u*u_x = 0.3*u_xx"])
        t = np.array([0.0, 1.0])
        found = []
        for n in (16, 32, 64, 128):
            axis = circle("x", n)
            start = np.sin(axis.points) + 0.3 * np.cos(2 * axis.points)
            found.append(solve_system(system, start[None, None], t, [axis]).values[0, 1, :, 0])
        errors = [np.abs(u - found[-1][:: 128 // len(u)]).max() for u in found[:-1]]
        assert errors[1] < errors[0] / 30
        assert errors[2] < errors[1] / 500

    def test_in_time(self):
        """Errors go with the tolerance."""
        system = System.from_strings(*SYSTEMS["kepler"])
        t = np.array([0.0, 2 * np.pi])
        start = np.array([[1.0, 0.0, 0.0, 1.0]])
        errors = [
            np.abs(solve_system(system, start, t, rtol=rtol).values[0, 1] - [1, 0]).max() for rtol in (1e-5, 1e-8)
        ]
        assert errors[1] < errors[0] / 100

    def test_products_are_free_of_aliasing(self):
        """Waves that the grid does not carry are left out, rather than taken for others."""
        axis = circle("x", 8)
        lines = MethodOfLines(System.from_strings(["u_t = u^3*u_x"]), [axis])
        start = lines.modes(torch.as_tensor(np.cos(3 * axis.points)[None]))
        # -3 (cos^3 sin)(3 x) has waves 6 and 12, which the points see as 2 and 4
        assert float(lines.rate(start, 0.0).abs().max()) < 1e-14


SYSTEMS_HERE = [
    ("lambda-omega", 30, {}),
    ("shallow water", 20, {"h": 1.0}),
    ("burgers 2-d", 6, {}),
    ("zakharov-kuznetsov", 20, {}),
    ("gray-scott", 40, {"u": 0.6, "v": 0.3}),
    ("fitzhugh-nagumo", 20, {}),
    ("zakharov", 20, {}),
    ("lorenz", 20, {"x": 1.0, "y": 1.0, "z": 10.0}),
]


class TestSystems:
    @pytest.mark.parametrize(("name", "length", "means"), SYSTEMS_HERE)
    def test_data_solve_the_equations(self, name, length, means):
        """By the derivatives that any data get."""
        system = System.from_strings(*SYSTEMS[name])
        axes = [circle(letter, 24, length) for letter in system.space.independent if letter != "t"]
        lines = MethodOfLines(system, axes)
        names = [str(system.space.symbol(jet)) for jet in lines.state]
        data = solve_system(
            system, random_states([0], 1, names, axes, 0.05, means, highest=1), np.linspace(0, 0.5, 25), axes
        )
        residual = system_residual(data, system)
        assert max(residual.relative) < 1e-4
        again = System.from_strings(data.info.equations, {}, system.space.independent, system.space.dependent)
        assert max(system_residual(data, again).relative) == pytest.approx(max(residual.relative), rel=1e-3)

    def test_sample_does_not_depend_on_the_others(self):
        system = System.from_strings(*SYSTEMS["burgers 2-d"])
        start = random_states(range(3), 0, ["u", "v"], [X, Y], 0.3)
        assert np.array_equal(start[1:2], random_states([1], 0, ["u", "v"], [X, Y], 0.3))
        t = np.linspace(0, 0.2, 3)
        both = solve_system(system, start, t, [X, Y]).values
        assert np.array_equal(both[1:2], solve_system(system, start[1:2], t, [X, Y]).values)

    def test_coefficients_in_space(self):
        """u_t = cos(x) u has the solution exp(cos(x) t) u0, also on an axis that does not begin at 0."""
        axis = Axis("x", 1.0 + np.arange(32) * 2 * np.pi / 32, periodic=True)
        system = System.from_strings(["u_t = cos(x)*u"])
        found = solve_system(system, np.ones((1, 1, 32)), np.array([0.0, 0.5]), [axis])
        assert np.abs(found.values[0, 1, :, 0] - np.exp(0.5 * np.cos(axis.points))).max() < 1e-10


class TestRefused:
    @pytest.mark.parametrize(
        ("texts", "match"),
        [
            (SYSTEMS["boussinesq"][0], "solved for|constraints"),
            (["u_x = u_y", "v_t = v_x"], "is solved for u_x"),
            (["u_xt = u"], "is solved for u_xt"),
        ],
    )
    def test_no_evolution(self, texts, match):
        system = System.from_strings(texts)
        axes = [circle(name, 8) for name in system.space.independent if name != "t"]
        with pytest.raises(UsageError, match=match):
            MethodOfLines(system, axes)

    def test_axes(self):
        system = System.from_strings(["u_t = u_xx"])
        with pytest.raises(UsageError, match="axes x of space"):
            MethodOfLines(system, [X, Y])
        with pytest.raises(UsageError, match="not periodic"):
            MethodOfLines(system, [Axis("x", np.arange(8.0))])

    def test_blow_up(self):
        system = System.from_strings(["u_t = u^2"])
        with pytest.raises(SolverError, match=r"blows up about t = 1"):
            solve_system(system, np.array([[1.0]]), np.linspace(0, 2, 3))

    def test_stiff(self, monkeypatch):
        from symgen.simulation import ordinary

        monkeypatch.setattr(ordinary, "MOST_STEPS", 50)
        system = System.from_strings(["u_t = 1000*u*v_xxxx", "v_t = -1000*u*u_xxxx"])
        with pytest.raises(SolverError, match="more than 50 steps"):
            solve_system(system, random_states([0], 0, "uv", [X], 1.0), np.linspace(0, 1, 3), [X])
