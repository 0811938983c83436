"""Legal equations that no number can be put into, are zero in disguise or take too long: a sentence, never a crash."""

from __future__ import annotations

import contextlib
import json
import threading
from decimal import Decimal
from fractions import Fraction

import h5py
import numpy as np
import pytest
import sympy
from moving_waves import discovered
from random_formulas import random_formulas, solved
from sympy.core.cache import clear_cache

import symgen
from symgen.discovery import problem
from symgen.equations import system
from symgen.equations.local_solutions import LocalSolutions
from symgen.equations.notation import plain
from symgen.equations.symmetry_algebra import require_variables
from symgen.equations.system import System
from symgen.exceptions import DataError, UsageError
from symgen.expressions import parse_field
from symgen.pde.algebra_of_formulas import algebra_of_formulas
from symgen.pde.equation import Equation
from symgen.pde.parameters import exact_values
from symgen.pde.solutions_file import load_solutions
from symgen.time_limit import TooSlow

ENDLESS = (
    "u_t + exp((u+u_x+u_xx)**4)*u_xxx",
    "u_t = tanh(tanh(tanh(tanh(u_x))))*u_xx",
    "u_t = exp(exp(exp(u*u_x)))*u_xx + u_xxx",
    "u_t = u_xxx*(1+u_x^2+u^3)^4/(1+u^2+u_x^4)^5",
)
DISGUISED = (
    "u_xx/(sinh(u)^2-cosh(u)^2+1)",
    "u_xx/(sin(u)^2+cos(u)^2-1)",
    "u_xx/(1-tanh(u)^2-1/cosh(u)^2)",
    "u_xx/((1+u)^2-1-2*u-u^2)",
    "u_xx/sqrt((1+u)^2-1-2*u-u^2)",
    "u_xx/log(sin(u)^2+cos(u)^2)",
    "u_xx*log(sin(u)^2+cos(u)^2-1)",
    "u_xx/(log(u^2)-2*log(u))",
    "(sqrt(2)+sqrt(3)-sqrt(5+2*sqrt(6)))*u_xx + u*u_x",
    "u_xx/(sin(1)^2+cos(1)^2-1)",
)
NOT_REAL = (
    "(-1)^(1/3)*u_xx",
    "log(-2)*u_xx",
    "tan(pi/2)*u_xx",
    "sqrt(u_x^2)*u_xx",
    "(((x - u_xx)^2)^(1/2))_x",
    "(-2)^m*u_xx",
    "log(sin(1)-1)*u_xx",
)
LOST = (
    "1e-400*u_xx",
    "1e400*u_xx",
    "u + 1e-90*1e-90*1e-90*1e-90*u_xx",
    "1e90*1e90*1e90*1e90*u_xx",
    "exp(-800)*u_xx",
    "sinh(1e9)*u_xx",
    "tanh(1e9)*u_xx",
    "exp(exp(exp(3)))*u_xx",
    "exp(-200)*exp(-200)*exp(-200)*exp(-200)*u_xx",
    "(1e-99)^20*u_xx",
)

ROOTS = (
    ("u_tt = 12^(-1/3)*t^2 - 12*(v + u)", "v_t = v"),
    ("u_t = -(sinh(1/2) + sqrt(2))^(-4/3)*u",),
)
TINY = (
    "u_xx/(1 + exp(-(u - 3)/0.001))",
    "u_xx/(1 + exp((300 - u)/0.01)) - u/(exp(9000 - u) + 3)",
    "u_xx/exp(1000*(u - 3))",
    "u_xx/(exp(-1000*(u^2 + 1)) + exp(-2000*(u^2 + 1)))",
    "u_xx/cosh(u + 300)",
    "u_xx*log(exp(-1000*(u^2 + 1)) + 1)/(u + 1)",
)
"""At the points where disguises are looked for."""


