from __future__ import annotations

import json
import math

import pytest
import sympy

from symgen.exceptions import UsageError
from symgen.pde.divergence import divergence_form
from symgen.pde.equation import Equation
from symgen.pde.grammar import U, jet_symbol
from symgen.pde.parameters import exact_value, float_value, read_value, require_used
from symgen.pde.trajectories import Trajectories, TrajectoryInfo, load_trajectories

pytestmark = pytest.mark.usefixtures("terminal")


class TestValues:
    @pytest.mark.parametrize(
        ("text", "value", "number"),
        [
            ("0.02", 0.02, 0.02),
            ("-3", -3.0, -3),
            ("1e-3", 1e-3, 1e-3),
            (" 1/4 ", 0.25, 0.25),
            ("1/3", "1/3", 1 / 3),
            ("0.01/pi", "0.01/pi", 0.01 / math.pi),
            ("exp(-2)", "exp(-2)", math.exp(-2)),
            ("3**(1/3)", "3**(1/3)", 3 ** (1 / 3)),
            ("0.10000000000000000001", "0.10000000000000000001", 0.1),
        ],
    )
    def test_floats_where_nothing_is_lost(self, text, value, number):
        assert read_value(text) == value
        assert float_value(value) == pytest.approx(number, rel=1e-15)
        assert float(exact_value(value)) == pytest.approx(number, rel=1e-15)

    def test_exact(self):
        assert exact_value("0.01/pi") == 1 / (100 * sympy.pi)
        assert exact_value(0.1) == sympy.Rational(1, 10)

    @pytest.mark.parametrize(
        "text", ["x", "nu", "1=2", "", "1/0", "sqrt(-1)", "1e-400", "1e400", "nan", "inf", "log(0)", "exp(1000)"]
    )
    def test_refused(self, text):
        with pytest.raises(UsageError):
            read_value(text)

    def test_unused(self):
        require_used("u_t = nu2*u_xx + 1e5*u", ["nu2"])
        for name in ("nu", "e5", "xx"):
            with pytest.raises(UsageError, match=f"has no parameter '{name}': leave out --param {name}"):
                require_used("u_t = nu2*u_xx + 1e5*u", [name])


class TestEquations:
    def test_exact_in_equations(self):
        assert Equation.from_string("u_t - nu*u_xx", {"nu": "1/3"}).right_hand_side == jet_symbol((2, 0)) / 3
        assert Equation.from_string("u_t - (u**m)_x", {"m": "-4/3"}).expression.has(U ** sympy.Rational(-7, 3))
        assert Equation.from_string("u_t - (u**m)_x", {"m": 2.0}).right_hand_side == 2 * U * jet_symbol((1, 0))

    @pytest.mark.parametrize("value", [100.0, "pi", "sqrt(2)"])
    def test_no_power(self, value):
        with pytest.raises(UsageError, match="has a power that is no rational number between -20 and 20"):
            Equation.from_string("u_t - (u**m)_x", {"m": value})

    @pytest.mark.parametrize("name", ["lambda", "is", "in", "as", "if", "for", "None"])
    def test_words_of_python(self, name):
        equation = Equation.from_string(f"u_t = {name}*u_xx", {name: 2.0})
        assert equation.right_hand_side == 2 * jet_symbol((2, 0))
        with pytest.raises(UsageError, match=f"unknown name '{name}'.*--param {name}=VALUE"):
            Equation.from_string(f"u_t = {name}*u_xx")

    @pytest.mark.parametrize(
        ("text", "parameters", "expected"),
        [
            (
                "u_t + u*u_x - nu*u_xx",
                {"nu": "0.01/pi"},
                {(1, 0, 1): 1, (2, 1, 0): 0.5, (1, 2, 0): -0.01 / math.pi},
            ),
            (
                "u_t = pi*u*u_x + (2*pi/3 + 1)*(u**2)_xx",
                {},
                {(1, 0, 1): 1, (2, 1, 0): -math.pi / 2, (2, 2, 0): -1 - 2 * math.pi / 3},
            ),
            ("u_t = exp(2)*u_xx + sin(1)*u", {}, {(1, 0, 1): 1, (1, 2, 0): -math.exp(2), (1, 0, 0): -math.sin(1)}),
            ("u_t = pi*u*u_xx", {}, None),
            ("u_t = pi*u*u_xx + pi*u_x**2", {}, {(1, 0, 1): 1, (2, 2, 0): -math.pi / 2}),
            ("u_t = pi*u*u_xx + 3.14*u_x**2", {}, None),
        ],
    )
    def test_constants_in_weak_form(self, text, parameters, expected):
        found = divergence_form(Equation.from_string(text, parameters))
        assert found == (None if expected is None else pytest.approx(expected))


