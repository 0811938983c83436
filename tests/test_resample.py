import math

import pytest
import sympy
import torch
from solitons import two_solitons

from symgen.exceptions import DataError
from symgen.flow import Flow
from symgen.flow_map import FlowMap
from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.space import Space
from symgen.pde.equation import Equation
from symgen.pde.interpolant import Interpolant
from symgen.pde.resample import Resampled, resample_exact
from symgen.pde.scatter import resample_scatter

LENGTH, DURATION, NX, NT = 200.0, 55.6, 256, 140
X, T, U = sympy.symbols("x t u", real=True)
KDV = Equation.from_string("u_t + u*u_x + u_xxx")
FIELDS = {"x": (1, 0, 0), "t": (0, 1, 0), "boost": (T, 0, 1), "scaling": (X, 3 * T, -2 * U)}
INSIDE = slice(20, -20)
"""The scaling keeps no period: what comes in over the ends is cut."""


@pytest.fixture(scope="module")
def grid():
    x = (torch.arange(NX, dtype=torch.float64) / NX - 0.5) * LENGTH
    return x, torch.linspace(0, DURATION, NT, dtype=torch.float64)


@pytest.fixture(scope="module")
def solitons(grid):
    return two_solitons(*torch.broadcast_tensors(grid[0], grid[1][:, None]))


def maps(field, s, u, x, t, highest=None):
    space = Space(
        names=("x", "t", "u"),
        origin=(0, 0, 0),
        scale=(LENGTH, DURATION, 1),
        lower=(-LENGTH / 2, 0, -1),
        upper=(LENGTH / 2, DURATION, 3),
        periodic=(True, False, False),
    )
    generators = field if isinstance(field, Generators) else ClosedFormGenerators(space, [field])
    low, high = float(u.min()) - 0.5, highest or float(u.max()) + 0.5
    weights = torch.tensor([[s]], dtype=torch.float64)
    box = (-LENGTH / 2, 0.0, low), (LENGTH / 2, DURATION, high)
    return FlowMap.tabulate(Flow(generators, method="dopri5", rtol=1e-11, atol=1e-11), weights, *box).on_grid(x, t)


def exact(field, s, u, x, t, equation=KDV):
    return resample_exact(Interpolant(u, x, t, equation), maps(field, -s, u, x, t))


def truth(name, s, x, t):
    x, t = torch.broadcast_tensors(x, t[:, None])
    if name == "x":
        return two_solitons(x - s, t)
    if name == "t":
        return two_solitons(x, t - s)
    if name == "boost":
        return s + two_solitons(x - s * t, t)
    return math.exp(-2 * s) * two_solitons(x * math.exp(-s), t * math.exp(-3 * s))


def error(found: Resampled, wanted):
    first, end = found.valid()[0].tolist()
    assert end - first > 60
    part = wanted[first:end, INSIDE]
    return float((found.u[0, first:end, INSIDE] - part).norm() / part.norm())


@pytest.mark.parametrize("s", [0.1, -0.1])
@pytest.mark.parametrize("name", ["boost", "scaling", "x", "t"])
def test_moved_solitons_are_the_moved_solution(name, s, grid, solitons):
    s = s if name in ("boost", "scaling") else 33 * s
    found = exact(FIELDS[name], s, solitons, *grid)
    assert not (found.folded | found.unfound).any()
    assert error(found, truth(name, s, *grid)) < min(1e-6, found.error)
    assert found.error < 3e-6  # mostly what the grid misses in x


def test_exact_is_better_than_scattering(grid, solitons):
    errors = {}
    for name, s in (("boost", 0.1), ("t", 3.3), ("scaling", -0.1)):
        wanted = truth(name, s, *grid)
        errors[name, "exact"] = error(exact(FIELDS[name], s, solitons, *grid), wanted)
        moved = maps(FIELDS[name], s, solitons, *grid)(solitons[None])[0]
        for way in ("whittaker-shannon", "bilinear"):
            errors[name, way] = error(resample_scatter(moved, *grid, LENGTH, way), wanted)
    # a boost leaves the samples of every time equally spaced, which is all that the series asks for
    assert errors["boost", "whittaker-shannon"] == pytest.approx(errors["boost", "exact"], rel=0.01)
    assert errors["boost", "bilinear"] > 1e-3
    for name in ("t", "scaling"):
        assert errors[name, "exact"] < 1e-3 * min(errors[name, "whittaker-shannon"], errors[name, "bilinear"])


def test_identity_gives_the_data_back(grid, solitons):
    still = exact(FIELDS["boost"], 0.0, solitons, *grid)
    assert still.covered.all()
    torch.testing.assert_close(still.u[0], solitons, rtol=0, atol=1e-11)
    moved = maps(FIELDS["boost"], 0.0, solitons, *grid)(solitons[None])[0]
    for way in ("whittaker-shannon", "bilinear"):
        torch.testing.assert_close(resample_scatter(moved, *grid, LENGTH, way).u[0], solitons, rtol=0, atol=1e-11)


def test_there_and_back(grid, solitons):
    field = (5 + T, 3, 1 + sympy.sin(2 * sympy.pi * X / LENGTH) / 5)
    there = exact(field, 0.8, solitons, *grid, equation=None)
    back = exact(field, -0.8, there.u[0], *grid, equation=None)
    first, end = there.valid()[0].tolist()
    inner = slice(first + 12, end - 12)  # times from outside the window come back too
    torch.testing.assert_close(back.u[0, inner], solitons[inner], rtol=0, atol=1e-6)


