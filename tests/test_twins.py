"""Equations found in small twins of the kinds of data that people have."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import sympy
from scipy.integrate import solve_ivp
from twins import TWINS

from symgen.discovery.pde import discover_spectral
from symgen.discovery.regression import regress, with_regression
from symgen.discovery.settings import SpectralSettings
from symgen.exceptions import DataError
from symgen.generators.metadata import Regression
from symgen.pde.divergence import divergence_form, term_text
from symgen.pde.equation import Equation
from symgen.pde.residual import data_residual
from symgen.pde.trajectories import Trajectories

REFUSED = [name for name in TWINS if name == "forced kdv"]
FOUND = [name for name in TWINS if name not in REFUSED]
SOLVERS = ("leapfrog", "explicit euler", "implicit euler", "chafee-infante", "porous medium", "radial", "heated")
"""Those whose truncation error is large enough to be found."""
NO_DERIVATIVES_OF_POWERS = {
    "radial": {"u_xx": 0.3, "u_x/x": -0.8},
    "heated": {"u_xx": 0.1, "1": 0.5},
    "no divergence": {"u u_xx": 0.5},
}


@cache
def twin(name):
    return TWINS[name]()


@cache
def found(name) -> Regression:
    return regress(twin(name).trajectories())


def monomials(text: str) -> dict[sympy.Expr, float]:
    """Of an equation, with the leading derivative's coefficient 1."""
    equation = Equation.from_string(text)
    parts = (equation.expression / equation.leading_coefficient).expand().as_coefficients_dict()
    return {monomial: float(value) for monomial, value in parts.items()}


@pytest.mark.parametrize("name", TWINS)
def test_twins_are_what_they_say(name):
    data, true = twin(name), twin(name).trajectories()
    assert data.u.shape == (len(data.t), len(data.x))
    assert true.info.periodic == data.periodic
    if data.expected != "refusal":
        residual = data_residual(true, Equation.from_string(data.equation))
        weak = residual.relative if residual.weak is None else residual.weak
        assert weak < 0.02


@pytest.mark.parametrize("name", FOUND)
def test_the_true_terms(name):
    true, equation = monomials(twin(name).equation), monomials(found(name).equation)
    assert set(equation) == set(true)
    for monomial, value in true.items():
        assert equation[monomial] == pytest.approx(value, rel=0.01)


@pytest.mark.parametrize("name", FOUND)
def test_errors_cover_the_truth(name):
    form = divergence_form(Equation.from_string(twin(name).equation)) or {}
    true = {term_text(term): -value for term, value in form.items()} or NO_DERIVATIVES_OF_POWERS[name]
    for term in found(name).terms:
        assert abs(term.coefficient - true[term.text]) < 3 * term.error + 1e-9 * abs(term.coefficient)
        assert term.error < 0.05 * abs(term.coefficient)


@pytest.mark.parametrize("name", [name for name in FOUND if TWINS[name]().expected == "equation"])
def test_no_doubt_without_need(name):
    solver = name in SOLVERS
    doubts = found(name).doubts
    assert all("truncation error" in doubt for doubt in doubts)
    assert bool(doubts) == solver == bool(found(name).truncation)


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_sparse_fits(name):
    with pytest.raises(DataError, match=r"none is found.*at best.*--equation"):
        found(name)


class TestDoubt:
    def test_one_mode(self):
        assert set(found("one mode").equivalents) == {"u_t = -0.1297 u_xxxx", "u_t = -0.04935 u"}
        assert "cannot tell some terms apart" in found("one mode").doubts[0]

    @pytest.mark.parametrize(("name", "speed"), [("one soliton", 2.56), ("advection", 1.3)])
    def test_one_travelling_wave(self, name, speed):
        assert f"one travelling wave, u(x - c t) with c = {speed:g}" in found(name).doubts[0]

    def test_upwind(self):
        assert "no more than what an upwind scheme adds" in found("upwind").doubts[0]

    def test_more_data_tell(self):
        """Two modes of heat are enough."""
        assert found("few modes").equivalents == ()


class TestTruncation:
    def test_leapfrog(self):
        """(dx^2 - dt^2) / 12 u_xxxx for u_tt = u_xx."""
        data = twin("leapfrog")
        dx, dt = np.diff(data.x)[0], np.diff(data.t)[0]
        (term,) = found("leapfrog").truncation
        assert term.text == "u_xxxx"
        assert term.coefficient == pytest.approx((dx**2 - dt**2) / 12, rel=0.01)

    def test_explicit_euler(self):
        """(nu dx^2 / 12 - nu^2 dt / 2) u_xxxx for u_t = nu u_xx."""
        data = twin("explicit euler")
        dx, dt = np.diff(data.x)[0], np.diff(data.t)[0]
        term = found("explicit euler").truncation[0]
        assert term.text == "u_xxxx"
        assert term.coefficient == pytest.approx(0.02 * dx**2 / 12 - 0.02**2 * dt / 2, rel=0.02)

    def test_kept_if_asked_for(self):
        kept = regress(twin("leapfrog").trajectories(), keep_truncation=True)
        assert [term.text for term in kept.terms] == ["u_xx", "u_xxxx"]
        assert kept.truncation == ()
        assert kept.residual < 1e-3 * found("leapfrog").residual


