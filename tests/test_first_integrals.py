"""First integrals of ordinary equations against what mechanics knows, and by numbers along solutions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from symgen.catalog import kepler, lotka_volterra, pendulum
from symgen.equations.conservation.antiderivative import antiderivative
from symgen.equations.conservation.first_integrals import first_integrals, search_first_integrals
from symgen.equations.conservation.flow import Flow
from symgen.equations.conservation.law import ConservationLaw
from symgen.equations.grammar import Notation
from symgen.equations.rational import Rationaliser
from symgen.equations.system import System
from symgen.exceptions import UsageError

KEPLER = ("q1_tt = -q1/(q1^2 + q2^2)^(3/2)", "q2_tt = -q2/(q1^2 + q2^2)^(3/2)")
IN_SPACE = tuple(f"q{k}_tt = -q{k}/(q1^2 + q2^2 + q3^2)^(3/2)" for k in (1, 2, 3))
EXPECTED: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "pendulum": (("q_tt = -sin(q)",), ["q_t^2/2 - cos(q)"]),
    "free particle": (("q_tt = 0",), ["q_t^2/2", "q_t", "q - t*q_t"]),
    "oscillator": (
        ("q_tt = -2*q",),
        [
            "q_t^2/2 + q^2",
            "sqrt(2)*q*cos(sqrt(2)*t) - q_t*sin(sqrt(2)*t)",
            "sqrt(2)*q*sin(sqrt(2)*t) + q_t*cos(sqrt(2)*t)",
        ],
    ),
    "damped": (  # the roots of the damped oscillator's modes, backwards
        ("q_tt = -2*q_t - 2*q",),
        ["exp(t)*(q*cos(t) - (q_t + q)*sin(t))", "exp(t)*(q*sin(t) + (q_t + q)*cos(t))"],
    ),
    "critically damped": (
        ("q_tt = -2*q_t - q",),
        ["exp(t)*(q + q_t)", "exp(t)*(q - t*(q + q_t))"],
    ),
    "driven": (
        ("q_tt = -q + cos(2*t)",),
        [
            "q*cos(t) - q_t*sin(t) + (sin(t)*sin(2*t) + cos(t))/3",
            "q*sin(t) + q_t*cos(t) - (cos(t)*sin(2*t) + sin(t))/3",
        ],
    ),
    "high power": (("q_tt = -q^7",), ["q_t^2/2 + q^8/8"]),
    "square root": (("q_tt = -sqrt(q)",), ["q_t^2/2 + 2*q^(3/2)/3"]),
    "kepler": (
        KEPLER,
        [
            "(q1_t^2 + q2_t^2)/2 - (q1^2 + q2^2)^(-1/2)",
            "q1*q2_t - q2*q1_t",
            "q2_t*(q1*q2_t - q2*q1_t) - q1/sqrt(q1^2 + q2^2)",
            "-q1_t*(q1*q2_t - q2*q1_t) - q2/sqrt(q1^2 + q2^2)",
        ],
    ),
    "inverse cube": (  # conformal mechanics: de Alfaro, Fubini and Furlan 1976
        ("q1_tt = -q1/(q1^2 + q2^2)^2", "q2_tt = -q2/(q1^2 + q2^2)^2"),
        [
            "(q1_t^2 + q2_t^2)/2 - 1/(q1^2 + q2^2)/2",
            "q1*q2_t - q2*q1_t",
            "q1*q1_t + q2*q2_t - t*(q1_t^2 + q2_t^2 - 1/(q1^2 + q2^2))",
            "(q1 - t*q1_t)^2 + (q2 - t*q2_t)^2 - t^2/(q1^2 + q2^2)",
        ],
    ),
    "anisotropic oscillator": (  # 1 : 2, with two integrals of third degree
        ("a_tt = -a", "b_tt = -4*b"),
        [
            "a_t^2 + a^2",
            "b_t^2 + 4*b^2",
            "a_t*(a*b_t - a_t*b) + a^2*b",
            "a_t^2*b_t + 4*a*a_t*b - a^2*b_t",
            "a*cos(t) - a_t*sin(t)",
            "a*sin(t) + a_t*cos(t)",
            "2*b*cos(2*t) - b_t*sin(2*t)",
            "2*b*sin(2*t) + b_t*cos(2*t)",
        ],
    ),
    "henon-heiles": (
        ("a_tt = -a - 2*a*b", "b_tt = -b - a^2 + b^2"),
        ["(a_t^2 + b_t^2 + a^2 + b^2)/2 + a^2*b - b^3/3"],
    ),
    "toda": (  # the quadratic one is a polynomial of energy and momentum
        ("a_tt = -exp(a - b)", "b_tt = exp(a - b) - exp(b - c)", "c_tt = exp(b - c)"),
        [
            "(a_t^2 + b_t^2 + c_t^2)/2 + exp(a - b) + exp(b - c)",
            "a_t + b_t + c_t",
            "a_t*b_t*c_t - a_t*exp(b - c) - c_t*exp(a - b)",
            "a + b + c - t*(a_t + b_t + c_t)",
        ],
    ),
    "spherical pendulum": (
        ("a_tt = sin(a)*cos(a)*b_t^2 - sin(a)", "b_tt = -2*cos(a)/sin(a)*a_t*b_t"),
        ["sin(a)^2*b_t", "(a_t^2 + sin(a)^2*b_t^2)/2 - cos(a)"],
    ),
    "lotka-volterra": (
        ("u_t = 2*u - 3*u*v", "v_t = 5/2*u*v - 4/3*v"),
        ["5/2*u - 4/3*log(u) + 3*v - 2*log(v)"],
    ),
    "rigid body": (
        ("a_t = b*c", "b_t = -2*a*c", "c_t = a*b"),
        ["a^2 - c^2", "2*a^2 + b^2"],
    ),
    "heavy symmetric top": (
        (
            "w1_t = -w2*w3/2 + g2",
            "w2_t = w1*w3/2 - g1",
            "w3_t = 0",
            "g1_t = w3*g2 - w2*g3",
            "g2_t = w1*g3 - w3*g1",
            "g3_t = w2*g1 - w1*g2",
        ),
        ["w3", "(w1^2 + w2^2)/2 + g3", "g1^2 + g2^2 + g3^2", "w1*g1 + w2*g2 + 3/2*w3*g3"],
    ),
    "cyclic competition": (("x_t = x*(y - z)", "y_t = y*(z - x)", "z_t = z*(x - y)"), ["x + y + z", "x*y*z"]),
    "epidemic": (("s_t = -2*s*i", "i_t = 2*s*i - i", "r_t = i"), ["s + i + r", "2*r + log(s)"]),
    "saturation": (("s_t = -s/(1 + s)", "p_t = s/(1 + s)"), ["s + p", "t - p + log(s)"]),
    "driven modes": (("u_t = v", "v_t = u"), ["u^2 - v^2", "exp(t)*(u - v)", "exp(-t)*(u + v)"]),
    "third order": (("u_ttt = 0",), ["u_tt", "2*u*u_tt - u_t^2", "u_t - t*u_tt", "2*u - 2*t*u_t + t^2*u_tt"]),
    "lorenz, special": (("u_t = 4*(v - u)", "v_t = 28*u - v - u*w", "w_t = u*v - 8*w"), ["exp(8*t)*(u^2 - 8*w)"]),
    "lorenz": (("u_t = 10*(v - u)", "v_t = 28*u - v - u*w", "w_t = u*v - 8/3*w"), []),
    "van der pol": (("u_tt = (1 - u^2)*u_t - u",), []),
    "geodesics of the half plane": (  # a third isometry has a factor of degree 3 beside 1/y^2
        ("x_tt = 2*x_t*y_t/y", "y_tt = (y_t^2 - x_t^2)/y"),
        ["(x_t^2 + y_t^2)/y^2", "x_t/y^2", "(x*x_t + y*y_t)/y^2"],
    ),
    "double pendulum": (
        (
            "a_tt = (-sin(a-b)*(cos(a-b)*a_t^2 + b_t^2) - 2*sin(a) + cos(a-b)*sin(b))/(2 - cos(a-b)^2)",
            "b_tt = (sin(a-b)*(2*a_t^2 + cos(a-b)*b_t^2) + 2*cos(a-b)*sin(a) - 2*sin(b))/(2 - cos(a-b)^2)",
        ),
        ["a_t^2 + b_t^2/2 + cos(a-b)*a_t*b_t - 2*cos(a) - cos(b)"],
    ),
}
"""Equations, and a basis of their integrals in the default ansatz modulo polynomials of those before."""


def densities(system: System, **options) -> list[sympy.Expr]:
    return [law.density for law in first_integrals(system, **options)]


def gradients(flow: Flow, integrals: list[sympy.Expr]) -> np.ndarray:
    """(integrals, points * state): d/d(state) at random points, unit length."""
    symbols = list(flow.coordinates)
    points = np.random.default_rng(0).uniform(0.4, 1.6, (len(symbols), 40))
    rows = []
    for integral in integrals:
        slopes = sympy.lambdify(symbols, [sympy.diff(integral, s) + 0 * symbols[0] for s in symbols[1:]])(*points)
        row = np.concatenate([np.broadcast_to(slope, points.shape[1:]) for slope in slopes])
        rows.append(row / np.linalg.norm(row))
    return np.array(rows)


@pytest.fixture(scope="module", params=EXPECTED)
def example(request) -> tuple[System, tuple[ConservationLaw, ...], list[sympy.Expr]]:
    texts, expected = EXPECTED[request.param]
    system = System.from_strings(texts)
    notation = Notation(system.space)
    return system, first_integrals(system), [notation.parse(text) for text in expected]


class TestKnown:
    def test_as_many_as_are_known(self, example):
        _, found, expected = example
        assert len(found) == len(expected)

    def test_known_ones_are_combinations_of_those_found(self, example):
        system, laws, expected = example
        if expected:
            rows = gradients(Flow.of(system), [*(law.density for law in laws), *expected])
            singular = np.linalg.svd(rows, compute_uv=False)
            assert singular[len(laws) - 1] > 1e-6
            assert singular[len(laws)] < 1e-9

    def test_multipliers(self, example):
        """D_t I = sum of Lambda_r Delta_r identically, with the leading derivatives free."""
        system, laws, _ = example
        for law in laws:
            whole = system.space.total_derivative(law.density, 0)
            difference = whole - sum(a * b for a, b in zip(law.multiplier, system.expressions, strict=True))
            symbols = sorted({*whole.free_symbols, *difference.free_symbols}, key=str)
            values = np.random.default_rng(1).uniform(0.4, 1.6, (len(symbols), 20))
            left, size = sympy.lambdify(symbols, [difference, whole])(*values)
            assert np.abs(left).max() <= 1e-10 * np.abs(size).max()


class TestNames:
    def test_kepler_in_the_plane(self):
        names = [law.name for law in first_integrals(System.from_strings(KEPLER))]
        assert names == ["energy", "angular momentum", *(f"Laplace-Runge-Lenz vector in q{k}" for k in (1, 2))]

    def test_kepler_in_space(self):
        names = [law.name for law in first_integrals(System.from_strings(IN_SPACE))]
        turns = [f"angular momentum in {pair}" for pair in ("q1, q2", "q1, q3", "q2, q3")]
        assert names == ["energy", *turns, *(f"Laplace-Runge-Lenz vector in q{k}" for k in (1, 2, 3))]

    def test_free_particle(self):
        laws = first_integrals(System.from_strings(["q_tt = 0"]))
        assert [law.name for law in laws] == ["energy", "momentum", "centre of mass"]

    def test_by_unknown(self):
        laws = first_integrals(System.from_strings(["a_tt = 0", "b_tt = -sin(b)"]))
        assert {"momentum in a", "centre of mass in a"} < {law.name for law in laws}

    def test_unequal_masses(self):
        laws = first_integrals(System.from_strings(["a_tt = (b - a)/2", "b_tt = a - b"]))
        assert {law.name for law in laws} == {"energy", "momentum", "centre of mass", None}

    def test_hamiltonian_of_first_order(self):
        (law,) = first_integrals(System.from_strings(["q_t = p", "p_t = -sin(q)"]))
        assert (str(law.density), law.name) == ("p**2/2 - cos(q)", "energy")

    def test_no_energy_without_a_lagrangian(self):
        laws = first_integrals(System.from_strings(EXPECTED["rigid body"][0]))
        assert [law.name for law in laws] == [None, None]


class TestCatalog:
    @pytest.mark.parametrize("entry", [kepler.ENTRY, lotka_volterra.ENTRY, pendulum.ENTRY])
    def test_densities(self, entry):
        system = entry.system()
        found, known = densities(system), entry.density_expressions()
        rows = gradients(Flow.of(system), [*found, *known])
        assert np.linalg.svd(rows, compute_uv=False)[len(found) :].max() < 1e-9


class TestAlongSolutions:
    @pytest.mark.parametrize(
        ("texts", "start"),
        [(KEPLER, [1, 0.1, 0.2, 0.9]), (EXPECTED["lotka-volterra"][0], [1, 0.4]), (IN_SPACE, [1, 0, 0.1, 1, 0.3, 0.2])],
    )
    def test_values_stay(self, texts, start):
        system = System.from_strings(texts)
        flow = Flow.of(system)
        rates = sympy.lambdify(flow.coordinates, flow.rates)
        times = np.linspace(0, 5, 21)
        solution = solve_ivp(lambda t, y: rates(t, *y), (0, 5), start, "DOP853", times, rtol=1e-11, atol=1e-12)
        for integral in densities(system):
            values = sympy.lambdify(flow.coordinates, integral)(times, *solution.y)
            assert np.ptp(values) < 1e-8


class TestAnsatz:
    def test_products_are_left_out(self):
        """E^2, E L, L^2, ... of a central force are in an ansatz of degree 8."""
        system = System.from_strings(["a_tt = -a*(a^2 + b^2)", "b_tt = -b*(a^2 + b^2)"])
        assert len(densities(system)) == len(densities(system, degree=6)) == 2

    def test_functions_given(self):
        """Yukawa's force, whose potential no rule integrates."""
        force = "(1/(a^2 + b^2) + (a^2 + b^2)^(-3/2))*exp(-(a^2 + b^2)^(1/2))"
        system = System.from_strings([f"a_tt = -a*{force}", f"b_tt = -b*{force}"])
        assert len(densities(system)) == 1
        potential = Notation(system.space).parse("(a^2 + b^2)^(-1/2)*exp(-(a^2 + b^2)^(1/2))")
        assert len(densities(system, functions=[potential])) == 2

    def test_dependent_functions_are_told(self):
        system = System.from_strings(["q_tt = -sin(q)"])
        q = system.space.unknowns[0]
        (note,) = search_first_integrals(system, functions=[sympy.cos(q), q**2]).notes
        assert "q**2" in note

    def test_too_large(self):
        with pytest.raises(UsageError, match="lower degree"):
            first_integrals(System.from_strings(IN_SPACE), degree=9)

    def test_partial_equations_are_refused(self):
        with pytest.raises(UsageError, match="ordinary"):
            first_integrals(System.from_strings(["u_t = u_xx"]))

    def test_constant_functions_are_refused(self):
        with pytest.raises(UsageError, match="constant"):
            first_integrals(System.from_strings(["q_tt = -q"]), functions=[sympy.Integer(2)])


