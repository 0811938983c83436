from __future__ import annotations

import json
import time

import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from symgen.exceptions import UsageError
from symgen.expressions import parse_field
from symgen.generators.closed_form import formula
from symgen.inspection.exact_brackets import exact_brackets, lie_bracket
from symgen.pde.catalog import get, names
from symgen.pde.determining import BASE, condition
from symgen.pde.equation import Equation
from symgen.pde.grammar import T, U, X, jet_symbol
from symgen.pde.jets import JetSample
from symgen.pde.rational import Rationaliser
from symgen.pde.symmetry_algebra import symmetry_algebra
from symgen.validity.pde import LinearisedValidity

pytestmark = pytest.mark.usefixtures("terminal")


def texts(text, parameters=None, **options):
    algebra = symmetry_algebra(Equation.from_string(text, parameters), **options)
    return [formula(field, ("x", "t", "u")) for field in algebra.fields]


def residuals(equation: Equation, fields) -> float:
    """Largest linearised residual of formulas at random positive jets: another way than the determining equations."""
    validity = LinearisedValidity(equation)
    draw = torch.Generator().manual_seed(0)
    jets = torch.rand(len(validity.jets), 50, dtype=torch.float64, generator=draw) + 0.3
    points = torch.rand(50, 3, dtype=torch.float64, generator=draw) + 0.2
    points[:, 2] = jets[0]
    return float(validity.residuals(fields, JetSample(points, jets)).abs().max()) if fields else 0.0


