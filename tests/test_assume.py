"""Equations from data among those that have assumed symmetries."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import sympy
from evolution import EVOLUTIONS

from symgen.discovery.regression import regress
from symgen.discovery.regression.assumption import Restriction, assumed_fields
from symgen.discovery.regression.of_solutions import regress_system
from symgen.discovery.regression.systems import Fields, Grid, integrate
from symgen.discovery.regression.terms import terms_of
from symgen.exceptions import DataError, UsageError
from symgen.generators.metadata import Regression
from symgen.pde.equation import Equation
from symgen.pde.grammar import SPACE
from symgen.pde.solutions import Solutions
from symgen.pde.symmetry_algebra import symmetry_algebra
from symgen.pde.trajectories import Trajectories, TrajectoryInfo

BOOST = ("d/dx, d/dt", "t d/dx + d/du")
PHASE = "u*d/dv - v*d/du"
MOVED = f"2*t*d/dx + x*({PHASE})"


@pytest.fixture(scope="module")
def kdv(simulated):
    data = simulated("kdv", n=3, nx=64, nt=40, stored=40)
    return Trajectories.from_arrays(data.u, data.x, data.t, TrajectoryInfo(length=data.info.length))


@cache
def noisy(name: str, level: float, samples: int = 2) -> Solutions:
    data = EVOLUTIONS[name][0].solve(samples)
    deviation = data.values.reshape(-1, data.values.shape[-1]).std(axis=0)
    more = level * deviation * np.random.default_rng(5).standard_normal(data.values.shape)
    return replace(data, values=data.values + more)


class TestScalar:
    @pytest.mark.parametrize("level", [0.0, 0.1])
    def test_kdv(self, kdv, level):
        """What the boost fixes has no error; the rest is found as before."""
        data = kdv.with_noise(level) if level else kdv
        found = regress(data, assume=BOOST)
        assert found.assumed == ("d/dx", "d/dt", "t d/dx + d/du")
        fixed, free = found.terms
        assert (fixed.text, fixed.coefficient, fixed.error) == ("(u^2)_x", -0.5, 0.0)
        assert free.text == "u_xxx"
        assert free.coefficient == pytest.approx(-1, abs=max(1e-4, 5 * free.error))
        assert not found.doubts
        assert Regression.model_validate_json(found.model_dump_json()) == found

    def test_fractions_are_exact(self, kdv):
        """u/3 in place of u: a decimal for 1/3 would not have the symmetry."""
        data = Trajectories.from_arrays(3 * kdv.u, kdv.x, kdv.t, kdv.info)
        found = regress(data, assume=["t*d/dx + 3*d/du"])
        assert found.equation == "u_t + 1/3*u*u_x + u_xxx"
        assert len(symmetry_algebra(Equation.from_string(found.equation)).fields) == 4

    def test_translations_say_what_is_found_anyway(self, kdv):
        free, found = regress(kdv), regress(kdv, assume=["d/dx, d/dt"])
        assert found.equation == free.equation
        assert not free.assumed

    @pytest.mark.parametrize("level", [0.0, 0.05])
    @pytest.mark.parametrize("text", ["t*d/dx + 10/9*d/du", "t*d/dx - d/du"])
    def test_wrong(self, kdv, level, text):
        """However small the residual of the best equation is beside noise."""
        data = kdv.with_noise(level) if level else kdv
        with pytest.raises(DataError, match="The data contradict --assume"):
            regress(data, assume=[text])

    def test_none_has_them(self, kdv):
        with pytest.raises(UsageError, match="No equation u_t or u_tt"):
            regress(kdv, assume=["exp(t)*d/du, exp(2*t)*d/du, exp(3*t)*d/du"])

    def test_second_order(self, solved):
        data = solved("wave")
        found = regress(replace(data, info=TrajectoryInfo(length=data.info.length)), assume=["x*d/dx + t*d/dt"])
        assert [term.text for term in found.terms] == ["u_xx"]
        assert found.left == "u_tt"

    def test_sums_are_columns(self, kdv):
        """A sum of terms is integrated as the sum of their integrals."""
        x, t = kdv.x + 1, kdv.t + 1
        data = Trajectories.from_arrays(kdv.u, x, t, TrajectoryInfo(length=kdv.info.length, periodic=False))
        grid, terms = Grid.of(data), terms_of("all", x, t)
        found = Restriction.of(terms, 1, assumed_fields(["x*d/du"], SPACE.names))
        pair = [n for n, term in enumerate(terms) if term.text in ("u", "x u_x")]
        several = np.count_nonzero(found.matrix, axis=0) == 2
        (place,) = np.flatnonzero(several & found.matrix[pair].all(axis=0))
        fields, window = Fields(data.u, grid), grid.windows()[-1]
        plain = integrate(fields, window, [terms[n] for n in pair])
        wanted = np.tensordot(found.matrix[pair, place], plain, 1)
        (own,) = integrate(fields, window, [found.terms[place]])
        assert np.allclose(own, wanted, atol=1e-12 * np.abs(plain).max())
        parts = zip(found.matrix[:, place], terms, strict=True)
        total = sympy.Add(*(sympy.Rational(value) * term.in_jets for value, term in parts if value))
        assert sympy.expand(found.terms[place].in_jets - total) == 0


class TestSystems:
    @pytest.mark.parametrize("fields", [(PHASE,), (PHASE, MOVED)])
    @pytest.mark.parametrize("level", [0.0, 0.05])
    def test_nls(self, level, fields):
        """Tied coefficients are one number, also once they are rounded."""
        one, two = regress_system(noisy("nls", level), assume=fields)
        ours = {term.text: term.coefficient for term in one.terms}
        theirs = {term.text: term.coefficient for term in two.terms}
        assert ours == pytest.approx({"v_xx": -1, "u^2 v": -2, "v^3": -2}, rel=0.03)
        assert theirs["u^3"] == theirs["u v^2"] == -ours["v^3"] == -ours["u^2 v"]
        assert theirs["u_xx"] == -ours["v_xx"]
        if len(fields) > 1:
            assert ours["v_xx"] == -1
            assert {term.error for term in one.terms if term.text == "v_xx"} == {0.0}
        assert not any("against what was assumed" in doubt for doubt in (*one.doubts, *two.doubts))

    def test_unknowns_that_are_not_tied(self):
        """Equations of ODEs are found one by one."""
        found = regress_system(noisy("lotka-volterra", 0.01), assume=["d/dt"])
        assert [{term.text for term in one.terms} for one in found] == [{"p", "p q"}, {"q", "p q"}]

    @pytest.mark.parametrize("text", [f"2*t*d/dx - x*({PHASE})", "u*d/dv + v*d/du"])
    def test_wrong(self, text):
        with pytest.raises(DataError, match="The data contradict --assume"):
            regress_system(noisy("nls", 0.01), assume=[text])

    def test_no_such_unknown(self):
        with pytest.raises(UsageError, match="coordinates are x, t, u, v"):
            regress_system(noisy("nls", 0.01), assume=["d/dw"])


class TestCommand:
    def test_discover(self, run, kdv, tmp_path):
        path, output = tmp_path / "data.npz", str(tmp_path / "out.safetensors")
        np.savez(path, u=kdv.u, x=kdv.x, t=kdv.t)
        fields = ["--assume", "d/dx", "--assume", "t*d/dx + d/du"]
        code, out, _ = run("discover", str(path), "-o", output, "--no-figures", "--json", *fields)
        assert code == 0
        assert json.loads(out)["data"]["regression"]["assumed"] == ["d/dx", "t d/dx + d/du"]
        assert "by construction" in run("inspect", output)[1]

    @pytest.mark.parametrize("name", ["kdv", "nls"])
    def test_equation_given(self, run, name):
        code, _, err = run("discover", name, "--assume", "d/dx")
        assert code == 2
        assert "the equation is given" in " ".join(err.split())

    def test_other_data(self, run):
        code, _, err = run("discover", "mnist", "--assume", "d/dx")
        assert code == 2
        assert "--assume" in err
