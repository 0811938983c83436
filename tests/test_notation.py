"""Equations in the notations that people use."""

from __future__ import annotations

import contextlib

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from systems import SYSTEMS

from symgen.catalog import get, names, system, system_names
from symgen.equations.notation import plain
from symgen.equations.system import System
from symgen.exceptions import UsageError
from symgen.pde.equation import Equation
from symgen.pde.grammar import parse_equation

SUPERSCRIPTS = dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))


def read(*texts: str, parameters: tuple[str, ...] = ()) -> tuple[str, ...]:
    return plain(texts, parameters).texts


def orders(index: str, power: str = "^{}") -> list[tuple[str, str]]:
    """`xxt` -> [("x", "^2"), ("t", "")]."""
    return [(v, power.format(index.count(v)) if index.count(v) > 1 else "") for v in sorted(set(index), reverse=True)]


def as_fraction(index: str, sign: str, raised: bool = False) -> str:
    """`∂^2u/∂x∂t`."""
    power = "{}" if raised else "^{}"
    total = power.format(len(index)) if len(index) > 1 else ""
    below = "".join(f"{sign}{v}{p}" for v, p in orders(index, power))
    text = f"{sign}{total}u/{below}"
    return "".join(SUPERSCRIPTS.get(c, c) for c in text) if raised else text


def in_latex(index: str, sign: str, space: str, fraction: str) -> str:
    """A fraction of differentials."""
    below = space.join(f"{sign}{space}{v}{p}" for v, p in orders(index))
    return f"{fraction}{{{sign}^{{{len(index)}}} u}}{{{below}}}"


DERIVATIVES = {
    "own": lambda i: f"u_{i}",
    "braces": lambda i: f"u_{{{i}}}",
    "sympy": lambda i: f"Derivative(u(x, t), {', '.join(i)})",
    "sympy, tuples": lambda i: f"Derivative(u(x, t), {', '.join(f'({v}, {i.count(v)})' for v in sorted(set(i)))})",
    "sympy, method": lambda i: f"u(x,t).diff({', '.join(i)})",
    "diff": lambda i: f"diff(u, {', '.join(f'{v}, {i.count(v)}' for v in sorted(set(i)))})",
    "maple": lambda i: f"diff(u(x,t), {', '.join(f'{v}${i.count(v)}' for v in sorted(set(i)))})",
    "mathematica": lambda i: f"D[u[x,t], {', '.join(f'{{{v},{i.count(v)}}}' for v in sorted(set(i)))}]",
    "partial": lambda i: as_fraction(i, "∂"),
    "partial, raised": lambda i: as_fraction(i, "∂", raised=True),
    "straight": lambda i: as_fraction(i, "d"),
    "straight, raised": lambda i: as_fraction(i, "d", raised=True),
    "operator": lambda i: f"(∂_{i} u)",
    "operators": lambda i: f"({' '.join(f'∂_{v}' for v in i)} u)",
    "fraction before": lambda i: f"({''.join(f'd/d{v} ' for v in i)}(u))",
    "latex": lambda i: rf"(\partial_{{{i}}} u)",
    "latex fraction": lambda i: in_latex(i, r"\partial", " ", r"\frac"),
    "latex fraction, upright": lambda i: in_latex(i, r"\mathrm{d}", "", r"\dfrac"),
}
POWERS = {
    "python": lambda b, n: f"{b}**{n}",
    "caret": lambda b, n: f"{b}^{n}",
    "braces": lambda b, n: f"{b}^{{{n}}}",
    "raised": lambda b, n: b + SUPERSCRIPTS[str(n)],
}
SINES = ("sin(2u)", r"\sin(2u)", r"\sin\left(2 u\right)", "Sin[2 u]", "np.sin(2*u)")
PRODUCTS = ("*", " * ", "·", r"\cdot ", r" \, ", " ", "×")
MINUS = ("-", " - ", "−", " – ")
ENDS = ("", " = 0", " == 0", "=0.", " = 0,")


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str]:
    """An equation in symgen's own grammar, and in a mixture of others."""
    indices = st.text("xt", min_size=1, max_size=4)
    style = draw(st.sampled_from(sorted(DERIVATIVES)))

    def factor() -> tuple[str, str]:
        kind = draw(st.integers(0, 4))
        if kind < 2:
            index = draw(indices)
            return f"u_{index}", DERIVATIVES[style](index)
        n = draw(st.integers(2, 4))
        if kind == 2:
            return f"u**{n}", draw(st.sampled_from(list(POWERS.values())))("u", n)
        if kind == 3:
            return f"(1 - u)**{n}", draw(st.sampled_from(list(POWERS.values())))("(1 − u)", n)
        return "sin(2*u)", draw(
            st.sampled_from(["sin(2u)", r"\sin(2u)", r"\sin\left(2 u\right)", "Sin[2 u]", "np.sin(2*u)"])
        )

    own, other = "u_t", DERIVATIVES[style]("t")
    for _ in range(draw(st.integers(1, 3))):
        factors = [factor() for _ in range(draw(st.integers(1, 3)))]
        number = draw(st.integers(2, 9))
        own += f" - {number}*" + "*".join(f for f, _ in factors)
        product = draw(st.sampled_from(PRODUCTS))
        other += draw(st.sampled_from(MINUS)) + f"{number}" + product + product.join(f for _, f in factors)
    return own, other + draw(st.sampled_from(ENDS))


