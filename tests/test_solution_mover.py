import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from plane_waves import HEAT, WAVE, K, axes, errors, fields, heat, moved, sampled, system, wave

from symgen import catalog
from symgen.affine_flow import AffineFlow, affine_matrices
from symgen.augmentation.moved_solutions import MovedSolutions, longest_runs
from symgen.augmentation.period import keeps_periods
from symgen.augmentation.point_flow import flow_of, on_independent
from symgen.augmentation.solution_mover import SolutionMover
from symgen.catalog.simulate_system import SystemSimulationSettings, simulate_system
from symgen.exceptions import DataError
from symgen.extrapolated_flow import ExtrapolatedFlow
from symgen.flow import Flow, FlowError
from symgen.generators.held import HeldGenerators

FUNCTIONS = {"heat": (HEAT, heat), "wave": (WAVE, wave)}
C, S = math.cos(0.3), math.sin(0.3)
A = math.exp(0.1)
COSH, SINH = math.cosh(0.2), math.sinh(0.2)


def turned(of, angle=0.3):
    """Unknowns turned into each other."""
    return [math.cos(angle) * of[0] - math.sin(angle) * of[1], math.sin(angle) * of[0] + math.cos(angle) * of[1]]


MOVED = {
    "translations": (
        "heat",
        True,
        [("1", "0", "0", "0", "0"), ("0", "1", "0", "0", "0"), ("0", "0", "1", "0", "0")],
        [0.37, -9.2, 0.1],
        lambda t, x, y: heat(t - 0.1, x - 0.37, y + 9.2),
    ),
    "rotation of the unknowns": (
        "wave",
        True,
        [("0", "0", "0", "-v", "u"), ("1", "0", "0", "0", "0")],
        [0.3, 0.5],
        lambda t, x, y: turned(wave(t, x - 0.5, y)),
    ),
    "rotation of the plane": (
        "heat",
        False,
        [("-y", "x", "0", "0", "0")],
        [0.3],
        lambda t, x, y: heat(t, C * x + S * y, C * y - S * x),
    ),
    "rotation of both": (
        "wave",
        False,
        [("-y", "x", "0", "-v", "u")],
        [0.3],
        lambda t, x, y: turned(wave(t, C * x + S * y, C * y - S * x)),
    ),
    "scaling": (
        "wave",
        False,
        [("x", "y", "t", "2*u", "2*v")],
        [0.1],
        lambda t, x, y: [A * A * u for u in wave(t / A, x / A, y / A)],
    ),
    "Lorentz boost": (
        "wave",
        False,
        [("t", "0", "x", "0", "0")],
        [0.2],
        lambda t, x, y: wave(COSH * t - SINH * x, COSH * x - SINH * t, y),
    ),
    "Galilean boost": (
        "heat",
        False,
        [("2*t", "0", "0", "-x*u", "-x*v")],
        [0.1],
        lambda t, x, y: [np.exp(-0.1 * x + 0.01 * t) * u for u in heat(t, x - 0.2 * t, y)],
    ),
    "projective": (
        "heat",
        False,
        [("x*t", "y*t", "t^2", "-(x^2 + y^2)*u/4 - t*u", "-(x^2 + y^2)*v/4 - t*v")],
        [0.1],
        lambda t, x, y: [
            np.exp(-0.1 * (x**2 + y**2) / (4 * (1 + 0.1 * t))) / (1 + 0.1 * t) * u
            for u in heat(t / (1 + 0.1 * t), x / (1 + 0.1 * t), y / (1 + 0.1 * t))
        ],
    ),
}


@pytest.mark.parametrize("name", MOVED)
def test_known_symmetries(name):
    kind, periodic, rows, weights, wanted = MOVED[name]
    equations, function = FUNCTIONS[kind]
    data = sampled(function, axes(periodic=periodic), periodic)
    copy = moved(data, rows, weights, equations)
    assert not copy.folded.any()
    assert not copy.unfound.any()
    assert 0.7 < copy.covered.double().mean() <= 1
    error = errors(copy, data, wanted).max()
    assert error < 1e-7
    assert error < max(2 * copy.error, 1e-11)