class TestFiles:
    def test_information(self):
        """Files with numbers are read as ever; constants are kept as they were written, and nothing else is taken."""
        assert TrajectoryInfo.model_validate_json('{"length": 1, "parameters": {"nu": 0.1}}').parameters == {"nu": 0.1}
        info = TrajectoryInfo(length=1, parameters={"nu": "0.01/pi", "c": 2})
        again = TrajectoryInfo.model_validate_json(info.model_dump_json())
        assert again.parameters == {"nu": "0.01/pi", "c": 2.0}
        with pytest.raises(ValueError, match="unknown name 'x'"):
            TrajectoryInfo(length=1, parameters={"nu": "x"})

    def test_simulation(self, run):
        arguments = ["-n", "1", "--nx", "128", "--nt", "140", "--param", "nu=0.2/pi"]
        assert run("simulate", "heat", *arguments, "-o", "mine.h5")[0] == 0
        assert load_trajectories("mine.h5").info.parameters == {"nu": "0.2/pi"}
        code, out, _ = run("inspect", "mine.h5")
        assert (code, "nu = 0.2/pi" in out) == (0, True)
        document = json.loads(run("inspect", "mine.h5", "--json")[1])
        assert document["parameters"] == {"nu": "0.2/pi"}
        assert max(document["residual"]["relative"], document["residual"]["weak"]) < 1e-6

    def test_discovery(self, run, waves):
        waves(1).save("mine.h5")
        arguments = [
            "--equation",
            "u_t + c*u*u_x/pi + u_xxx",
            "--param",
            "c=pi",
            "--n-points",
            "1024",
            "--t-degree",
            "4",
        ]
        code, out, _ = run("discover", "--data", "mine.h5", *arguments, "--no-figures", "-o", "mine.safetensors")
        assert (code, "4 symmetries found" in out, "c = pi" in out) == (0, True, True)
        code, out, _ = run("inspect", "mine.safetensors", "--against", "lps")
        assert (code, "c = pi" in out, "Galilean boost" in out or "t d/dx + d/du" in out) == (0, True, True)

    def test_data_without_an_equation(self, run, waves):
        data = waves(1)
        Trajectories.from_arrays(data.u, data.x, data.t, TrajectoryInfo(length=data.info.length)).save("mine.h5")
        code, out, err = run("inspect", "mine.h5", "--param", "nu=1")
        assert (code, out) == (2, "")
        assert "does not say which equation it solves" in " ".join(err.split())

    def test_in_a_table_of_settings(self, run):
        with open("settings.toml", "w") as file:
            file.write('equation = "u_t + u*u_x = nu*u_xx"\n[param]\nnu = "0.01/pi"\n')
        code, out, _ = run("inspect", "--config", "settings.toml", "--json")
        assert (code, json.loads(out)["equation"]) == (0, "u*u_x + u_t - u_xx/(100*pi)")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--param", "foo=1"], "has no parameter 'foo'"),
            (["--equation", "u_t = u_xx", "--param", "nu=1"], "has no parameter 'nu'"),
            (["--equation", "u_t = nu*u_xx", "--param", "nu=1", "--param", "nu=1"], "nu is given twice"),
        ],
    )
    def test_unused_and_repeated(self, run, waves, arguments, said):
        waves(1).save("kdv.h5")
        known = [] if "--equation" in arguments else ["--equation", "u_t + u*u_x + u_xxx"]
        code, out, err = run("discover", "--data", "kdv.h5", *known, *arguments)
        assert (code, out) == (2, "")
        assert said in " ".join(err.split())
