"""Equations found in data, and how well data fit one, in weak form."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from solutions import PROBLEMS
from twins import TWINS

from symgen.discovery.regression import regress
from symgen.discovery.regression.record import shortest
from symgen.exceptions import DataError
from symgen.generators.metadata import Regression
from symgen.pde.divergence import divergence_form, in_jets
from symgen.pde.equation import Equation
from symgen.pde.noise import noise_level
from symgen.pde.residual import data_residual
from symgen.pde.trajectories import Trajectories, TrajectoryInfo
from symgen.pde.weak_form import Window, weak_form

pytestmark = pytest.mark.usefixtures("terminal")

NX, NT, LENGTH = 64, 60, 4.0
X, T = np.arange(NX) * (LENGTH / NX), np.linspace(0.0, 3.0, NT)
K = 2 * np.pi / LENGTH
STEPS = X[1], T[1]

SIMULATED = {
    "kdv": {"nx": 128, "nt": 120, "stored": 80, "duration": 40.0, "max_step": 0.05},
    "ks": {"nx": 128, "nt": 200, "stored": 100, "length": 32.0, "duration": 80.0, "max_step": 0.05},
    "burgers": {"nx": 128, "nt": 100, "stored": 80, "nu": 0.05},
    "heat": {"nx": 64, "nt": 60, "stored": 60},
}
COEFFICIENTS = {
    "kdv": {"u_xxx": -1, "(u^2)_x": -0.5},
    "ks": {"u_xx": -1, "u_xxxx": -1, "(u^2)_x": -0.5},
    "burgers": {"u_xx": 0.05, "(u^2)_x": -0.5},
    "heat": {"u_xx": 0.05},
}


def unknown(data: Trajectories) -> Trajectories:
    """The same data, without a word about their equation."""
    return replace(data, info=TrajectoryInfo(length=data.info.length, periodic=data.info.periodic))


def moving(speed=0.7, shift=0.0):
    """(2, NT, NX): waves that move with one speed."""
    phase = np.array([0.4, 1.9])[:, None, None]
    z = K * (X + shift - speed * T[:, None])
    return np.sin(z + phase) + 0.4 * np.cos(3 * z + 2 * phase)


class TestWeakForm:
    @pytest.mark.parametrize("periodic", [True, False])
    def test_moving_waves(self, periodic):
        """u_t + c u_x = 0, and so for every power of u and every further derivative."""
        terms = [(1, 0, 1), (1, 1, 0), (2, 0, 1), (2, 1, 0), (3, 1, 1), (3, 2, 0)]
        integrals = weak_form(moving(), *STEPS, periodic, Window(12, 14), terms)
        for left, right in ((0, 1), (2, 3), (4, 5)):
            size = np.abs(integrals[left]).max()
            assert np.abs(integrals[left] + 0.7 * integrals[right]).max() < 1e-5 * size

    def test_by_parts(self):
        """Against a sum over the derivative itself, which here is known."""
        u, window = np.sin(K * X)[None, None] * np.ones((1, NT, 1)), Window(12, 14)
        derivative = 2 * K * np.sin(K * X) * np.cos(K * X) * np.ones((1, NT, 1))
        by_parts = weak_form(u, *STEPS, True, window, [(2, 1, 0)])
        directly = weak_form(derivative, *STEPS, True, window, [(1, 0, 0)])
        assert np.abs(by_parts - directly).max() < 1e-6 * np.abs(directly).max()

    def test_shapes(self):
        integrals = weak_form(moving(), *STEPS, True, Window(12, 16), [(1, 0, 0), (2, 0, 0)])
        assert integrals.shape == (2, 2, 8, 22)
        assert weak_form(moving(), *STEPS, False, Window(32, 30), [(1, 0, 0)]).shape == (1, 2, 1, 1)

    @given(st.integers(0, NX - 1))
    @settings(max_examples=10, deadline=None)
    def test_periodic_data_have_no_ends(self, shift):
        """Moving the data along x moves the integrals."""
        window, term = Window(16, 14), [(2, 2, 0)]
        still = weak_form(moving(), *STEPS, True, window, term)
        moved = weak_form(np.roll(moving(), 4 * shift, -1), *STEPS, True, window, term)
        assert np.allclose(np.roll(still, shift, -1), moved, atol=1e-10)


class TestDivergenceForm:
    @pytest.mark.parametrize(
        ("text", "form"),
        [
            ("u_t + u*u_x + u_xxx", {(1, 0, 1): 1, (2, 1, 0): 0.5, (1, 3, 0): 1}),
            ("u_t = 2*u*u_xx + 2*u_x**2", {(1, 0, 1): 1, (2, 2, 0): -1}),
            ("u_t + u_x + u*u_x - u_xxt", {(1, 0, 1): 1, (1, 1, 0): 1, (2, 1, 0): 0.5, (1, 2, 1): -1}),
            ("u_tt = u_xx - u**3/3", {(1, 0, 2): 1, (1, 2, 0): -1, (3, 0, 0): 1 / 3}),
            ("u_t = u*u_xx", None),
            ("u_t = u_xx + x*u", None),
            ("u_tt = u_xx - sin(u)", None),
            ("u_t + u**7*u_x", None),
            ("u_t = pi*u_xx", {(1, 0, 1): 1, (1, 2, 0): -math.pi}),
        ],
    )
    def test_by_hand(self, text, form):
        assert divergence_form(Equation.from_string(text)) == form

    @given(st.dictionaries(st.tuples(st.integers(1, 3), st.integers(0, 3), st.just(0)), st.integers(1, 5), max_size=4))
    @settings(max_examples=25, deadline=None)
    def test_and_back(self, terms):
        delta = in_jets((1, 0, 1)) + sum((c * in_jets(t) for t, c in terms.items()), sympy.Integer(0))
        assert divergence_form(Equation(delta)) == {(1, 0, 1): 1, **terms}


class TestNoiseLevel:
    @pytest.mark.parametrize("level", [0.001, 0.01, 0.1])
    def test_gaussian(self, level):
        data = Trajectories.from_arrays(moving(), X, T, TrajectoryInfo(length=LENGTH))
        assert noise_level(data.with_noise(level).u) == pytest.approx(level, rel=0.1)

    def test_none(self):
        assert noise_level(moving()) < 1e-5
        assert noise_level(np.ones((1, 4, 4))) == 0


class TestShortest:
    @pytest.mark.parametrize(
        ("value", "error", "expected"),
        [(0.99998, 1e-4, "1"), (-0.50004, 1e-6, "-0.50004"), (0.0100017, 2e-6, "0.01"), (1.23456789, 0, "1.23457")],
    )
    def test_by_hand(self, value, error, expected):
        assert shortest(value, error) == sympy.Rational(expected)

    @given(st.floats(1e-6, 1e6), st.floats(0, 0.1))
    @settings(max_examples=50, deadline=None)
    def test_within_the_error(self, value, share):
        assert abs(float(shortest(value, share * value)) - value) <= max(2 * share, 5.1e-6) * value


class TestRegress:
    @pytest.mark.parametrize("name", SIMULATED)
    @pytest.mark.parametrize(("noise", "within"), [(0.0, 1e-4), (0.01, 0.01), (0.05, 0.05)])
    def test_equations_of_the_catalog(self, simulated, name, noise, within):
        data = unknown(simulated(name, **SIMULATED[name]))
        found = regress(data.with_noise(noise) if noise else data)
        assert {term.text for term in found.terms} == set(COEFFICIENTS[name])
        for term in found.terms:
            true = COEFFICIENTS[name][term.text]
            assert term.coefficient == pytest.approx(true, rel=within)
            assert abs(term.coefficient - true) < 8 * term.error + 1e-4 * abs(true)
        if noise:
            assert found.noise == pytest.approx(noise, rel=0.15)

    @pytest.mark.parametrize("name", ["mkdv", "kdv-burgers", "porous medium", "wave", "boussinesq"])
    def test_other_equations(self, solved, name):
        found = Equation.from_string(regress(unknown(solved(name))).equation)
        true = Equation.from_string(solved(name).info.equation)
        scale = true.leading_coefficient / found.leading_coefficient
        difference = (scale * found.expression - true.expression).expand().as_coefficients_dict()
        assert max((abs(float(v)) for v in difference.values()), default=0) < 1e-2
        assert found.leading == true.leading

    @pytest.mark.parametrize("name", ["wave", "porous medium", "kdv-burgers", "mkdv", "boussinesq"])
    def test_noise_on_other_equations(self, solved, name):
        true = Equation.from_string(solved(name).info.equation)
        found = Equation.from_string(regress(unknown(solved(name)).with_noise(0.01)).equation)
        assert found.jets(found.expression) == true.jets(true.expression)

    def test_open_data(self, solved):
        data = solved("kdv-burgers")
        piece = Trajectories.from_arrays(
            data.u[..., 5:50], data.x[5:50], data.t, TrajectoryInfo(length=45 / 8, periodic=False)
        )
        found = regress(piece)
        assert {term.text for term in found.terms} == {"u_xx", "u_xxx", "(u^2)_x"}

    def test_nothing_changes(self, waves):
        data = waves()
        still = Trajectories.from_arrays(data.u[:, :1].repeat(24, axis=1), data.x, data.t, data.info)
        with pytest.raises(DataError, match="u does not change in time"):
            regress(still)

    def test_several_waves_of_one_speed(self):
        """Of different shapes, they tell more than one does."""
        found = regress(Trajectories.from_arrays(moving(), X, T, TrajectoryInfo(length=LENGTH)))
        assert found.equation == "u_t + 0.7*u_x"
        (doubt,) = found.doubts
        assert "travel at one speed, u(x - c t) with c = 0.7, so u_tt = c^2 u_xx fits as well" in doubt

    def test_no_equation_at_all(self, waves):
        with pytest.raises(DataError, match="none is found"):
            regress(waves(nt=40))

    def test_noise_hides_a_small_term(self):
        """Then the equation has no derivative in x, which is said."""
        data = TWINS["allen-cahn"]().trajectories()
        found = regress(data.with_noise(0.05))
        assert {term.text for term in found.terms} == {"u", "u^3"}
        assert "No term with a derivative in x stands out" in found.doubts[0]

    def test_records_of_old_files(self, solved):
        """Those written before there were runners-up and doubts."""
        new = regress(solved("wave")).model_dump()
        old = {k: v for k, v in new.items() if k not in ("library", "runner_up", "truncation", "equivalents", "doubts")}
        assert Regression.model_validate(old).doubts == ()

    def test_repeats(self, solved):
        assert regress(solved("wave")) == regress(solved("wave"))

    def test_what_is_not_in_the_library(self, solved):
        with pytest.raises(DataError, match="come without an equation, and none is found"):
            regress(unknown(solved("bbm")))

    def test_too_small(self, waves):
        with pytest.raises(DataError, match="10 times and 64 points; to find their equation at least 12 of each"):
            regress(waves(nt=10))
        one = waves(n=1, nt=12, nx=12)
        with pytest.raises(DataError, match="too few points to find their equation"):
            regress(replace(one, info=TrajectoryInfo(length=8.0, periodic=False)))


class TestWeakResidual:
    @pytest.mark.parametrize("name", [n for n in ["wave", *PROBLEMS] if n != "sine-gordon"])
    def test_noise_is_averaged(self, solved, name):
        data, equation = solved(name), Equation.from_string(solved(name).info.equation)
        assert data_residual(data, equation).weak < 2e-3
        noisy = data_residual(data.with_noise(0.01), equation)
        assert noisy.weak < 0.03
        assert noisy.weak < noisy.relative

    def test_wrong_equation(self, solved):
        assert data_residual(solved("wave"), Equation.from_string("u_tt - 2*u_xx")).weak > 0.3

    def test_none_where_there_is_no_weak_form(self, solved, waves):
        assert data_residual(solved("sine-gordon"), Equation.from_string("u_tt - u_xx + sin(u)")).weak is None
        assert data_residual(waves(nt=12), Equation.from_string("u_t + u_x")).weak is None


class TestCommandLine:
    FAST = ("--t-degree", "6", "--n-points", "4096", "--no-figures", "--device", "cpu")

    def test_from_data_alone(self, run, simulated):
        data = unknown(simulated("burgers", **SIMULATED["burgers"]))
        np.savez("mine.npz", u=data.u, x=data.x, t=data.t)
        code, out, _ = run("discover", "--data", "mine.npz", *self.FAST)
        words = " ".join(out.split())
        assert code == 0
        assert "equation u_t + u*u_x - 0.05*u_xx = 0" in words
        assert "found as u_t = (0.05 ± " in words
        assert "in weak form" in words
        assert "5 symmetries found" in words
        assert "found as u_t = " in " ".join(run("inspect", "mine-generators.safetensors")[1].split())
        against = ["inspect", "mine-generators.safetensors", "--against", "lps", "--max-distance", "1e-6"]
        assert run(*against)[0] == 0

    def test_terms(self, run):
        TWINS["radial"]().trajectories().save("radial.h5")
        code, _, err = run("discover", "--data", "radial.h5", "--terms", "plain", *self.FAST)
        assert (code, "none is found" in err) == (3, True)
        assert run("discover", "kdv", "--terms", "most")[0] == 2
        code, out, _ = run("discover", "--data", "radial.h5", "--terms", "all", *self.FAST, "--json")
        document = json.loads(out)
        assert code == 0
        assert document["equation"] == "u_t + 0.8*u_x/x - 0.3*u_xx"
        assert document["data"]["regression"]["runner_up"]["factor"] > 10

    def test_noise(self, run, simulated):
        """A noisy time derivative looks like a poor fit only pointwise."""
        data = unknown(simulated("ks", **SIMULATED["ks"])).with_noise(0.01)
        np.savez("mine.npz", u=data.u, x=data.x, t=data.t)
        code, out, err = run("discover", "--data", "mine.npz", *self.FAST, "--json")
        document = json.loads(out)
        assert (code, err) == (0, "")
        assert document["exact"] == 3
        assert document["equation"] == "u_t + u*u_x + u_xx + u_xxxx"
        assert document["data"]["residual"] > 0.1 > 0.02 > document["data"]["weak_residual"]
        found = document["data"]["regression"]
        assert (found["left"], [t["text"] for t in found["terms"]]) == ("u_t", ["u_xx", "u_xxxx", "(u^2)_x"])
        assert not [w for w in document["warnings"] if "fit the equation poorly" in w]

    def test_inspect_shows_the_noise(self, run, solved):
        solved("wave").with_noise(0.01).save("mine.h5")
        document = json.loads(run("inspect", "mine.h5", "--equation", "u_tt = u_xx", "--json")[1])
        assert document["noise"] == pytest.approx(0.01, rel=0.1)
        assert document["residual"]["weak"] < 0.02
        assert "noise" in run("inspect", "mine.h5")[1]
