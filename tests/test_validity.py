from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import sympy
import torch

from symgen.catalog import get, names
from symgen.exceptions import DataError
from symgen.generators.basis import Basis
from symgen.generators.library import FeatureLibrary
from symgen.generators.space import Space
from symgen.inspection.reference import closed_form
from symgen.jets.sample import JetSample
from symgen.jets.space import Jet
from symgen.pde.derivatives import finite_difference, spectral_derivatives, stencil, x_derivatives
from symgen.pde.equation import Equation
from symgen.pde.grammar import SPACE as JETS
from symgen.pde.grammar import T, U, X
from symgen.pde.residual import data_residual
from symgen.pde.solution_jets import TooCoarse, sample_jets
from symgen.pde.trajectories import Trajectories, TrajectoryInfo
from symgen.validity.linearised import LinearisedValidity

SPACE = Space(
    names=("x", "t", "u"),
    origin=(0.0, 1.0, 0.0),
    scale=(4.0, 3.0, 2.0),
    lower=(0.0, 1.0, -2.0),
    upper=(4.0, 4.0, 2.0),
    periodic=(True, False, False),
)


def x_jets(highest: int) -> list[Jet]:
    """u_x, u_xx, ..."""
    return [Jet("u", (order, 0)) for order in range(1, highest + 1)]


def random_jets(jets: Sequence[Jet], count: int = 200, seed: int = 0) -> JetSample:
    """Points of jet space at random: no derivative is tied to another."""
    draw = torch.Generator().manual_seed(seed)
    position = torch.rand(count, 2, dtype=torch.float64, generator=draw) * torch.tensor([4.0, 3.0]) + torch.tensor(
        [0.0, 1.0]
    )
    values = torch.randn(1 + len(jets), count, dtype=torch.float64, generator=draw)
    return JetSample(torch.cat([position, values[:1].T], 1), values[1:])


def relative(equation: Equation, fields) -> list[float]:
    """Defect of formulas: residual of the unit field relative to the equation's terms."""
    validity = LinearisedValidity(equation.system)
    sample = random_jets(validity.jets)
    size = validity.squares(sample)[0]
    residuals = validity.residuals(fields, sample)[:, 0].square().mean(1).sqrt()
    values = [
        SPACE.normalise_fields(v) for v in closed_form(SPACE, [[str(c) for c in f] for f in fields])(sample.points)
    ]
    norms = torch.stack([v.square().sum(-1).mean().sqrt() for v in values])
    return (residuals / norms / size.mean().sqrt()).tolist()


def constant() -> Basis:
    return Basis(kind="chebyshev", degree=0, lower=0, upper=1)


def rows(name: str) -> list[tuple[sympy.Expr, ...]]:
    entry = get(name)
    return closed_form(SPACE, [s.components for s in entry.symmetries], entry.parameters).fields


def field(*components: str) -> tuple[sympy.Expr, ...]:
    return closed_form(SPACE, [components]).fields[0]


