import itertools
import math

import mpmath
import numpy as np
import pytest
import sympy
import torch

from symgen import catalog
from symgen.catalog import burgers, ckdv, heat, kdv, ks, nkdv
from symgen.catalog.entry import Waves
from symgen.catalog.simulate import SimulationSettings, simulate, tail_energy
from symgen.exceptions import SolverError, UsageError
from symgen.simulation.cole_hopf import solve_cole_hopf
from symgen.simulation.initial import random_sines

NAMES = ["kdv", "ks", "burgers", "nkdv", "ckdv", "heat"]
DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"))]


def grid(nx, length):
    return torch.arange(nx, dtype=torch.float64) * (length / nx)


def small(name, **overrides):
    """Settings that take a moment: a coarse grid and short times."""
    quick = {"n": 3, "nx": 32, "length": 24.0, "nt": 7, "stored": 4, "duration": 1.0, "max_step": 0.02}
    return SimulationSettings.for_equation(name, **{**quick, **overrides})


def relative(got, want):
    return float((got - want).norm() / want.norm())


class TestCatalog:
    def test_names(self):
        assert catalog.names() == NAMES
        assert [catalog.get(name).name for name in NAMES] == NAMES

    @pytest.mark.parametrize(("typo", "meant"), [("kvd", "kdv"), ("burger", "burgers"), ("KS", "ks")])
    def test_typo(self, typo, meant):
        with pytest.raises(UsageError, match=f"Did you mean '{meant}'.*Known: kdv, ks, burgers"):
            catalog.get(typo)

    def test_nothing_near(self):
        with pytest.raises(UsageError, match=r"no equation 'maxwell' in the catalog\. Known"):
            catalog.get("maxwell")

    @pytest.mark.parametrize("name", NAMES)
    def test_symmetries(self, name):
        """The linearised equation applied to each characteristic vanishes on all solutions."""
        entry = catalog.get(name)
        x, t, *parameters = sympy.symbols(["x", "t", *entry.parameters])
        jets = sympy.symbols("u u_x u_xx u_xxx u_xxxx u_5 u_6 u_7 u_8 u_9")
        u_t = sympy.Symbol("u_t")
        known = {str(symbol): symbol for symbol in (x, t, u_t, *parameters, *jets)}
        equation = sympy.sympify(entry.expression, known)
        flow = sympy.solve(equation, u_t)[0]

        def d_x(f):
            return sympy.diff(f, x) + sum(sympy.diff(f, a) * b for a, b in itertools.pairwise(jets))

        flows = [flow]  # d/dt of each jet, on solutions
        for _ in range(4):
            flows.append(d_x(flows[-1]))

        for symmetry in entry.symmetries:
            xi_x, xi_t, phi = (sympy.sympify(part, known) for part in symmetry.components)
            q = phi - xi_x * jets[1] - xi_t * flow
            moved = [q]
            for _ in range(4):
                moved.append(d_x(moved[-1]))
            d_t = sympy.diff(q, t) + sum(sympy.diff(q, a) * b for a, b in zip(jets, flows, strict=False))
            rest = d_t - sum(sympy.diff(flow, a) * b for a, b in zip(jets, moved, strict=False))
            assert sympy.simplify(rest) == 0, symmetry.name

    @pytest.mark.parametrize(
        ("name", "fit", "total"),
        [("kdv", 3, 4), ("ks", 3, 3), ("burgers", 3, 5), ("nkdv", 3, 4), ("ckdv", 2, 4), ("heat", 3, 6)],
    )
    def test_counts(self, name, fit, total):
        symmetries = catalog.get(name).symmetries
        assert [symmetry.periodic for symmetry in symmetries] == [True] * fit + [False] * (total - fit)