def test_what_is_covered():
    """Of periodic data all of space or nothing; of open data where sources lie inside, and nowhere else."""
    data = sampled(heat, axes())
    copy = moved(data, [("t", "0", "1", "0", "0")], [0.1])
    sources = data.axes[0].points - 0.1 >= 0
    assert (copy.covered[0].numpy() == sources[:, None, None]).all()
    assert copy.valid().tolist() == copy.known().tolist() == [[int((~sources).sum()), 33]]
    data = sampled(heat, axes(periodic=False), periodic=False)
    copy = moved(data, [("-y", "x", "0", "0", "0"), ("0", "0", "1", "0", "0")], [0.3, 0.1])
    t, x, y = np.meshgrid(*(axis.points for axis in data.axes), indexing="ij")
    # both fields commute
    inside = (t >= 0.1) & (np.abs(C * x + S * y) <= 1.5) & (np.abs(C * y - S * x) <= 1.5)
    assert (copy.covered[0].numpy() == inside).all()
    assert copy.valid().tolist() == [[0, 0]]  # corners are never covered
    assert copy.known().tolist() == [[4, 33]]
    assert copy.usable(29)[0]
    assert not copy.usable(30)[0]
    masked = copy.masked()[0].isfinite().all(-1).numpy()
    assert (masked == inside).all()


def test_one_open_axis():
    """A line of heat conduction, periodic across it: what is covered is the same all along y."""
    grids = {**axes(periodic=False), "y": axes()["y"]}
    data = sampled(heat, grids, {"x": False, "y": True})
    copy = moved(data, [("1", "0", "0", "0", "0"), ("0", "1", "0", "0", "0")], [0.25, 4.0], HEAT)
    assert (copy.covered[0].numpy() == (data.axes[1].points >= -1.25)[:, None]).all()
    assert errors(copy, data, lambda t, x, y: heat(t, x - 0.25, y - 4)).max() < 1e-7


def implicit(shift):
    """u(x - shift u, y): what the field u d/dx makes of a wave, by fixed-point iteration."""

    def start(t, x, y):
        return [np.sin(K * x) * np.cos(K * y) * np.exp(-t / 5), np.cos(K * (x + y) - t)]

    def function(t, x, y):
        source = x
        for _ in range(50):
            source = x - shift * start(t, source, y)[0]
        return start(t, source, y)

    return start, function


def test_fields_that_move_space_by_the_unknowns():
    start, wanted = implicit(0.3)
    data = sampled(start, axes())
    copy = moved(data, [("u", "0", "0", "0", "0")], [0.3])
    assert not copy.folded.any()
    assert not copy.unfound.any()
    assert errors(copy, data, wanted).max() < 1e-9


def test_a_hodograph_in_time():
    """exp(s u d/dt) of u = f(x) t is u = f t / (1 + s f)."""
    grids = axes(points=24, names=("x",))

    def plain(t, x):
        return [(2 + np.sin(K * x)) * t]

    data = sampled(plain, grids, unknowns=("u",))
    copy = moved(data, [("0", "u", "0")], [0.1])
    assert not copy.unfound.any()
    # sources of t' > T / (1 + s f) lie beyond the end: a time is known where all of them are inside
    first, end = copy.valid()[0].tolist()
    assert (first, end) == (0, 33)
    assert errors(copy, data, lambda t, x: [t / (1 / (2 + np.sin(K * x)) + 0.1)]).max() < 1e-9


def test_folded_copies():
    start, _ = implicit(0.3)
    data = sampled(start, axes(points=20))
    mover = SolutionMover(data, fields(data, [("u", "0", "0", "0", "0")]))
    copies = mover(0, torch.tensor([[0.1], [1.2], [-1.2], [0.0]], dtype=torch.float64))
    assert copies.folded.tolist() == [False, True, True, False]
    assert copies.usable(17).tolist() == [True, False, False, True]


def test_moving_twice_is_moving_by_the_sum():
    """exp(V) exp(V) = exp(2V), and exp(-V) leads back."""
    data = sampled(heat, axes(points=32))
    rows = [("1", "t", "0", "-v + u", "u + v")]
    once = moved(data, rows, [0.2], HEAT)
    again = replace(data, values=once.values.numpy())
    twice, back = moved(again, rows, [0.2], HEAT), moved(again, rows, [-0.2], HEAT)
    torch.testing.assert_close(twice.values, moved(data, rows, [0.4], HEAT).values, rtol=0, atol=1e-9)
    torch.testing.assert_close(back.values[0], torch.from_numpy(data.read([0])[0]), rtol=0, atol=1e-9)


