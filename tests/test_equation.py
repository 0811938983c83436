from __future__ import annotations

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from symgen.catalog import get, names
from symgen.equations.prolongation import determining_forms
from symgen.exceptions import UsageError
from symgen.jets.sample import JetSample
from symgen.pde.equation import Equation
from symgen.pde.grammar import T, U, X, jet_symbol
from symgen.validity.linearised import LinearisedValidity

EQUATIONS = {
    **{name: (get(name).expression, get(name).parameters) for name in names()},
    "mkdv": ("u_t + u**2*u_x + u_xxx", {}),
    "fisher": ("u_t - u_xx - u*(1 - u)", {}),
    "kawahara": ("u_t + u*u_x + u_xxx - u_xxxxx", {}),
    "inviscid burgers": ("u_t + u*u_x", {}),
    "nonlinear diffusion": ("u_t = exp(u)*u_xx + exp(u)*u_x**2", {}),
    "all at once": ("(2 + t**2)*u_t + x*u*u_xxx*u_x - sin(x*t)*u_xx**2 + u**3", {}),
}


def equation(name: str) -> Equation:
    text, parameters = EQUATIONS[name]
    return Equation.from_string(text, parameters)


class TestEquation:
    def test_what_is_derived(self):
        kdv = Equation.from_string("u_t + u*u_x + u_xxx")
        assert kdv.leading == (0, 1)
        assert (kdv.order, kdv.is_evolution) == (3, True)
        assert kdv.right_hand_side == -U * jet_symbol((1, 0)) - jet_symbol((3, 0))
        assert str(kdv) == "u*u_x + u_t + u_xxx = 0"

    def test_parameters_are_put_in_exactly(self):
        burgers = Equation.from_string("u_t - nu*u_xx", {"nu": 0.1})
        assert burgers.right_hand_side == jet_symbol((2, 0)) / 10

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2*u_t = u_xx", "u_xx/2"),
            ("u*u_t + t*u_t + u_x", "-u_x/(t + u)"),
            ("(u_t + u*u_x)/(t + 1) + u_xx", "-u*u_x - (t + 1)*u_xx"),
            ("u_x*(u_t - u_xx)", "u_xx"),
            ("(u_t + 1)**2 - u_t**2 + u_x", "-(u_x + 1)/2"),
            ("u_t*(u + 1) - u*u_t + u_x", "-u_x"),
            ("u_t", "0"),
        ],
    )
    def test_solved_for_the_leading_derivative(self, text, expected):
        symbols = {str(s): s for s in (T, U, *(jet_symbol((k, 0)) for k in (1, 2)))}
        assert sympy.simplify(Equation.from_string(text).right_hand_side - sympy.sympify(expected, symbols)) == 0

    def test_reduces_derivatives_on_solutions(self):
        heat = Equation.from_string("u_t - u_xx")
        assert heat.reduce((1, 1)) == jet_symbol((3, 0))
        assert heat.reduce((0, 3)) == jet_symbol((6, 0))
        assert heat.reduce((2, 0)) == jet_symbol((2, 0))
        assert heat.total_derivative(X * U, 0) == U + X * jet_symbol((1, 0))
        assert heat.total_derivative(T * U, 1) == U + T * jet_symbol((2, 0))

    def test_solved_for_the_other_leading_derivative(self):
        """Where the one with most t's is not linear."""
        equation = Equation.from_string("u_t**2 = u_xx + u")
        assert (equation.leading, equation.is_evolution) == ((2, 0), False)
        assert equation.reduce((3, 0)) == 2 * jet_symbol((0, 1)) * jet_symbol((1, 1)) - jet_symbol((1, 0))
        assert Equation.from_string("u_t**2 + u_x").leading == (1, 0)
        assert Equation.from_string("u_tt*u_xx - u_xt**2 = 1").leading == (0, 2)

    def test_wave_equation_is_solved_but_no_evolution_equation(self):
        wave = Equation.from_string("u_tt - u_xx")
        assert (wave.leading, wave.is_evolution) == ((0, 2), False)
        assert wave.reduce((1, 2)) == jet_symbol((3, 0))

    @pytest.mark.parametrize(
        ("text", "parameters", "message"),
        [
            ("u_xx + u", {}, r"has no derivative in t such as u_t"),
            ("u_t - u_t + u_x", {}, r"has no derivative in t"),
            ("x + t", {}, r"has no derivative in t"),
            ("u_t**2 + u_x**2", {}, r"not linear in u_t or u_x,"),
            ("exp(u_t) + sin(u_x)", {}, r"not linear in u_t or u_x,"),
            ("u_t*u_tt + u_tt**2", {}, r"not linear in u_tt,"),
            ("u_t - nu*u_xx", {}, r"unknown name 'nu'; known names .*\(a parameter: --param nu=VALUE\)"),
            ("u_t - visc*u_xx", {"viscosity": 1.0}, r"unknown name 'visc'; did you mean 'viscosity'\?"),
            ("u_t - nu*u_xx", {"nu": float("nan")}, r"parameter nu is nan"),
            ("u_t - nu*u_xx", {"nu": float("inf")}, r"parameter nu is inf"),
            ("u_t - u*u_xx", {"u": 2.0}, r"'u' cannot be the name of a parameter"),
        ],
    )
    def test_refused(self, text, parameters, message):
        with pytest.raises(UsageError, match=message):
            Equation.from_string(text, parameters)

    def test_parameter_without_a_value(self):
        with pytest.raises(UsageError, match=r"nu has no value. Give one with --param nu=VALUE"):
            Equation(jet_symbol((0, 1)) - sympy.Symbol("nu", real=True) * U)

    @pytest.mark.parametrize(
        ("text", "free"),
        [
            ("u_t + u*u_x", {(1, 0)}),
            ("u_tt - u_xx", {(1, 0), (2, 0), (0, 1), (1, 1)}),
            ("u_xt - sin(u)", {(1, 0), (0, 1)}),
        ],
    )
    def test_free_derivatives(self, text, free):
        """Those that are not derivatives of the leading one."""
        equation = Equation.from_string(text)
        jets = [jet.orders for jet in LinearisedValidity(equation.system).jets]
        assert free <= set(jets)
        assert all(equation.reduce(jet) == jet_symbol(jet) for jet in jets)


