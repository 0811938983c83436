"""Jet spaces, and systems of equations in any number of variables: how they are read, solved and completed."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from systems import NAVIER_STOKES, SYSTEMS

from symgen.equations.local_solutions import LocalSolutions
from symgen.equations.prolongation import determining_forms
from symgen.equations.system import System
from symgen.exceptions import UsageError
from symgen.jets.space import Jet, JetSpace
from symgen.pde.equation import Equation

SPACE = JetSpace(("x", "y", "t"), ("u", "q1"))


def named(name: str) -> System:
    return System.from_strings(*SYSTEMS[name])


def sides(system: System) -> dict[str, str]:
    return {str(system.space.symbol(lead)): str(system.reduce(lead)) for lead in system.rules}


class TestJetSpace:
    def test_names(self):
        assert SPACE.names == ("x", "y", "t", "u", "q1")
        assert str(SPACE.symbol(Jet("q1", (2, 1, 0)))) == "q1_xxy"
        assert {SPACE.jet("q1_" + "".join(p)) for p in permutations("xyx")} == {Jet("q1", (2, 1, 0))}
        assert SPACE.jet("u") == Jet("u", (0, 0, 0))
        assert [SPACE.jet(name) for name in ("x", "u_z", "v_x", "u_", "_x", "q1x")] == [None] * 6

    @given(st.sampled_from(SPACE.dependent), st.tuples(*(st.integers(0, 4),) * 3))
    def test_symbols_and_back(self, unknown, orders):
        assert SPACE.jet(SPACE.symbol(Jet(unknown, orders)).name) == Jet(unknown, orders)

    def test_total_derivative(self):
        x, _, _, _, q = SPACE.coordinates
        u_y, u_xy, q_x, q_y = (SPACE.symbol(SPACE.jet(name)) for name in ("u_y", "u_xy", "q1_x", "q1_y"))
        assert SPACE.total_derivative(x * q * u_y, 0) == sympy.expand(q * u_y + x * q_x * u_y + x * q * u_xy)
        assert SPACE.total_derivative(sympy.sin(q), 1) == q_y * sympy.cos(q)

    @pytest.mark.parametrize(
        ("independent", "dependent"), [(("x", "x"), ("u",)), (("x", "t"), ("t",)), (("xi",), ("u",))]
    )
    def test_refused(self, independent, dependent):
        with pytest.raises(ValueError, match=r"same name|one letter"):
            JetSpace(independent, dependent)


class TestReading:
    @pytest.mark.parametrize(
        ("name", "coordinates"),
        [
            ("shallow water", "x y t h u v"),
            ("navier-stokes", "x y t u v p"),
            ("maxwell", "x y t Ex Ey B"),
            ("kepler, first order", "t q1 q2 p1 p2"),
            ("lorenz", "t x y z"),
            ("nls 2-d", "x y t psi_r psi_i"),
            ("zakharov", "x t E_r E_i n"),
            ("fitzhugh-nagumo", "x t u w"),
        ],
    )
    def test_names(self, name, coordinates):
        """Unknowns are names with derivatives, by the equations that begin with them; a parameter may be called I."""
        assert named(name).space.names == tuple(coordinates.split())

    def test_letters_in_any_order(self):
        one, other = (System.from_strings([f"v_t = v_{index} + (v*v_x)_yx"]) for index in ("xxy", "yxx"))
        assert one.expressions == other.expressions

    def test_laplacian(self):
        assert sides(System.from_strings(["u_t = lap(u*u)/2 + u_x*u_y"])) == {
            "u_t": "u*u_xx + u*u_yy + u_x**2 + u_x*u_y + u_y**2"
        }
        assert sides(System.from_strings(["u_t = lap(u)"], independent=("x", "y", "t"))) == {"u_t": "u_xx + u_yy"}
        assert sides(System.from_strings(["p_t = lap(p) + z*p"])) == {"p_t": "p*z + p_zz"}

    def test_complex_unknowns(self):
        system = System.from_strings(["A_t = A + (1 + I*c)*A_xx - abs(A)^2*A"], {"c": 2.0})
        assert system.complex_unknowns == {"A": ("A_r", "A_i")}
        assert sides(system) == {
            "A_r_t": "-A_i**2*A_r - 2*A_i_xx - A_r**3 + A_r + A_r_xx",
            "A_i_t": "-A_i**3 - A_i*A_r**2 + A_i + A_i_xx + 2*A_r_xx",
        }

    def test_functions_of_complex_unknowns(self):
        """Against the arithmetic of complex numbers."""
        text = "w_t = conj(w)^2*w + re(w)*w_x - im(w*w_x) + 3*abs(w)^2 + I*w/abs(w) + exp(I*w)"
        system = System.from_strings([text])
        r, i, r_x, i_x = (system.space.symbol(system.space.jet(n)) for n in ("w_r", "w_i", "w_r_x", "w_i_x"))
        right = [system.reduce(system.space.jet(name)) for name in ("w_r_t", "w_i_t")]
        for w, w_x in [(1 + 2j, 0.5 - 1j), (-0.3 + 0.1j, 2 + 1j)]:
            values = {r: w.real, i: w.imag, r_x: w_x.real, i_x: w_x.imag}
            found = complex(*(float(side.subs(values)) for side in right))
            true = w.conjugate() ** 2 * w + w.real * w_x - (w * w_x).imag + 3 * abs(w) ** 2 + 1j * w / abs(w)
            assert found == pytest.approx(true + np.exp(1j * w), rel=1e-12)

    def test_real_beside_complex(self):
        assert System.from_strings(["I*E_t + E_xx = n*E", "n_t = m_x", "m_t = n_x + (abs(E)^2)_x"]).space.dependent == (
            "E_r",
            "E_i",
            "n",
            "m",
        )

    def test_parameters_first(self):
        """D_x may be a parameter, and so may I."""
        system = System.from_strings(["u_t = D_x*u_xx + I*u"], {"D_x": "1/3", "I": 2.0})
        assert sides(system) == {"u_t": "2*u + u_xx/3"}

    @pytest.mark.parametrize(
        ("texts", "options", "said"),
        [
            (
                ["u_t = v_x", "v_t = u_x"],
                {"unknowns": ["u", "w"]},
                "have v_t, but the unknowns are u and w: there is no v",
            ),
            (["u_t = u_x", "u_t = v_x"], {}, "Two equations are solved for u_t. Give one for each unknown"),
            (["u_xy = u_t", "u_yx = v_t"], {}, "Two equations are solved for u_xy"),
            (["u_t = v_x"], {}, r"2 unknowns \(u, v\) need as many equations, and there is 1: .* underdetermined"),
            (["u_t = v_x", "2*u_t = 2*v_x"], {}, "1 of the equations follows from the others"),
            (["u_t = v_x", "v_t = u_x"], {"parameters": {"v": 1.0}}, "'v' is a parameter and an unknown"),
            (
                ["u_t = v_x", "v_t = u"],
                {"unknowns": ["u", "v"], "parameters": {"u": 1.0}},
                "'u' is a parameter and an unk",
            ),
            (["psi_t = I*lap(psi)"], {}, "nothing says in which variables: give them, as in --variables x,y,t"),
            (
                ["u_t = a*u_xx"],
                {},
                "unknown name 'a'.*--param a=VALUE; an unknown has a derivative somewhere, such as a_t",
            ),
            (["u_t = u_xx", "u_xx = u_t + 1"], {}, "contradict one another: -1 = 0 follows"),
            (["u_t = v", "v_x = u_x", "v_t = v_x"], {"unknowns": ["u", "v", "p"]}, "No equation has the unknown p"),
            (["x_t = y", "y_t = -x_y"], {}, "'y' is a variable in which derivatives are taken"),
            (
                ["u_t = u_xx + u_y"],
                {"independent": ["x", "t"]},
                "have y, which is neither an unknown",
            ),
            (
                ["u_t = u_xx"],
                {"independent": ["x", "s"]},
                "'s' cannot be an independent variable: these are x, y, z and t",
            ),
            (["u + v = 1", "v_t = u"], {"unknowns": ["u", "v"]}, "has no derivative. Eliminate one of the unknowns"),
            (["u_t = w", "u_x = v", "w_x = z", "v_t = 2*z + z_x - z_x + 1"], {}, "without a derivative"),
            (["u_x_t = u_tt"], {}, "'u_x_t' has two indices: write it as u_xt"),
            (["psi_t = I*psi_xx", "psi_r_t = psi_r_xx"], {}, "'psi_r' is an unknown, and part of the complex psi"),
            (["u + v = 1"], {"unknowns": ["u", "v"]}, "no derivative such as u_t"),
            (["sin_t = sin_x"], {}, "'sin' has a meaning in formulas"),
            (["u_t**2 + u_x**2 + u_y**2 = u"], {}, "not linear in u_t or u_x or u_y, so it cannot be solved"),
            (["u + 1"], {}, "no derivative such as u_t"),
            (["u_t = abs(u)"], {}, "not smooth"),
            (["u_xxxxxyyyy = u_t"], {}, "order 9; at most 8"),
            (["u_t = (u^2)_xz"], {"independent": ["x", "t"]}, "have z, which is neither"),
            (["u_t = nu*u_xx"], {"parameters": {"nu": float("nan")}}, "parameter nu is nan"),
            (["u_t = u_xx"], {"parameters": {"lap": 1.0}}, "'lap' cannot be the name of a parameter"),
            (["u_t = u_xx +"], {}, "is not a formula"),
            (["u_t = __import__('os')"], {}, "unknown|calls"),
        ],
    )
    def test_refused(self, texts, options, said):
        """In one sentence that says what would work."""
        with pytest.raises(UsageError, match=f"(?s){said}"):
            System.from_strings(texts, **options)

    @given(st.text(alphabet="xytuv_*()+-=12I ", max_size=30), st.text(alphabet="xytuv_*()+-=12 ", max_size=30))
    @settings(max_examples=150, deadline=None)
    def test_any_text_is_read_or_refused(self, one, other):
        try:
            system = System.from_strings([one, other])
        except UsageError:
            return
        assert len(system.rules) >= len(system.space.dependent)


class TestSystem:
    def test_one_equation_is_a_system_of_one(self):
        equation = Equation.from_string("u_t + u*u_x - u_xx")
        system = System.from_strings(["u_t + u*u_x - u_xx"])
        assert system.space == equation.system.space
        assert sides(system) == sides(equation.system)
        assert system.reduce(Jet("u", (1, 2))) == equation.reduce((1, 2))

    def test_what_is_derived(self):
        water = named("shallow water")
        assert (water.order, water.is_evolution, water.derived, water.gaps) == (1, True, (), ())
        assert not named("navier-stokes").is_evolution
        assert not named("wave 2-d").is_evolution

    def test_consequences_of_leading_derivatives(self):
        wave = System.from_strings(["u_t = v_x", "v_t = u_x"])
        assert wave.reduce(Jet("u", (0, 3))) == wave.space.symbol(Jet("v", (3, 0)))
        assert wave.reduce(Jet("v", (2, 0))) == wave.space.symbol(Jet("v", (2, 0)))

    def test_equations_that_must_be_combined(self):
        system = System.from_strings(["u_t + v_t = u_x", "u_t - v_t = v_x"])
        assert sides(system) == {"u_t": "u_x/2 + v_x/2", "v_t": "u_x/2 - v_x/2"}

    def test_pressure_equation(self):
        """lap p = -(u_x^2 + 2 u_y v_x + v_y^2), with u_x = -v_y."""
        system = System.from_strings(NAVIER_STOKES, {"nu": 0.1})
        assert [str(system.space.symbol(lead)) for lead in system.derived] == ["p_xx"]
        assert sides(system)["p_xx"] == "-p_yy - 2*u_y*v_x - 2*v_y**2"
        assert system.gaps == ()

    def test_nothing_hidden_in_maxwell(self):
        assert named("maxwell").derived == ()

    def test_hidden_constraint(self):
        """u_x = v and u_t = w need v_t = w_x."""
        system = System.from_strings(["u_x = v", "u_t = w", "v_x + w_t = u"])
        assert system.derived
        v_t, w_x = (system.reduce(system.space.jet(name)) for name in ("v_t", "w_x"))
        assert sympy.expand(v_t - w_x) == 0

    def test_not_worked_out(self):
        """Where a consequence cannot be solved for its leading derivative, that is said."""
        system = System.from_strings(["u_t = w", "u_x = v", "w_x = z_x^2", "v_t = z"])
        assert system.gaps

    @pytest.mark.parametrize("name", SYSTEMS)
    def test_solutions_are_solutions(self, name):
        """Random series solve the equations, and their first derivatives: no consequence is missed."""
        solutions = LocalSolutions(named(name), points=4)
        residuals = solutions.residuals()
        size = max(np.abs(values).max() for values in solutions._series.unknowns.values())
        first = [(slice(None),) * 2 + orders for orders in np.ndindex(residuals.shape[2:]) if sum(orders) <= 1]
        assert all(np.abs(residuals[place]).max() < 1e-10 * max(size, 1) ** 4 for place in first)


class TestDeterminingForms:
    def test_continuity_by_hand(self):
        """Of u_x + v_y = 0: phi^u_x + phi^v_y, with D_x xi and D_y xi taken off."""
        system = System.from_strings(NAVIER_STOKES, {"nu": 0.1})
        u_y, v_x, v_y = (system.space.symbol(system.space.jet(name)) for name in ("u_y", "v_x", "v_y"))
        form = determining_forms(system)[2]
        along_x, along_y = (1, 0, 0), (0, 1, 0)
        assert form[3, along_x] == form[4, along_y] == 1
        assert form[0, along_x] == v_y  # -u_x
        assert form[1, along_x] == -u_y
        assert form[0, along_y] == -v_x
        assert form[1, along_y] == -v_y
        assert {(c, orders) for c, orders in form} == {
            (3, along_x), (4, along_y), *((c, orders) for c in range(3) for orders in (along_x, along_y))
        }  # fmt: skip
