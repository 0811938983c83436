"""Lie point symmetries of systems by algebra, against the literature (see the comments) and by other computations."""

from __future__ import annotations

import json

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from systems import SYSTEMS

from symgen.equations.local_solutions import TOLERANCE, LocalSolutions
from symgen.equations.suggestions import modes
from symgen.equations.symmetry_algebra import symmetry_algebra
from symgen.equations.system import System
from symgen.equations.trivial import characteristic, told_apart
from symgen.equations.truncation import is_linear
from symgen.exceptions import UsageError
from symgen.expressions import parse_field
from symgen.generators.closed_form import formula
from symgen.inspection.exact_brackets import exact_brackets, lie_bracket

T = sympy.Symbol("t", real=True)

pytestmark = pytest.mark.usefixtures("terminal")


def named(name: str) -> System:
    return System.from_strings(*SYSTEMS[name])


def texts(system: System, degree: int = 2, **options) -> list[str]:
    return [formula(f, system.space.names) for f in symmetry_algebra(system, degree, **options).fields]


COUNTS = [
    ("nls", 2, 5),
    ("nls 2-d", 2, 8),
    ("nls 2-d", 3, 9),  # with the projective one, the Schroedinger group
    ("lambda-omega", 2, 5),
    ("gray-scott", 2, 4),
    ("shallow water", 2, 9),
    ("burgers 2-d", 2, 8),
    ("zakharov-kuznetsov", 2, 5),
    ("heat 2-d", 3, 19),  # 9, and 10 polynomial solutions
    ("fitzhugh-nagumo", 2, 2),
    ("kepler", 2, 3),
    ("lorenz", 2, 1),
    ("maxwell", 2, 23),  # the Poincare group, two scalings, and 3, 5 and 7 solutions of degrees 0, 1 and 2
    ("boussinesq", 2, 12),
]


class TestCounts:
    @pytest.mark.parametrize(("name", "degree", "count"), COUNTS)
    def test_dimension(self, name, degree, count):
        system = named(name)
        algebra = symmetry_algebra(system, degree)
        assert len(algebra.fields) == count
        brackets = exact_brackets(algebra.fields, system.space.coordinates)
        assert is_linear(system) or not any(b.closure_error for b in brackets)

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            (
                "zakharov-kuznetsov",
                ["d/dx", "d/dy", "d/dt", "t d/dx + d/du", "x d/dx + y d/dy + 3*t d/dt - 2*u d/du"],
            ),
            ("kepler", ["d/dt", "q2 d/dq1 - q1 d/dq2", "3*t d/dt + 2*q1 d/dq1 + 2*q2 d/dq2"]),
            ("lambda-omega", ["d/dx", "d/dy", "d/dt", "y d/dx - x d/dy", "v d/du - u d/dv"]),
            (
                "nls",
                [
                    "d/dx",
                    "d/dt",
                    "psi_i d/dpsi_r - psi_r d/dpsi_i",
                    "x d/dx + 2*t d/dt - psi_r d/dpsi_r - psi_i d/dpsi_i",
                    "2*t d/dx - psi_i*x d/dpsi_r + psi_r*x d/dpsi_i",
                ],
            ),
        ],
    )
    def test_by_name(self, name, expected):
        assert texts(named(name)) == expected

    def test_projective_symmetry_of_nls(self):
        (found,) = set(texts(named("nls 2-d"), 3)) - set(texts(named("nls 2-d")))
        assert "t^2 d/dt" in found

    def test_navier_stokes(self):
        """Translations, rotation, scaling, and the parts of degree 2 of f(t) moving frames and of pressures g(t)."""
        found = texts(named("navier-stokes"))
        wanted = [
            "d/dx",
            "d/dy",
            "d/dt",
            "d/dp",
            "t d/dp",
            "t^2 d/dp",
            "t d/dx + d/du",
            "t d/dy + d/dv",
            "y d/dx - x d/dy + v d/du - u d/dv",
            "x d/dx + y d/dy + 2*t d/dt - u d/du - v d/dv - 2*p d/dp",
            "t^2 d/dx + 2*t d/du - 2*x d/dp",
            "t^2 d/dy + 2*t d/dv - 2*y d/dp",
        ]
        assert sorted(found) == sorted(wanted)

    def test_pressure_equation_is_needed(self):
        """Without it p_xx is free, and fewer fields pass: what algebra then finds is a lower bound."""
        system = named("navier-stokes")
        whole = len(symmetry_algebra(system).fields)
        (lead,) = system.derived
        del system.rules[lead]
        system._known.clear()
        assert len(symmetry_algebra(system).fields) <= whole

    def test_maxwell(self):
        """In 2 + 1 dimensions: the Poincare group, dilation, duality is lost, scaling of the fields, and solutions."""
        system = named("maxwell")
        algebra = symmetry_algebra(system, 1)
        found = [formula(f, system.space.names) for f in algebra.fields]
        for text in ("d/dx", "d/dy", "d/dt", "x d/dx + y d/dy + t d/dt", "Ex d/dEx + Ey d/dEy + B d/dB"):
            assert text in found
        assert any("t d/dx + x d/dt" in text for text in found)
        assert "infinitely many symmetries" in algebra.notes[0]

    def test_boussinesq(self):
        found = texts(named("boussinesq"))
        for text in ("d/dx", "d/dy", "d/dt", "d/dp", "t d/dx + d/du", "d/dtheta + y d/dp"):
            assert text in found

    def test_wave_2d_is_conformal(self):
        """so(3, 2) has ten; beside them u d/du and nine solutions up to degree 2 (Olver, example 2.43)."""
        assert len(symmetry_algebra(named("wave 2-d")).fields) == 10 + 1 + 9

    def test_zakharov(self):
        assert texts(named("zakharov")) == ["d/dx", "d/dt", "E_i d/dE_r - E_r d/dE_i"] + [
            t for t in texts(named("zakharov")) if "dn" in t
        ]