def test_times_that_the_window_does_not_cover_are_cut(grid, solitons):
    step = float(grid[1][1] - grid[1][0])
    late = exact(FIELDS["t"], 7.5 * step, solitons, *grid)
    assert late.valid().tolist() == [[8, NT]]
    assert late.covered.sum() == NT - 8
    assert exact(FIELDS["t"], -7 * step, solitons, *grid).valid().tolist() == [[0, NT - 7]]
    assert exact(FIELDS["t"], 1000 * step, solitons, *grid).valid().tolist() == [[0, 0]]


def test_the_longest_run_of_covered_times():
    covered = torch.tensor([[True, True, False, True, True, True, False], [False] * 7, [True] * 7])
    none = torch.zeros(3, dtype=torch.bool)
    resampled = Resampled(torch.zeros(3, 7, 2), covered, none, none)
    assert resampled.valid().tolist() == [[3, 6], [0, 0], [0, 7]]


def test_fields_that_depend_on_u(grid, solitons):
    """u d/dx moves every value by itself: u' = f(x - s u')."""
    x, t = grid
    found = exact((U, 0, 0), 1.5, solitons, x, t)
    assert not (found.folded | found.unfound).any()
    source = x - 1.5 * found.u[0]
    torch.testing.assert_close(two_solitons(source, t[:, None].expand_as(source)), found.u[0], rtol=0, atol=1e-6)
    assert exact((U, 0, 0), 20.0, solitons, x, t).folded.all()  # steeper than 1 / s: waves break


@pytest.mark.parametrize("field", [(0, 0, U), (U / 10, 0, U)])
def test_values_for_which_the_flow_is_not_known_are_not_given(field, grid, solitons):
    """Beyond the tabulated values of u a flow is a polynomial that means nothing, however good it looks."""
    x, t = grid
    u, most = Interpolant(solitons, x, t, KDV), float(solitons.max()) * math.exp(0.3)
    for highest, known in ((1.1 * most, True), (0.9 * most, False)):
        found = resample_exact(u, maps(field, -0.3, solitons, x, t, highest))
        assert bool(found.unfound) != known
        assert bool(found.usable(60)) == known


@pytest.mark.parametrize("field", [(0, 0, sympy.sin(U)), (U, 0, 0)])
def test_an_iteration_that_does_not_end_is_not_passed_over(field, grid, solitons, monkeypatch):
    assert exact(field, 0.5, solitons, *grid).usable(60).all()
    monkeypatch.setattr("symgen.pde.resample.ROUNDS", 1)
    found = exact(field, 0.5, solitons, *grid)
    assert found.unfound.all()
    assert not found.usable(60).any()


def test_in_time_too(grid, solitons):
    """x and t both move with u, so that a whole row is not of one time."""
    x, t = grid
    found = exact((U, U / 2, 0), 1.0, solitons, x, t)
    source = x - found.u[0], t[:, None] - found.u[0] / 2
    inside = found.covered[0]
    torch.testing.assert_close(two_solitons(*source)[inside], found.u[0][inside], rtol=0, atol=1e-6)
    assert not (found.folded | found.unfound).any()


def test_the_estimated_error_is_that_of_interpolation_in_time(grid):
    x, t = grid
    fast = torch.sin(2 * math.pi / LENGTH * 5 * (x - 20 * t[:, None]))  # 1.26 radians from one time to the next
    transport = Equation.from_string("u_t + 20*u_x")
    middle = (t[1:] + t[:-1]) / 2
    wanted = torch.sin(2 * math.pi / LENGTH * 5 * (x - 20 * middle[:, None]))
    errors = []
    for equation in (transport, None):
        interpolant = Interpolant(fast, x, t, equation)
        found = interpolant(x.expand(NT - 1, -1), middle[:, None])
        errors.append(float((found - wanted).square().mean().sqrt() / fast.square().mean().sqrt()))
        assert errors[-1] / 3 < interpolant.error < 1e4 * errors[-1]
    assert errors[0] < errors[1] / 30


def test_an_equation_that_the_data_do_not_obey_is_not_used(grid, solitons):
    assert Interpolant(solitons, *grid, KDV).uses_equation
    assert not Interpolant(solitons, *grid, Equation.from_string("u_t - u_xx")).uses_equation


def test_all_ways_to_evaluate_agree(grid, solitons):
    u = Interpolant(solitons, *grid, KDV)
    x, t = torch.broadcast_tensors(grid[0] * 3 + 0.123, grid[1][:, None] * 0.9 + 1.7)
    value, by_x, by_t = u.with_gradient(x, t)
    torch.testing.assert_close(u(x, t), value)
    torch.testing.assert_close(u(x, t[:, :1]), value)
    h = 1e-4
    torch.testing.assert_close((u(x + h, t) - u(x - h, t)) / (2 * h), by_x, rtol=0, atol=1e-7)
    torch.testing.assert_close((u(x, t + h) - u(x, t - h)) / (2 * h), by_t, rtol=0, atol=1e-7)


@pytest.mark.parametrize("nx", [32, 33])
def test_exact_on_trigonometric_polynomials(nx):
    x = torch.arange(nx, dtype=torch.float64) * (5.0 / nx)
    t = torch.arange(8, dtype=torch.float64)

    def wave(x):
        return sum(torch.cos(2 * math.pi / 5 * k * x + k) / k for k in range(1, 16)) + 0.4

    u = Interpolant(wave(x).expand(8, -1), x, t)
    places = torch.linspace(-30, 30, 501, dtype=torch.float64).expand(8, -1)
    torch.testing.assert_close(u(places, t[:, None]), wave(places), rtol=0, atol=1e-11)


def test_too_few_times():
    x = torch.arange(16, dtype=torch.float64)
    with pytest.raises(DataError, match="3 times"):
        Interpolant(torch.zeros(3, 16, dtype=torch.float64), x, torch.arange(3.0))