class TestKnownSymmetries:
    @pytest.mark.parametrize("name", names())
    def test_true_generators_of_the_catalog(self, name):
        entry = get(name)
        equation = Equation.from_string(entry.expression, entry.parameters)
        assert max(relative(equation, rows(name))) < 1e-13

    @pytest.mark.parametrize(
        ("name", "control"),
        [
            ("burgers", ("0", "0", "u")),
            ("burgers", ("x", "3*t", "-2*u")),
            ("kdv", ("0", "0", "u")),
            ("kdv", ("x", "2*t", "-u")),
            ("kdv", ("t", "0", "-1")),
            ("ks", ("x", "3*t", "-2*u")),
            ("ckdv", ("0", "1", "0")),
            ("ckdv", ("t", "0", "1")),
            ("nkdv", ("0", "1", "0")),
            ("nkdv", ("x", "3*t", "-2*u")),
            ("heat", ("t", "0", "1")),
            ("heat", ("0", "0", "x**2")),
        ],
    )
    def test_controls_are_no_symmetries(self, name, control):
        entry = get(name)
        equation = Equation.from_string(entry.expression, entry.parameters)
        assert relative(equation, [field(*control)])[0] > 1e-4

    @pytest.mark.parametrize(
        ("text", "symmetries", "control"),
        [
            ("u_t + u**2*u_x + u_xxx", [("x", "3*t", "-u"), ("1", "0", "0"), ("0", "1", "0")], ("t", "0", "1")),
            ("u_t - u_xx - u*(1 - u)", [("1", "0", "0"), ("0", "1", "0")], ("x", "2*t", "0")),
            ("u_t + u*u_x - u_xxxxx", [("x", "5*t", "-4*u"), ("t", "0", "1")], ("x", "3*t", "-2*u")),
            ("u_t + u*u_x", [("x*t", "t**2", "x - t*u"), ("u**2", "0", "0"), ("x", "0", "u")], ("0", "0", "u")),
            ("u_t = exp(u)*u_xx + exp(u)*u_x**2", [("x", "2*t", "0"), ("0", "t", "-1")], ("0", "0", "u")),
            ("u_t = u_xx + u_x**2", [("0", "0", "1"), ("2*t", "0", "-x"), ("0", "0", "exp(-u)")], ("0", "0", "u")),
            ("u_t = u_xx/u", [("x", "t", "-u"), ("0", "t", "u")], ("0", "0", "u")),
            ("u_t*(1 + t) + u*u_x", [("0", "1 + t", "0"), ("log(1 + t)", "0", "1")], ("0", "1", "0")),
            ("u_t = 2*u*u_xx + 2*u_x**2", [("x", "2*t", "0"), ("0", "t", "-u")], ("x", "t", "0")),
            (
                "u_tt = u_xx",
                [
                    ("t", "x", "0"),
                    ("x", "t", "0"),
                    ("2*x*t", "x**2 + t**2", "0"),
                    ("0", "0", "sin(x - t)"),
                    ("0", "0", "u"),
                ],
                ("x", "2*t", "0"),
            ),
            ("u_tt - u_xx + sin(u)", [("t", "x", "0"), ("1", "0", "0"), ("0", "1", "0")], ("x", "t", "0")),
            ("u_xt = sin(u)", [("x", "-t", "0"), ("1", "0", "0"), ("0", "1", "0")], ("x", "t", "0")),
            ("u_tt = u_xx + u*u_xx + u_x**2 + u_xxxx", [("x", "2*t", "-2*u - 2")], ("x", "2*t", "-2*u")),
            ("u_t + u_x + u*u_x - u_xxt", [("0", "t", "-u - 1"), ("1", "0", "0")], ("t", "0", "1")),
            ("u_xxt = u_t*u + u_ttx", [("x", "t", "-2*u"), ("0", "1", "0")], ("0", "0", "u")),
            ("u_t**2 = u_xx", [("x", "0", "-2*u"), ("0", "t", "2*u"), ("0", "0", "1")], ("0", "0", "u")),
            ("u_tt*u_xx - u_xt**2 = 0", [("u", "0", "0"), ("t", "0", "0"), ("x**2", "x*t", "x*u")], ("x**2", "0", "0")),
            ("u_tt = u_x*u_xx + t*u_x*u_t", [("1", "0", "0"), ("0", "0", "1")], ("0", "1", "0")),
        ],
    )
    def test_equations_beyond_the_catalog(self, text, symmetries, control):
        equation = Equation.from_string(text)
        assert max(relative(equation, [field(*s) for s in symmetries])) < 1e-12
        assert relative(equation, [field(*control)])[0] > 1e-3

    def test_linear_in_the_field(self):
        validity = LinearisedValidity(Equation.from_string("u_t + u*u_x + u_xxx").system)
        sample = random_jets(validity.jets)
        first, second = field("x*u", "t**2", "x*t"), field("sin(x)", "u**2", "exp(t)")
        combined = [3 * a - b / 2 for a, b in zip(first, second, strict=True)]
        one, two, both = validity.residuals([first, second, combined], sample)
        assert torch.allclose(both, 3 * one - two / 2, rtol=1e-12)

    def test_size_of_the_residual_by_hand(self):
        """For (0, 0, u): u Delta_u + u_x Delta_(u_x) + ... on solutions: u u_x for Burgers."""
        validity = LinearisedValidity(Equation.from_string("u_t + u*u_x - nu*u_xx", {"nu": 0.1}).system)
        sample = random_jets(validity.jets)
        found = validity.residuals([field("0", "0", "u")], sample)[0, 0]
        u, (u_x, u_xx) = sample.points[:, 2], sample.derivatives[:2]
        assert torch.allclose(found, u * u_x)
        size = validity.squares(sample)[0]
        assert torch.allclose(size, (u * u_x) ** 2 + (0.1 * u_xx) ** 2 + (0.1 * u_xx - u * u_x) ** 2)

    def test_value_without_meaning(self):
        validity = LinearisedValidity(Equation.from_string("u_t + sqrt(u)*u_x").system)
        with pytest.raises(DataError, match="no finite value"):
            validity.residuals([field("1", "0", "0")], random_jets(validity.jets))


AXES = {
    "chebyshev": Basis(kind="chebyshev", degree=3, lower=0.0, upper=4.0),
    "fourier": Basis(kind="fourier", degree=2, lower=0.0, upper=4.0),
}


