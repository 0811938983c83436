"""The parts of the regression of systems: libraries, integrals, noise."""

from __future__ import annotations

from dataclasses import replace
from math import comb

import numpy as np
import pytest
import sympy
from evolution import EVOLUTIONS

from symgen.discovery.regression.denoise import kept_coefficients, polynomials, projected
from symgen.discovery.regression.integrals import Box, Fields, Integrals, boxes
from symgen.discovery.regression.products import Product, library, of_time
from symgen.exceptions import DataError
from symgen.jets.space import JetSpace
from symgen.pde.axis import Axis

UV = JetSpace(("x", "y", "t"), ("u", "v"))


def term(text: str, space: JetSpace = UV, size: int = 5) -> Product:
    return next(t for t in (*library(space, size), *of_time(space, 0)) if t.text == text)


class TestLibrary:
    @pytest.mark.parametrize(
        ("text", "jets"),
        [
            ("1", "1"),
            ("u_xy", "u_xy"),
            ("(u v)_x", "u*v_x + v*u_x"),
            ("(u^2)_xx", "2*u_x**2 + 2*u*u_xx"),
            ("u v_y", "u*v_y"),
            ("u v u_y", "u*v*u_y"),
            ("lap(u)", "u_xx + u_yy"),
            ("lap(lap(u))", "u_xxxx + 2*u_xxyy + u_yyyy"),
            ("(u^3)_t", "3*u**2*u_t"),
        ],
    )
    def test_by_hand(self, text, jets):
        names = {str(UV.symbol(jet)): UV.symbol(jet) for jet in UV.jets(term(text).in_jets)}
        assert sympy.expand(term(text).in_jets - sympy.sympify(jets, names)) == 0

    @pytest.mark.parametrize(
        "space", [UV, JetSpace(("x", "y", "z", "t"), ("a", "b", "c")), JetSpace(("x", "t"), ("u",))]
    )
    def test_parts_add_up(self, space):
        for one in library(space, 5):
            if one.parts:
                total = sum(sympy.Rational(factor) * part.in_jets for factor, part in one.parts)
                assert sympy.expand(total - one.in_jets) == 0

    @pytest.mark.parametrize("size", [3, 4, 5])
    def test_sizes(self, size):
        found = library(UV, size)
        assert len({one.text for one in found}) == len(found)
        assert max(one.size for one in found) == size
        assert {one.size for one in found if one.order == 0} <= {0, 1, 2, 3}

    def test_of_ordinary_equations(self):
        """All monomials up to the third degree."""
        assert len(library(JetSpace(("t",), ("p", "q", "r")), 3)) == comb(6, 3)

    def test_terms_of_the_brief(self):
        texts = {one.text for one in library(JetSpace(("x", "t"), ("u", "v")), 5)}
        assert {"u_xxxx", "(u^2 v)_xx", "(u v)_xxx", "u v_x", "u^2 v_x", "v^3"} <= texts