class TestConstants:
    """Numbers that are no rationals, alone and in functions."""

    @pytest.mark.parametrize(
        ("texts", "alike"),
        [
            (("u_t = cos(2*u + 1)", "v_t = u^3*w", "w_t = v^3"), ()),
            (("u_tt = v", "v_t = w + exp(1)*v", "w_tt = log(tan(v))"), ()),
            (("u_tt = v", "v_tt = sqrt(u*tanh(v))"), ()),
            (("u_tt = cos(u) - t", "v_tt = sinh(v^(-3/2))"), ()),
            (("u_tt = tanh(exp(1))", "v_t = u"), ("u_tt = 1/2", "v_t = u")),
            (("q_tt = -pi*q^3",), ("q_tt = -3*q^3",)),
            (("q_tt = -5*q",), ("q_tt = -4*q",)),
            (("a_tt = -a + (b - a)/2", "b_tt = -b + (a - b)/2"), ("a_tt = -4*a", "b_tt = -25*b")),
        ],
    )
    def test_as_many_as_with_rational_numbers(self, texts, alike):
        expected = len(densities(System.from_strings(alike))) if alike else 0
        assert len(densities(System.from_strings(texts))) == expected

    def test_constant_combinations_of_logarithms(self):
        """log(1/sqrt(u + 1)) and log(u + 1) are taken as independent, and differ by a factor."""
        system = System.from_strings(["u_tt = log((u + 1)^(-3/2))", "v_tt = (v*u)^2*u*pi*(u - v)"])
        for integral in densities(system):
            assert np.abs(gradients(Flow.of(system), [integral])).max() > 0.01