class TestParsimony:
    def test_small_coefficient(self):
        """1e-4 of the left-hand side, without which ten million times more is left."""
        small = next(term for term in found("allen-cahn").terms if term.text == "u_xx")
        assert small.share < 0.01
        assert found("allen-cahn").runner_up.factor > 1e6

    def test_runner_up(self):
        other = found("shock").runner_up
        assert other.factor > 100
        assert other.residual == pytest.approx(other.factor * found("shock").residual)
        assert other.text.startswith("u_t = ")

    def test_library_as_large_as_needed(self):
        assert found("radial").library == "all"
        assert {name for name in FOUND if found(name).library == "all"} == {"radial", "heated", "no divergence"}
        with pytest.raises(DataError, match="none is found"):
            regress(twin("radial").trajectories(), library="plain")

    def test_large_library_where_the_plain_one_does(self):
        terms = regress(twin("shock").trajectories(), library="all").terms
        assert {term.text for term in terms} == {"u_xx", "(u^2)_x"}


class TestSmallTerms:
    """A small term beyond which nothing is left is the equation's; one that a scheme leaves has others behind it."""

    GRID, TIMES = np.arange(128) * (2 * np.pi / 128), np.linspace(0, 1, 101)

    def found(self, multiplier):
        """In exact solutions of u_t = multiplier(d/dx) u, with waves 1 to 4."""
        draw = np.random.default_rng(0)
        waves = 1j * np.arange(1, 5)
        sizes = draw.normal(size=4) + 1j * draw.normal(size=4)
        decay = np.exp(self.TIMES[:, None] * multiplier(waves))
        u = (decay[:, None] * sizes * np.exp(self.GRID[:, None] * waves)).sum(-1).real
        return regress(Trajectories.from_arrays(u[None], self.GRID, self.TIMES, periodic=True))

    @pytest.mark.parametrize(
        ("multiplier", "terms"),
        [
            (lambda d: -d - 1e-4 * d**3, {"u_x", "u_xxx"}),
            (lambda d: 0.1 * d**2 - 1e-4 * d**4, {"u_xx", "u_xxxx"}),
        ],
        ids=["dispersion", "fourth order"],
    )
    def test_of_the_equation(self, multiplier, terms):
        found = self.found(multiplier)
        assert {term.text for term in found.terms} == terms
        assert found.truncation == ()

    @pytest.mark.parametrize(
        ("multiplier", "terms"),
        [
            (lambda d: -1j * np.sin(d.imag * 2 * np.pi / 128) / (2 * np.pi / 128), {"u_x"}),
            (lambda d: -0.1 * (2 * np.sin(d.imag * np.pi / 128) / (2 * np.pi / 128)) ** 2, {"u_xx"}),
        ],
        ids=["advection", "diffusion"],
    )
    def test_of_central_differences(self, multiplier, terms):
        found = self.found(multiplier)
        assert {term.text for term in found.terms} == terms
        assert len(found.truncation) == 1


def spectral(rate, u0, x, t, order=1):
    """u (nt, nx) of u_t, or u_tt from rest, = rate(u, derivative) on a circle."""
    waves = 2j * np.pi * np.fft.fftfreq(len(x), x[1] - x[0])

    def derivative(u, k):
        return np.fft.ifft(waves**k * np.fft.fft(u)).real

    def change(_, y):
        return rate(y, derivative) if order == 1 else np.r_[y[len(x) :], rate(y[: len(x)], derivative)]

    start = u0 if order == 1 else np.r_[u0, 0 * u0]
    return solve_ivp(change, t[[0, -1]], start, t_eval=t, rtol=1e-10, atol=1e-11, method="DOP853").y[: len(x)].T


class TestWhatNoLibraryHas:
    """A polynomial that is near the true source fits well, but worse than clean data allow: that is said."""

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["sine", "exponential"])
    def test_approximations_are_doubted(self, name):
        x = np.arange(96) * (20 / 96)
        u0 = 1.2 * np.exp(-((x - 8) ** 2) / 4) + 0.3 * np.sin(2 * np.pi * x / 20)
        if name == "sine":
            t = np.linspace(0, 8, 121)
            u = spectral(lambda u, d: d(u, 2) - np.sin(u), 1.6 * u0, x, t, order=2)
        else:
            t = np.linspace(0, 0.5, 81)
            u = spectral(lambda u, d: d(u, 2) + 0.5 * np.exp(u), u0, x, t)
        data = with_regression(Trajectories.from_arrays(u[None], x, t, periodic=True))
        equation = Equation.from_string(data.info.equation)
        metadata = discover_spectral(data, equation, SpectralSettings(t_degree=4, points=1024)).metadata
        assert any("so it approximates another one" in warning for warning in metadata.warnings)


class TestDiffusionOfItsOwn:
    @pytest.mark.parametrize(("speed", "diffusion"), [(0.7, 1e-3), (300.0, 0.1)])
    def test_is_not_taken_for_an_upwind_schemes(self, speed, diffusion):
        x, t = np.arange(128) * (2 * np.pi / 128), np.linspace(0, 3 / speed, 101)
        waves = np.arange(1, 6)[:, None, None]
        phase = waves * (x - speed * t[:, None]) + waves**2
        u = (np.exp(-diffusion * waves**2 * t[:, None]) * np.cos(phase) / waves).sum(0)
        found = regress(Trajectories.from_arrays(u[None], x, t, periodic=True))
        assert {term.text for term in found.terms} == {"u_x", "u_xx"}
        assert not any("upwind" in doubt for doubt in found.doubts)
