"""The parts of regression: best subsets, terms with coefficients in x and t, weights of sums, coarse data."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symgen.discovery.regression import regress
from symgen.discovery.regression.subsets import best_subsets
from symgen.discovery.regression.systems import Fields, Grid, integrate
from symgen.discovery.regression.terms import Candidate, terms_of
from symgen.pde.coarsen import _widest, for_noise
from symgen.pde.grammar import U, X, jet_symbol
from symgen.pde.trajectories import Trajectories, TrajectoryInfo
from symgen.pde.weak_form import LONG, Window, bump_matrix, weak_form

NX, NT = 80, 70
x, t = np.linspace(1.0, 3.0, NX), np.linspace(0.5, 2.0, NT)
GRID = Grid(x, t, x[1] - x[0], t[1] - t[0], periodic=False)
WINDOW = Window(16, 14)


class TestSubsets:
    @given(st.integers(0, 2**20))
    @settings(max_examples=15, deadline=None)
    def test_against_all(self, seed):
        draw = np.random.default_rng(seed)
        columns, target = draw.standard_normal((30, 7)), draw.standard_normal(30)
        found = best_subsets(columns, target, 4, 100)
        for size, subsets in enumerate(found, start=1):
            rest = {
                places: np.linalg.norm(target - columns[:, places] @ np.linalg.lstsq(columns[:, places], target)[0])
                for places in combinations(range(7), size)
            }
            best = min(rest, key=rest.get)
            assert tuple(subsets.places[0]) == best
            assert subsets.residuals[0] == pytest.approx(rest[best] / np.linalg.norm(target))
            assert len(subsets.places) == len(rest)

    def test_exact_to_rounding(self):
        """Residuals that the normal equations would lose."""
        columns = np.random.default_rng(0).standard_normal((50, 20))
        found = best_subsets(columns, columns[:, [3, 11]] @ [1.0, 1e-9], 2, 10)
        assert found[1].places[0].tolist() == [3, 11]
        assert found[0].residuals[0] == pytest.approx(1e-9, rel=0.5)
        assert found[1].residuals[0] < 1e-15

    def test_dependent_columns(self):
        columns = np.random.default_rng(0).standard_normal((50, 3))
        columns = np.concatenate([columns, 2 * columns[:, :1]], axis=1)
        found = best_subsets(columns, columns.sum(1), 4, 100)
        assert len(found) == 3
        assert not [p for p in found[1].places.tolist() if p == [0, 3]]


class TestTerms:
    @pytest.mark.parametrize(
        ("term", "text", "jets"),
        [
            (Candidate(2, 1), "(u^2)_x", 2 * U * jet_symbol((1, 0))),
            (Candidate(1, 2, in_x=-1), "u_xx/x", jet_symbol((2, 0)) / X),
            (Candidate(1, 1, in_x=2), "x^2 u_x", X**2 * jet_symbol((1, 0))),
            (Candidate(0, 0), "1", sympy.Integer(1)),
            (Candidate(0, 0, in_x=1), "x", X),
            (Candidate(1, 0, slope=2), "u u_x^2", U * jet_symbol((1, 0)) ** 2),
            (Candidate(0, 1, slope=2), "(u_x^2)_x", 2 * jet_symbol((1, 0)) * jet_symbol((2, 0))),
        ],
    )
    def test_by_hand(self, term, text, jets):
        assert term.text == text
        assert sympy.expand(term.in_jets - jets) == 0

    def test_no_division_by_zero(self):
        def texts(x, t):
            return {term.text for term in terms_of("all", np.array(x), np.array(t))}

        assert {"u/x", "u/t"} <= texts([1, 1.5, 2], [1, 2, 3])
        assert "u/x" not in texts([-1, 0, 1], [1, 2, 3])
        assert "u/t" not in texts([1, 1.5, 2], [0, 1, 2])

    @pytest.mark.parametrize(
        ("term", "value"),
        [
            (Candidate(1, 2, in_x=-1), lambda x, t: -4 * np.sin(2 * x - t) / x),
            (Candidate(1, 1, in_x=2), lambda x, t: 2 * x**2 * np.cos(2 * x - t)),
            (Candidate(2, 1, in_x=1), lambda x, t: 4 * x * np.sin(2 * x - t) * np.cos(2 * x - t)),
            (Candidate(1, 0, in_t=-1), lambda x, t: np.sin(2 * x - t) / t),
            (Candidate(0, 0, slope=2), lambda x, t: 4 * np.cos(2 * x - t) ** 2),
            (Candidate(1, 1, slope=2), lambda x, t: 8 * np.cos(2 * x - t) * (1 - 3 * np.sin(2 * x - t) ** 2)),
        ],
    )
    def test_by_parts(self, term, value):
        """Against integrals of the term's own values."""
        u = np.sin(2 * x - t[:, None])[None]
        by_parts = integrate(Fields(u, GRID), WINDOW, [term, Candidate(0, 0, slope=2)])[0]  # which cuts x at both ends
        inside = Fields(value(x, t[:, None])[None, :, 3:-3], replace(GRID, x=x[3:-3]))
        directly = integrate(inside, WINDOW, [Candidate(1, 0)])[0]
        assert np.abs(by_parts - directly).max() < 1e-4 * np.abs(directly).max()


