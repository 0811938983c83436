"""The equations of systems, of data in several dimensions and of ODEs, from data alone."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import sympy
from evolution import EVOLUTIONS, Evolution

from symgen.discovery.regression.fit import regression_doubts
from symgen.discovery.regression.of_solutions import regress_system
from symgen.discovery.regression.system_record import formula, simplest
from symgen.discovery.settings import SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_source import system_of
from symgen.equations.system import System
from symgen.exceptions import DataError, UsageError
from symgen.generators.metadata import DataRecord
from symgen.jets.space import JetSpace
from symgen.pde.axis import Axis
from symgen.pde.solutions import Solutions

UV = JetSpace(("x", "y", "t"), ("u", "v"))


@cache
def solved(name: str, samples: int = 4) -> Solutions:
    return EVOLUTIONS[name][0].solve(samples)


def noisy(data: Solutions, level: float, seed: int = 5) -> Solutions:
    draw, values = np.random.default_rng(seed), data.values
    deviation = values.reshape(-1, values.shape[-1]).std(axis=0)
    return replace(data, values=values + level * deviation * draw.standard_normal(values.shape))


def coefficients(equations, data: Solutions) -> list[dict[sympy.Expr, float]]:
    letters = [letter for letter in "xyzt" if letter in [axis.name for axis in data.axes]]
    system = System.from_strings(equations, {}, letters, data.unknowns)
    return [{k: float(v) for k, v in sympy.expand(e).as_coefficients_dict().items() if v} for e in system.expressions]


@pytest.fixture(scope="module")
def by_differences():
    """(3, times, n, n) by central differences of second order: u_t = lap(u) + dx^2 (u_xxxx + u_yyyy) / 12 + ..."""
    n = 24
    x, t = np.arange(n) * 2 * np.pi / n, np.linspace(0, 0.3, 40)
    draw, step = np.random.default_rng(0), x[1]
    u = np.zeros((3, len(t), n, n))
    for k in range(5):
        for m in range(5):
            rate = sum(4 / step**2 * np.sin(w * step / 2) ** 2 for w in (k, m))
            size, phase, other = draw.uniform(-1, 1, (3, 3, 1, 1, 1)) * [[[[[1.0]]]], [[[[6.0]]]], [[[[6.0]]]]]
            wave = np.cos(k * x[:, None] + phase) * np.cos(m * x + other)
            u += size * np.exp(-rate * t)[:, None, None] * wave
    return u, t, x


SMALL_NOISE = 0.05 * np.random.default_rng(1).standard_normal((3, 200))


class TestFound:
    @pytest.mark.parametrize("name", EVOLUTIONS)
    @pytest.mark.parametrize(("level", "within"), [(0.0, 1e-5), (0.01, 0.01), (0.05, 0.12)])
    def test_equations(self, name, level, within):
        """All terms and no others, with their coefficients."""
        data = noisy(solved(name), level) if level else solved(name)
        found = regress_system(data)
        wanted = coefficients(EVOLUTIONS[name][1], data)
        for ours, theirs in zip(coefficients([one.equation for one in found], data), wanted, strict=True):
            assert set(ours) == set(theirs)
            for product, value in theirs.items():
                assert ours[product] == pytest.approx(value, rel=within)
        if not level:
            assert not [doubt for one in found for doubt in one.doubts]

    @pytest.mark.parametrize("name", ["lambda-omega", "burgers", "nls", "heat"])
    @pytest.mark.parametrize("level", [0.0, 0.01])
    def test_open_data(self, name, level):
        whole = solved(name)
        cut = (slice(None), slice(None), *[slice(26 if len(whole.axes) > 2 else 50)] * len(whole.space))
        axes = (whole.axes[0], *(Axis(a.name, a.points[cut[2]]) for a in whole.space))
        data = replace(noisy(whole, level), axes=axes)
        data = replace(data, values=data.values[cut])
        found = regress_system(data)
        wanted = coefficients(EVOLUTIONS[name][1], data)
        for ours, theirs in zip(coefficients([one.equation for one in found], data), wanted, strict=True):
            assert set(ours) == set(theirs)

    def test_errors_are_honest(self):
        """Coefficients are within four of their errors, in nine noises of ten."""
        off = []
        for seed in range(4):
            for one in regress_system(noisy(solved("lotka-volterra"), 0.03, seed)):
                wanted = {"p": 1.0, "p q": -0.5 if one.left == "p_t" else 0.25, "q": -0.8}
                off += [abs(t.coefficient - wanted[t.text]) / t.error for t in one.terms]
        assert np.quantile(off, 0.9) < 4

    def test_what_only_noise_changes(self):
        """A top spins about its axis at a rate of its own, which nothing but noise changes."""
        draw = np.random.default_rng(0)
        rate, phase, size = (draw.uniform(low, high, (6, 1)) for low, high in ((-2, 2), (0, 6), (0.5, 1.5)))
        angle = rate * T_ODE + phase
        spin = {"u": size * np.cos(angle), "v": size * np.sin(angle), "w": rate + 0 * angle}
        data = noisy(Solutions.from_arrays(spin, {"t": T_ODE}), 0.01)
        found = regress_system(data)
        assert [one.equation for one in found] == ["u_t = -v*w", "v_t = u*w", "w_t = 0"]
        assert found[2].terms == ()
        assert any("Noise accounts for all changes of w" in doubt for doubt in found[2].doubts)
        metadata = discover_system(data, system_of(data, (), {}), SystemSettings(degree=1)).metadata
        assert not any("poorly" in warning for warning in metadata.warnings)

    def test_terms_of_the_solver(self, by_differences):
        """Where the data are open, the differences' next terms are found, and left out."""
        u, t, x = by_differences
        data = Solutions.from_arrays({"u": u[..., :-2, :-2]}, {"t": t, "x": x[:-2], "y": x[:-2]}, periodic=False)
        (found,) = regress_system(data)
        (ours,) = coefficients([found.equation], data)
        assert {str(product) for product in ours} == {"u_t", "u_xx", "u_yy"}
        assert min(-v for k, v in ours.items() if str(k) != "u_t") == pytest.approx(1, abs=0.02)
        assert found.truncation
        assert "truncation error" in " ".join(found.doubts)

    @pytest.mark.parametrize("dtype", [np.float64, np.float32])
    def test_solver_of_second_order(self, by_differences, dtype):
        """Periodic data satisfy the differences themselves: coefficients are the equation's, and this is said."""
        u, t, x = by_differences
        data = Solutions.from_arrays({"u": u.astype(dtype)}, {"t": t, "x": x, "y": x}, periodic=True)
        (found,) = regress_system(data)
        assert found.equation == "u_t = u_xx + u_yy"
        assert found.terms[0].coefficient == pytest.approx(1, abs=1e-6)
        assert found.differences
        assert not found.truncation
        (doubt,) = found.doubts
        assert "central differences of second order" in doubt
        record = DataRecord(source=None, sha256=None, samples=3, regressions=(found,), residuals=(0.1,))
        assert list(regression_doubts(record)) == list(found.doubts)

    def test_solver_of_an_equation_in_no_library(self):
        """Differences fit better than derivatives, and yet u - u^3/6 is not sin u."""
        n, step = 24, 0.002
        x, draw = np.arange(n) * 2 * np.pi / n, np.random.default_rng(0)
        k = np.arange(1, 6)[:, None]
        u = np.stack([draw.uniform(-0.12, 0.12, 5) @ np.sin(k * x + draw.uniform(0, 6, 5)[:, None]) for _ in range(4)])
        frames = [u]

        def rate(u):
            return 0.3 * (np.roll(u, 1, -1) - 2 * u + np.roll(u, -1, -1)) / x[1] ** 2 + np.sin(u)

        for _ in range(480):
            first = rate(u)
            second = rate(u + step / 2 * first)
            third = rate(u + step / 2 * second)
            u = u + step / 6 * (first + 2 * second + 2 * third + rate(u + step * third))
            frames.append(u)
        t = 8 * step * np.arange(61)
        data = Solutions.from_arrays({"u": np.stack(frames[::8], 1)}, {"t": t, "x": x}, periodic=True)
        (found,) = regress_system(data)
        assert found.differences
        assert any("approximates another" in doubt for doubt in found.doubts)

    def test_solutions_are_not_taken_for_a_solver_s(self):
        """Nor where one wave or noise makes differences as good."""
        x, t = np.arange(32) * 2 * np.pi / 32, np.linspace(0, 1, 40)
        waves = np.stack([np.exp(-k * k * t)[:, None] * np.cos(k * x + 0.3 * k) for k in (1, 2, 3)])
        sums = np.einsum("sk,ktx->stx", [[1, 1, 0.5], [1, -2, 1.0]], waves)
        data = Solutions.from_arrays({"u": sums}, {"t": t, "x": x}, periodic=True)
        one = Solutions.from_arrays({"u": waves[:1]}, {"t": t, "x": x}, periodic=True)
        for each in (data, noisy(data, 0.01)):
            (found,) = regress_system(each)
            assert not found.differences
            assert {str(product) for product in coefficients([found.equation], each)[0]} == {"u_t", "u_xx"}
        with pytest.raises(DataError, match="do not determine them"):
            regress_system(one)

    @pytest.mark.parametrize(
        ("value", "error", "expected"),
        [
            (0.93, 0.05, 1),
            (-0.93, 0.05, -1),
            (0.93, 0.01, "0.93"),
            (0.0999999, 1e-7, "0.1"),
            (2.04, 0.05, 2),
            (0.2, 0.6, 0.2),
        ],
    )
    def test_simple_numbers(self, value, error, expected):
        assert simplest(value, error) == sympy.Rational(str(expected))

    def test_sums_are_written_with_the_highest_derivatives_first(self):
        u, v, u_xx = sympy.symbols("u v u_xx", real=True)
        text = formula(sympy.Symbol("u_t"), u**2 * v - u / 2 + u_xx / 10 + 1, UV)
        assert text == "u_t = 0.1*u_xx + 1 - 0.5*u + u**2*v"


