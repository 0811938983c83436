"""Parameters that are left as symbols, and the values at which there are more symmetries."""

from __future__ import annotations

import json

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symgen.equations.conservation.laws import conservation_laws
from symgen.equations.pivots import pivot_factors
from symgen.equations.symmetry_algebra import symmetry_algebra as algebra_of_system
from symgen.equations.system import System
from symgen.exceptions import UsageError
from symgen.generators.closed_form import formula
from symgen.inspection.exact_brackets import exact_brackets
from symgen.pde.equation import Equation
from symgen.pde.grammar import U, jet_symbol
from symgen.pde.symmetry_algebra import symmetry_algebra
from symgen.symbolic import Parameter

pytestmark = pytest.mark.usefixtures("terminal")
M = Parameter("m")
INFINITE = -1
"""As many symmetries as the ansatz holds."""


def algebra(text: str, *symbols: str, degree: int = 2):
    return symmetry_algebra(Equation.from_string(text, dict.fromkeys(symbols)), degree)


def texts(fields, names=("x", "t", "u")) -> list[str]:
    return [formula(field, names) for field in fields]


def special(found) -> dict[str, int]:
    return {str(one): len(one.fields) for one in found.special if not one.linear}


@pytest.fixture(scope="module")
def diffusion():
    return algebra("u_t = (u^m*u_x)_x", "m")


class TestReading:
    def test_symbols(self):
        equation = Equation.from_string("u_t = (u^m*u_x)_x + c*u", {"m": None, "c": 2.0})
        assert equation.system.parameters == (M,)
        assert sympy.diff(equation.right_hand_side, jet_symbol((2, 0))) == U**M
        assert System.from_strings(["u_t = m*v", "v_t = u"], {"m": None}).parameters == (M,)
        assert sympy.Symbol("m", real=True) != M

    def test_put_in(self):
        system = System.from_strings(["u_t = (u^m*u_x)_x"], {"m": None})
        assert system.at({M: sympy.Integer(1)}).expressions == System.from_strings(["u_t = (u*u_x)_x"]).expressions
        with pytest.raises(UsageError, match="has no value at m = 0"):
            System.from_strings(["u_t = u_xx + u/m"], {"m": None}).at({M: sympy.Integer(0)})
        with pytest.raises(UsageError, match="has no value at m = 0"):
            System.from_strings(["u_t = u_xx + (m*u)^n"], {"m": None, "n": None}).at({M: sympy.Integer(0)})

    @pytest.mark.parametrize("text", ["u_t = u^x*u_xx", "u_t = u^(m*u)*u_xx", "u_t = u^(sin(m))*u_xx"])
    def test_exponents_are_constant(self, text):
        with pytest.raises(UsageError, match="a power that is no rational number"):
            Equation.from_string(text, {"m": None})


