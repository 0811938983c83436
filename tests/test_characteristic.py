from __future__ import annotations

import time

import mpmath
import numpy as np
import pytest
import sympy
from random_equations import largest_defect

from symgen.catalog import get, names
from symgen.equations.independence import independent_fields
from symgen.equations.taylor import Taylor, differentiate
from symgen.exceptions import UsageError
from symgen.expressions import parse_field
from symgen.pde.characteristic import LocalSolutions, characteristic_defect
from symgen.pde.equation import Equation
from symgen.pde.grammar import T, U, X

SYMMETRIES = [
    ("u_t = u_xx", ("2*t", "0", "-x*u")),
    ("u_t = u_xx", ("0", "0", "exp(-x**2/(4*t))/sqrt(t)")),
    ("u_t = u_xx", ("0", "0", "exp(-t)*sin(x)")),
    ("u_tt = u_xx - sin(u)", ("t", "x", "0")),
    ("u_xt = exp(u)", ("sin(x)", "0", "-cos(x)")),
    ("u_t + u_x + u*u_x - u_xxt", ("0", "t", "-u - 1")),
    ("u_t = (u**(-4/3)*u_x)_x", ("x**2", "0", "-3*x*u")),
    ("u_t = u_xx + u_x**2", ("0", "0", "exp(-u)*x")),
    ("u_t = u_xx + u*log(u)", ("2*exp(t)", "0", "-x*u*exp(t)")),
    ("u_t**2 = u_xx", ("x", "0", "-2*u")),
    ("u_t = sqrt(1 + u_x**2)", ("u", "0", "-x")),
    ("u_t = sqrt(u_x)*u_xx", ("0", "t", "-2*u")),
    ("u_t = sqrt(u - 5)*u_xx", ("x", "2*t", "0")),
    ("u_t = log(-x)*u", ("0", "1", "0")),
    ("u_t = pi*u_xx + exp(2)*u_x", ("2*pi*t", "0", "-(x + exp(2)*t)*u")),
    ("u_tt = tanh(t)*u_xx + tan(x)*u", ("0", "0", "u")),
]


def field(components):
    return parse_field(components, ("x", "t", "u"))


class TestDefect:
    @pytest.mark.parametrize(("text", "components"), SYMMETRIES)
    def test_symmetries_pass_and_others_do_not(self, text, components):
        equation = Equation.from_string(text)
        xi_x, xi_t, phi = field(components)
        assert characteristic_defect(equation, (xi_x, xi_t, phi)) < 1e-12
        for wrong in ((xi_x + X * U / 1000, xi_t, phi), (xi_x, xi_t + U / 1000, phi), (xi_x, xi_t, phi + X * T * U**3)):
            assert characteristic_defect(equation, wrong) > 1e-6

    @pytest.mark.parametrize("name", names())
    def test_catalog(self, name):
        """The known symmetries pass; those of another equation do not."""
        entry = get(name)
        equation = Equation.from_string(entry.expression, entry.parameters)
        values = {sympy.Symbol(k, real=True): sympy.Rational(str(v)) for k, v in entry.parameters.items()}
        for symmetry in entry.symmetries:
            components = [c.subs(values) for c in parse_field(symmetry.components, ("x", "t", "u", *entry.parameters))]
            assert characteristic_defect(equation, components) < 1e-12
        assert characteristic_defect(equation, (X, 3 * T, -3 * U)) > 1e-3

    def test_seeds_and_points(self):
        equation = Equation.from_string("u_t = u_xx")
        wrong = field(("0", "0", "u + u**2/1000"))
        assert characteristic_defect(equation, wrong, seed=1) == characteristic_defect(equation, wrong, seed=1)
        assert characteristic_defect(equation, wrong, seed=1) != characteristic_defect(equation, wrong, seed=2)
        assert len(LocalSolutions(equation, points=5).points) == 5

    def test_small_wrong_parts_show(self):
        equation = Equation.from_string("u_t = u_xx")
        assert characteristic_defect(equation, (X * 0, X * 0, U + U**2 / 10**7)) > 1e-9

    def test_where_nothing_is_finite(self):
        equation = Equation.from_string("u_t = log(-u**2)*u_x")
        with pytest.raises(UsageError, match="no finite value at random points"):
            characteristic_defect(equation, field(("1", "0", "0")))
        heat = Equation.from_string("u_t = u_xx")
        assert characteristic_defect(heat, (sympy.log(-(X**2) - 1), X, U)) == float("inf")

    def test_is_quick(self):
        start = time.process_time()
        solutions = LocalSolutions(Equation.from_string("u_t + u*u_x + u_xxx - u_xxxxx"))
        for _ in range(20):
            assert solutions.defect((T, 0 * T, 0 * T + 1)) < 1e-15
        assert time.process_time() - start < 2


class TestTaylor:
    @pytest.mark.parametrize("precise", [False, True])
    @pytest.mark.parametrize(
        "text",
        [
            "exp(x*t)",
            "log(1 + x)*t",
            "sin(x + 2*t)",
            "cos(x)/t",
            "tan(x*t)",
            "sinh(x) + cosh(t)",
            "tanh(x - t)",
            "sqrt(x + t)",
            "(1 + x*t)**(-4/3)",
            "x**3*t**-2",
            "pi*x + exp(2)*t",
        ],
    )
    def test_coefficients_are_derivatives(self, text, precise):
        """Against sympy's own derivatives, at x = 0.7, t = 0.4."""
        (expression,) = field((text,))
        number = mpmath.mpf if precise else float
        series = {v: np.full((1, 4, 3), number(0), object if precise else float) for v in (X, T)}
        series[X][:, 0, 0], series[X][:, 1, 0] = number(0.7), number(1)
        series[T][:, 0, 0], series[T][:, 0, 1] = number(0.4), number(1)
        found = Taylor(series, precise)(expression)
        for i in range(4):
            for j in range(3):
                exact = sympy.diff(expression, X, i, T, j).subs({X: 0.7, T: 0.4})
                value = float(found[0, i, j]) * float(sympy.factorial(i) * sympy.factorial(j))
                assert value == pytest.approx(float(exact), rel=1e-11, abs=1e-11)
                assert float(differentiate(found, (i, j))[0, 0, 0]) == pytest.approx(value, rel=1e-14)


class TestIndependence:
    def test_what_depends_is_left_out(self):
        fields = [field(c) for c in [("1", "0", "0"), ("0", "exp(t)", "0"), ("0", "0", "u")]]
        others = [field(c) for c in [("2", "exp(t)", "0"), ("0", "0", "0"), ("0", "sinh(t) + cosh(t)", "0")]]
        assert independent_fields([*fields, *others, field(("x", "0", "0"))]) == [*fields, field(("x", "0", "0"))]

    def test_small_differences_count(self):
        near = [field(("0", "0", c)) for c in ("sin(x)", "sin(x) + x/10**12", "sin(x) + x/10**6")]
        assert len(independent_fields(near)) == 2

    def test_judge_of_fields(self):
        heat = Equation.from_string("u_t = u_xx")
        good = [field(c) for c in [("1", "0", "0"), ("0", "0", "u")]]
        assert largest_defect(heat, []) == 0
        assert largest_defect(heat, good) < 1e-14
        assert largest_defect(heat, [*good, field(("0", "0", "0"))]) == float("inf")
        assert largest_defect(heat, [*good, field(("1", "0", "u"))]) == float("inf")
        assert largest_defect(heat, [*good, field(("0", "0", "u**2"))]) > 1e-3