LOOKALIKES = ("d", "e", "i", "D", "du", "dt", "d2u", "dx2", "diff", "frac", "Δ", "ν", "uₓ", "np", "Eq", "D_x", "ẋ")
"""Names of parameters that could be notation."""


@st.composite
def own_texts(draw: st.DrawFn) -> str:
    """An equation in symgen's own grammar, with all kinds of spaces."""
    space = draw(st.sampled_from(["", " ", "  "]))

    def atom(depth: int) -> str:
        kind = draw(st.integers(0, 7 if depth else 3))
        if kind < 2:
            return draw(
                st.sampled_from(["u", "x", "t", "u_x", "u_xxt", "2", "1.5", "1e-3", ".5", "1_000", *LOOKALIKES])
            )
        if kind < 4:
            return draw(st.sampled_from(LOOKALIKES))
        if kind == 4:
            return f"({product(depth - 1)})_{draw(st.sampled_from(['x', 'tt', 'xt']))}"
        if kind == 5:
            return f"{draw(st.sampled_from(['sin', 'exp', 'lap']))}({product(depth - 1)})"
        return f"({product(depth - 1)}{space}{draw(st.sampled_from('+-'))}{space}{product(depth - 1)})"

    def product(depth: int) -> str:
        parts = [atom(depth) for _ in range(draw(st.integers(1, 2)))]
        power = draw(st.sampled_from(["", "", "**2", "^2", "**(1/2)"]))
        return f"{space}*{space}".join(parts) + (power if parts[-1][0] not in "12." else "")

    return f"u_t{space}={space}u_xx + {product(2)}{space}/{space}{draw(st.sampled_from(['2', 'du', 'dt', 'dx2', 'd']))}"


