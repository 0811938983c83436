from __future__ import annotations

import contextlib
import math
import time

import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from symgen.exceptions import UsageError
from symgen.expressions import FUNCTIONS, CompiledExpressions, parse_field
from symgen.pde.grammar import T, U, X, jet_symbol, parse_equation, symbol_jet

POINTS = [torch.tensor(values, dtype=torch.float64) for values in ([0.3, 1.7], [2.0, 0.4], [0.9, 1.1])]


def evaluate(text: str) -> list[float]:
    return CompiledExpressions([X, T, U], [parse_equation(text)])(POINTS)[0].tolist()


class TestParse:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("u*x - 2*t", "u*x - 2*t"),
            ("u^2", "u**2"),
            ("2*u = x", "2*u - x"),
            ("u = x - t", "u - x + t"),
            ("-u + +x", "x - u"),
            ("0.5*u", "u/2"),
            ("1e-3*u", "u/1000"),
            ("u_tx + u_xt", "2*u_xt"),
            ("sqrt(x)*u**(3/2)", "sqrt(x)*u**(3/2)"),
            ("u_t\n  + u_x", "u_t + u_x"),
            ("(u**2)_x", "2*u*u_x"),
            ("u*(u)_x*2 + 3*(x*t)_t", "2*u*u_x + 3*x"),
            ("-(t*u_x)_t + (sin(x))_x", "-u_x - t*u_xt + cos(x)"),
            ("((u)_x)_t - sin(u)_x", "u_xt - cos(u)*u_x"),
            ("(" * 150 + "u" + ")" * 150, "u"),
            (" + ".join(["u"] * 80), "80*u"),
            ("x" + " - u" * 200 + "*2" * 100, "x - 199*u - 2**100*u"),
        ],
    )
    def test_meaning(self, text, expected):
        symbols = {str(s): s for s in (X, T, U, jet_symbol((1, 0)), jet_symbol((0, 1)), jet_symbol((1, 1)))}
        assert sympy.expand(parse_equation(text) - sympy.sympify(expected, symbols)) == 0

    def test_decimals_are_exact(self):
        assert parse_equation("0.1*u") == U / 10
        assert parse_equation("0.1000000000000000000000000001*u") == (10**27 + 1) * U / sympy.Integer(10) ** 28
        assert parse_equation("0.0*x + 0e5*t + 1_000.5*u") == sympy.Rational(2001, 2) * U

    def test_parameters(self):
        assert parse_equation("nu*u", {"nu": sympy.Integer(3)}) == 3 * U

    def test_jets(self):
        for jet in [(0, 0), (1, 0), (0, 1), (3, 2), (8, 0)]:
            assert symbol_jet(jet_symbol(jet)) == jet
        assert symbol_jet(X) is None
        assert str(jet_symbol((2, 1))) == "u_xxt"

    def test_field(self):
        assert parse_field(("x", "3*t", "-2*u"), ("x", "t", "u")) == (X, 3 * T, -2 * U)


class TestCompile:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("3", lambda x, t, u: 3.0),
            ("u/3 + pi", lambda x, t, u: u / 3 + math.pi),
            *((f"{name}({inner})", (name, inner)) for name in FUNCTIONS for inner in ("x", "1/2", "2")),
            ("exp(1)*u", lambda x, t, u: math.e * u),
            ("2**(1/3)*u", lambda x, t, u: 2 ** (1 / 3) * u),
            ("u*1.2345678901234567e-05**2", lambda x, t, u: u * 1.2345678901234567e-05**2),
            ("1e-30*u", lambda x, t, u: 1e-30 * u),
            ("(1e11)**4*u", lambda x, t, u: 1e44 * u),
            ("u**(1/3) + x**-2", lambda x, t, u: u ** (1 / 3) + x**-2),
        ],
    )
    def test_values(self, text, expected):
        """Constants in functions and numbers beyond 64 bits included."""
        if isinstance(expected, tuple):
            name, inner = expected
            expected = lambda x, t, u: getattr(math, name)({"x": x, "1/2": 0.5, "2": 2.0}[inner])  # noqa: E731
        points = zip(*(p.tolist() for p in POINTS), strict=True)
        assert evaluate(text) == pytest.approx([expected(*point) for point in points], rel=1e-14)

    def test_shape_and_order(self):
        values = [p.reshape(2, 1).expand(2, 3) for p in POINTS]
        result = CompiledExpressions([X, T, U], [U, sympy.Integer(2), X * T])(values)
        assert result.shape == (3, 2, 3)
        assert torch.equal(result[0], values[2])
        assert torch.equal(result[1], torch.full((2, 3), 2.0, dtype=torch.float64))

    def test_keeps_the_dtype(self):
        single = [p.float() for p in POINTS]
        assert CompiledExpressions([X, T, U], [U / 3 + sympy.sin(1)])(single).dtype == torch.float32