class TestCatalog:
    @pytest.mark.parametrize("name", names())
    def test_the_known_algebra(self, name):
        """All that the catalog lists is found, and nothing else; heat has (0, 0, b) for its polynomial solutions b."""
        entry = get(name)
        start = time.perf_counter()
        algebra = symmetry_algebra(Equation.from_string(entry.expression, entry.parameters))
        assert time.perf_counter() - start < 10
        values = {sympy.Symbol(k, real=True): sympy.Rational(str(v)) for k, v in entry.parameters.items()}
        known = ("x", "t", "u", *entry.parameters)
        true = [[c.subs(values) for c in parse_field(s.components, known)] for s in entry.symmetries]
        components = [c for field in [*algebra.fields, *true] for c in field]
        polynomials = Rationaliser(components, BASE)(components)
        rows = [
            {(i, m): v for i in range(3) for m, v in polynomials[3 * k + i].terms()}
            for k in range(len(components) // 3)
        ]
        keys = sorted({key for row in rows for key in row})
        matrix = sympy.Matrix([[sympy.Rational(str(row.get(key, 0))) for key in keys] for row in rows])
        assert matrix.rank() == matrix[: len(algebra.fields), :].rank() == len(algebra.fields)
        assert len(algebra.fields) == {"heat": 10}.get(name, len(true))

    def test_periodic(self):
        for name in ("kdv", "ckdv", "nkdv"):
            true = [s for s in get(name).symmetries if s.periodic]
            assert len(texts(get(name).expression, periodic=True)) == len(true)


class TestEquations:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("u_t + 6*u**2*u_x + u_xxx", ["d/dx", "d/dt", "x d/dx + 3*t d/dt - u d/du"]),
            ("u_t = 2*u*u_xx + 2*u_x**2", ["d/dx", "d/dt", "x d/dx + 2*t d/dt", "x d/dx + 2*u d/du"]),
            ("u_tt = u_xx - sin(u)", ["d/dx", "d/dt", "t d/dx + x d/dt"]),
            ("u_xt = sinh(u)", ["d/dx", "d/dt", "x d/dx - t d/dt"]),
            ("u_t + u_x + u*u_x - u_xxt", ["d/dx", "d/dt", "t d/dt - (u + 1) d/du"]),
            ("u_t = u_xx + u*(1 - u)", ["d/dx", "d/dt"]),
            ("u_t**2 = u_xx", ["d/dx", "d/dt", "d/du", "x d/du", "x d/dx + t d/dt", "x d/dx - 2*u d/du"]),
            (
                "u_t = u_xx/(1 + u_x**2)",
                ["d/dx", "d/dt", "d/du", "u d/dx - x d/du", "x d/dx + 2*t d/dt + u d/du"],
            ),
            (
                "u_t = sqrt(1 + u_x**2)*(u_xx/(1 + u_x**2)**(3/2))",
                ["d/dx", "d/dt", "d/du", "u d/dx - x d/du", "x d/dx + 2*t d/dt + u d/du"],
            ),
            ("u_t = exp(u)*(u_xx + u_x**2)", ["d/dx", "d/dt", "x d/dx + 2 d/du", "t d/dt - d/du"]),
            ("u_t = exp(2*u)*u_xx + exp(-u)", ["d/dx", "d/dt", "3*x d/dx + 2*t d/dt + 2 d/du"]),
            ("u_t + sin(x)*exp(t)*u*u_x + cos(3*x)*u_xxx + u**3*x", []),
        ],
    )
    def test_by_name(self, text, expected):
        found = texts(text)
        assert sorted(found) == sorted(expected)
        assert found == texts(text)

    @pytest.mark.parametrize(
        ("text", "field"),
        [
            ("u_t = u_xx + tan(u)*u_x**2", ("x", "2*t", "0")),
            ("u_t = sqrt(u)*u_xx", ("x", "2*t", "0")),
            ("u_t = sqrt(u)*u_xx", ("0", "t", "-2*u")),
            ("u_t = sqrt(u_x)*u_xx", ("0", "t", "-2*u")),
            ("u_tt = tanh(t)*u_xx + log(x)*u", ("0", "0", "u")),
            ("u_t = u_xxx + u_x**(1/3)", ("0", "0", "1")),
            ("u_xxt = u_t*u + u_ttx", ("0", "1", "0")),
        ],
    )
    def test_functions_of_any_kind(self, text, field):
        equation = Equation.from_string(text)
        fields = symmetry_algebra(equation, degree=2).fields
        assert residuals(equation, fields) < 1e-9
        wanted = tuple(parse_field(field, ("x", "t", "u")))
        together = sympy.Matrix([[sympy.expand(c) for c in f] for f in (*fields, wanted)])
        points = [{X: a, T: b, U: c} for a, b, c in [(1, 2, 3), (2, 5, 1), (3, 1, 4), (5, 7, 2), (4, 3, 7), (7, 2, 5)]]
        values = sympy.Matrix.hstack(*(together.subs(point) for point in points))
        assert values.rank() == values[:-1, :].rank()

    def test_eikonal_equation(self):
        """The conformal algebra of Minkowski space in 2 + 1 dimensions, so(3, 2): ten of them."""
        found = texts("u_t = sqrt(1 + u_x**2)")
        assert len(found) == 10
        assert {"u d/dx - x d/du", "t d/dx + x d/dt", "x d/dx + t d/dt + u d/du"} <= set(found)

    def test_functions_of_the_user(self):
        text = "u_t = u_xx + u*log(u)"
        assert texts(text) == ["d/dx", "d/dt"]
        assert texts(text, functions=[sympy.exp(T)])[2:] == ["u*exp(t) d/du", "2*exp(t) d/dx - u*x*exp(t) d/du"]

    @pytest.mark.parametrize(
        ("text", "field"),
        [
            ("u_t + exp(2*t)*u*u_x + exp(2*t)*u_xxx", "exp(-2*t) d/dt"),
            ("u_t + exp(-x)*u*u_x", "exp(-x) d/dx"),
            ("u_tt = u_xx - u + sin(t)", "cos(t) d/du"),
            ("u_t = u_xx/sqrt(t)", "sqrt(t) d/dt"),
        ],
    )
    def test_functions_of_the_equation(self, text, field):
        assert field in texts(text)

    def test_limits(self):
        assert len(texts("u_t = u_xx")) == 10
        assert len(texts("u_t = u_xx", limits=(2, 3, 1))) == 9
        assert texts("u_t = u_xx", degree=0) == ["d/dx", "d/dt", "d/du"]

    def test_irrational_numbers(self):
        for text in ("u_t = pi*u_xx", "u_t = sqrt(2)*u_xx", "u_t = exp(1)*u_xx"):
            with pytest.raises(UsageError, match="needs rational numbers: write it as a decimal"):
                symmetry_algebra(Equation.from_string(text))

    def test_determining_equations_of_heat_by_hand(self):
        """Olver, equation (2.55) ff.: xi_t depends on t alone, xi_x not on u, and so on."""
        terms = condition(Equation.from_string("u_t - u_xx"))
        u_x, u_xx, u_xxx = (jet_symbol((k, 0)) for k in (1, 2, 3))
        assert terms[2, (0, 0, 2)] == -(u_x**2)
        assert terms[1, (1, 0, 0)] == 2 * u_xxx
        assert terms[1, (0, 0, 1)] == 2 * u_x * u_xxx
        assert terms[0, (1, 0, 0)] == 2 * u_xx


COEFFICIENT = st.sampled_from(["0", "1", "-2", "1/3"])
TERM = st.sampled_from(["u*u_x", "u_x", "u", "u**2", "u_xx", "u*u_xx", "u_x**2", "u_xxx", "x*u_x", "t*u", "u**3"])