class TestOneEquation:
    @given(pairs())
    @settings(max_examples=150, deadline=None)
    def test_all_notations_are_one(self, pair):
        own, other = pair
        assert sympy.expand(parse_equation(other) - parse_equation(own)) == 0, plain([other])
        (text,) = read(other)
        assert read(text) == (text,)

    @pytest.mark.parametrize("style", DERIVATIVES)
    @pytest.mark.parametrize("index", ["t", "x", "xxx", "xt", "xxt"])
    def test_systems(self, style, index):
        text = f"u_t = 3 {DERIVATIVES[style](index)} + u_x"
        assert System.from_strings([text]).expressions == System.from_strings([f"u_t = 3*u_{index} + u_x"]).expressions

    @pytest.mark.parametrize(
        ("text", "own"),
        [
            ("6u u_x + u_t", "6*u*u_x + u_t"),
            ("u_t == Δu + u(1 − u)(u − a)", "u_t = lap(u) + u*(1 - u)*(u - a)"),
            ("u_t = ∇²u + ∇^2 (u^3)", "u_t = lap(u) + lap(u^3)"),
            (r"\dot u = \nu\,\Delta u", "u_t = nu*lap(u)"),
            ("uₜ + u uₓ = ν uₓₓ", "u_t + u*u_x = nu*u_xx"),
            ("∂ₜu + ∂ₓ(u²/2) = 0", "u_t + (u^2/2)_x = 0"),
            ("u_t + (u^{2})_{xx}", "u_t + (u^2)_xx"),
            ("u_{x,x} + u_{,t}", "u_xx + u_t"),
            (r"\frac{d u}{d t} = \tfrac12 \frac{d^2 u}{d x^2}", "u_t = (1/2)*u_xx"),
            (r"u_t = \sqrt[3]{u} + \sqrt{u_x}", "u_t = ((u)^(1/3)) + sqrt(u_x)"),
            (r"u_t = \frac{1}{2} u_{xx}", "u_t = (1/2)*u_xx"),
            (
                r"\partial_t u = \frac{\partial}{\partial x}\left(u^a \frac{\partial u}{\partial x}\right)",
                "u_t = (u^a*u_x)_x",
            ),
            (r"$$u_t + e^{-2u} u_x = 0.$$", "u_t + exp(-2*u)*u_x = 0."),
            ("Eq(Derivative(u(x, t), t), nu*Derivative(u(x, t), (x, 2)))", "u_t = nu*u_xx"),
            ("d(u^2)/dx + d/dt u", "(u^2)_x + u_t"),
            ("u_t + |u_x|²", "u_t + abs(u_x)^2"),
            ("2a u_t + u_x", "2*a*u_t + u_x"),
            ("u_t = e^-x^2 u + e^u^2", "u_t = exp(-x^2)*u + exp(u^2)"),
            (r"u_t = \sqrt[3]{u}^2", "u_t = ((u)^(1/3))^2"),
            (r"\partial_t u = \partial^2_x u + ∂²_xx (u^2)", "u_t = u_xx + (u^2)_xx"),
            ("u_t = lap(u)^2 + (Δu)^2", "u_t = lap(u)^2 + (lap(u))^2"),
            ("u_t = x/2*u u_x - 1/t + 2 u u_x", "u_t = x/2*u*u_x - 1/t + 2*u*u_x"),
            ("u_t = u^-2 u_x - (1/2)u", "u_t = u^-2*u_x - (1/2)*u"),
            ("u_t = u^2u_x + 1e5u + .5x", "u_t = u^2*u_x + 1e5*u + .5*x"),
        ],
    )
    def test_texts(self, text, own):
        assert read(text, parameters=("nu", "a")) == (own,)

    def test_applied_unknowns_say_their_variables(self):
        system = System.from_strings(["Derivative(u(x, y, t), t) = lap(u)"])
        assert system.space.independent == ("x", "y", "t")
        assert plain(["u_t(x, t) + u(x, t)*u_x(x, t)"]).variables == ("x", "t")