class TestSolvers:
    @pytest.mark.parametrize("name", NAMES)
    def test_solves_its_expression(self, name):
        """u_t by eighth-order differences and u_x... by FFT make the catalog's expression vanish."""
        entry = catalog.get(name)
        length, step, nx = (2 * math.pi, 0.005, 256) if name == "burgers" else (32.0, 0.01, 128)
        times = [1 + step * i for i in range(9)]
        parameters = dict.fromkeys(entry.parameters, 0.1)
        u0 = random_sines([0], 1, Waves(count=4), nx)
        u = entry.solve(u0, times, length, parameters, 0.01)[0]
        weights = torch.tensor([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0, 4 / 5, -1 / 5, 4 / 105, -1 / 280]).double()
        k = 2j * math.pi / length * torch.arange(nx // 2 + 1)
        k[-1] = 0
        now = torch.fft.rfft(u[4])
        known = {"u_" + "x" * order: torch.fft.irfft(now * k**order, n=nx) for order in range(1, 5)}
        known |= {"u": u[4], "u_t": weights @ u / step, "t": torch.tensor(times[4]), "exp": torch.exp} | parameters
        residual = eval(entry.expression, {}, known)
        assert residual.abs().max() < 2e-7 * known["u_t"].abs().max()

    @pytest.mark.parametrize("solve", [kdv.solve, ks.solve, ckdv.solve])
    def test_fourth_order(self, solve):
        u0 = random_sines([0, 1], 0, Waves(), 64)
        steps = np.array([0.1, 0.05, 0.025, 0.0125])
        exact = solve(u0, [2.0], 32.0, {}, 0.002)
        errors = [relative(solve(u0, [2.0], 32.0, {}, step), exact) for step in steps]
        assert errors[-1] > 1e-12  # not yet rounding
        assert np.polyfit(np.log(steps), np.log(errors), 1)[0] == pytest.approx(4, abs=0.3)

    @pytest.mark.parametrize("device", DEVICES)
    def test_kdv_soliton(self, device):
        length, c = 64.0, 1.0
        x = grid(256, length).to(device)

        def soliton(time):
            s = torch.remainder(x - c * time, length) - length / 2
            return 3 * c / torch.cosh(math.sqrt(c) / 2 * s) ** 2

        times = [0.0, 5.0, 20.0, 70.0]  # once around, and further
        u = kdv.solve(soliton(0.0)[None], times, length, {}, 0.005)
        assert u.device.type == device
        for got, time in zip(u[0], times, strict=True):
            assert (got - soliton(time)).abs().max() < 1e-7

    def test_nkdv_is_kdv_in_another_time(self):
        u0 = random_sines([0], 0, Waves(), 64)
        got = nkdv.solve(u0, [0.0, 3.0, 20.0], 32.0, {}, 0.01)
        want = kdv.solve(u0, [0.0, 50 * math.expm1(0.06), 50 * math.expm1(0.4)], 32.0, {}, 0.01)
        assert torch.equal(got, want)

    @pytest.mark.parametrize("solve", [kdv.solve, ks.solve, ckdv.solve])
    def test_lands_on_the_times_asked_for(self, solve):
        u0 = random_sines([0, 1], 0, Waves(), 64)
        once = solve(u0, [1.0], 32.0, {}, 0.003)
        often = solve(u0, [0.0, 0.1234, 0.5, 1.0], 32.0, {}, 0.003)
        assert relative(often[:, 0], u0) < 1e-14
        assert relative(often[:, -1], once[:, 0]) < 1e-9

    def test_kdv_conserves_mass_and_momentum(self):
        u = simulate("kdv", small("kdv", nx=64, nt=30, stored=30, duration=20, max_step=0.01)).u
        mass, momentum = u.mean(-1), (u**2).sum(-1)
        assert np.abs(mass - mass[:, :1]).max() < 1e-12
        assert np.abs(momentum / momentum[:, :1] - 1).max() < 1e-6

    def test_heat_against_modes(self):
        x = grid(64, 5.0)
        nu, times = 0.3, [0.0, 0.5, 2.0]
        modes = [(j, 2 * math.pi * j / 5) for j in (1, 3, 7)]
        u0 = sum(torch.sin(k * x + j) for j, k in modes)
        u = heat.solve(u0[None], times, 5.0, {"nu": nu})
        for got, time in zip(u[0], times, strict=True):
            want = sum(math.exp(-nu * k**2 * time) * torch.sin(k * x + j) for j, k in modes)
            assert (got - want).abs().max() < 1e-13

    @pytest.mark.parametrize("solve", [heat.solve, burgers.solve])
    @pytest.mark.parametrize("nu", [0.0, -1.0, math.nan])
    def test_needs_positive_nu(self, solve, nu):
        with pytest.raises(UsageError, match=r"positive .* nu"):
            solve(torch.sin(grid(16, 2 * math.pi))[None], [1.0], 2 * math.pi, {"nu": nu})


class TestColeHopf:
    @pytest.mark.parametrize("nx", [255, 256])
    @pytest.mark.parametrize("length", [2 * math.pi, 10.0])
    def test_one_mode(self, nx, length):
        """psi = 1 + a exp(-nu k^2 t) cos kx solves the heat equation; u = -2 nu psi_x / psi."""
        nu, a, k = 0.05, 0.9, 2 * math.pi / length
        x = grid(nx, length)

        def exact(time):
            b = a * math.exp(-nu * k**2 * time)
            return 2 * nu * k * b * torch.sin(k * x) / (1 + b * torch.cos(k * x))

        times = [0.0, 1e-4, 0.01, 0.1, 1.0, 10.0, 100.0]
        u = solve_cole_hopf(exact(0.0)[None], times, length, nu)
        assert torch.equal(u[0, 0], exact(0.0))
        for got, time in zip(u[0], times, strict=True):
            assert (got - exact(time)).abs().max() < 1e-12

    def test_random_data_in_high_precision(self):
        """The paper's data, whose psi0 spans tens of decades, against a plain sum in 30 digits."""
        nx, nu, sample = 256, mpmath.mpf("0.01"), 1
        settings = SimulationSettings.for_equation("burgers", n=2, stored=180)
        trajectories = simulate("burgers", settings)
        random = np.random.default_rng([0, sample])
        amplitude = random.uniform(-0.5, 0.5, 20)
        number = random.integers(1, 6, 20, endpoint=True)
        phase = random.uniform(0, 2 * np.pi, 20)

        def potential(y):
            terms = zip(amplitude, number, phase, strict=True)
            return -sum(float(a) / int(k) * mpmath.cos(int(k) * y + float(p)) for a, k, p in terms)

        with mpmath.workdps(30):
            h = 2 * mpmath.pi / 900
            period = [potential(j * h) for j in range(900)]
            assert (max(period) - min(period)) / (2 * nu) > 60  # 26 decades at least
            for frame, j in [(1, 40), (20, 200), (179, 100)]:
                total = first = mpmath.mpf(0)
                t = mpmath.mpf(trajectories.t[frame])
                x = mpmath.mpf(2) * mpmath.pi * j / nx
                for i in range(-1800, 1800):
                    weight = mpmath.exp(-period[i % 900] / (2 * nu) - (x - i * h) ** 2 / (4 * nu * t))
                    total, first = total + weight, first + weight * (x - i * h)
                assert abs(first / total / t - trajectories.u[sample, frame, j]) < 1e-12

    @pytest.mark.parametrize("nu", [1e-3, 1.0, 50.0])
    def test_maximum_principle(self, nu):
        u0 = random_sines(range(2), 0, Waves(20, 0.5, 1, 6), 128)
        u = solve_cole_hopf(u0, [0.05, 0.5, 5.0], 2 * math.pi, nu)
        assert torch.isfinite(u).all()
        highest = random_sines(range(2), 0, Waves(20, 0.5, 1, 6), 4096).abs().amax(1)
        assert (u.abs().amax((1, 2)) <= highest + 1e-5).all()
        assert u.mean(-1).abs().max() < 1e-2

    def test_refuses_a_mean(self):
        with pytest.raises(UsageError, match="mean zero"):
            solve_cole_hopf(1 + torch.sin(grid(16, 1.0))[None], [1.0], 1.0, 0.1)


class TestSimulate:
    @pytest.mark.parametrize("name", NAMES)
    def test_shapes_and_record(self, name):
        settings = small(name, seed=5)
        trajectories = simulate(name, settings)
        assert trajectories.u.shape == (3, 4, 32)
        assert trajectories.u.dtype == np.float64
        assert np.allclose(trajectories.x, np.arange(32) * 0.75)
        assert np.allclose(trajectories.t, np.linspace(0, 1, 7)[-4:])
        info, entry = trajectories.info, catalog.get(name)
        assert (info.name, info.equation, info.solver) == (name, entry.expression, entry.solver)
        assert (info.length, info.periodic, info.seed) == (24.0, True, 5)
        assert info.parameters == entry.parameters
        assert info.settings == {
            **settings.model_dump(),
            "resolution": info.settings["resolution"],
            "drifts": info.settings["drifts"],
            "dropped": [],
        }
        assert info.settings["drifts"].keys() == {density.name for density in entry.densities} != set()
        # means over so few points are not the integrals where a front is narrower than their distance
        assert max(info.settings["drifts"].values()) < (0.1 if name == "burgers" else 1e-6)

    def test_defaults_are_the_published_ones(self):
        keys = ("nx", "nt", "stored", "length", "duration", "waves", "amplitude", "lowest", "highest")
        defaults = {name: [getattr(SimulationSettings.for_equation(name), key) for key in keys] for name in NAMES}
        assert defaults["kdv"] == defaults["ckdv"] == [256, 250, 140, 128, 100, 10, 0.5, 1, 2]
        assert defaults["nkdv"] == [256, 250, 140, 128, 100, 10, 0.5, 1, 1]
        assert defaults["ks"] == [256, 500, 140, 64, 100, 10, 0.5, 1, 2]
        assert defaults["burgers"] == [256, 180, 140, 2 * math.pi, 18, 20, 0.5, 1, 6]

    @pytest.mark.parametrize("name", NAMES)
    def test_samples_depend_on_the_seed_only(self, name):
        whole = simulate(name, small(name, n=7)).u
        assert np.array_equal(whole, simulate(name, small(name, n=7)).u)
        assert np.allclose(simulate(name, small(name, n=2)).u, whole[:2], rtol=0, atol=1e-13)
        for batch in (1, 2, 5):
            assert np.allclose(simulate(name, small(name, n=7, batch=batch)).u, whole, rtol=0, atol=1e-13)
        other = simulate(name, small(name, n=7, seed=1)).u
        assert min(np.abs(a - b).max() for a in whole for b in other) > 1e-3

    def test_initial_data(self):
        waves = Waves(count=3, amplitude=0.2, lowest=2, highest=4)
        u0 = random_sines(range(50), 3, waves, 64)
        energy = torch.fft.rfft(u0).abs().square()
        assert energy[:, [0, 1, *range(5, 33)]].max() < 1e-24
        assert energy[:, 2:5].min(0).values.max() < energy[:, 2:5].max()
        assert 0.3 < u0.abs().max() <= 0.6
        assert torch.allclose(random_sines([7], 3, waves, 128)[:, ::2], u0[7:8], atol=1e-14)

    def test_progress(self):
        seen = []
        simulate("kdv", small("kdv", n=5, batch=2), progress=lambda done, total: seen.append((done, total)))
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)
        assert {total for _, total in seen} == {5}
        assert seen[-1] == (5, 5)

    def test_resolution(self):
        smooth = simulate("kdv", small("kdv", nx=64, amplitude=0.05)).info.settings["resolution"]
        shocks = simulate("burgers", SimulationSettings.for_equation("burgers", n=2, nx=32, stored=180))
        assert smooth < 1e-12
        assert shocks.info.settings["resolution"] > 1e-6
        x = grid(64, 2 * math.pi)
        u = torch.stack([torch.sin(x), torch.sin(x) + 0.1 * torch.sin(15 * x)])[:, None]
        assert tail_energy(u, 32) == pytest.approx(0.01 / 1.01)
        assert tail_energy(u, 64) < 1e-24

    @pytest.mark.parametrize("device", DEVICES)
    def test_same_on_every_device(self, device):
        got = simulate("kdv", small("kdv"), device=device).u
        assert np.allclose(got, simulate("kdv", small("kdv")).u, atol=1e-10)