T_ODE = np.linspace(0, 6, 200)
T_PDE, CIRCLE = np.linspace(0, 2, 40), np.arange(32) * 2 * np.pi / 32
TIME, X, Y = np.meshgrid(T_PDE, CIRCLE, CIRCLE, indexing="ij")


def waves(seed: int) -> dict[str, np.ndarray]:
    """What solves nothing."""
    draw = np.random.default_rng(seed)

    def field():
        k, m = draw.integers(-2, 3, 2)
        return draw.uniform(-0.5, 0.5) * np.sin(k * X + m * Y + draw.uniform(-2, 2) * TIME + draw.uniform(0, 6))

    return {name: np.stack([sum(field() for _ in range(6)) for _ in range(2)]) for name in "uv"}


class TestRefused:
    @pytest.mark.parametrize("level", [0.0, 0.05])
    def test_no_equation_at_all(self, level):
        data = Solutions.from_arrays(waves(1), {"t": T_PDE, "x": CIRCLE, "y": CIRCLE}, periodic=True)
        with pytest.raises(DataError, match=r"none is found for u.*--equation"):
            regress_system(noisy(data, level))

    @pytest.mark.parametrize(
        ("name", "part"),
        [
            ("lambda-omega", "u"),
            ("shallow water", "hu"),
            ("lorenz", "pq"),
            ("lotka-volterra", "p"),
            ("gray-scott", "v"),
        ],
    )
    def test_unknowns_that_are_not_closed(self, name, part):
        with pytest.raises(DataError, match="none is found for"):
            regress_system(solved(name).only(*part))

    @pytest.mark.parametrize("level", [0.0, 0.01])
    def test_what_is_in_no_library(self, level):
        """Kepler's force, in orbits that are not circles, and a pendulum that swings far."""
        kepler = Evolution(
            "abcd",
            lambda a, b, c, d, _: (c, d, -a / np.hypot(a, b) ** 3, -b / np.hypot(a, b) ** 3),
            duration=15.0,
            times=600,
            amplitude=0.15,
            mean=(1.0, 0.0, 0.0, 0.9),
            given="ab",
        )
        pendulum = Evolution("qp", lambda q, p, _: (p, -np.sin(q)), duration=20.0, times=400, mean=(2.2, 0.0))
        for evolution in (kepler, pendulum):
            with pytest.raises(DataError, match="no library"):
                regress_system(evolution.solve(noise=level))

    @pytest.mark.parametrize(
        ("unknowns", "space"),
        [
            ({"u": np.exp(-TIME / 2) * np.sin(X + Y)}, "xy"),
            ({"u": np.exp(-TIME / 2) * (np.sin(X + 2 * Y) + 0.7 * np.cos(2 * X - Y))}, "xy"),
            ({"u": np.exp(-TIME / 5) * np.sin(X + Y) + np.exp(-TIME / 2) * np.sin(2 * X + Y)}, "xy"),
            ({"q": np.sin(T_ODE), "p": np.cos(T_ODE)}, ""),
        ],
        ids=["one mode", "one wave number", "two modes", "one oscillation"],
    )
    def test_several_equations_fit(self, unknowns, space):
        axes = {"t": T_PDE, "x": CIRCLE, "y": CIRCLE} if space else {"t": T_ODE}
        data = Solutions.from_arrays({k: u[None] for k, u in unknowns.items()}, axes, periodic=True if space else None)
        with pytest.raises(DataError, match=r"do not determine them.*as well.*--equation"):
            regress_system(data)

    def test_a_soliton_says_little(self):
        """It solves the nonlinear Schrödinger equation, and others too."""
        x = np.linspace(-8, 8, 128)
        t, place = np.meshgrid(T_PDE, x, indexing="ij")
        psi = np.exp(1j * (place / 2 + 0.75 * t)) / np.cosh(place - t)
        with pytest.raises(DataError, match="do not determine them"):
            regress_system(Solutions.from_arrays({"psi": psi[None]}, {"t": T_PDE, "x": x}, periodic=False))

    @pytest.mark.parametrize(
        ("unknowns", "axes", "why"),
        [
            ({"q": np.exp(-T_ODE)[None], "v": np.ones((1, 200))}, {"t": T_ODE}, "v does not change in time"),
            ({"q": np.exp(-T_ODE[:14])[None]}, {"t": T_ODE[:14]}, "too few points"),
            ({"q": np.random.default_rng(0).standard_normal((3, 200))}, {"t": T_ODE}, "noise"),
            ({"q": np.arange(3)[:, None] + SMALL_NOISE}, {"t": T_ODE}, "Noise accounts for all changes of q"),
            ({"u": np.sin(X[:1] + Y[:1])}, {"x": CIRCLE, "y": CIRCLE}, "no axis t"),
        ],
        ids=["constant", "short", "noise", "hidden", "no time"],
    )
    def test_data_that_say_nothing(self, unknowns, axes, why):
        with pytest.raises(DataError, match=f"{why}.*--equation"):
            regress_system(Solutions.from_arrays(unknowns, axes))


