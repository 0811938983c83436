"""Bounds of defects, what is certain, and what is undecided."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import sympy
import torch
from evolution import EVOLUTIONS
from scipy.integrate import solve_ivp

from symgen import load
from symgen.discovery.certainty.judgement import Judgement
from symgen.discovery.certainty.resampled import bootstrap
from symgen.discovery.certainty.response import Fields, Prolonged, Terms
from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.equations.posterior import LeftOut, Posterior
from symgen.equations.system import System
from symgen.generators.space import Space
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.jets.sample import JetSample
from symgen.jets.space import Jet, JetSpace
from symgen.pde.solutions import Solutions
from symgen.validity.linearised import LinearisedValidity


def box(names: tuple[str, ...]) -> Space:
    d = len(names)
    return Space(
        names=names,
        origin=(0.0,) * d,
        scale=tuple(1 + 0.3 * k for k in range(d)),
        lower=(-1.0,) * d,
        upper=(1.0,) * d,
        periodic=(False,) * d,
    )


class TestResponse:
    """The change of the condition with an equation, against the condition of changed equations."""

    @pytest.mark.parametrize(
        ("texts", "independent", "unknowns", "order", "equation", "term"),
        [
            (["x_t = y", "y_t = -x + x*y"], "t", "xy", 1, 0, "x^2"),
            (["u_t = u*u_x + u_xxx"], "xt", "u", 1, 0, "u*u_xx"),
            (["u_t = u*u_x + u_xx"], "xt", "u", 1, 0, "x*u_x"),
            (["u_t = v", "v_t = u_xx + u^3"], "xt", "uv", 1, 1, "u*v_x"),
            (["u_t = v", "v_t = u_xx + u_yy"], "xyt", "uv", 1, 0, "u_xy"),
            (["u_tt = u_xx + u*u_t"], "xt", "u", 2, 0, "u*u_xx"),
            (["q_tt = -q^3 + p", "p_tt = q*p + p_t"], "t", "qp", 2, 0, "q*p"),
        ],
    )
    def test_is_the_derivative(self, texts, independent, unknowns, order, equation, term):
        system = System.from_strings(texts, {}, tuple(independent), tuple(unknowns))
        jet_space = system.space
        term = sympy.sympify(term, {s.name: s for s in _symbols(jet_space, 2)})
        terms, rights = [term], []
        for name, delta in zip(jet_space.dependent, system.expressions, strict=True):
            lead = jet_space.symbol(Jet(name, tuple(order * (n == "t") for n in independent)))
            right = sympy.expand(lead - delta).as_coefficients_dict()
            terms += [product for product in right if product not in terms]
            rights.append({terms.index(product): float(value) for product, value in right.items()})
        space = box(jet_space.names)
        library = TotalDegreeLibrary.on(space.lower, space.upper, 2)
        draw = torch.Generator().manual_seed(0)
        fields = torch.randn(2, space.dimension, library.size, dtype=torch.float64, generator=draw)
        points = torch.randn(20, space.dimension, dtype=torch.float64, generator=draw)
        drawn: dict[Jet, torch.Tensor] = {}

        def sample(jets):
            for jet in jets:
                drawn.setdefault(jet, torch.randn(20, dtype=torch.float64, generator=draw))
            return JetSample(points, torch.stack([drawn[jet] for jet in jets]) if jets else points.new_zeros(0, 20))

        compiled = Terms(jet_space, order, tuple(terms), tilted=True)
        prolonged = Prolonged(compiled.at(sample(compiled.jets)), Fields(library, fields, space), rights)

        def condition(step: sympy.Rational) -> torch.Tensor:
            changed = list(system.expressions)
            changed[equation] -= step * term
            validity = LinearisedValidity(System(jet_space, changed))
            matrix, _ = validity.residual_matrix(library, space, sample(validity.jets))
            return torch.einsum("rpm,nm->nrp", matrix, fields.flatten(1))

        step = sympy.Rational(1, 1000)
        slope = (condition(step) - condition(-step)) / (2 * float(step))  # it is quadratic in the coefficients
        torch.testing.assert_close(prolonged.by(equation, 0), slope, rtol=1e-8, atol=1e-8)
        as_it_is = prolonged.left() - prolonged.right()
        torch.testing.assert_close(as_it_is, condition(sympy.Integer(0)), rtol=1e-8, atol=1e-8)


def _symbols(space: JetSpace, order: int) -> list[sympy.Symbol]:
    from symgen.jets.space import orders_of

    jets = [Jet(u, o) for u in space.dependent for n in range(order + 1) for o in orders_of(len(space.independent), n)]
    return [*space.variables, *map(space.symbol, jets)]


class TestBounds:
    """Of the rotation of u_t = -v, v_t = u, with what is known of the coefficients chosen."""

    SPACE = JetSpace(("t",), ("u", "v"))

    def judged(self, error: float, left_out: tuple[LeftOut, ...] = ()) -> Judgement:
        u, v = self.SPACE.unknowns
        known = [
            Posterior(1, ("",), (term,), np.array([value]), np.array([value]), np.array([[error]]), own, 10**6)
            for term, value, own in ((v, -1.0, left_out), (u, 1.0, ()))
        ]
        space = Space(
            names=("t", "u", "v"),
            origin=(0.0,) * 3,
            scale=(1.0, 2.0, 2.0),
            lower=(0.0, -1.0, -1.0),
            upper=(1.0, 1.0, 1.0),
            periodic=(False,) * 3,
        )
        library = TotalDegreeLibrary.on(space.lower, space.upper, 1)
        field = torch.zeros(1, 3, library.size, dtype=torch.float64)
        field[0, 1, library.degrees.index((0, 0, 1))], field[0, 2, library.degrees.index((0, 1, 0))] = -1, 1
        points = torch.rand(4000, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 - 1
        samples = lambda jets: JetSample(points, points.new_zeros(0, len(points)))  # noqa: E731
        return Judgement(self.SPACE, known, Fields(library, field, space), samples, draws=20000, plain=True)

    def test_of_uncertain_coefficients(self):
        """With u_t = -(1 + a) v, v_t = (1 + b) u the bracket is (a - b) (u, v), its parts are as large as (u, v)."""
        found = self.judged(0.01).bound(np.eye(1), 0.95)
        assert found.value == pytest.approx(1.96 * 0.01 * 2**0.5 / 2**0.5, rel=0.03)
        assert found.value == found.without
        assert found.term is None

    def test_of_a_term_left_out(self):
        """u_t = -v + c u: the bracket of that and the rotation is c (v, u)."""
        u, _ = self.SPACE.unknowns
        left = LeftOut("u", (u,), (1.0,), 0.02, 0.0, np.zeros(1))
        found = self.judged(0.0, (left,)).bound(np.eye(1), 0.95)
        assert found.value == pytest.approx(0.02 / 2**0.5, rel=0.01) or found.value == pytest.approx(0.02, rel=0.01)
        assert found.term == "u in the equation for u"

    def test_what_is_the_same_in_other_words_changes_nothing(self):
        _, v = self.SPACE.unknowns
        left = LeftOut("v with 2 v", (2 * v,), (1.0,), 0.0, 1e9, np.array([-2.0]))
        assert self.judged(0.0, (left,)).bound(np.eye(1), 0.95).value < 1e-9

    def test_bootstrap(self):
        squares = np.random.default_rng(0).chisquare(1, (400, 1))
        (found,) = bootstrap(squares, 0.95)
        error = squares.std() / len(squares) ** 0.5
        assert found == pytest.approx((squares.mean() + 1.645 * error) ** 0.5, rel=0.02)
        assert bootstrap(np.ones((8, 1)), 0.95) == pytest.approx(1)


@cache
def noisy(name: str, level: float, samples: int = 4) -> Solutions:
    data = EVOLUTIONS[name][0].solve(samples)
    draw, values = np.random.default_rng(5), data.values
    deviation = values.reshape(-1, values.shape[-1]).std(axis=0)
    return replace(data, values=values + level * deviation * draw.standard_normal(values.shape))


def discovered(data: Solutions, formulas=(), **settings):
    return discover_system(data, system_of(data, formulas, {}), SystemSettings(**settings))


class TestSystems:
    @pytest.mark.parametrize(("level", "bound"), [(0.0, 1e-4), (0.01, 0.02)])
    def test_true_symmetries_are_certain(self, level, bound):
        m = discovered(noisy("nls", level)).metadata
        assert (m.exact, m.certainty.at_least, m.certainty.at_most) == (5, 5, 5)
        assert m.certainty.bound < bound
        assert m.certainty.closed
        assert all(record.bound >= 0 and record.verdict == "exact" for record in m.generators)
        assert not m.certainty.wanted

    def test_too_much_noise_leaves_them_undecided(self, tmp_path):
        """Those that every equation of the library has, d/dx and d/dt, stay."""
        artifact = discovered(noisy("nls", 0.08, 2))
        m = artifact.metadata
        verdicts = [record.verdict for record in m.generators]
        assert "undecided" in verdicts
        assert m.exact == verdicts.count("exact") == m.certainty.at_least >= 2
        assert m.certainty.at_most == 5
        assert m.certainty.wanted
        assert any("undecided" in warning and "What would decide" in warning for warning in m.warnings)
        artifact.save(tmp_path / "g.safetensors")
        assert load(tmp_path / "g.safetensors").metadata == m
        assert "undecided" in str(artifact)

    def test_confidence(self):
        data = noisy("lotka-volterra", 0.01)
        bounds = [discovered(data, confidence=c).metadata.certainty.bound for c in (0.6, 0.95, 0.99)]
        assert bounds[0] < bounds[1] < bounds[2]

    @pytest.mark.slow
    def test_rounded_coefficients(self):
        """Burgers at 1% is found with 0.999 for 1: symmetries that this breaks are certain all the same."""
        m = discovered(noisy("burgers", 0.01)).metadata
        assert m.exact + m.approximate == m.certainty.at_least == 8

    def test_fields_that_are_none_are_ruled_out(self):
        m = discovered(noisy("lotka-volterra", 0.01)).metadata
        assert (m.exact, m.trivial, m.certainty.at_least, m.certainty.at_most) == (2, 1, 1, 1)

    def test_given_equations(self):
        """Their symmetries are certain, and others have bounds from the data."""
        for samples, source in ((4, "resampled trajectories"), (1, "resampled blocks of one trajectory")):
            data = noisy("nls", 0.001, samples)
            m = discovered(data, EVOLUTIONS["nls"][1], n_generators=7).metadata
            assert (m.exact, m.certainty.at_least, m.certainty.at_most) == (5, 5, 5)
            assert m.certainty.sources == ("algebra of the given equation", source, "grid")
            assert [record.bound for record in m.generators[:5]] == [0] * 5
            assert all(record.bound >= record.defect for record in m.generators[5:])

    def test_equations_of_two_orders(self):
        data = noisy("lotka-volterra", 0.0)
        given = system_of(data, (), {})
        first, second = given.posteriors
        given = replace(given, posteriors=(first, replace(second, order=2)))
        m = discover_system(data, given, SystemSettings()).metadata
        assert (m.exact, m.certainty.at_least, m.certainty.at_most) == (0, 0, None)
        assert "all are undecided" in " ".join(m.warnings)


def hopf(_, state):
    x, y = state
    r = x * x + y * y
    return [x - y - x * r, x + y - y * r]


class TestDegenerate:
    def test_trajectories_that_end_on_a_cycle(self):
        """x - x^3 - x y^2 is small there, so that regression drops it: what is left has symmetries that Hopf's
        equations have not, such as x d/dx + y d/dy."""
        t, random = np.linspace(0, 8, 161), np.random.default_rng(1)
        starts = random.uniform(-1.5, 1.5, (12, 2))
        z = np.stack([solve_ivp(hopf, (0, 8), start, t_eval=t, rtol=1e-10, atol=1e-12).y for start in starts])
        z += 0.02 * z.std() * random.standard_normal(z.shape)
        metadata = discovered(Solutions.from_arrays({"x": z[:, 0], "y": z[:, 1]}, {"t": t})).metadata
        assert metadata.data.regressions[0].equation == "x_t = -y"
        true = {("1", "0", "0"), ("0", "-y", "x"), ("0", "y", "-x")}
        assert {r.formula for r in metadata.generators if r.status == "exact"} <= true
        assert sum(r.undecided for r in metadata.generators) >= 5
        assert any(" with " in warning for warning in metadata.warnings)

    @pytest.mark.slow
    def test_one_wave(self, run, tmp_path, monkeypatch):
        """Of one soliton u_t = -c u_x is found, and any equation of waves may hold: d/dx and d/dt are certain."""
        monkeypatch.chdir(tmp_path)
        x, t = np.linspace(-10, 10, 128, endpoint=False), np.linspace(0, 2, 80)
        np.savez("wave.npz", u=0.5 / np.cosh(0.5 * (x - t[:, None])) ** 2, x=x, t=t)
        code, out, _ = run(
            "discover", "--data", "wave.npz", "--boundary", "open", "--t-degree", "2", "--no-figures", "--json"
        )
        found = json.loads(out)
        assert code == 0
        assert found["equation"] == "u_t + u_x"
        assert found["certainty"]["at_least"] == found["exact"] <= 3
        assert found["certainty"]["at_most"] > 20
        assert {"undecided"} <= {record["verdict"] for record in found["generators"]}


def test_command_line(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = noisy("nls", 0.08, 2)
    arrays = {name: data.values[..., k] for k, name in enumerate(data.unknowns)}
    np.savez("noisy.npz", **arrays, **{axis.name: axis.points for axis in data.axes})
    code, out, err = run("discover", "noisy.npz", "--boundary", "periodic", "--no-figures", "--confidence", "0.9")
    words = " ".join(out.split())
    assert code == 0, err
    assert "undecided" in words
    assert "at 90% confidence" in words
    assert "undecided" in err
    shown = " ".join(run("inspect", "noisy-generators.safetensors")[1].split())
    assert "bound" in shown
    assert "at most 5 at 90% confidence" in shown
    assert run("discover", "noisy.npz", "--confidence", "1.2")[0] == 2