class TestBadSamples:
    @pytest.fixture
    def wild(self):
        """Some of these blow up, some do not."""
        return small("kdv", n=8, batch=3, amplitude=6.0, duration=3.0, max_step=0.13)

    def test_named_and_timed(self, wild):
        with pytest.raises(SolverError, match=r"Simulating kdv, .*failed: \d \(blew up by t = [\d.]+\)") as caught:
            simulate("kdv", wild)
        assert "Try --max-step below 0.13 or --amplitude below 6" in str(caught.value)

    def test_skipped(self, wild):
        trajectories = simulate("kdv", wild, skip_bad=True)
        dropped = trajectories.info.settings["dropped"]
        assert 0 < len(dropped) < 8
        assert len(trajectories) == 8 - len(dropped)
        assert np.isfinite(trajectories.u).all()
        assert trajectories.u.any((1, 2)).all()
        first = next(i for i in range(8) if i not in dropped)
        alone = simulate("kdv", wild.model_copy(update={"n": first + 1}), skip_bad=True)
        assert np.allclose(alone.u[-1], trajectories.u[0])

    def test_none_left(self, wild):
        with pytest.raises(SolverError, match="8 samples failed"):
            simulate("kdv", wild.model_copy(update={"amplitude": 1e4}), skip_bad=True)

    def test_vanished(self):
        settings = small("heat", parameters={"nu": 1e6})
        with pytest.raises(SolverError, match=r"0 \(vanished\).*larger --amplitude"):
            simulate("heat", settings)