class TestRefused:
    @pytest.mark.parametrize("right", DISGUISED)
    def test_zero_in_disguise(self, right):
        with pytest.raises(UsageError, match="zero in disguise"):
            System.from_strings([f"u_t = {right}"])

    @pytest.mark.parametrize("right", TINY)
    def test_tiny_is_not_zero(self, right):
        """Steep steps in units in which their argument is large, as those of Fermi and Arrhenius are."""
        assert System.from_strings([f"u_t = {right}"]).rules

    @pytest.mark.parametrize("text", ["exp(-1000*t)", "exp(-900 - 1000*t)"])
    def test_a_function_that_is_tiny_is_not_constant(self, text):
        require_variables(parse_field([text], ["t"]))

    def test_a_leading_derivative_that_is_not_there(self):
        with pytest.raises(UsageError, match="solved for its leading derivative, divides by"):
            Equation.from_string("(sin(u)^2+cos(u)^2-1)*u_t = u_xx")

    def test_one_that_is_there_is_solved_for(self):
        """After multiplying out, the equation is that of u_t."""
        equation = Equation.from_string("((1+u)^2-1-2*u-u^2)*u_tt + u_t = u_xx")
        assert str(equation.leading_symbol) == "u_t"

    def test_a_shift_that_sympy_writes_with_another_function(self):
        with pytest.raises(UsageError, match="Write it with sin and cos"):
            Equation.from_string("u_t = tan(u + pi/2)*u_xx")

    @pytest.mark.parametrize("right", NOT_REAL)
    def test_not_real(self, right):
        parameters = {"m": None} if "^m" in right else {}
        with pytest.raises(UsageError):
            System.from_strings([f"u_t = {right}"], parameters)

    @pytest.mark.parametrize("right", LOST)
    def test_numbers_that_floats_lose(self, right):
        with pytest.raises(UsageError, match=r"too (large|small)"):
            System.from_strings([f"u_t = {right}"])

    @pytest.mark.parametrize(
        "value",
        [Fraction(1, 10**400), 10**400, Decimal("1e-400"), 1e-320, 1e300, "1e-400", "1e400", "exp(-800)"],
        ids=str,
    )
    def test_values_of_parameters_that_floats_lose(self, value):
        with pytest.raises(UsageError, match=r"nu is .*too (large|small)"):
            exact_values({"nu": value})

    @pytest.mark.parametrize("value", [float("inf"), float("nan"), 1j, True, object, [1], sympy.Symbol("x")], ids=str)
    def test_what_is_no_number(self, value):
        with pytest.raises(UsageError, match="The parameter nu is"):
            exact_values({"nu": value})

    def test_the_product_of_parameters(self):
        with pytest.raises(UsageError, match="too small"):
            System.from_strings(["u_t = a*b*c*d*u_xx + u"], dict.fromkeys("abcd", 1e-90))

    @pytest.mark.parametrize(
        ("right", "value"), [("u_xx/(nu-1)", 1.0), ("log(nu)*u_xx", 0.0), ("u_xx/nu^2", 0.0), ("nu^(-1/2)*u_xx", -1.0)]
    )
    def test_no_value_after_parameters(self, right, value):
        with pytest.raises(UsageError):
            System.from_strings([f"u_t = {right}"], {"nu": value})

    @pytest.mark.parametrize("function", ["0", "2", "x-x", "sin(x)^2+cos(x)^2", "cosh(u)^2-sinh(u)^2-1", "x^0"])
    def test_functions_that_say_nothing(self, function):
        with pytest.raises(UsageError, match="is constant"):
            algebra_of_formulas(["u_t = u_xx"], degree=1, functions=[function])