class TestDoubts:
    def test_terms_as_slight_as_a_solver_makes_them(self):
        x, t = np.arange(64) * 2 * np.pi / 64, np.linspace(0, 2, 65)
        draw = np.random.default_rng(0)

        def waves(speed, viscosity):
            rows = [
                draw.normal() * np.exp(-viscosity * k**2 * t[:, None])
                * np.cos(k * (x - speed * t[:, None]) + draw.uniform(0, 6))
                for k in (1, 2, 3)
            ]  # fmt: skip
            return sum(rows)

        data = {"u": [waves(1.0, 3e-6) for _ in range(3)], "v": [waves(-0.5, 0.1) for _ in range(3)]}
        slight, other = regress_system(
            Solutions.from_arrays({k: np.stack(v) for k, v in data.items()}, {"t": t, "x": x}, periodic=True)
        )
        assert slight.equation == "u_t = 3e-06*u_xx - u_x"
        assert "u_xx in the equation for u_t: less than a part in 100,000" in " ".join(slight.doubts)
        assert not other.doubts

    def test_waves_of_one_speed(self):
        u = np.exp(np.sin(X - TIME) + 0.3 * np.cos(2 * Y - 2 * TIME))[None]
        (found,) = regress_system(
            Solutions.from_arrays({"u": u}, {"t": T_PDE, "x": CIRCLE, "y": CIRCLE}, periodic=True)
        )
        assert found.equation == "u_t = -u_x - u_y"
        assert "travels without changing its shape" in found.doubts[0]

    def test_much_noise(self):
        """Where it may hide a term, something is said."""
        short = solved("lorenz")
        k = slice(0, 100)
        short = replace(short, axes=(Axis("t", short.axes[0].points[k]),), values=short.values[:, k])
        found = regress_system(noisy(short, 0.05))
        assert any("hide terms" in doubt for one in found for doubt in one.doubts)

    def test_sine_of_small_angles(self):
        """A polynomial fits closely, and yet is not the equation."""
        data = Evolution("qp", lambda q, p, _: (p, -np.sin(q)), duration=20.0, times=400, amplitude=0.5).solve()
        artifact = discover_system(data, system_of(data, (), {}), SystemSettings())
        assert artifact.metadata.data.regressions[1].left == "p_t"
        assert any("approximates another" in warning for warning in artifact.metadata.warnings)

    def test_none_on_data_with_equations(self):
        assert not list(regression_doubts(DataRecord(source=None, sha256=None, samples=1, residuals=(0.5,))))

    def test_noise_is_no_misfit(self):
        """Noise of derivatives does not count against equations that were found in weak form."""
        data = noisy(solved("burgers"), 0.05)
        artifact = discover_system(data, system_of(data, (), {}), SystemSettings())
        assert artifact.metadata.data.residual > 0.5 > 0.05 > artifact.metadata.data.misfit


