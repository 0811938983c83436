"""Equations with given symmetries, by exact algebra."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from symgen.discovery.regression.products import library
from symgen.discovery.regression.terms import terms_of
from symgen.equations.determining import conditions
from symgen.equations.fields import read_field
from symgen.equations.invariant import invariant
from symgen.equations.rational import Rationaliser
from symgen.equations.rows import DeterminingEquations
from symgen.equations.system import System
from symgen.exceptions import UsageError
from symgen.jets.space import Jet, JetSpace
from symgen.pde.grammar import SPACE

AWAY = np.linspace(1, 2, 50)
NLS = JetSpace(("x", "t"), ("psi_r", "psi_i"))
PLANE = JetSpace(("x", "y", "t"), ("u", "v"))
PHASE = "psi_r*d/dpsi_i - psi_i*d/dpsi_r"
BOOST = f"t*d/dx + x*({PHASE})"
TURN = "x*d/dy - y*d/dx"
TURN_BOTH = f"{TURN} + u*d/dv - v*d/du"


def restricted(space, terms, texts, order=1):
    """Fixed part and basis, by equation's unknown and text of the term."""
    fields = [read_field(text, space.names) for text in texts]
    found = invariant(space, order, [[term.in_jets for term in terms]] * len(space.dependent), fields)
    if found is None:
        return None
    several = len(space.dependent) > 1

    def named(combination):
        return {
            f"{space.dependent[a]}: {terms[k].text}" if several else terms[k].text: v
            for (a, k), v in combination.items()
        }

    return named(found.fixed), [named(one) for one in found.basis]


class TestScalar:
    def test_galilean_boost(self):
        """It forces -u u_x, and leaves linear derivatives free."""
        fixed, basis = restricted(SPACE, terms_of("plain", AWAY, AWAY), ["d/dx", "t*d/dx + d/du"])
        assert fixed == {"(u^2)_x": -sympy.Rational(1, 2)}
        assert basis == [{"u_x": 1}, {"u_xx": 1}, {"u_xxx": 1}, {"u_xxxx": 1}]

    def test_scaling_of_kdv(self):
        texts = ["d/dx", "d/dt", "t d/dx + d/du", "x d/dx + 3*t d/dt - 2*u d/du"]
        assert restricted(SPACE, terms_of("all", AWAY, AWAY), texts)[1] == [{"u_xxx": 1}]

    def test_translations_leave_constant_coefficients(self):
        terms = terms_of("all", AWAY, AWAY)
        _, basis = restricted(SPACE, terms, ["d/dx", "d/dt"])
        assert basis == [{term.text: 1} for term in terms if not (term.in_x or term.in_t)]

    def test_second_order(self):
        _, basis = restricted(SPACE, terms_of("plain", AWAY, AWAY), ["x*d/dx + t*d/dt"], 2)
        assert basis == [{"u_xx": 1}, {"(u^2)_xx": 1}, {"(u^3)_xx": 1}]

    def test_several_terms_count_as_one(self):
        """Of x u_x and u, adding multiples of x to u leaves the difference alone."""
        _, basis = restricted(SPACE, terms_of("all", AWAY, AWAY), ["d/dt", "x*d/du"])
        assert {"u_xx": 1} in basis
        (several,) = [one for one in basis if set(one) == {"u", "x u_x"}]
        assert several["u"] == -several["x u_x"]

    def test_functions_and_no_equation(self):
        terms = [term for term in terms_of("plain", AWAY, AWAY) if term.text in ("u", "u_xx", "u_x")]
        fixed, basis = restricted(SPACE, terms, ["exp(2*t)*d/du"])
        assert (fixed, basis) == ({"u": 2}, [{"u_x": 1}, {"u_xx": 1}])
        assert restricted(SPACE, terms, ["t*d/dx + d/du"]) is None
        assert restricted(SPACE, terms, ["exp(t)*d/du", "exp(2*t)*d/du"]) is None


class TestSystems:
    def test_phase_and_boost(self):
        """u_t = i (a u + |u|^2 u) with an imaginary or real factor, and i u_xx / 2 is what the boost forces."""
        fixed, basis = restricted(NLS, library(NLS, 3), [PHASE, BOOST])
        half = sympy.Rational(1, 2)
        assert fixed == {"psi_i: psi_r_xx": half, "psi_r: psi_i_xx": -half}
        assert len(basis) == 4
        assert {"psi_r: psi_r^3": 1, "psi_r: psi_r psi_i^2": 1, "psi_i: psi_i^3": 1, "psi_i: psi_r^2 psi_i": 1} in basis

    def test_rotation_of_the_plane(self):
        """Each Laplacian is one term; products of derivatives in one direction are not left."""
        _, basis = restricted(PLANE, library(PLANE, 3), [TURN])
        assert {"u: lap(v)": 1} in basis
        assert not any("_x" in text or "_y" in text for one in basis for text in one)

    @pytest.mark.parametrize(
        ("space", "texts"), [(NLS, [PHASE, BOOST]), (PLANE, [TURN_BOTH]), (PLANE, ["d/dx", "t*d/dx + d/du"])]
    )
    def test_all_of_the_space_has_the_symmetries(self, space, texts):
        """As the determining equations say, which are computed in another way."""
        terms = library(space, 3)
        fields = [read_field(text, space.names) for text in texts]
        found = invariant(space, 1, [[term.in_jets for term in terms]] * len(space.dependent), fields)
        draw = np.random.default_rng(0)
        weights = draw.integers(-3, 4, len(found.basis))
        right = [sympy.S.Zero] * len(space.dependent)
        for weight, combination in [(1, found.fixed), *zip(weights, found.basis, strict=True)]:
            for (a, k), value in combination.items():
                right[a] += int(weight) * value * terms[k].in_jets
        time = space.unit(space.independent.index("t"))
        left = [space.symbol(Jet(name, time)) for name in space.dependent]
        system = System(space, [u - f for u, f in zip(left, right, strict=True)])
        wanted = conditions(system)
        values = [value for condition in wanted for value in condition.values()]
        rational = Rationaliser([*values, *(c for field in fields for c in field)], space.coordinates)
        equations = DeterminingEquations(space, wanted, rational)
        assert all(equations.solved_by(field) for field in fields)
        assert not equations.solved_by(read_field(f"{space.names[0]}*d/d{space.names[0]}", space.names))


class TestRefused:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("x*d/dt", "cannot be assumed"),
            ("u*d/dx", "cannot be assumed"),
            ("c*d/dx", "'c'"),
            ("x", "no vector field"),
            ("d/dx*d/dt", "no vector field"),
            ("d/dv", "coordinates are x, t, u"),
            ("0*d/dx", "moves nothing"),
            ("d/dx + sqrt(2)*u*d/du", "not rational"),
        ],
    )
    def test_fields(self, text, words):
        with pytest.raises(UsageError, match=words):
            restricted(SPACE, terms_of("plain", AWAY, AWAY), [text])