class TestAccepted:
    @pytest.mark.parametrize(
        ("text", "count"),
        [
            ("u_t + exp(t)**2*u_xx", None),
            ("u_t = sqrt(1+sqrt(1+u))*u_xx", 3),
            ("u_t = u_xx/(sin(u)^2+cos(u)^2)", None),
            ("u_t = u_xx/(1e-30*(sqrt(1+u^2)+sin(u)))", 3),
            ("u_t = exp(-1e9*u^2)*u_xx", 3),
        ],
    )
    def test_legal(self, text, count):
        fields = algebra_of_formulas([text], degree=1).fields
        assert fields
        assert count is None or len(fields) == count

    @pytest.mark.parametrize(
        ("texts", "parameters"),
        [
            (["exp(u)*u_t = u_t*k + (u_ttx*tanh(k))_t"], {"k": None}),
            (
                ["u_t = u*t*c - u_xx - v_xxx*c", "v_t = v_x*(1/3 - v_xx) + (u_x*x + x)*(v_x + m)^(-2) + v"],
                {"c": "sqrt(2)", "m": None},
            ),
            (["u_t = sqrt(sinh(t/v))", "v_t = ((1/3 + sin(u))/tanh(tan(0.01)))_t + u^5*t"], {}),
        ],
        ids=["functions of symbols", "symbols beside roots", "no value at zero"],
    )
    def test_results_or_refusals(self, texts, parameters):
        """No other error than one with a sentence."""
        with contextlib.suppress(UsageError):
            algebra_of_formulas(texts, parameters, 1, seconds=5.0)

    @pytest.mark.parametrize("number", ["2^(1/3)", "pi", "sqrt(2)"])
    def test_exponents_of_symbols_and_roots(self, number):
        """The flow is exp((m/2 + 2^(1/3)) t), whose exponent is no rational function of the symbol."""
        found = algebra_of_formulas([f"u_t = u*m/2 + u^2*m + u*({number})"], {"m": None}, 1, (), ("t",))
        assert found.trivial or found.fields

    @pytest.mark.parametrize(
        "value", [Fraction(1, 3), Decimal("0.1"), np.float32(0.1), np.int64(3), sympy.sqrt(2), 7, "1/3"], ids=str
    )
    def test_numbers_of_all_kinds(self, value):
        assert (
            abs(float(exact_values({"nu": value})["nu"]) - float(Fraction(value) if value == "1/3" else value)) < 1e-7
        )

    def test_long_sums_and_products(self):
        terms = " + ".join(f"{k}*u^{k % 7}*u_x" for k in range(1, 120))
        assert len(sympy.Add.make_args(System.from_strings([f"u_t = {terms}"]).expressions[0])) == 8
        product = "*".join(["2"] * 200)
        assert System.from_strings([f"u_t = {product}*u_xx"]).expressions[0].coeff(sympy.Symbol("u_xx", real=True)) < 0

    def test_roots_of_negative_numbers_in_complex_equations(self):
        """(-1)^(1/3) is 1/2 + sqrt(3)/2 i."""
        system = System.from_strings(["I*psi_t = psi_xx + (-1)^(1/3)*psi"])
        assert any(expression.has(sympy.sqrt(3)) for expression in system.expressions)


class TestFromFiles:
    def test_toml(self, run, tmp_path):
        config = tmp_path / "a.toml"
        config.write_text("[inspect]\nequation = 'u_t = nu*u_xx'\n[inspect.param]\nnu = 1e-400\n")
        code, out, err = run("inspect", "--config", str(config))
        assert (code, out) == (3, "")
        assert "1e-400 is too small" in err

    def test_attribute(self, tmp_path):
        path = tmp_path / "a.h5"
        with h5py.File(path, "w") as file:
            file["tensor"] = np.random.default_rng(0).standard_normal((2, 8, 16))
            file["x-coordinate"], file["t-coordinate"] = np.arange(16) / 16, np.arange(8) / 8
            info = {"equation": "u_t - nu*u_xx", "parameters": {"nu": "NU"}, "length": 1.0}
            file.attrs["symgen"] = json.dumps(info).replace('"NU"', "1e-400")
        with pytest.raises(DataError, match="the number 1e-400 is too small"):
            load_solutions(path)


