"""Lagrangians and Noether's correspondence, against sympy's Euler equations and the literature (Olver, section 5.3)."""

from __future__ import annotations

import pytest
import sympy
from sympy.calculus.euler import euler_equations

from symgen.equations.conservation.first_integrals import search_first_integrals
from symgen.equations.conservation.lagrangian import lagrangian
from symgen.equations.conservation.law import ConservationLaw
from symgen.equations.conservation.noether import is_variational, with_symmetries
from symgen.equations.grammar import Notation
from symgen.equations.symmetry_algebra import symmetry_algebra
from symgen.equations.system import System

WITH: dict[str, tuple[tuple[str, ...], str]] = {
    "wave": (("u_tt = u_xx + u_yy",), "(u_t^2 - u_x^2 - u_y^2)/2"),
    "klein-gordon": (("u_tt = u_xx - u - u^3",), "(u_t^2 - u_x^2 - u^2)/2 - u^4/4"),
    "sine-gordon": (("u_tt = u_xx - sin(u)",), "(u_t^2 - u_x^2)/2 + cos(u)"),
    "sine-gordon, light cone": (("u_xt = sin(u)",), "u_x*u_t/2 - cos(u)"),
    "liouville": (("u_xt = exp(u)",), "u_x*u_t/2 + exp(u)"),
    "laplace": (("u_xx + u_yy = 0",), "-(u_x^2 + u_y^2)/2"),
    "beam": (("u_tt = -u_xxxx",), "(u_t^2 - u_xx^2)/2"),
    "potential kdv": (("v_xt + 6*v_x*v_xx + v_xxxx = 0",), "v_x*v_t/2 + v_x^3 - v_xx^2/2"),
    "variable speed": (("u_tt = (x^2*u_x)_x",), "(u_t^2 - x^2*u_x^2)/2"),
    "quasilinear": (("u_tt = u^2*u_xx + u*u_x^2",), "(u_t^2 - u^2*u_x^2)/2"),
    "speed of sines": (("u_tt = cos(u)*(cos(u)*u_x)_x",), "(u_t^2 - cos(u)^2*u_x^2)/2"),
    "nonlinear string": (("u_tt = (sin(u_x))_x",), "u_t^2/2 + cos(u_x)"),
    "logarithm": (("u_tt = u_xx - 1/u",), "(u_t^2 - u_x^2)/2 - log(u)"),
    "coupled": (("u_tt = u_xx - u*v", "v_tt = v_xx - u^2/2"), "(u_t^2 + v_t^2 - u_x^2 - v_x^2 - u^2*v)/2"),
    "unequal": (("u_tt = u_xx - v", "v_tt = v_xx - 3*u"), "(3*u_t^2 + v_t^2 - 3*u_x^2 - v_x^2)/2 - 3*u*v"),
    "nls": (
        ("I*psi_t + psi_xx + abs(psi)^2*psi = 0",),
        "(psi_i*psi_r_t - psi_r*psi_i_t - psi_r_x^2 - psi_i_x^2)/2 + (psi_r^2 + psi_i^2)^2/4",
    ),
    "nls, solved for psi_t": (
        ("psi_t = I*(psi_xx + psi_yy) + I*abs(psi)^2*psi",),
        "(psi_i*psi_r_t - psi_r*psi_i_t - psi_r_x^2 - psi_i_x^2 - psi_r_y^2 - psi_i_y^2)/2 + (psi_r^2 + psi_i^2)^2/4",
    ),
    "saturable nls": (
        ("I*psi_t + psi_xx + psi/(1 + abs(psi)^2) = 0",),
        "(psi_i*psi_r_t - psi_r*psi_i_t - psi_r_x^2 - psi_i_x^2 + log(1 + psi_r^2 + psi_i^2))/2",
    ),
    "kepler": (
        ("q1_tt = -q1/(q1^2 + q2^2)^(3/2)", "q2_tt = -q2/(q1^2 + q2^2)^(3/2)"),
        "(q1_t^2 + q2_t^2)/2 + (q1^2 + q2^2)^(-1/2)",
    ),
    "hamiltonian": (("q_t = p", "p_t = -sin(q)"), "(p*q_t - q*p_t - p^2)/2 + cos(q)"),
    "magnetic field": (("a_tt = b_t", "b_tt = -a_t"), "(a_t^2 + b_t^2 + a*b_t - b*a_t)/2"),
    "driven": (("q_tt = -sin(q) + cos(2*t)",), "q_t^2/2 + cos(q) + q*cos(2*t)"),
    "in x": (("u_xx = -sin(u)",), "u_x^2/2 + cos(u)"),
    "masses of both signs": (("a_tt = -b", "b_tt = a"), "(a_t^2 - b_t^2)/2 - a*b"),
    "two bodies": (("a_tt = -2/(a - b)^2", "b_tt = 1/(a - b)^2"), "a_t^2/2 + b_t^2 + 2/(a - b)"),
}
"""With a Lagrangian, which is given up to a constant."""
WITHOUT = {
    "kdv": ("u_t + 6*u*u_x + u_xxx = 0",),
    "potential kdv, integrated": ("v_t + 3*v_x^2 + v_xxx = 0",),
    "heat": ("u_t = u_xx",),
    "telegraph": ("u_tt + u_t = u_xx",),
    "damped": ("q_tt = -q_t - q",),
    "shallow water": ("h_t + (h*u)_x = 0", "u_t + u*u_x + h_x = 0"),
    "lotka-volterra": ("u_t = u - u*v", "v_t = u*v - v"),
    "navier-stokes": ("u_t + u*u_x + v*u_y + p_x = lap(u)", "v_t + u*v_x + v*v_y + p_y = lap(v)", "u_x + v_y = 0"),
    "force without a potential": ("a_tt = -b^3", "b_tt = a^3 + b"),
}