LEAVES = st.sampled_from(["x", "t", "u", "2", "0.7", "1/3", "-5", "pi"])
FORMULAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(st.sampled_from(["sin", "cos", "tanh"]), inner).map(lambda p: f"{p[0]}({p[1]})"),
        inner.map(lambda p: f"({p} + x)**2"),
    ),
    max_leaves=5,
).filter(lambda text: text.count("**") <= 2)


class TestProperties:
    @given(FORMULAS)
    @settings(max_examples=100, deadline=None)
    def test_agrees_with_python(self, text):
        expected = [
            eval(
                text,
                {"__builtins__": {}},
                {"sin": math.sin, "cos": math.cos, "tanh": math.tanh, "pi": math.pi, **point},
            )
            for point in ({"x": x, "t": t, "u": u} for x, t, u in zip(*(p.tolist() for p in POINTS), strict=True))
        ]
        assert evaluate(text) == pytest.approx(expected, rel=1e-9, abs=1e-9)

    @given(FORMULAS)
    @settings(max_examples=100, deadline=None)
    def test_printed_formulas_parse_again(self, text):
        expression = parse_equation(text)
        assert sympy.simplify(parse_equation(str(expression)) - expression) == 0

    @given(st.text(max_size=60))
    @settings(max_examples=300, deadline=None)
    def test_any_text_is_parsed_or_refused(self, text):
        with contextlib.suppress(UsageError):
            assert isinstance(parse_equation(text), sympy.Expr)

    @given(st.text(alphabet="xtu_*()+-/^=0129.e ", max_size=40))
    @settings(max_examples=500, deadline=None)
    def test_near_formulas_too(self, text):
        self.test_any_text_is_parsed_or_refused.hypothesis.inner_test(self, text)

    def test_powers_of_exponentials(self):
        """Whose exponent is no number."""
        assert sympy.simplify(parse_equation("u_t = exp(x - u)**(-1)") - parse_equation("u_t = exp(u - x)")) == 0


HOSTILE = {
    "import": "__import__('os')",
    "import called": "__import__('os').system('true')",
    "attribute": "u.x",
    "class": "().__class__.__bases__[0]",
    "lambda": "lambda: u",
    "call of a name": "u(x)",
    "comprehension": "[u for u in x]",
    "walrus": "(u := 3)",
    "string": "'u'",
    "format string": "f'{u}'",
    "index": "u[0]",
    "condition": "u if x else t",
    "comparison": "u_t <= u",
    "equality": "u_t === u",
    "two equations": "u_t = u = x",
    "statement": "u; x",
    "star": "sin(*u)",
    "keyword": "sin(x=u)",
    "two arguments": "sin(u, x)",
    "no argument": "sin()",
    "function without argument": "sin(sin)",
    "complex": "1j",
    "truth": "True",
    "nothing": "None",
    "ellipsis": "...",
    "modulo": "u % 2",
    "long": "u + " * 2500 + "u",
    "huge power": "u**9999",
    "tower": "9**9**9**9",
    "powers of powers of numbers": "((((((9**20)**20)**20)**20)**20)**20)",
    "powers of powers": "((u**20)**20)**20",
    "power beyond all bounds": "2**exp(exp(exp(20)))",
    "power next to 0": "u**exp(-exp(exp(exp(9))))",
    "power in u": "2**u",
    "irrational power": "u**sqrt(-1)",
    "infinite power": "u**log(0)",
    "open bracket": "(u",
    "closed bracket": "u)",
    "deep": "(" * 201 + "u" + ")" * 201,
    "deep functions": "sin(" * 100 + "u" + ")" * 100,
    "deeper": "(" * 999 + "u" + ")" * 999,
    "signs": "-" * 1990 + "u",
    "huge integer": "9" * 1500,
    "huge float": "1e400*u",
    "small float": "1e-400*u",
    "smaller float": "1e-99999999999*u",
    "division by zero": "u/0",
    "hidden division by zero": "1/(u - u)",
    "zero to a negative power": "0**-1",
    "infinity": "u + log(0)",
    "pole": "u*tan(pi/2)",
    "imaginary": "sqrt(-1)*u",
    "absolute value": "sqrt(u**2)",
    "empty": "",
    "blank": "  \n ",
    "empty side": "u_t =",
    "null byte": "\x00u",
    "letters": "ü_t + u",
    "symbols": "u_t + ∂u",
    "emoji": "😀",
    "system": "u_t + v_x",
    "terms": "(x + t + u + u_x + u_xx)**20",
    "terms of products": "((x + t + u)**9 + u_t)*((x - t + u_x)**9 + 1)",
    "index of y": "(u**2)_y",
    "index of nothing": "(u)_",
    "attribute behind an index": "(u)_x.real",
    "attributes behind brackets": "(u).x",
    "attribute beside an index": "u.x + (u)_x",
    "attribute in an index": "(u)_x + (u.x)_x",
    "space in an index": "(u)_ x",
    "index of a name": "u_x_x",
    "order by index": "(u_xxxxx)_xxxx",
    "long index": "(u**2)_" + "x" * 1500,
    "index of a power": "((x + t + u)**20)_xx + (((x + u)**20 + 1)**20)_x",
    "order": "u_" + "x" * 9,
    "high order": "u_" + "x" * 1500,
    "other direction": "u_y",
    "dunder": "__builtins__",
}