class TestChecks:
    @pytest.mark.parametrize("name", ["nls 2-d", "shallow water", "navier-stokes", "kepler", "maxwell"])
    def test_fields_pass_and_others_do_not(self, name):
        """On random solutions, in another way than the determining equations."""
        system = named(name)
        solutions = LocalSolutions(system, seed=5)
        coordinates = system.space.coordinates
        for field in symmetry_algebra(system).fields:
            assert solutions.defect(field) < 1e-12
            for place in range(len(coordinates)):
                wrong = list(field)
                wrong[place] += coordinates[-1] * coordinates[0] / 1000
                assert solutions.defect(wrong) > 1e-7

    def test_brackets_of_symmetries_are_symmetries(self):
        system = named("shallow water")
        fields = symmetry_algebra(system).fields
        solutions = LocalSolutions(system)
        for left in fields[::2]:
            assert solutions.defect(lie_bracket(left, fields[-1], system.space.coordinates)) < TOLERANCE

    def test_what_fails_the_check_is_left_out(self, monkeypatch):
        monkeypatch.setattr(LocalSolutions, "defect", lambda self, field: float(field[0] == 1))
        algebra = symmetry_algebra(named("burgers 2-d"))
        assert len(algebra.fields) == 7
        assert algebra.notes == ("1 candidate field left out: the check that they are symmetries failed.",)

    @given(st.permutations(range(3)), st.permutations(["u", "v"]))
    @settings(max_examples=6, deadline=None)
    def test_names_and_order_do_not_matter(self, order, unknowns):
        """Shallow water with its equations in any order and its velocities by other names."""
        a, b = unknowns
        equations = [
            f"h_t + (h*{a})_x + (h*{b})_y = 0",
            f"{a}_t + {a}*{a}_x + {b}*{a}_y + h_x",
            f"{b}_t + {a}*{b}_x + {b}*{b}_y + h_y",
        ]
        assert len(symmetry_algebra(System.from_strings([equations[k] for k in order])).fields) == 9

    @given(st.fractions(min_value=-2, max_value=2, max_denominator=4).filter(bool))
    @settings(max_examples=5, deadline=None)
    def test_scaled_unknown(self, factor):
        """u = factor w: as many symmetries."""
        system = System.from_strings(["u_t = u_xx + c*u*v_x", "v_t = v_xx + v*v_x"], {"c": str(factor)})
        assert len(symmetry_algebra(system).fields) == len(symmetry_algebra(System.from_strings(
            ["w_t = w_xx + c*w*v_x", "v_t = v_xx + v*v_x"], {"c": str(factor)})).fields)  # fmt: skip