class TestNarrowWindows:
    @pytest.mark.parametrize("half", [6, 8, 12])
    @pytest.mark.parametrize(("k", "exact"), [(2, 2.0), (3, 0.0), (4, 0.0)])
    def test_parabola(self, half, k, exact):
        """(x^2)_xx is 2 and (x^2)_xxxx is 0, however narrow the test function."""
        u, step = np.tile(np.linspace(-1, 1, 41) ** 2, (1, 40, 1)), 0.05
        one = weak_form(np.ones_like(u), step, 1.0, False, Window(half, 10), [(1, 0, 0)])[0]
        got = weak_form(u, step, 1.0, False, Window(half, 10), [(1, k, 0)])[0]
        assert np.abs(got / one - exact).max() < 1e-9 / (half * step) ** k


class TestLongAxes:
    @pytest.mark.parametrize("periodic", [True, False])
    @pytest.mark.parametrize("term", [(1, 0, 0), (1, 3, 0), (2, 1, 1)])
    def test_same_without_matrices(self, term, periodic, monkeypatch):
        u = np.random.default_rng(0).standard_normal((2, 40, 30))
        expected = weak_form(u, 0.1, 0.2, periodic, Window(9, 8), [term])
        monkeypatch.setattr("symgen.pde.weak_form.LONG", 0)
        found = weak_form(u, 0.1, 0.2, periodic, Window(9, 8), [term])
        assert np.allclose(found, expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max())

    @pytest.mark.parametrize("shape", [(1, LONG + 1, 12), (1, 12, LONG + 1)])
    def test_no_matrix_is_kept(self, shape):
        before = bump_matrix.cache_info().currsize
        kept = weak_form(np.ones(shape), 0.1, 0.2, True, Window(shape[2] // 2, shape[1] // 2), [(1, 0, 0)])
        assert np.isfinite(kept).all()
        assert bump_matrix.cache_info().currsize <= before + 1  # along the short axis


class TestLargeLibrary:
    @pytest.mark.parametrize(
        ("equation", "terms"),
        [
            ("u_t + u/t - u_xx/5", {"u/t", "u_xx"}),
            ("u_t - u_x**2/2 - u_xx/5", {"u_x^2", "u_xx"}),
        ],
    )
    def test_found(self, equation, terms):
        """u = v / t with v_t = v_xx / 5, and u = log(v) 2/5 (the Cole-Hopf transform)."""
        z, s = np.linspace(0, 6, 100), np.linspace(1.0, 2.5, 90)[:, None]
        v = 2 + sum(
            a * np.exp(-(k**2) * s / 5) * np.sin(k * z + p) for k, a, p in ((1, 0.6, 0.3), (2, 1.0, 1.0), (3, 1.2, 2.0))
        )
        u = v / s if "/t" in equation else 0.4 * np.log(v)
        data = Trajectories.from_arrays(u[None], z, s[:, 0], TrajectoryInfo(length=6.0, periodic=False))
        found = regress(data)
        assert found.library == "all"
        assert {term.text for term in found.terms} == terms
        for term in found.terms:
            assert term.error < 0.01 * abs(term.coefficient)


class TestCoarsen:
    def test_clean_data_stay(self, waves):
        data = waves()
        assert for_noise(data) == (data, None)

    @pytest.mark.parametrize("periodic", [True, False])
    def test_noise_on_a_fine_grid(self, periodic):
        z, s = np.arange(512) * (8 / 512), np.linspace(0, 1, 30)
        clean = np.sin(2 * np.pi / 8 * (z - s[:, None]))[None]
        info = TrajectoryInfo(length=8.0 if periodic else z[-1], periodic=periodic)
        data = Trajectories.from_arrays(clean, z, s, info).with_noise(0.01)
        coarse, note = for_noise(data)
        stride = round((coarse.x[1] - coarse.x[0]) / z[1])
        assert stride >= 8
        assert len(coarse.x) == (512 // stride if periodic else -(-512 // stride))
        assert "noise of 1.0%" in note
        assert f"one in {stride} is kept" in note
        assert np.std(coarse.u - clean[..., ::stride]) < 0.5 * np.std(data.u - clean)

    def test_coarse_grids_stay(self, waves):
        data = waves(nx=32).with_noise(0.01)
        assert for_noise(data)[1] is None


class TestWidestFilter:
    @pytest.mark.parametrize("limit", [0, 2, 3, 7, 8, 50, 51, 99, 100, 1000])
    def test_as_one_by_one(self, limit):
        asked = []

        def allowed(width):
            asked.append(width)
            return width <= limit

        one_by_one = max((w for w in range(3, 100) if w <= limit), default=0)
        assert _widest(allowed, 3, 99) == one_by_one
        assert len(asked) <= 16
        assert all(3 <= width <= 99 for width in asked)

    def test_samples_left_out_stay_left_out(self):
        x, t = np.arange(512) * (2 * np.pi / 512), np.linspace(0, 1, 30)
        draw = np.random.default_rng(0)
        u = np.sin(x + t[:, None]) + 0.01 * draw.standard_normal((4, 30, 512))
        data = Trajectories.from_arrays(u, x, t, periodic=True)
        some = replace(data, kept=np.array([0, 1, 3]))
        coarse, note = for_noise(some)
        assert "noise of" in note
        assert (len(coarse), len(coarse.u) - len(coarse)) == (3, 1)
        one, other = coarse.read([2])[0], for_noise(data)[0].read([3])[0]
        assert one == pytest.approx(other)