def test_copies_do_not_depend_on_how_many_are_moved():
    data = sampled(wave, axes(points=16, periodic=False), periodic=False)
    mover = SolutionMover(data, fields(data, [("-y", "x", "0", "0", "0"), ("t", "0", "x", "u*v/9", "0")]))
    weights = torch.tensor([[0.1, 0.2], [-0.2, 0.1], [0.0, 0.0]], dtype=torch.float64)
    together = mover(0, weights)
    for i in range(3):
        alone = mover(0, weights[i : i + 1])
        torch.testing.assert_close(alone.values[0], together.values[i], rtol=0, atol=1e-7)
        assert (alone.covered[0] == together.covered[i]).all()
    torch.testing.assert_close(together.values[2], torch.from_numpy(data.read([0])[0]), rtol=0, atol=1e-11)


def test_kepler_turned_and_scaled():
    """An ellipse: the solution of Kepler's equation E - e sin E = t."""
    e = 0.4

    def orbit(t):
        E = t
        for _ in range(60):
            E = t + e * np.sin(E)
        return [np.cos(E) - e, np.sqrt(1 - e * e) * np.sin(E)]

    kepler = ("q1_tt = -q1/(q1^2 + q2^2)^(3/2)", "q2_tt = -q2/(q1^2 + q2^2)^(3/2)")
    data = sampled(orbit, {"t": np.linspace(0, 6, 121)}, unknowns=("q1", "q2"))
    rows = [("0", "-q2", "q1"), ("3*t", "2*q1", "2*q2")]
    copy = moved(data, rows, [0.3, 0.05], kepler)

    def wanted(t):
        return [math.exp(0.1) * q for q in turned(orbit(t / math.exp(0.15)))]

    assert copy.covered.shape == (1, 121)
    assert errors(copy, data, wanted).max() < 1e-7
    copy = moved(data, [("1", "0", "0")], [-0.52], kepler)
    assert copy.valid().tolist() == [[0, 110]]
    assert errors(copy, data, lambda t: orbit(t + 0.52)).max() < 1e-7


def test_schroedinger_soliton():
    """psi = sech(x - 4 c t) e^(i(...)) is what a boost makes of sech(x) e^(it), on an open piece of the line."""
    c = 0.2

    def soliton(t, x):
        return [np.cos(t) / np.cosh(x), np.sin(t) / np.cosh(x)]

    def boosted(t, x):
        phase = t + c * x - c * c * t
        return [np.cos(phase) / np.cosh(x - 2 * c * t), np.sin(phase) / np.cosh(x - 2 * c * t)]

    grids = {"t": np.linspace(0, 1, 33), "x": np.linspace(-6, 6, 161)}
    data = sampled(soliton, grids, False, unknowns=("psi_r", "psi_i"))
    nls = ("I*psi_t + psi_xx + 2*abs(psi)^2*psi = 0",)
    copy = moved(data, [("2*t", "0", "-x*psi_i", "x*psi_r")], [c], nls)
    assert errors(copy, data, boosted).max() < 1e-6


def test_periods_must_be_kept():
    data = sampled(heat, axes(points=8))
    rows = [("1", "t", "0", "v", "0"), ("-y", "x", "0", "0", "0"), ("x", "0", "0", "0", "0"), ("0", "0", "0", "y", "0")]
    kept = keeps_periods(fields(data, rows), data.axes)
    assert kept.tolist() == [[True] * 3, [True, False, False], [True, False, True], [True, True, False]]
    with pytest.raises(DataError, match="do not keep the period"):
        SolutionMover(data, fields(data, rows))


def test_other_variables_are_refused():
    data = sampled(heat, axes(points=8))
    with pytest.raises(DataError, match="act on x, y, t, u, v, but the data have t, x, y, u"):
        SolutionMover(data.only("u"), fields(data, [("1", "0", "0", "0", "0")]))


def test_movers_go_to_other_processes():
    data = sampled(heat, axes(points=8))
    mover = SolutionMover(data, fields(data, [("1", "t*v", "0", "u*v", "0")]), system(HEAT, data))
    weights = torch.tensor([[0.1]], dtype=torch.float64)
    sent = pickle.loads(pickle.dumps(mover))
    assert torch.equal(sent(0, weights).values, mover(0, weights).values)


AFFINE = [("1 - y", "x", "0", "2*u", "0"), ("t/3", "0", "1", "-v", "u + 1/2")]
OTHERS = [*AFFINE, ("x*t/9", "0", "t^2/9", "sin(x)*u", "u*v/5")]