def as_functions(system: System, expression: sympy.Expr) -> sympy.Expr:
    """With derivatives of functions instead of jets."""
    space = system.space
    table = {}
    for jet in space.jets(expression):
        function = sympy.Function(jet.unknown)(*space.variables)
        table[space.symbol(jet)] = sympy.diff(function, *zip(space.variables, jet.orders, strict=True))
    return expression.subs(table, simultaneous=True)


class TestLagrangians:
    @pytest.mark.parametrize("name", WITH)
    def test_known(self, name):
        texts, expected = WITH[name]
        system = System.from_strings(texts)
        found = lagrangian(system)
        difference = found.density - Notation(system.space).parse(expected)
        assert not sympy.simplify(difference).free_symbols

    @pytest.mark.parametrize("name", WITH)
    def test_euler_equations(self, name):
        system = System.from_strings(WITH[name][0])
        found = lagrangian(system)
        functions = [sympy.Function(unknown)(*system.space.variables) for unknown in system.space.dependent]
        wanted = found.matrix * sympy.Matrix(system.expressions)
        for made, own in zip(
            euler_equations(as_functions(system, found.density), functions, system.space.variables), wanted, strict=True
        ):
            assert sympy.simplify(made.lhs - as_functions(system, own)) == 0

    @pytest.mark.parametrize("name", WITHOUT)
    def test_none(self, name):
        assert lagrangian(System.from_strings(WITHOUT[name])) is None

    def test_no_rule_for_the_density(self):
        """The matrix is known all the same."""
        found = lagrangian(System.from_strings(["u_tt = u_xx - exp(u^2)"]))
        assert (found.density, found.matrix) == (None, sympy.Matrix([[-1]]))


def conserved(texts: tuple[str, ...]) -> list[tuple[str | None, str | None]]:
    system = System.from_strings(texts)
    found = search_first_integrals(system)
    fields = symmetry_algebra(system).fields
    return [(law.name, law.symmetry) for law in with_symmetries(system, found.laws, found.lagrangian, fields)]


class TestOrdinary:
    def test_kepler(self):
        """The Laplace-Runge-Lenz vector comes from no point symmetry."""
        assert conserved(WITH["kepler"][0]) == [
            ("energy", "d/dt"),
            ("angular momentum", "q2 d/dq1 - q1 d/dq2"),
            ("Laplace-Runge-Lenz vector in q1", None),
            ("Laplace-Runge-Lenz vector in q2", None),
        ]

    def test_free_particle(self):
        assert conserved(("q_tt = 0",)) == [("energy", "d/dt"), ("momentum", "d/dq"), ("centre of mass", "t d/dq")]

    def test_conformal_mechanics(self):
        texts = ("a_tt = -a/(a^2 + b^2)^2", "b_tt = -b/(a^2 + b^2)^2")
        assert [symmetry for _, symmetry in conserved(texts)] == [
            "d/dt",
            "b d/da - a d/db",
            "2*t d/dt + a d/da + b d/db",
            "t^2 d/dt + a*t d/da + b*t d/db",
        ]

    def test_scaling_of_kepler_gives_nothing(self):
        """It is a symmetry of the equations, and multiplies the action."""
        system = System.from_strings(WITH["kepler"][0])
        found, fields = lagrangian(system), symmetry_algebra(system).fields
        assert [is_variational(system, found, field) for field in fields] == [True, True, False]

    def test_momentum_in_a_magnetic_field(self):
        laws = {symmetry: name for name, symmetry in conserved(WITH["magnetic field"][0])}
        assert (laws["d/da"], laws["d/db"]) == ("momentum in a", "momentum in b")

    def test_matrix_that_depends_on_the_place(self):
        """The spherical pendulum."""
        system = System.from_strings(["a_tt = sin(a)*cos(a)*b_t^2 - sin(a)", "b_tt = -2*cos(a)/sin(a)*a_t*b_t"])
        found = search_first_integrals(system)
        assert lagrangian(system) is None
        assert found.lagrangian.matrix.free_symbols
        laws = with_symmetries(system, found.laws, found.lagrangian, symmetry_algebra(system).fields)
        assert [(law.name, law.symmetry) for law in laws] == [("energy", "d/dt"), ("momentum in b", "d/db")]

    def test_order_one(self):
        assert conserved(WITH["hamiltonian"][0]) == [("energy", "d/dt")]

    def test_rotations_of_phase_space_have_no_name(self):
        """Of q and p into one another, or of a and b with their momenta: q_t = p alone does not tell what is what."""
        names = {name for name, _ in conserved(("a_t = p", "b_t = q", "p_t = -a", "q_t = -b"))}
        assert names == {"energy", None}

    def test_without_a_lagrangian(self):
        assert {symmetry for _, symmetry in conserved(WITHOUT["lotka-volterra"])} == {None}