class TestHostile:
    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
    def test_refused_at_once(self, text):
        start = time.perf_counter()
        with pytest.raises(UsageError) as caught:
            parse_equation(text)
        assert time.perf_counter() - start < 1
        assert len(str(caught.value)) < 2500

    @pytest.mark.parametrize(
        ("text", "fragment", "column"),
        [
            ("u_t + u*u_y", "did you mean 'u_x'", 9),
            ("u_t + nu*u_xx", "unknown name 'nu'", 7),
            ("u_t + u**99", "power", 7),
            ("u_t + sin", "'sin' without an argument", 7),
            ("ü + qqq", "unknown name 'ü'", 1),
            ("u*(ü_t + x)", "'ü_t'", 4),
            ("x*sin(ü) + qqq", "'ü'", 7),
            ("u_t + * u", "not a formula here", 7),
            ("u_t + 1/0", "divides by zero", 7),
            ("u_t + 1e-400*u_xx", "a number that is too small", 7),
            ("u_t + lambda*u_xx", "unknown name 'lambda'", 7),
            ("u_t + (u**2)_in", "the index 'in'", 7),
            ("u_t + (u**2)_y", "the index 'y'; derivatives are in x and t", 7),
            ("u_t + (u_xxxxx)_xxxx", "order 9; at most 8", 7),
            ("u_t + v_x", "another unknown than u, which is the only one here", 7),
            ("u_t + u_xxxxxxxxx", "order 9; at most 8", 7),
        ],
    )
    def test_points_at_the_place(self, text, fragment, column):
        with pytest.raises(UsageError) as caught:
            parse_equation(text)
        first, excerpt, mark = str(caught.value).split("\n")
        assert fragment in first
        assert f"(column {column})" in first
        assert excerpt.strip() == text
        assert mark.index("^") - (len(excerpt) - len(text)) == column - 1

    def test_column_counts_characters(self):
        """Python's parser counts bytes."""
        with pytest.raises(UsageError, match=r"'qq'.*column 4"):
            parse_equation("νμ*qq", {"νμ": sympy.Integer(1)})

    def test_long_lines_are_cut(self):
        text = "u + " * 10 + "foo" + " + u" * 20
        with pytest.raises(UsageError) as caught:
            parse_equation(text)
        _, excerpt, mark = str(caught.value).split("\n")
        assert len(excerpt) <= 62
        assert excerpt[mark.index("^") :].startswith("foo")

    @pytest.mark.parametrize("name", ["x", "t", "u", "u_x", "u_tt", "pi", "sin", "a b", "", "nu-1", "1"])
    def test_names_that_no_parameter_may_have(self, name):
        with pytest.raises(UsageError, match="cannot be the name of a parameter"):
            parse_equation("u_t + u_x", {name: sympy.Integer(1)})