class TestDeterminingForm:
    def test_heat_by_hand(self):
        """phi_t - nu phi_xx and so on, with D_t xi_x u_x + ... from a textbook."""
        form = determining_forms(Equation.from_string("u_t - u_xx").system)[0]
        u1, u2, u3 = (jet_symbol((k, 0)) for k in (1, 2, 3))
        expected = {
            (2, (0, 1)): sympy.Integer(1),
            (2, (2, 0)): sympy.Integer(-1),
            (0, (0, 1)): -u1,
            (0, (2, 0)): u1,
            (0, (1, 0)): 2 * u2,
            (1, (0, 1)): -u2,
            (1, (2, 0)): u2,
            (1, (1, 0)): 2 * u3,
        }
        assert form == expected

    @pytest.mark.parametrize("name", EQUATIONS)
    def test_highest_derivatives_cancel(self, name):
        """Olver's theorem 2.36 has u one order above that of the form itself only in D_t of the equation."""
        eq = equation(name)
        for (component, _), coefficient in determining_forms(eq.system)[0].items():
            assert max((i for i, _ in eq.jets(coefficient)), default=0) <= (
                2 * eq.order if component == 1 else eq.order
            )


x, t = sympy.symbols("x t", real=True)
SMALL = st.integers(-3, 3)