def in_sympy(axis: Basis, symbol: sympy.Symbol) -> list[sympy.Expr]:
    lower, upper = sympy.Rational(axis.lower), sympy.Rational(axis.upper)
    if axis.kind == "chebyshev":
        return [sympy.chebyshevt(k, 2 * (symbol - lower) / (upper - lower) - 1) for k in range(axis.degree + 1)]
    angle = 2 * sympy.pi * (symbol - lower) / (upper - lower)
    waves = [f(k * angle) for k in range(1, axis.degree + 1) for f in (sympy.cos, sympy.sin)]
    return [sympy.Integer(1), *waves]


class TestResidualMatrix:
    @pytest.mark.parametrize("kind", AXES)
    @pytest.mark.parametrize(
        "text",
        [
            "u_t + u*u_x + u_xxx",
            "u_t - exp(t/5)*u_xx*u - x*u_x**2",
            "u_t + u_xxxx + u",
            "u_tt = u_xx + u**2",
            "u_xt = sin(u)",
            "u_t + u*u_x = u_xxt",
            "u_xxtt + u*u_xt + u_xxx",
        ],
    )
    def test_columns_are_the_residuals_of_the_features(self, kind, text):
        """The Taylor arithmetic along the data against sympy's total derivatives of every feature."""
        in_t = Basis(kind="chebyshev", degree=2, lower=1.0, upper=4.0)
        in_u = Basis(kind="chebyshev", degree=2, lower=-2.0, upper=2.0)
        axes = (AXES[kind], in_t, in_u)
        validity = LinearisedValidity(Equation.from_string(text).system)
        sample = random_jets(validity.jets, 20)
        (matrix,), _ = validity.residual_matrix(FeatureLibrary(axes=axes), SPACE, sample)
        a, b, c = (in_sympy(axis, s) for axis, s in zip(axes, (X, T, U), strict=True))
        features = [f * g * h for f in a for g in b for h in c]
        assert matrix.shape == (20, 3 * len(features))
        zero = sympy.Integer(0)
        for component in range(3):
            fields = [tuple(f if i == component else zero for i in range(3)) for f in features[::7]]
            expected = validity.residuals(fields, sample)[:, 0] * SPACE.scale[component]
            found = matrix[:, component * len(features) : (component + 1) * len(features) : 7].T
            assert torch.allclose(found, expected, rtol=1e-10, atol=1e-10 * float(expected.abs().max()))

    def test_points_do_not_mix(self):
        validity = LinearisedValidity(Equation.from_string("u_t + u*u_x + u_xxx").system)
        sample = random_jets(validity.jets, 30)
        library = FeatureLibrary(axes=(AXES["chebyshev"],) * 3)
        whole, _ = validity.residual_matrix(library, SPACE, sample)
        parts = [
            validity.residual_matrix(library, SPACE, JetSample(p, d))[0]
            for p, d in zip(sample.points.split(7), sample.derivatives.split(7, 1), strict=True)
        ]
        assert torch.allclose(torch.cat(parts, 1), whole, rtol=1e-13)