class TestSettings:
    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"nx": 4}, "nx 4: input should be greater than or equal to 8"),
            ({"n": 0}, "n 0: input"),
            ({"length": -1.0}, "length -1.0: input should be greater than 0"),
            ({"duration": math.inf}, "duration inf: input should be a finite number"),
            ({"stored": 900}, r"stored \(900\) is more than nt \(250\)"),
            ({"lowest": 3}, "wave numbers 3 to 2"),
            ({"highest": 100}, "wave numbers 1 to 100"),
            ({"seed": -1}, "seed -1: input should be greater"),
            ({"colour": 1}, "colour 1: extra inputs are not permitted"),
            ({"nx": 4, "n": 0}, "; "),
            ({"parameters": {"nu": 1.0}}, "parameters of kdv are: none; given: nu"),
        ],
    )
    def test_refused(self, wrong, message):
        with pytest.raises(UsageError, match=message):
            SimulationSettings.for_equation("kdv", **wrong)

    @pytest.mark.parametrize(("nt", "stored"), [(60, 60), (140, 140), (500, 140)])
    def test_of_few_times_all_are_stored(self, nt, stored):
        assert SimulationSettings.for_equation("kdv", nt=nt).stored == stored

    def test_none_means_default(self):
        settings = SimulationSettings.for_equation("burgers", nx=None, parameters={})
        assert settings.nx == 256
        assert settings.parameters == {"nu": 0.01}
        assert SimulationSettings.for_equation("burgers", parameters={"nu": 0.1}).parameters == {"nu": 0.1}

    def test_settings_of_another_equation(self):
        with pytest.raises(UsageError, match="parameters of burgers are: nu; given: none"):
            simulate("burgers", SimulationSettings.for_equation("kdv"))
        with pytest.raises(UsageError, match="needs a max_step"):
            simulate("kdv", SimulationSettings(length=1.0, duration=1.0))