class TestOrdinaryEquations:
    def test_free_particle(self):
        """q_tt = 0 has sl(3), eight fields of degree 2 (Lie)."""
        assert len(symmetry_algebra(System.from_strings(["q_tt = 0*q"])).fields) == 8

    def test_oscillator_has_eight_too(self):
        system = System.from_strings(["q_tt = -q"])
        functions = parse_field(["sin(t)", "cos(t)", "sin(2*t)", "cos(2*t)"], ("t", "q"))
        assert len(symmetry_algebra(system, 3, functions).fields) == 8

    def test_kepler_first_order(self):
        """Translation in time, rotation and scaling; the flow beside them is trivial."""
        system = named("kepler, first order")
        algebra = symmetry_algebra(system, 1)
        assert [formula(f, system.space.names) for f in algebra.fields] == [
            "d/dt",
            "q2 d/dq1 - q1 d/dq2 + p2 d/dp1 - p1 d/dp2",
            "3*t d/dt + 2*q1 d/dq1 + 2*q2 d/dq2 - p1 d/dp1 - p2 d/dp2",
        ]
        (flow,) = algebra.trivial
        assert all(sympy.simplify(part) == 0 for part in characteristic(system, flow))
        assert sympy.simplify(flow[1] / flow[0] - system.space.coordinates[3]) == 0
        assert any("infinitely many" in note for note in algebra.notes)

    def test_trivial_combinations_are_told_apart(self):
        """Of q' = p, p' = -q: d/dt is none, but d/dt + p d/dq - q d/dp is."""
        system = System.from_strings(["q_t = p", "p_t = -q"])
        t, q, p = system.space.coordinates
        one, zero = sympy.S.One, sympy.S.Zero
        shift, turn = (one, zero, zero), (zero, p, -q)
        others, trivial = told_apart(system, [shift, turn, (zero, q, p)])
        assert others == (shift, (zero, q, p))
        assert trivial == ((one, p, -q),)
        assert told_apart(system, [(t, t * p, -t * q)]) == ((), ((t, t * p, -t * q),))

    def test_transport(self):
        """u_t + u u_x = 0: along characteristics solutions move along themselves."""
        system = System.from_strings(["u_t + u*u_x = 0"])
        trivial = {formula(f, system.space.names) for f in symmetry_algebra(system, 1).trivial}
        assert "u d/dx + d/dt" in trivial


class TestModes:
    """Functions of t from the linear parts of equations."""

    def test_rotating_shallow_water(self):
        """Nine, as without rotation (Chesnokov, J. Appl. Mech. Tech. Phys. 49 (2008) 737)."""
        continuity = "h_t + (h*u)_x + (h*v)_y"
        momenta = ["u_t + u*u_x + v*u_y - 3*v + h_x", "v_t + u*v_x + v*v_y + 3*u + h_y"]
        algebra = symmetry_algebra(System.from_strings([continuity, *momenta]))
        assert len(algebra.fields) == 9
        assert set(algebra.functions) == {sympy.cos(3 * T), sympy.sin(3 * T)}

    @pytest.mark.parametrize(
        ("formulas", "functions"),
        [
            (["u_t = u_xx + u"], {sympy.exp(T)}),
            (["u_tt + u_t/2 = u_xx"], {sympy.exp(-T / 2)}),
            (["x_t = -x + y", "y_t = -x - y"], {sympy.exp(-T) * sympy.cos(T), sympy.exp(-T) * sympy.sin(T)}),
            (["u_t = 2*v", "v_t = u"], {sympy.exp(sympy.sqrt(2) * T), sympy.exp(-sympy.sqrt(2) * T)}),
            (["u_t = u*u_x"], set()),
            (["u_t = t*u_xx + t*u"], set()),
        ],
    )
    def test_of_linear_parts(self, formulas, functions):
        assert set(modes(System.from_strings(formulas))) == functions