class TestDerivatives:
    @pytest.mark.parametrize("nx", [32, 33])
    def test_spectral_is_exact_on_waves(self, nx):
        x = torch.arange(nx, dtype=torch.float64) * 5 / nx
        k = 2 * math.pi / 5
        u = torch.sin(3 * k * x) + 0.5 * torch.cos(7 * k * x) + 2
        found = spectral_derivatives(u, 5.0, 4)
        for order in range(5):
            turn = order * math.pi / 2
            expected = (3 * k) ** order * torch.sin(3 * k * x + turn)
            expected += 0.5 * (7 * k) ** order * torch.cos(7 * k * x + turn) + (2 if order == 0 else 0)
            assert torch.allclose(found[order], expected, rtol=0, atol=1e-11 * (7 * k) ** order)

    def test_highest_wave_has_no_odd_derivative(self):
        found = spectral_derivatives(torch.tensor([1.0, -1.0] * 8, dtype=torch.float64), 2 * math.pi, 2)
        assert found[1].abs().max() < 1e-12
        assert torch.allclose(found[2], -64 * found[0])

    def test_stencils_of_textbooks(self):
        assert torch.allclose(stencil(1, 3, 1), torch.tensor([-0.5, 0, 0.5], dtype=torch.float64))
        assert torch.allclose(stencil(2, 5, 2) * 12, torch.tensor([-1.0, 16, -30, 16, -1], dtype=torch.float64))
        assert torch.allclose(stencil(1, 3, 0) * 2, torch.tensor([-3.0, 4, -1], dtype=torch.float64))

    @pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
    @pytest.mark.parametrize("accuracy", [2, 4, 6])
    def test_order_of_convergence(self, order, accuracy):
        errors, steps = [], [0.2, 0.1]
        for step in steps:
            x = torch.arange(round(6 / step) + 1, dtype=torch.float64) * step
            found = finite_difference(torch.sin(x), step, order, accuracy, 0)
            margin = (len(x) - len(found)) // 2
            expected = torch.sin(x + order * math.pi / 2)[margin : len(x) - margin]
            errors.append(float((found - expected).abs().max()))
        assert math.log2(errors[0] / errors[1]) == pytest.approx(accuracy, abs=0.35)

    def test_exact_on_polynomials_along_any_dimension(self):
        x = torch.linspace(0, 1, 12, dtype=torch.float64)
        u = torch.stack([x**3, x**4])
        third = finite_difference(u, float(x[1]), 3, 6, 1)
        assert torch.allclose(third, torch.stack([6 * torch.ones(4), 24 * x[4:-4]]).double(), atol=1e-8)
        assert torch.allclose(finite_difference(u.T, float(x[1]), 3, 6, 0), third.T)

    def test_too_few_points(self):
        with pytest.raises(DataError, match="needs more than 6 points; there are 6"):
            finite_difference(torch.zeros(6), 1.0, 1, 6, 0)

    def test_open_data_agree_with_periodic_data_inside(self):
        x = torch.arange(256, dtype=torch.float64) * 2 * math.pi / 256
        u = torch.sin(x) + torch.cos(2 * x)
        whole, piece = x_derivatives(u, 2 * math.pi, True, 4), x_derivatives(u, 2 * math.pi, False, 4)
        margin = (256 - piece.shape[-1]) // 2
        for order in range(5):
            assert torch.allclose(piece[order], whole[order][margin:-margin], atol=1e-6)


def trajectory(u, x, t, periodic=True) -> Trajectories:
    length = (x[1] - x[0]) * len(x)
    return Trajectories.from_arrays(u, x, t, TrajectoryInfo(length=length, periodic=periodic))


class TestJets:
    def test_derivatives_of_the_data_at_the_points(self, waves):
        data = waves()
        k = 2 * np.pi / 8
        u = np.sin(k * data.x)[None, None] * np.cos(data.t)[None, :, None]
        sample = next(sample_jets(trajectory(u, data.x, data.t).solutions, JETS, x_jets(3), 500, 0))
        x, t, value = sample.points.T
        for order in range(1, 4):
            expected = k**order * torch.sin(k * x + order * math.pi / 2) * torch.cos(t)
            assert torch.allclose(sample.derivatives[order - 1], expected, atol=1e-11)
        assert torch.allclose(value, torch.sin(k * x) * torch.cos(t), atol=1e-12)
        assert 500 <= len(x) <= 600

    @pytest.mark.parametrize("periodic", [True, False])
    def test_points_lie_on_the_data(self, waves, periodic):
        data = waves()
        data = trajectory(data.u, data.x, data.t, periodic)
        sample = next(sample_jets(data.solutions, JETS, x_jets(2), 300, 0))
        column = np.abs(sample.points[:, :1].numpy() - data.x).argmin(1)
        row = np.abs(sample.points[:, 1:2].numpy() - data.t).argmin(1)
        assert np.allclose(data.x[column], sample.points[:, 0])
        each = len(column) // len(data)
        which = np.repeat(np.arange(len(data)), each)
        assert np.array_equal(data.u[which, row, column], sample.points[:, 2].numpy())

    def test_how_many_are_read_at_once_does_not_matter(self, waves, monkeypatch):
        data = waves()
        together = list(sample_jets(data.solutions, JETS, x_jets(2), 400, 0))
        monkeypatch.setattr("symgen.pde.solutions.CHUNK_BYTES", 1)
        alone = list(sample_jets(data.solutions, JETS, x_jets(2), 400, 0))
        assert (len(together), len(alone)) == (1, 4)
        assert torch.equal(torch.cat([s.points for s in alone]), together[0].points)
        assert torch.equal(torch.cat([s.derivatives for s in alone], 1), together[0].derivatives)

    def test_seeds(self, waves):
        one, same, other = (
            next(sample_jets(waves().solutions, JETS, x_jets(0), 64, seed)).points for seed in (1, 1, 2)
        )
        assert torch.equal(one, same)
        assert not torch.equal(one, other)

    @pytest.mark.parametrize("periodic", [True, False])
    def test_grid_too_coarse(self, periodic):
        data = trajectory(np.random.default_rng(0).normal(size=(1, 8, 8)), np.arange(8.0), np.arange(8.0), periodic)
        with pytest.raises(TooCoarse, match=r"have 8 points in x; derivatives of order 5.*finer grid"):
            next(sample_jets(data.solutions, JETS, x_jets(5), 10, 0))