class TestAlgebra:
    """Known classifications: Ovsiannikov's of nonlinear diffusion, Ibragimov's handbook, volume 1."""

    @pytest.mark.parametrize(
        ("text", "symbols", "known", "at"),
        [
            ("u_t = u_x^m*u_xx", "m", "m*x d/dx + u*(m + 2) d/du", {"m = -2": INFINITE}),
            ("u_t + u^n*u_x + u_xxx", "n", "n*x d/dx + 3*n*t d/dt - 2*u d/du", {"n = 1": 4}),
            ("u_t + u*u_x = nu*u_xx", "nu", "t*x d/dx + t^2 d/dt - (t*u - x) d/du", {"nu = 0": INFINITE}),
            ("u_tt = (u^m*u_x)_x", "m", "m*x d/dx + 2*u d/du", {"m = -4": 5, "m = -4/3": 5}),
            ("u_t = u_xx + u^p", "p", "x*(p - 1) d/dx + t*(2*p - 2) d/dt - 2*u d/du", {}),
            ("u_tt = u_xx + sin(k*u)", "k", "t d/dx + x d/dt", {}),
            ("u_t = u_xx + r*u_x^2", "r", "exp(-r*u) d/du", {}),
            ("u_t = t^m*u_xx", "m", "t^(-m) d/dt", {}),
        ],
    )
    def test_classification(self, text, symbols, known, at):
        found = algebra(text, symbols)
        assert known in texts(found.fields)
        assert {k: INFINITE if at.get(k) == INFINITE else n for k, n in special(found).items()} == at
        assert not any("lacks functions" in note for note in found.notes)

    @pytest.mark.parametrize(
        ("text", "symbols", "at"),
        [
            ("u_tt = u_xx + u^p", "p", ["p = 0", "p = 1"]),
            ("u_t = u_xx + (c^2 - 4)*u^2", "c", ["c = 2", "c = -2"]),
            ("u_tt = u_xx + sin(k*u)", "k", ["k = 0"]),
        ],
    )
    def test_linear(self, text, symbols, at):
        """Also where the ansatz holds no more symmetries than for the symbol, as for u_tt = u_xx + u."""
        assert [str(one) for one in algebra(text, symbols).special if one.linear] == at

    def test_functions_of_the_symbol_at_values(self):
        """The fields for the symbol, with x^(2 - k), are in the ansatz at k = 4, where x^-2 is none of the usual."""
        found = algebra("u_t = x^k*u_xx", "k", degree=3)
        assert {"k = 0", "k = 4"} <= set(special(found))
        (four,) = [one for one in found.special if str(one) == "k = 4"]
        assert "x^2 d/dx + u*x d/du" in texts(four.more)

    def test_what_comes_to_it(self, diffusion):
        (one,) = [one for one in diffusion.special if not one.linear]
        assert texts(one.more) == ["x^2 d/dx - 3*u*x d/du"]
        assert [str(one) for one in diffusion.special if one.linear] == ["m = 0"]

    @pytest.mark.parametrize(
        ("formulas", "symbols", "degree", "at"),
        [
            (["I*psi_t + psi_xx + abs(psi)^(2*s)*psi"], "s", 3, {"s = 2": 6}),
            (["rho_t + (rho*u)_x", "u_t + u*u_x + p_x/rho", "p_t + u*p_x + g*p*u_x"], "g", 2, {"g = 0": 8, "g = 3": 7}),
            (["q1_tt = -q1*(q1^2 + q2^2)^n", "q2_tt = -q2*(q1^2 + q2^2)^n"], "n", 2, {"n = -2": 4}),
            (["u_tt = -w^2*u"], "w", 2, {"w = 0": 8}),
        ],
    )
    def test_systems(self, formulas, symbols, degree, at):
        """Critical nonlinear Schroedinger equation, monatomic gas in one dimension, forces of the inverse cube."""
        found = algebra_of_system(System.from_strings(formulas, {symbols: None}), degree)
        assert special(found) == at

    def test_irrational_values(self):
        found = algebra("u_t = u_xxx + u*u_x + (b^2 - 2)*u^3*u_x", "b")
        assert special(found) == {"b = sqrt(2)": 4, "b = -sqrt(2)": 4}

    def test_one_in_terms_of_another(self):
        found = algebra_of_system(System.from_strings(["u_t = a*u_xx", "v_t = d*v_xx"], {"a": None, "d": None}), 1)
        assert {"a = d"} <= {str(one) for one in found.special}
        assert any("one parameter at a time" in note for note in found.notes)

    @pytest.mark.parametrize("m", ["-3", "-4/3", "1", "5/2"])
    def test_as_for_numbers(self, diffusion, m):
        """At a number the algebra is that of the symbol, or a special value was found."""
        number = symmetry_algebra(Equation.from_string("u_t = (u^m*u_x)_x", {"m": m}), 2)
        wanted = next((one.fields for one in diffusion.special if one.values == {M: sympy.Rational(m)}), None)
        assert len(number.fields) == len(wanted or diffusion.fields)

    def test_brackets(self, diffusion):
        found = diffusion
        places = {text: place for place, text in enumerate(texts(found.fields), 1)}
        d_x, scaling = places["d/dx"], places["m*x d/dx + 2*u d/du"]
        brackets = {(b.first, b.second): b for b in exact_brackets(found.fields)}
        bracket = brackets[d_x, scaling]
        assert bracket.constants == {d_x: "m"}
        assert str(bracket) == f"m F{d_x}"

    def test_long_brackets(self):
        from symgen.inspection.brackets import Bracket

        bracket = Bracket(
            first=1, second=2, constants={k: -1.0 if k == 2 else 2.0 for k in range(1, 88)}, closure_error=0
        )
        assert bracket.short(4) == "2 F1 - F2 + 2 F3 + ... (87 terms)"
        assert bracket.short(100) == str(bracket)