class TestTime:
    @pytest.mark.parametrize("text", ENDLESS)
    def test_algebra_ends_with_a_sentence(self, text):
        clear_cache()  # of what an earlier test has worked out, the shortest takes half a second
        with pytest.raises(UsageError, match=r"takes more than 0.1 s of computing.*--time-limit") as caught:
            algebra_of_formulas([text], seconds=0.1)
        assert len(str(caught.value)) < 300

    @pytest.mark.parametrize("texts", ROOTS)
    def test_roots_of_numbers(self, texts):
        """Solved, or refused with a sentence."""
        with contextlib.suppress(UsageError):
            assert algebra_of_formulas(texts, degree=1, variables=("t",)).fields

    def test_in_a_thread(self):
        said = []

        def work():
            try:
                symgen.algebra(ENDLESS[0], time_limit=0.5)
            except UsageError as error:
                said.append(str(error))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert said[0].endswith("more time with time_limit=SECONDS.")

    @pytest.mark.parametrize("options", [(), ("--conserved",)])
    def test_on_the_command_line(self, run, options):
        code, out, err = run("inspect", "--equation", ENDLESS[0], "--time-limit", "1", *options)
        assert (code, out) == (2, "")
        assert "takes more than 1 s of computing" in err

    def test_solving_for_derivatives(self, monkeypatch):
        monkeypatch.setattr(system, "SECONDS", 0.0)
        with pytest.raises(UsageError, match="for derivatives takes more than 0 s"):
            System.from_strings([f"{a}_t = ({a}*{b}^5 + {a}_x^5*{b}_xx)_xx" for a, b in ("uv", "vu")])

    def test_discovery_without_a_condition(self, monkeypatch):
        monkeypatch.setattr(problem, "CONDITION_SECONDS", 0.3)
        with pytest.raises(UsageError, match=r"condition on symmetries of .* takes more than 0.3 s"):
            discovered(ENDLESS[3])

    def test_discovery_goes_on_without_algebra(self, monkeypatch):
        usual = discovered("u_t + u*u_x - u_xx/10")
        monkeypatch.setattr(problem, "PATIENCE", 0.0)
        hasty = discovered("u_t + u*u_x - u_xx/10")
        assert hasty.exact == usual.exact > 0
        assert not any("algebra was not asked" in warning for warning in usual.warnings)
        assert sum("algebra was not asked" in warning for warning in hasty.warnings) == 1
        assert hasty.algebra is None

    def test_nothing_is_exact_without_its_checks(self, monkeypatch):
        """How fast a machine is may make a result poorer, and never other."""

        def slow(seconds):
            raise TooSlow

        usual = discovered("u_t + u*u_x - u_xx/10")
        monkeypatch.setattr(problem, "time_limit", slow)
        hasty = discovered("u_t + u*u_x - u_xx/10")
        assert usual.exact == len(usual.generators) > 0
        assert (hasty.exact, hasty.certainty.at_least) == (0, 0)
        assert len(hasty.generators) == len(usual.generators)
        assert {record.verdict for record in hasty.generators} == {"undecided"}
        assert sum("not checked on random solutions" in warning for warning in hasty.warnings) == 1


def outcome(seed: int, degree: int) -> tuple[int | None, float]:
    """How many fields algebra finds, None where it says why there are none; and their largest defect."""
    try:
        algebra = solved(random_formulas(seed), degree)
        if algebra.system.parameters or not algebra.fields:
            return len(algebra.fields), 0.0
        check = LocalSolutions(algebra.system, seed=seed + 1)
        return len(algebra.fields), max(check.defect(field) for field in algebra.fields)
    except UsageError:
        return None, 0.0


class TestRandomFormulas:
    def test_reading(self):
        """Each is solved for leading derivatives, or refused with a sentence."""
        said = []
        for seed in range(200):
            formulas = random_formulas(seed)
            try:
                System.from_strings(formulas.texts, formulas.parameters, formulas.variables)
            except UsageError as error:
                said.append(str(error))
        assert 20 < len(said) < 150
        assert max(map(len, said)) < 2500

    def test_algebra(self):
        found = [outcome(seed, 0) for seed in range(0, 40, 2)]
        assert max(defect for _, defect in found) < 1e-9
        assert sum(count is not None for count, _ in found) > len(found) / 3

    @pytest.mark.slow
    def test_more(self):
        found = [outcome(seed, 1) for seed in range(600, 640)]
        assert max(defect for _, defect in found) < 1e-9
        assert sum(bool(count) for count, _ in found) > len(found) / 3


@pytest.mark.parametrize("text", ["diff(u, x, N)", "Derivative(u(x, t), (x, N))", "du/dxN", "d^Nu/dx^N", "∂^N_x u"])
@pytest.mark.parametrize("number", [9, 2**31, 10**30])
def test_derivatives_of_any_order_are_refused_without_being_written_out(text, number):
    with pytest.raises(UsageError):
        System.from_strings(
            plain([f"u_t = {text.replace('N', str(number))}"], {}, ["x", "t"], ["u"]).texts, {}, [], ["u"]
        )