class TestDataResidual:
    @pytest.mark.parametrize("name", ["heat", "burgers"])
    def test_small_on_solutions(self, simulated, name):
        entry = get(name)
        data = simulated(name, nt=200, stored=100, duration=2.0, highest=2, nu=0.3)
        residual = data_residual(data, Equation.from_string(entry.expression, data.info.parameters))
        assert residual.relative < 1e-5
        assert data_residual(data, Equation.from_string("u_t + u_xxx")).relative > 0.1

    def test_exact_value(self):
        """u = exp(-t) sin(x) solves u_t = u_xx; in u_t = 2 u_xx it leaves u, of terms u and 2 u."""
        x, t = np.arange(64) * 2 * np.pi / 64, np.linspace(0, 1, 60)
        u = np.exp(-t)[:, None] * np.sin(x)
        data = trajectory(u[None], x, t)
        assert data_residual(data, Equation.from_string("u_t - u_xx")).relative < 1e-10
        wrong = data_residual(data, Equation.from_string("u_t - 2*u_xx"))
        assert wrong.relative == pytest.approx(1 / math.sqrt(5), rel=1e-6)
        assert wrong.time_step_error < 1e-9

    def test_coarse_steps_are_told_apart(self):
        x, t = np.arange(64) * 2 * np.pi / 64, np.arange(30) * 0.9
        u = np.sin(x - t[:, None])
        residual = data_residual(trajectory(u[None], x, t), Equation.from_string("u_t + u_x"))
        assert residual.relative > 1e-4
        assert 0.1 < residual.time_step_error / residual.relative < 10

    def test_noise_raises_it(self, simulated):
        data = simulated("heat", nt=200, stored=100, duration=2.0, highest=2)
        equation = Equation.from_string("u_t - nu*u_xx", data.info.parameters)
        assert data_residual(data.with_noise(0.05), equation).relative > 0.5

    def test_open_piece(self):
        x, t = np.arange(300) / 100, np.linspace(0, 1, 60)
        u = np.exp(-t)[:, None] * np.sin(x)
        assert data_residual(trajectory(u[None], x, t, False), Equation.from_string("u_t - u_xx")).relative < 1e-7

    def test_too_few_times(self):
        x, t = np.arange(64) * 2 * np.pi / 64, np.linspace(0, 1, 8)
        with pytest.raises(DataError, match="have 8 times; differences in t need at least 9"):
            data_residual(trajectory(np.ones((1, 8, 64)), x, t), Equation.from_string("u_t - u_xx"))

    def test_nothing_happens(self):
        x, t = np.arange(64) * 2 * np.pi / 64, np.linspace(0, 1, 20)
        nothing = replace(trajectory(np.ones((1, 20, 64)), x, t), u=np.zeros((1, 20, 64)))
        with pytest.raises(DataError, match="All terms of the equation"):
            data_residual(nothing, Equation.from_string("u_t - u_xx"))

    @pytest.mark.parametrize("axis", ["x", "t"])
    def test_estimates_of_the_error_follow_the_steps(self, axis):
        """Differences of order 6 on open data: half the step, 64 times less, and about as large as the residual."""
        found = []
        for factor in (1, 2):
            nx, nt = (factor * 60, 200) if axis == "x" else (200, factor * 60)
            x, t = np.linspace(0, 3, nx + 1), np.linspace(0, 3, nt + 1)
            u = np.sin(5 * (x - t[:, None]))[None]
            residual = data_residual(trajectory(u, x, t, False), Equation.from_string("u_t + u_x"))
            found.append(residual.grid_error if axis == "x" else residual.time_step_error)
            assert residual.relative < 2 * max(residual.grid_error, residual.time_step_error)
        assert found[0] / found[1] == pytest.approx(64, rel=0.2)

    def test_estimate_of_the_error_of_periodic_data(self, waves):
        """Only short waves that do not solve the equation have one."""
        x, t = np.arange(64) / 8, np.linspace(0, 1, 40)
        equation = Equation.from_string("u_t + u_x")
        long, short = (np.sin(2 * np.pi / 8 * k * (x - c * t[:, None]))[None] for k, c in ((2, 1), (31, 0)))
        assert data_residual(trajectory(long, x, t), equation).grid_error < 1e-12
        assert data_residual(trajectory(long + 0.01 * short, x, t), equation).grid_error > 0.05