class TestOrdinary:
    @pytest.mark.parametrize(
        ("texts", "own"),
        [
            (["x' = y", "y' = -x"], ["x_t = y", "y_t = -x"]),
            (["x'(t) = x(t)*(1 - x(t))"], ["x_t = x*(1 - x)"]),
            (["dx/dt = 10(y - x)", "dy/dt = x(28 - z) - y", "dz/dt = x y - (8/3)z"],
             ["x_t = 10*(y - x)", "y_t = x*(28 - z) - y", "z_t = x*y - (8/3)*z"]),
            (["ẍ = −x", "ẏ = x"], ["x_tt = -x", "y_t = x"]),
            ([r"\ddot{q} = -\sin(q)"], ["q_tt = -sin(q)"]),
            (["q'' + q = 0"], ["q_tt + q = 0"]),
            (["y'' + x*y = 0"], ["y_xx + x*y = 0"]),
            (["y'(x) = y(x)^2"], ["y_x = y^2"]),
            (["y''(x) = -y(x)", "z'(x) = y(x)"], ["y_xx = -y", "z_x = y"]),
            (["x'(t) = y(t)", "y'(t) = x(t) y(t)"], ["x_t = y", "y_t = x*y"]),
            (["e' = -e^2"], ["e_t = -e^2"]),
            (["y″ = y′"], ["y_tt = y_t"]),
            (["d²q₁/dt² = -q₁", "d²q₂/dt² = -q₂"], ["q1_tt = -q1", "q2_tt = -q2"]),
        ],
    )  # fmt: skip
    def test_texts(self, texts, own):
        assert read(*texts) == tuple(own)
        assert System.from_strings(texts).expressions == System.from_strings(own).expressions

    def test_a_prime_by_an_earlier_letter_than_the_unknown_is_asked_for(self):
        """dx/dt with an equation for y missing, or dx/dy: y' = x*y leaves no such doubt."""
        with pytest.raises(UsageError, match="write x_t or x_y"):
            read("x' = y")
        assert read("y' = x*y") == ("y_x = x*y",)


def test_a_command_of_latex_ends_the_name_before_it():
    assert read(r"u_t = a\nu u_{xx}", parameters=("nu", "a")) == ("u_t = a*nu*u_xx",)


class TestNothingElseChanges:
    """What symgen's grammar has is left as it is."""

    @pytest.mark.parametrize("name", names())
    def test_catalog(self, name):
        entry = get(name)
        assert plain([entry.expression], entry.parameters, ("x", "t"), ("u",)).texts == (entry.expression,)

    @pytest.mark.parametrize("name", system_names())
    def test_systems_of_the_catalog(self, name):
        entry = system(name)
        assert plain(entry.equations, entry.parameters, (*entry.lengths, "t")).texts == tuple(entry.equations)

    @pytest.mark.parametrize("name", SYSTEMS)
    def test_systems(self, name):
        texts, *parameters = SYSTEMS[name]
        assert plain(texts, *parameters).texts == tuple(texts)

    @pytest.mark.parametrize(
        ("text", "parameters"),
        [
            ("u_t + du/dx*u_x + d*u_x", ("du", "dx", "d")),
            ("u_t + D_x*u_xx + D*u_x + diff*u + Derivative", ("D_x", "D", "diff", "Derivative")),
            ("u_t + e**2*u_x + i*u + ν*u_xx + uₓ", ("e", "i", "ν", "uₓ")),
            ("du_t + du*du_x", ()),
            ("u_t + 0x1F*u + 1_000*u_x + 1e-5*u + (u)_xx + ((u)_x)_t", ()),
            ("ẋ_t = Δ*ẋ", ("Δ",)),
            ("u_t = lap(u) + abs(u)^2 + f + frac", ("f", "frac")),
            ("u_t\n  + (u**2) **2 * ( u_x )", ()),
        ],
    )
    def test_names_that_look_like_notation(self, text, parameters):
        assert read(text, parameters=parameters) == (text,)

    @given(own_texts())
    @settings(max_examples=150, deadline=None)
    def test_own_grammar(self, text):
        """Whatever the parameters are called."""
        assert plain([text], LOOKALIKES).texts == (text,)

    @given(st.text("uxte_()*+-^/. 012'∂d{}|,\\=", max_size=25))
    @settings(max_examples=300, deadline=None)
    def test_nothing_breaks(self, text):
        """Whatever is written, it is read or refused with a sentence; and what is rewritten stays so."""
        with contextlib.suppress(UsageError):
            (result,) = read(text)
            assert read(result) == (result,)