@pytest.mark.parametrize("rows", [AFFINE, OTHERS])
def test_flows_are_those_of_dopri5(rows):
    data = sampled(heat, axes(points=8))
    generators = fields(data, rows)
    points = torch.rand(3, 50, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    weights = torch.tensor([[0.3, -0.2, 0.2], [0.0, 0.4, 0.0], [0.0, 0.0, 0.0]], dtype=torch.float64)[:, : len(rows)]
    wanted = Flow(generators, method="dopri5", rtol=1e-12, atol=1e-12)(points, 1.0, weights[:, None])
    assert isinstance(flow_of(generators, 1e-9), AffineFlow if rows is AFFINE else ExtrapolatedFlow)
    for flow in (flow_of(generators, 1e-9), ExtrapolatedFlow(generators, 1e-9), held(generators)):
        torch.testing.assert_close(flow(points, weights), wanted, rtol=0, atol=1e-9)


def held(generators):
    """The same fields, not known by formulas."""
    return ExtrapolatedFlow(HeldGenerators(generators, slack=[math.inf] * 5), 1e-9)


def test_affine_fields_are_told_from_others():
    data = sampled(heat, axes(points=8))
    assert affine_matrices(fields(data, AFFINE)) is not None
    assert affine_matrices(fields(data, OTHERS)) is None
    assert affine_matrices(HeldGenerators(fields(data, AFFINE))) is None
    assert on_independent(fields(data, AFFINE), ("t", "x", "y")).space.names == ("t", "x", "y")
    assert on_independent(fields(data, [("u", "0", "0", "0", "0")]), ("t", "x", "y")) is None


def test_a_flow_that_ends():
    """z' = z^2 from 1 is infinite at 1."""
    data = sampled(heat, axes(points=8))
    flow = ExtrapolatedFlow(fields(data, [("x^2", "0", "0", "0", "0")]), 1e-9)
    points = torch.ones(1, 1, 5, dtype=torch.float64)
    assert float(flow(points, torch.tensor([[0.9]], dtype=torch.float64))[0, 0, 0]) == pytest.approx(10)
    for s in (1.0, 1.5):
        with pytest.raises(FlowError, match="leave every bound"):
            flow(points, torch.tensor([[s]], dtype=torch.float64))


def test_singular_fields_without_weight_are_not_evaluated():
    data = sampled(heat, axes(points=8))
    flow = ExtrapolatedFlow(fields(data, [("1/x", "0", "0", "0", "0"), ("0", "0", "0", "x", "0")]), 1e-9)
    points = torch.zeros(1, 1, 5, dtype=torch.float64)
    assert flow(points, torch.tensor([[0.0, 1.0]], dtype=torch.float64)).tolist() == points.tolist()


def test_longest_runs():
    good = torch.tensor([[0, 1, 1, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], dtype=torch.bool)
    assert longest_runs(good).tolist() == [[1, 3], [0, 0], [0, 5]]
    nothing = MovedSolutions(torch.zeros(0, 4, 1), torch.zeros(0, 4).bool(), *[torch.zeros(0).bool()] * 2, error=0.0)
    assert nothing.usable(1).tolist() == []


@pytest.mark.parametrize("name", catalog.system_names())
def test_between_the_times_of_the_catalog(name):
    """Moved by half a step in time, against a simulation with steps half as long; along x by whole steps, exactly."""
    entry = catalog.system(name)
    few = {"points": dict.fromkeys(entry.points, 32)} if len(entry.points) > 1 else {}
    fine = simulate_system(
        name, SystemSimulationSettings.for_system(name, n=1, times=2 * entry.times - 1, **few), skip_bad=True
    )
    t = fine.axes[0]
    data = replace(fine, values=fine.values[:, ::2], axes=(replace(t, points=t.points[::2]), *fine.axes[1:]))
    rows = [["1" if other == axis.name else "0" for other in entry.system().space.names] for axis in data.axes]
    weights = [data.axes[0].step / 2, *(3 * axis.step for axis in data.space)]
    copy = moved(data, rows, weights, entry.equations, entry.parameters)
    wanted = np.roll(fine.values[0, 1::2], [3] * len(data.space), tuple(range(1, len(data.axes))))
    missed = (copy.values[0, 1:].numpy() - wanted).reshape(-1, len(data.unknowns))
    error = np.sqrt((missed**2).mean(0)) / wanted.reshape(-1, len(data.unknowns)).std(0)
    assert copy.valid().tolist() == [[1, entry.times]]
    assert error.max() < 1e-7
    assert error.max() < max(1.5 * copy.error, 1e-11)