class TestProperties:
    @pytest.mark.slow
    @given(
        st.lists(st.tuples(COEFFICIENT, TERM), min_size=1, max_size=3), st.sampled_from(["u_t", "u_tt", "u_t - u_xxt"])
    )
    @settings(max_examples=25, deadline=None)
    def test_every_field_is_a_symmetry_and_brackets_are_too(self, terms, left):
        equation = Equation.from_string(f"{left} - ({' + '.join(f'({c})*{term}' for c, term in terms)})")
        fields = symmetry_algebra(equation, degree=2).fields
        assert residuals(equation, fields) < 1e-9
        assert residuals(equation, [lie_bracket(fields[0], f) for f in fields[1:3]]) < 1e-8

    @given(st.fractions(min_value=-3, max_value=3, max_denominator=5).filter(bool))
    @settings(max_examples=10, deadline=None)
    def test_scaling_of_u(self, factor):
        """v = factor u solves the equation with another coefficient, and its algebra follows."""
        found = symmetry_algebra(Equation.from_string(f"u_t + ({factor})*u*u_x + u_xxx")).fields
        boost = (T, sympy.Integer(0), 1 / sympy.Rational(str(factor)))
        assert any(sympy.simplify(sympy.Matrix([f, boost])).rank() == 1 for f in found)


class TestBrackets:
    def test_burgers(self):
        fields = list(symmetry_algebra(Equation.from_string("u_t + u*u_x - u_xx")).fields)
        brackets = {(b.first, b.second): str(b) for b in exact_brackets(fields)}
        assert brackets == {
            (1, 2): "0",
            (1, 3): "0",
            (1, 4): "F1",
            (1, 5): "F3",
            (2, 3): "F1",
            (2, 4): "2 F2",
            (2, 5): "F4",
            (3, 4): "-F3",
            (3, 5): "0",
            (4, 5): "2 F5",
        }

    def test_outside_the_span(self):
        one, zero = sympy.Integer(1), sympy.Integer(0)
        bracket = exact_brackets([(one, zero, zero), (X**2, zero, zero)])[0]
        assert (bracket.constants, bracket.closure_error) == ({}, 1.0)
        closed = exact_brackets([(one, zero, zero), (X**2, zero, zero), (X, zero, zero)])[0]
        assert (closed.constants, closed.closure_error) == ({3: 2.0}, 0.0)

    @given(st.lists(st.sampled_from([X, T, U, X * U, T**2, sympy.exp(T), sympy.Integer(1)]), min_size=9, max_size=9))
    @settings(max_examples=20, deadline=None)
    def test_jacobi(self, parts):
        a, b, c = (tuple(parts[3 * i : 3 * i + 3]) for i in range(3))
        cyclic = [lie_bracket(lie_bracket(p, q), r) for p, q, r in ((a, b, c), (b, c, a), (c, a, b))]
        assert all(sympy.simplify(sum(parts)) == 0 for parts in zip(*cyclic, strict=True))


class TestCommandLine:
    def test_human(self, run):
        code, out, err = run("inspect", "--equation", "u_t + u*u_x = nu*u_xx", "--param", "nu=0.1")
        assert (code, err) == (0, "")
        assert "5 symmetries in the ansatz" in out
        assert "t*x d/dx + t^2 d/dt - (t*u - x) d/du" in out
        assert "An ansatz proves no completeness" in out
        assert "2 F5" in out

    def test_json(self, run):
        arguments = ["--equation", "u_t = u_xx + u*log(u)", "--function", "exp(t)", "--degree", "2", "--json"]
        code, out, err = run("inspect", *arguments)
        document = json.loads(out)
        assert (code, err) == (0, "")
        assert document["generators"][2] == {"formula": ["0", "0", "u*exp(t)"], "text": "u*exp(t) d/du"}
        assert document["functions"] == ["exp(t)"]
        assert (document["degree"], document["leading"]) == (2, "u_t")
        assert document["brackets"][1] == {"first": 1, "second": 3, "constants": {}, "closure_error": 0.0}

    def test_nothing_found(self, run):
        code, out, _ = run("inspect", "--equation", "u_t + sin(x)*exp(t)*u*u_x + u**3*x + u_xxx*cos(3*x)")
        assert code == 0
        assert "0 symmetries in the ansatz" in out

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ([], "Give a FILE, or an equation"),
            (["kdv.safetensors", "--equation", "u_t + u_x"], "is not a file of data"),
            (["--equation", "u_t + u_x", "--against", "lps"], "belong to a generators file"),
            (["kdv.safetensors", "--degree", "2"], "belong to --equation"),
            (["--equation", "u_t + u_y"], "did you mean 'u_x'"),
            (["--equation", "u_t + v_x"], "systems are not supported"),
            (["--equation", "u_t - nu*u_xx"], "--param nu=VALUE"),
            (["--equation", "u_t - u_xx", "--function", "exp(z)"], "unknown name 'z'"),
            (["--equation", "u_t - u_xx", "--degree", "7"], "--degree"),
            (["--equation", "u_t = pi*u_xx"], "write it as a decimal"),
        ],
    )
    def test_refused(self, run, arguments, said):
        code, out, err = run("inspect", *arguments)
        assert (code, out) == (2, "")
        assert said in err