class TestRefused:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("u_t = 1/2 u_xx", r"'/2 u_xx' can be read in two ways: write /2\*u_xx .* or /\(2\*u_xx\)"),
            ("u_t = 1/u^2 u_x", r"'/u\^2 u_x' can be read in two ways: write /u\^2\*u_x .* or /\(u\^2\*u_x\)"),
            ("u_t = 1/-2 u_x", r"'/-2 u_x' can be read in two ways"),
            ("u_t = u^-2a", r"write \^2\*a or"),
            ("u_t = ∂_x u^2", r"two ways: put what is differentiated in brackets"),
            ("u_t = ∂_x u u_x", r"two ways: put what is differentiated in brackets"),
            ("u_t = Δu u", r"two ways: put what is differentiated in brackets"),
            ("u_t = u 2", r"may be a product or a power: write u\*2 or u\^2"),
            ("u_t = u^2a", r"write \^2\*a or \^\(2\*a\)"),
            ("u_t = sin u", r"'sin u' needs brackets: write sin\(u\)"),
            ("u_t = sin^2(u)", r"write a power as in sin\(u\)\^2"),
            ("du/dx^2 = u_t", r"of order 1 is divided by 2 differentials: write it as in d\^2u/dx\^2 or u_xx"),
            ("u_t = u(x)", r"u\(x\) leaves out t: write u for the unknown, or u\*x for a product"),
            ("u_t = u(x - 1, t)", r"u at another place"),
            ("u_t = u_x + u(t - 1)", r"write u\*\(t - 1\) for a product"),
            ("u_t = u^{(2)}", r"may be a derivative or a power: write u_\w\w or u\^2"),
            ("u' = u_xx", r"does not say in which variable .*: write u_t or u_x"),
            ("diff(u) = u_t", r"says no variable: write diff\(u, x\)"),
            ("diff(u, r) = u_t", r"differentiates in r: give variables among x, y, z and t"),
            (r"u_t + u \cdot \nabla u", r"write gradients and divergences out"),
            (r"u_t = \sqrt[3]{u^{2}}", r"write it as a power"),
            ("u_t = ψ^* ψ_x", r"write conj\(ψ\)"),
            ("i psi_t + psi_xx", r"imaginary unit is written I"),
            ("u_t = u²_x", r"index behind a power, which can be read in two ways; write \(u\^2\)_x"),
            ("u_t = u^{2}_{xx} + u", r"index behind a power"),
            ("u_t = u**(2)_x", r"index behind a power"),
            ("u_t = u^{n}_{x}", r"index behind a power"),
            ("u_t = e^{u}_x", r"two ways: write it with exp"),
            ("u_t = e^u_x", r"two ways: write it with exp"),
            ("u_t = e^(u)^2", r"two ways: write it with exp"),
            ("u_t = e^-2u", r"two ways: write it with exp"),
            ("u_t = ∂_x (1 - u)^2", r"two ways: put what is differentiated in brackets"),
            ("u_t = d/dx (u + 1)^3 u", r"two ways: put what is differentiated in brackets"),
            ("u_t = Δ(u + 1)^2", r"two ways: put what is differentiated in brackets"),
            ("u_t = u_{x-1} - u_{x+1}", r"u_\{x-1\} is no derivative"),
            ("u_t = u_{x^2}", r"u_\{x\^2\} is no derivative"),
            ("u_t = u_{1+2,x}", r"is no derivative"),
            ("u_t = ∂^3_{xx} u", r"is of order 3 in xx"),
            ("u_t = u_x'", r"write u_xt or u_xx"),
            ("u_t = e*u_x", r"e is written exp\(1\)"),
            ("u_t + uxx", r"did you mean 'u_xx'"),
            ("ut + u*ux + uxxx", r"Write u_t for ut"),
            ("u_t + 6uu_x", r"write u\*u_x for a product"),
            ("u_t + sech(x) u_x", r"calls 'sech'"),
            ("u_t = f(u)_xx", r"calls 'f'"),
            ("u_t = __import__('os')", r"calls '__import__'|unknown name"),
        ],
    )
    def test_with_how_to_write_it(self, text, said):
        with pytest.raises(UsageError, match=f"(?s){said}"):
            System.from_strings([text], {"a": 2.0, "n": 2.0})

    def test_of_one_unknown(self):
        for text, said in (("ut + u*ux", "did you mean 'u_t'"), ("u_t + 6*uu_x", r"write u\*u_x for a product")):
            with pytest.raises(UsageError, match=said):
                Equation.from_string(text)