NUMBERS = st.fractions(-3, 3, max_denominator=4).filter(bool)


class TestRandom:
    @settings(max_examples=5, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), NUMBERS), min_size=2, max_size=4))
    def test_energy_of_a_potential(self, terms):
        a, b = sympy.symbols("a b", real=True)
        potential = sum(_rational(c) * a**i * b**j for i, j, c in terms) + a**2 * b
        system = System.from_strings([f"a_tt = {-sympy.diff(potential, a)}", f"b_tt = {-sympy.diff(potential, b)}"])
        (energy,) = (law.density for law in first_integrals(system) if law.name == "energy")
        kinetic = sum(sympy.Symbol(name, real=True) ** 2 / 2 for name in ("a_t", "b_t"))
        assert not sympy.expand(energy - kinetic - potential).free_symbols

    @settings(max_examples=5, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), NUMBERS), min_size=2, max_size=4))
    def test_hamiltonian_in_the_plane(self, terms):
        q, p = sympy.symbols("q p", real=True)
        energy = sum(_rational(c) * q**i * p**j for i, j, c in terms) + q**2 * p
        system = System.from_strings([f"q_t = {sympy.diff(energy, p)}", f"p_t = {-sympy.diff(energy, q)}"])
        found = [law.density for law in first_integrals(system) if law.name == "energy"]
        assert any(not sympy.expand(e - sign * energy).free_symbols for e in found for sign in (1, -1))

    @settings(max_examples=5, deadline=None)
    @given(st.tuples(*[st.fractions(Fraction(1, 4), 3, max_denominator=4)] * 4))
    def test_lotka_volterra(self, numbers):
        a, b, c, d = map(_rational, numbers)
        system = System.from_strings([f"u_t = {a}*u - {b}*u*v", f"v_t = {c}*u*v - {d}*v"])
        (found,) = densities(system)
        u, v = system.space.unknowns
        expected = c * u - d * sympy.log(u) + b * v - a * sympy.log(v)
        assert sympy.simplify(found / expected).is_number