class TestAnsatz:
    def test_functions(self):
        """Of the equation, and of the user."""
        assert "exp(t) d/du" in texts(System.from_strings(["u_t = u_xx + u_yy + u + exp(t)*v", "v_t = v_xx"]), 1)
        system = System.from_strings(["u_t = u_xx + u_yy + u"])
        found = texts(system, 1, functions=parse_field(["exp(t)"], system.space.names))
        assert "exp(t) d/du" in found

    def test_constants(self):
        for value in ("pi", "sqrt(2)", "1/3"):
            system = System.from_strings(
                ["u_t + u*u_x + v*u_y = c*lap(u)", "v_t + u*v_x + v*v_y = c*lap(v)"], {"c": value}
            )
            assert len(symmetry_algebra(system).fields) == 8

    def test_constant_functions_are_refused(self):
        with pytest.raises(UsageError, match="is constant"):
            symmetry_algebra(named("nls"), functions=[sympy.Integer(2)])

    def test_lower_bound_is_said(self):
        algebra = symmetry_algebra(System.from_strings(["u_t = w", "u_x = v", "w_x = z_x^2", "v_t = z"]), 1)
        assert any("lower bound" in note for note in algebra.notes)


class TestCommandLine:
    def test_system(self, run):
        arguments = [part for text in SYSTEMS["burgers 2-d"][0] for part in ("--equation", text)]
        code, out, err = run("inspect", *arguments, "--param", "nu=0.1")
        assert (code, err) == (0, "")
        assert "8 symmetries in the ansatz" in out
        assert "t*x d/dx + t*y d/dy + t^2 d/dt - (t*u - x) d/du - (t*v - y) d/dv" in " ".join(out.split())
        assert "solved for" in out
        assert "polynomials in x, y, t, u, v up to degree 2" in out

    def test_json(self, run):
        arguments = [part for text in SYSTEMS["navier-stokes"][0] for part in ("--equation", text)]
        code, out, _ = run("inspect", *arguments, "--param", "nu=0.1", "--degree", "1", "--json")
        document = json.loads(out)
        assert code == 0
        assert document["coordinates"] == ["x", "y", "t", "u", "v", "p"]
        assert document["leading"] == "u_t, v_t, u_x"
        assert document["consequences"] == ["p_xx = -p_yy - 2*u_y*v_x - 2*v_y**2"]
        assert document["generators"][0] == {"formula": ["1", "0", "0", "0", "0", "0"], "text": "d/dx"}
        assert len(document["equations"]) == 3
        assert document["trivial"] == []

    def test_complex(self, run):
        code, out, _ = run("inspect", "--equation", "psi_t = I*lap(psi)/2 - I*abs(psi)^2*psi", "--variables", "x, y, t")
        assert code == 0
        assert "8 symmetries" in out
        assert "psi = psi_r + I*psi_i" in out

    def test_ordinary_equations(self, run):
        code, out, err = run("inspect", "--equation", "q_t = p", "--equation", "p_t = -q", "--degree", "1")
        assert code == 0
        assert "Trivial ones beside them" in out
        assert "First-order ordinary equations" in " ".join(err.split()) or "linear" in err

    def test_settings_from_a_file(self, run, tmp_path):
        (tmp_path / "a.toml").write_text('[inspect]\nequation = "u_t = u_xx"\ndegree = 1\n')
        (tmp_path / "b.toml").write_text('[inspect]\nequation = ["u_t = v_x", "v_t = -u_x"]\ndegree = 1\n')
        for name, said in (("a", "x, t, u"), ("b", "x, t, u, v")):
            code, out, _ = run("inspect", "--config", str(tmp_path / f"{name}.toml"))
            assert code == 0
            assert f"polynomials in {said} up to degree 1" in out

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["u_t = v_x"], "underdetermined"),
            (["u_t = v_x", "u_t = v_xx"], "Two equations are solved for u_t"),
            (["u_t = v_x", "v_t = nu*u_x"], "--param nu=VALUE"),
            (["u_t = lap(u)"], "--variables x,y,t"),
        ],
    )
    def test_refused(self, run, arguments, said):
        code, out, err = run("inspect", *(part for text in arguments for part in ("--equation", text)))
        assert (code, out) == (2, "")
        assert said in " ".join(err.split())