class TestPivots:
    def test_factors(self):
        """The rank is full where no factor vanishes, and each zero that lowers it is among them."""
        m = sympy.Symbol("m")
        domain = sympy.QQ.frac_field(m)
        matrix = sympy.Matrix([[1, m, 2], [m, 4, 0], [1, m, m - 5]])
        rows = [{k: domain.from_sympy(v) for k, v in enumerate(matrix.row(i))} for i in range(3)]
        zeros = {root for factor in pivot_factors(rows, domain) for root in sympy.roots(factor, m)}
        assert set(sympy.roots(matrix.det(), m)) <= zeros

    @given(st.lists(st.lists(st.integers(-2, 2), min_size=6, max_size=6), min_size=3, max_size=3))
    @settings(max_examples=8, deadline=None)
    def test_random(self, numbers):
        m = sympy.Symbol("m")
        domain = sympy.QQ.frac_field(m)
        matrix = sympy.Matrix(3, 3, [numbers[i][j] + numbers[i][j + 3] * m for i in range(3) for j in range(3)])
        rows = [{k: domain.from_sympy(v) for k, v in enumerate(matrix.row(i)) if v != 0} for i in range(3)]
        factors = pivot_factors(rows, domain)
        generic = matrix.rank()
        for value in range(-2, 3):
            if matrix.subs(m, value).rank() < generic:
                assert any(factor.subs(m, value) == 0 for factor in factors)


class TestConserved:
    def test_power(self):
        found = conservation_laws(System.from_strings(["u_t + u^n*u_x + u_xxx"], {"n": None}))
        n, u, u_x = Parameter("n"), U, jet_symbol((1, 0))
        densities = [law.density for law in found.laws]
        assert densities[:2] == [u, u**2 / 2]
        energy = densities[2] / (n + 1)
        assert sympy.simplify(energy - (u_x**2 / 2 - u ** (n + 2) / ((n + 1) * (n + 2)))) == 0

    def test_integrals(self):
        found = conservation_laws(System.from_strings(["u_tt = -w^2*u"], {"w": None}))
        assert "energy" in [law.name for law in found.laws]
        assert len(found.laws) == 3


class TestCommandLine:
    def test_special_values(self, run):
        command = ("inspect", "--equation", "u_t = (u^m u_x)_x", "--param", "m", "--degree", "2")
        document = json.loads(run(*command, "--json")[1])
        assert document["symbols"] == ["m"]
        (one,) = [one for one in document["special_values"] if not one["linear"]]
        assert one["values"] == {"m": "-4/3"}
        assert [field["text"] for field in one["more"]] == ["x^2 d/dx - 3*u*x d/du"]

    def test_tables(self, run):
        text = run("inspect", "--equation", "u_t + u*u_x = nu*u_xx", "--param", "nu", "--degree", "1")[1]
        assert "nu = 0" in text
        assert "nu: any numbers but 0" in text

    def test_many_brackets(self, run):
        """Of many generators those brackets that are not zero, one a line."""
        text = run("inspect", "--equation", "u_t = u_xx")[1]
        assert "bracket" in text
        assert "[F4, F9]" in text
        assert "Not in the span of the generators listed: 3 others." in text

    @pytest.mark.parametrize("command", [("discover", "kdv"), ("simulate", "burgers"), ("augment", "--pde", "burgers")])
    def test_numbers_elsewhere(self, run, command):
        code, _, said = run(*command, "--param", "nu")
        assert code == 2
        assert "'nu' is not of the form NAME=NUMBER, e.g. nu=0.02" in " ".join(said.split())