def frechet(eq: Equation, field: list[sympy.Expr], profile: sympy.Expr, time: sympy.Rational) -> float:
    """The derivative of Delta along the characteristic at x = 0, t = time, in exact arithmetic.

    It is taken at the solution u with u(x, time) = profile.
    That is made as a Taylor polynomial, exact as far as derivatives are taken: two of them in t. Only
    sympy's own differentiation takes part.
    """

    order = eq.order + 2
    right = eq.right_hand_side

    def plugged(expression: sympy.Expr, u: sympy.Poly) -> sympy.Expr:
        symbols = expression.free_symbols - {X, T, U}
        jets = {s: u.diff((0, s.name.count("x")), (1, s.name.count("t"))).as_expr() for s in symbols}
        return expression.subs({U: u.as_expr(), **jets}, simultaneous=True)

    def taylor(expression: sympy.Expr) -> sympy.Expr:
        if expression.is_polynomial(x):
            coefficients = sympy.Poly(expression, x).all_coeffs()[::-1][:order]
        else:
            coefficients = [sympy.diff(expression, x, k).subs(x, 0) / sympy.factorial(k) for k in range(order)]
        return sum((c * x**k for k, c in enumerate(coefficients)), sympy.Integer(0))

    def poly(expression: sympy.Expr) -> sympy.Poly:
        return sympy.Poly(expression, x, t)

    first = taylor(plugged(right, poly(profile)).subs(t, time))
    second = taylor(sympy.diff(plugged(right, poly(profile + (t - time) * first)), t).subs(t, time))
    u = poly(profile + (t - time) * first + (t - time) ** 2 * second / 2)
    xi_x, xi_t, phi = (poly(component.subs(U, u.as_expr())) for component in field)
    moved = phi - xi_x * u.diff(x) - xi_t * u.diff(t)
    change = sympy.Integer(0)
    for jet in eq.jets(eq.expression):
        slope = plugged(sympy.diff(eq.expression, jet_symbol(jet)), u).subs({x: 0, t: time})
        change += slope * moved.diff((0, jet[0]), (1, jet[1])).eval({x: 0, t: time})
    return float(change)


@st.composite
def polynomial(draw, symbols, terms=3):
    powers = st.tuples(*(st.integers(0, 2) for _ in symbols))
    return sum(
        (draw(SMALL) * sympy.Mul(*(s**k for s, k in zip(symbols, draw(powers), strict=True))) for _ in range(terms)),
        sympy.Integer(0),
    )


class TestFrechetDerivative:
    """pr V (Delta) is the Frechet derivative of Delta applied to the characteristic, on solutions."""

    @pytest.mark.slow
    @pytest.mark.parametrize("name", EQUATIONS)
    @given(data=st.data())
    @settings(max_examples=3, deadline=None)
    def test_any_field_on_any_solution(self, name, data):
        eq = equation(name)
        validity = LinearisedValidity(eq.system)
        field = [data.draw(polynomial((X, T, U))) for _ in range(3)]
        highest = max((jet.orders[0] for jet in validity.jets), default=0)
        jets = data.draw(st.lists(SMALL, min_size=highest + 1, max_size=highest + 1))
        profile = sum((sympy.Rational(c) * x**k / sympy.factorial(k) for k, c in enumerate(jets)), sympy.Integer(0))
        time = sympy.Rational(1, 3)
        expected = frechet(eq, field, profile, time)
        points = torch.tensor([[0.0, float(time), float(jets[0])]], dtype=torch.float64)
        own = [jets[jet.orders[0]] for jet in validity.jets]
        sample = JetSample(points, torch.tensor(own, dtype=torch.float64).reshape(-1, 1))
        found = float(validity.residuals([field], sample)[0, 0, 0])
        assert found == pytest.approx(expected, rel=1e-10, abs=1e-9)

    def test_galilean_boost_of_a_soliton(self):
        """Moves one soliton to another: the residual along the true flow vanishes, a wrong one's does not."""
        z = np.linspace(-3, 3, 7)
        kdv = Equation.from_string("u_t + u*u_x + u_xxx")
        soliton = 3 / sympy.cosh((x - t) / 2) ** 2
        jets = [[float(sympy.diff(soliton, x, k).subs({x: v, t: 0})) for v in z] for k in range(7)]
        points = torch.tensor(np.stack([z, 0 * z, jets[0]], -1))
        validity = LinearisedValidity(kdv.system)
        sample = JetSample(points, torch.tensor([jets[jet.orders[0]] for jet in validity.jets], dtype=torch.float64))
        fields = [(T, X * 0, X * 0 + 1), (T, X * 0, X * 0 + 2)]
        true, wrong = validity.residuals(fields, sample)[:, 0]
        assert true.abs().max() < 1e-13
        assert torch.allclose(wrong, torch.tensor(jets[1], dtype=torch.float64))