class TestCommand:
    @pytest.fixture
    def file(self, tmp_path):
        def write(data: Solutions):
            arrays = {name: data.values[..., place] for place, name in enumerate(data.unknowns)}
            np.savez(tmp_path / "mine.npz", **arrays, **{axis.name: axis.points for axis in data.axes})
            return str(tmp_path / "mine.npz")

        return write

    def test_from_data_alone(self, run, file, tmp_path):
        output = str(tmp_path / "g.safetensors")
        code, out, err = run("discover", file(solved("lambda-omega")), "-o", output, "--no-figures", "--json")
        assert code == 0, err
        found = json.loads(out)
        assert found["exact"] == 5
        assert found["equations"][0].startswith("u_t = 0.1*u_xx + 0.1*u_yy")
        assert [one["left"] for one in found["data"]["regressions"]] == ["u_t", "v_t"]
        assert "found 2" in run("inspect", output)[1]

    @pytest.mark.parametrize(
        ("options", "code", "says"),
        [((), 3, "--equation"), (("--param", "a=1"), 2, "parameters"), (("--terms", "all"), 2, "--terms")],
    )
    def test_refused(self, run, file, tmp_path, options, code, says):
        data = file(solved("lorenz").only("p", "q"))
        found, _, err = run("discover", data, "-o", str(tmp_path / "g.safetensors"), *options)
        assert found == code
        assert says in err
        assert not (tmp_path / "g.safetensors").exists()

    def test_given_equations_need_no_regression(self):
        data = solved("heat")
        given = system_of(data, EVOLUTIONS["heat"][1], {})
        assert given.regressions == ()

    def test_parameters_of_no_equation(self):
        with pytest.raises(UsageError, match="nothing with parameters"):
            system_of(solved("heat"), (), {"nu": 0.1})