class TestAntiderivative:
    @pytest.mark.parametrize(
        "text",
        [
            "x^3 + y*x",
            "x/(x^2 + y^2)^(3/2)",
            "x/(x^2 + y)",
            "sin(x)*cos(x)*y",
            "x^2*exp(-2*x)",
            "x*sin(3*x + y)",
            "log(x)",
            "x^2*log(x)",
            "1/(x*(1 - x))",
            "tanh(x)",
            "tan(2*x)",
            "exp(x)/(1 + exp(x))",
            "(x + y)*exp((x + y)^2)",
            "(2*x + 1)^(1/3)",
        ],
    )
    def test_derivative_is_the_function(self, text):
        x, y = sympy.symbols("x y", real=True)
        function = sympy.sympify(text.replace("^", "**"), {"x": x, "y": y})
        made = antiderivative(function, x)
        difference = sympy.lambdify((x, y), sympy.diff(made, x) - function)
        assert np.abs(difference(*np.random.default_rng(0).uniform(0.1, 0.7, (2, 20)))).max() < 1e-12

    def test_none_where_no_rule_knows_one(self):
        x = sympy.Symbol("x", real=True)
        assert antiderivative(sympy.exp(x**2), x) is None
        assert antiderivative(1 / sympy.log(x), x) is None


class TestRoots:
    def test_powers_of_roots_of_polynomials(self):
        """r^2 = a^2 + b^2 is known, also within another root."""
        a, b = sympy.symbols("a b", real=True)
        r = sympy.sqrt(a**2 + b**2)
        s = (r + 1) ** sympy.Rational(1, 3)
        terms = [a**2 / r, b**2 / r, r, s**3 * a, r * a, a, s * r]
        rational = Rationaliser(terms, (a, b))
        first, second, root, cube, product, plain, other = (rational.coordinates(p) for p in rational(terms))
        assert _sum(first, second) == root
        assert _sum(product, plain) == cube
        assert other != root


def _sum(left, right):
    total = {m: left.get(m, 0) + right.get(m, 0) for m in {*left, *right}}
    return {m: value for m, value in total.items() if value}


def _rational(number: Fraction) -> sympy.Rational:
    return sympy.Rational(number.numerator, number.denominator)