class TestIntegrals:
    @pytest.mark.parametrize("periodic", [True, False])
    @pytest.mark.parametrize(
        "text", ["u_x", "u_xy", "(u v)_x", "u v_y", "v u_x", "u v u_y", "lap(u^2)", "(u^2)_t", "v^3"]
    )
    def test_by_parts(self, text, periodic):
        """Against integrals of the term's own values, exact ones."""
        t, x = np.linspace(0, 1.5, 30), np.arange(32) * 2 * np.pi / 32
        axes = [Axis("t", t), Axis("x", x, periodic), Axis("y", x, periodic)]
        T, X, Y = sympy.symbols("t x y", real=True)
        exact = {"u": sympy.sin(X - T) + sympy.cos(X + Y + T) / 2, "v": sympy.cos(X + Y - T) + 0.3}
        mesh = np.meshgrid(t, x, x, indexing="ij")

        def values(expression):
            return np.broadcast_to(sympy.lambdify((T, X, Y), expression, "numpy")(*mesh), mesh[0].shape)

        jets = {
            UV.symbol(jet): sympy.diff(
                exact[jet.unknown], *((s, k) for s, k in zip((X, Y, T), jet.orders, strict=True))
            )
            for jet in UV.jets(term(text).in_jets)
        }
        whole = np.stack([values(exact["u"]), values(exact["v"])], -1)[None]
        alone = np.stack([values(term(text).in_jets.xreplace(jets)), whole[0, ..., 1]], -1)[None]
        window = Box(x=8, t=8, halves=(8, 8, 8))
        found = Integrals(Fields(whole, axes, UV), window)(term(text))
        directly = Integrals(Fields(alone, axes, UV), window)(term("u"))
        assert np.abs(found - directly).max() < 2e-4 * np.abs(directly).max()

    @pytest.mark.parametrize("text", ["u_x", "u_xx", "u_xxx", "u_xxxx", "u_xy", "(u v)_x", "lap(u)"])
    def test_by_differences(self, text):
        """What central differences of second order make of fields, written out."""
        t, x = np.linspace(0, 1, 20), np.arange(32) * 0.1
        axes = [Axis("t", t), Axis("x", x, True), Axis("y", x, True)]
        u, v = np.random.default_rng(0).standard_normal((2, 1, 20, 32, 32))

        def second(w, axis):
            return (np.roll(w, -1, axis) - 2 * w + np.roll(w, 1, axis)) / 0.01

        def first(w, axis):
            return (np.roll(w, -1, axis) - np.roll(w, 1, axis)) / 0.2

        expected = {
            "u_x": first(u, 2),
            "u_xx": second(u, 2),
            "u_xxx": first(second(u, 2), 2),
            "u_xxxx": second(second(u, 2), 2),
            "u_xy": first(first(u, 2), 3),
            "(u v)_x": first(u * v, 2),
            "lap(u)": second(u, 2) + second(u, 3),
        }[text]
        window = Box(x=8, t=8, halves=(8, 8, 8))
        found = Integrals(Fields(np.stack([u, v], -1), axes, UV), window, differences=True)(term(text))
        directly = Integrals(Fields(np.stack([expected, v], -1), axes, UV), window)(term("u"))
        assert np.allclose(found, directly, rtol=1e-9, atol=1e-9 * np.abs(directly).max())

    @pytest.mark.parametrize("differences", [True, False])
    @pytest.mark.parametrize("text", ["u_x", "u_xxx", "u_t", "v u_y", "v^3"])
    def test_along_long_axes(self, text, differences, monkeypatch):
        """The same without matrices."""
        axes = [Axis("t", np.arange(20.0)), Axis("x", np.arange(16.0), True), Axis("y", np.arange(18.0))]
        fields = Fields(np.random.default_rng(0).standard_normal((2, 20, 16, 18, 2)), axes, UV)
        window = Box(x=6, t=7, halves=(7, 6, 6))
        expected = Integrals(fields, window, differences)(term(text))
        monkeypatch.setattr("symgen.discovery.regression.integrals.LONG", 0)
        found = Integrals(fields, window, differences)(term(text))
        assert np.allclose(found, expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max())

    @pytest.mark.parametrize(("periodic", "halves"), [(True, (8, 6)), (False, (9, 7))])
    def test_every_row_has_a_group(self, periodic, halves):
        axes = [Axis("t", np.arange(20.0)), Axis("x", np.arange(17.0), periodic)]
        space = JetSpace(("x", "t"), ("u",))
        fields = Fields(np.random.default_rng(0).standard_normal((3, 20, 17, 1)), axes, space)
        unknown, time = term("u", space), of_time(space, 0)[0]
        system = Integrals(fields, Box(x=halves[1], t=halves[0], halves=halves)).system(time, [unknown])
        assert len(system.groups) == len(system.target) == len(system.columns)

    @pytest.mark.parametrize(("samples", "times", "points"), [(1, 20, 64), (1, 200, 64), (1, 200, 20), (3, 200, 20)])
    def test_every_window_has_several_groups(self, samples, times, points):
        """Else errors by leaving out one of them would be 0."""
        axes = [Axis("t", np.arange(float(times))), Axis("x", np.arange(float(points)), True)]
        fields = Fields(np.zeros((samples, times, points, 1)), axes, JetSpace(("x", "t"), ("u",)))
        groups = [Integrals(fields, window)._groups() for window in boxes(fields)]
        assert min(len(np.unique(own)) for own in groups) > 1

    def test_leave_no_window_without_rows(self):
        axes = [Axis("t", np.linspace(0, 1, 8)), Axis("x", np.arange(32.0), True)]
        with pytest.raises(DataError, match="8 times x 32 in x: too few"):
            boxes(Fields(np.zeros((1, 8, 32, 1)), axes, JetSpace(("x", "t"), ("u",))))


class TestNoise:
    def test_orthonormal(self):
        basis = polynomials(40)
        assert np.abs(basis.T @ basis - np.eye(40)).max() < 1e-12

    @pytest.mark.parametrize("periodic", [True, False])
    def test_is_taken_out(self, periodic):
        data = EVOLUTIONS["heat"][0].solve()
        axes = [replace(axis, periodic=periodic and axis.name != "t") for axis in data.axes]
        clean = data.values
        more = clean + 0.05 * clean.std() * np.random.default_rng(5).standard_normal(clean.shape)
        left = projected(more, axes, kept_coefficients(more, axes, [0.05 * clean.std()]))
        assert (left - clean).std() < (0.2 if periodic else 0.5) * (more - clean).std()

    def test_clean_data_stay(self):
        data = EVOLUTIONS["heat"][0].solve()
        kept = kept_coefficients(data.values, data.axes, [1e-6])
        assert projected(data.values, data.axes, kept) is not data.values
        assert (projected(data.values, data.axes, kept) == data.values).all()
