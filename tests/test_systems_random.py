"""No false symmetry of systems, ever: what discovery calls exact is so by exact algebra, on random systems and data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from random_systems import cases, in_units, judge, parsed, random_system, solutions, waves

from symgen.discovery import counting, system_problem
from symgen.discovery import system as discovery
from symgen.discovery.gap import Rule
from symgen.discovery.pde import discover_spectral
from symgen.discovery.settings import SpectralSettings, SystemSettings
from symgen.discovery.system_source import system_of
from symgen.equations.symmetry_algebra import symmetry_algebra
from symgen.pde.equation import Equation
from symgen.pde.solutions import Solutions
from symgen.pde.system_residual import system_residual
from symgen.pde.trajectories import Trajectories

QUICK = [(2, "waves"), (6, "solutions"), (7, "solutions"), (13, "waves"), (18, "solutions"), (19, "units")]
MORE = [0, 1, 9, 12, 21]


def check(seed: int, kind: str) -> None:
    system, data = dict(cases(seed))[kind]()
    verdict = judge(system, data, seed=seed)
    assert verdict.word == "same", (system.texts, verdict)


@pytest.mark.parametrize(("seed", "kind"), QUICK)
def test_as_exact_algebra(seed, kind):
    check(seed, kind)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["solutions", "waves"])
def test_more(kind):
    for seed in MORE:
        check(seed, kind)


@pytest.mark.parametrize("seed", [7, 9])
def test_units_that_are_far_apart(seed):
    """Mixed derivatives once lost all digits there."""
    check(seed, "units")


def test_products_of_derivatives():
    """Points where all terms of an equation are small once drowned the others."""
    check(5, "solutions")


def test_one_unknown_of_x_and_t():
    """Where algebra does not decide, as the library has series in t: what it does not find is doubted."""
    system = random_system(115)
    data = Trajectories.of(solutions(system, 115))
    equation = Equation.from_string(system.texts[0])
    m = discover_spectral(data, equation, SpectralSettings(t_degree=2)).metadata
    assert (m.exact, m.algebra.shared) == (3, 2)
    assert any("1 is not among those that algebra finds" in warning for warning in m.warnings)


class TestCounterexamples:
    """What the spectrum alone gets wrong, and algebra decides."""

    def test_it_is_said(self):
        system = random_system(115)
        data = solutions(system, 115)
        m = discovery.discover_system(data, system_of(data, system.texts, {}), SystemSettings()).metadata
        assert m.exact == 2
        assert any("By the spectrum alone there would be 3 symmetries" in warning for warning in m.warnings)

    @pytest.mark.parametrize("seed", [11, 91, 190])
    def test_nearly_a_symmetry(self, seed):
        """A small term; an ordinary equation whose solutions hardly change."""
        check(seed, "solutions")

    def test_first_order_equation(self):
        check(62, "solutions")


@pytest.fixture
def by_numbers(monkeypatch):
    """Without algebra's word in what is exact."""
    monkeypatch.setattr(system_problem.SystemProblem, "known", lambda self, features: None)


@pytest.mark.usefixtures("by_numbers")
class TestJudge:
    def test_false_symmetries_are_seen(self, monkeypatch):
        """With a count that is one too large."""
        system = random_system(6)
        data = waves(system, 0)
        assert judge(system, data).word == "same"
        count = counting.count_exact
        monkeypatch.setattr(counting, "count_exact", lambda *a: (count(*a)[0] + 1, 100.0))
        monkeypatch.setattr("symgen.discovery.found.failing", lambda *_: [])
        assert judge(system, data).word in ("FALSE", "warned")

    def test_missed_symmetries_are_seen(self, monkeypatch):
        system = random_system(6)
        strict = Rule(accuracy=0, exact_limit=0.0, exact_gap=100, approximate_limit=1e-3, approximate_gap=10)
        monkeypatch.setattr(discovery, "SPECTRAL", strict)
        assert judge(system, waves(system, 0)).word == "short"

    def test_systems_are_of_all_kinds(self):
        systems = [random_system(seed) for seed in range(60)]
        assert {len(s.independent) for s in systems} == {1, 2, 3}
        assert {len(s.unknowns) for s in systems} == {1, 2}
        assert len({s.texts for s in systems}) > 55
        assert random_system(5) == systems[5]
        sizes = [len(symmetry_algebra(parsed(s), 1).fields) for s in systems[:10]]
        assert len(set(sizes)) > 3

    @pytest.mark.parametrize("seed", [0, 6, 15])
    def test_units(self, seed):
        """Data in other units solve the equations in these, as well as before."""
        system = random_system(seed)
        data = solutions(system, seed)
        before = system_residual(data, parsed(system))
        units = {name: place - 2 for place, name in enumerate((*system.independent, *system.unknowns))}
        other, moved = in_units(system, data, units)
        assert isinstance(moved, Solutions)
        after = system_residual(moved, parsed(other))
        assert np.allclose(before.relative, after.relative, rtol=1e-6, atol=1e-9)
        assert math.isclose(moved.axis("t").length, data.axis("t").length * 10.0 ** -units["t"])