MULTIPLIERS: dict[str, list[tuple[list[str], str]]] = {
    "sine-gordon": [(["u_t"], "d/dt"), (["u_x"], "d/dx"), (["x*u_t + t*u_x"], "t d/dx + x d/dt")],
    "wave": [
        (["u_t"], "d/dt"),
        (["1"], "d/du"),
        (["x*u_y - y*u_x"], "y d/dx - x d/dy"),
        (["2*u_t - 6*u_y"], "3 d/dy - d/dt"),
        (["x*u_x + y*u_y + t*u_t + u/2"], "2*x d/dx + 2*y d/dy + 2*t d/dt - u d/du"),
    ],
    "nls": [
        (["psi_i", "-psi_r"], "psi_i d/dpsi_r - psi_r d/dpsi_i"),
        (["psi_r_x", "psi_i_x"], "d/dx"),
        (
            ["psi_i_xx + (psi_r^2 + psi_i^2)*psi_i", "-psi_r_xx - (psi_r^2 + psi_i^2)*psi_r"],
            "d/dt",
        ),
        (
            ["2*t*psi_r_x + x*psi_i", "2*t*psi_i_x - x*psi_r"],
            "2*t d/dx - psi_i*x d/dpsi_r + psi_r*x d/dpsi_i",
        ),
    ],
    "potential kdv": [(["v_x"], "d/dx"), (["v_t"], "d/dt"), (["t*v_x - x/6"], "6*t d/dx + x d/dv")],
}
"""Multipliers from the literature, free of t-derivatives where the equations give these, and their symmetries."""


def law(system: System, texts: list[str]) -> ConservationLaw:
    notation = Notation(system.space)
    return ConservationLaw(tuple(notation.parse(text) for text in texts), sympy.S.Zero, (sympy.S.Zero,), None)


class TestPartial:
    @pytest.mark.parametrize("name", MULTIPLIERS)
    def test_known(self, name):
        system = System.from_strings(WITH[name][0])
        laws = [law(system, texts) for texts, _ in MULTIPLIERS[name]]
        found = with_symmetries(system, laws, lagrangian(system), symmetry_algebra(system).fields)
        assert [one.symmetry for one in found] == [symmetry for _, symmetry in MULTIPLIERS[name]]

    def test_names(self):
        system = System.from_strings(WITH["wave"][0])
        laws = [law(system, texts) for texts in (["u_t"], ["u_x + 2*u_y"], ["x*u_y - y*u_x"], ["1"])]
        found = with_symmetries(system, laws, lagrangian(system), symmetry_algebra(system).fields)
        assert [one.name for one in found] == ["energy", "momentum", "angular momentum", None]

    def test_of_higher_order_comes_from_no_point_symmetry(self):
        """The next law of sine-Gordon's hierarchy, in light-cone coordinates."""
        system = System.from_strings(WITH["sine-gordon, light cone"][0])
        (found,) = with_symmetries(
            system, [law(system, ["u_xxx + u_x^3/2"])], lagrangian(system), symmetry_algebra(system).fields
        )
        assert found.symmetry is None

    def test_symmetry_that_multiplies_the_action(self):
        """Scaling of the wave equation's x and t alone is a symmetry, but x u_x + t u_t is no multiplier."""
        system = System.from_strings(["u_tt = u_xx + u_yy"])
        found = lagrangian(system)
        scaling = [f for f in symmetry_algebra(system).fields if f[3] == 0 and f[0].has(system.space.variables[0])]
        assert any(not is_variational(system, found, field) for field in scaling)
        (unchanged,) = with_symmetries(system, [law(system, ["x*u_x + y*u_y + t*u_t"])], found, scaling)
        assert unchanged.symmetry is None
