import numpy as np
import pytest
import torch
from plane_waves import HEAT, LENGTH, WAVE, K, axes, heat, sampled, system, wave

from symgen.equations.system import System
from symgen.exceptions import DataError
from symgen.pde.axis import Axis
from symgen.pde.axis_windows import PeriodicWindows, SplineWindows
from symgen.pde.equation import Equation
from symgen.pde.hermite import difference_rate, rate_from_second
from symgen.pde.interpolant import Interpolant
from symgen.pde.solution_interpolant import SolutionInterpolant
from symgen.pde.system_rates import system_rates


def line(windows, values, places):
    first, weights = windows(places)
    table = windows.table(values[:, None])[:, 0]
    return (table[first[:, None] + torch.arange(windows.width)] * weights).sum(1)


def draw(*shape, seed=0):
    return torch.rand(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("points", "degree"), [(2, 1), (3, 1), (4, 3), (6, 5), (8, 7), (9, 7), (40, 7)])
def test_splines_reproduce_polynomials(points, degree):
    axis = Axis("x", np.linspace(-1, 2, points))
    windows = SplineWindows(axis)
    assert windows.degree == degree
    coefficients = draw(degree + 1) - 0.5
    values = [
        sum(c * x**k for k, c in enumerate(coefficients)) for x in (torch.from_numpy(axis.points), 3 * draw(99) - 1)
    ]
    places = 3 * draw(99) - 1
    assert float((line(windows, values[0], places) - values[1]).abs().max()) < 1e-10
    ends = torch.tensor([-9.0, -1.0, 2.0, 9.0], dtype=torch.float64)
    assert torch.allclose(line(windows, values[0], ends), values[0][[0, 0, -1, -1]])


def test_splines_converge_with_order_8():
    errors = []
    for points in (20, 40):
        axis = Axis("x", np.linspace(0, 4, points + 1))
        places = 4 * draw(2000)
        found = line(SplineWindows(axis), torch.from_numpy(np.sin(3 * axis.points)), places)
        errors.append(float((found - torch.sin(3 * places)).abs().max()))
    assert errors[0] / errors[1] > 2**7


@pytest.mark.parametrize("points", [7, 8, 31, 64])
def test_waves_of_the_grid_are_exact_any_number_of_periods_away(points):
    axis = Axis("x", 0.3 + np.arange(points) * LENGTH / points, periodic=True)
    highest = (points - 1) // 2
    places = 100 * draw(500) - 50
    found = line(PeriodicWindows(axis), torch.from_numpy(np.cos(highest * K * axis.points + 1)), places)
    assert float((found - torch.cos(highest * K * places + 1)).abs().max()) < 1e-11


def polynomial(t, x, y):
    """Of degree 7 in t and of 5 in x and y."""
    return [(1 + t) ** 7 * x**5 - x * y**4 + t**3 * y, x**2 * y**3 * t - (t - x) ** 5]


def of_waves(t, x, y):
    """Of degree 7 in t."""
    return [(1 + t) ** 7 * np.cos(K * (3 * x - y)) - 2, t**5 * np.sin(2 * K * x) * np.cos(K * y) + t]


def some_places(grids, periodic, kind):
    """One tensor for each axis: of their own index alone, of all in space, or of all."""
    t, x, y = (torch.from_numpy(grid) for grid in grids.values())
    inside = (lambda p: p) if periodic else (lambda p: p.clamp(-1.5, 1.5))
    at = 0.9 * t[:, None, None] + 0.03
    first, second = inside(0.8 * x[:, None] + 0.4 * t[:, None, None]), inside(y - 0.3 * t[:, None, None])
    if kind != "own":
        first = inside(first + 0.2 * torch.sin(y))
    if kind == "all":
        at = (at + 0.02 * torch.cos(x[:, None] + y)).clamp(0, 1)
    return [at[None], first[None], second[None]]


@pytest.mark.parametrize("kind", ["own", "space", "all"])
@pytest.mark.parametrize(("periodic", "function"), [(True, of_waves), (False, polynomial)])
def test_exact_in_three_ways(periodic, function, kind):
    grids = axes(points=14, times=12, periodic=periodic)
    data = sampled(function, grids, periodic)
    values = torch.from_numpy(data.read([0])[0])
    interpolant = SolutionInterpolant(values, data.axes, data.unknowns)
    places = some_places(grids, periodic, kind)
    wanted = np.stack(function(*(p.numpy() for p in torch.broadcast_tensors(*places))), -1)
    found = interpolant(places).numpy()
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() < 1e-10 * np.abs(wanted).max()


def test_three_dimensions_without_time():
    grids = {name: np.arange(8) * LENGTH / 8 for name in "xyz"}

    def function(x, y, z):
        return [np.cos(K * (x + y)) * np.sin(2 * K * z), np.cos(K * (x - 2 * y + z))]

    data = sampled(function, grids)
    interpolant = SolutionInterpolant(torch.from_numpy(data.read([0])[0]), data.axes, data.unknowns)
    x, y, z = (torch.from_numpy(grid) for grid in grids.values())
    for first in (0.7 * x[:, None, None], 0.7 * x[:, None, None] + 0.1 * torch.sin(y[:, None] + z)):
        places = [first[None], (y[:, None] + 0.2)[None, None], (z - 8.1)[None, None, None]]
        wanted = np.stack(function(*(p.numpy() for p in torch.broadcast_tensors(*places))), -1)
        assert np.abs(interpolant(places).numpy() - wanted).max() < 1e-11


def test_in_one_dimension_it_is_the_interpolant_of_trajectories(simulated):
    data = simulated("kdv", length=32.0, duration=4.0, nt=40, stored=40, amplitude=0.2)
    u = torch.from_numpy(data.read([0])[0])
    x, t = torch.from_numpy(data.x), torch.from_numpy(data.t)
    solutions = data.solutions
    text = System.from_strings([data.info.equation], data.info.parameters, ("x", "t"))
    one = Interpolant(u, x, t, Equation.from_string(data.info.equation, data.info.parameters))
    many = SolutionInterpolant(u[..., None], solutions.axes, ("u",), text)
    at, place = (t[:-1] + 0.04)[None, :, None], (x + 0.37)[None, None, :]
    assert one.uses_equation
    assert many.by_equation == ("u",)
    difference = many([at, place])[..., 0] - one(place.expand(1, 39, -1), at)
    assert float(difference.abs().max()) < 1e-9 * float(u.abs().max())


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize(("equations", "function"), [(HEAT, heat), (WAVE, wave)])
def test_rates_of_systems(equations, function, periodic):
    data = sampled(function, axes(periodic=periodic), periodic)
    values = torch.from_numpy(data.read([0])[0])
    rates = system_rates(values, data.axes, data.unknowns, system(equations, data))
    step = 1e-4
    t, *space = np.meshgrid(*(axis.points for axis in data.axes), indexing="ij")
    before, here, after = (function(t + k * step, *space) for k in (-1, 0, 1))
    for place, unknown in enumerate("uv"):
        first, second = (
            (after[place] - before[place]) / (2 * step),
            (after[place] - 2 * here[place] + before[place]) / step**2,
        )
        order, found = rates[unknown]
        assert order == (1 if function is heat else 2)
        wanted = torch.from_numpy(first if order == 1 else second)
        known = found.isfinite()
        assert known.all() if periodic else 0.5 < known.double().mean() < 1
        assert float((found - wanted)[known].abs().max()) < 2e-6 * float(wanted.abs().max())


def test_unknowns_without_a_time_derivative_have_no_rate():
    """The stream function of a flow: only its vorticity has one."""
    data = sampled(heat, axes(points=12), unknowns=("w", "psi"))
    equations = ("w_t + psi_y*w_x - psi_x*w_y = lap(w)", "w + lap(psi) = 0")
    assert set(
        system_rates(torch.from_numpy(data.read([0])[0]), data.axes, data.unknowns, system(equations, data))
    ) == {"w"}


def test_slopes_from_second_derivatives():
    """They are hundreds of times better than those from values alone, and best at the ends."""
    t = torch.linspace(0, 12, 25, dtype=torch.float64)[:, None]
    u, wanted = torch.sin(t), torch.cos(t)
    plain, better = (difference_rate(u, 0.5) - wanted).abs(), (rate_from_second(u, -u, 0.5) - wanted).abs()
    assert better.max() < plain.max() / 300
    assert better.max() < 1e-9


@pytest.mark.parametrize("duration", [1.0, 4.0])
@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize(("equations", "function"), [(HEAT, heat), (WAVE, wave), (None, wave)])
def test_the_estimate_is_at_least_the_error(equations, function, periodic, duration):
    data = sampled(function, axes(duration=duration, periodic=periodic), periodic)
    values = torch.from_numpy(data.read([0])[0])
    interpolant = SolutionInterpolant(values, data.axes, data.unknowns, equations and system(equations, data))
    middles = [torch.from_numpy(axis.points[:-1] + axis.step / 2) for axis in data.axes]
    shapes = (-1, 1, 1), (1, -1, 1), (1, 1, -1)
    places = [m.reshape(1, *shape) for m, shape in zip(middles, shapes, strict=True)]
    wanted = np.stack(function(*np.meshgrid(*(m.numpy() for m in middles), indexing="ij")), -1)
    missed = interpolant(places)[0].numpy() - wanted
    relative = np.sqrt((missed**2).mean((0, 1, 2))) / values.numpy().std((0, 1, 2))
    for error, estimate in zip(relative, interpolant.errors, strict=True):
        assert error < max(1.5 * estimate, 1e-12)
        assert estimate < max(1e4 * error, 1e-10)


def test_few_times_are_refused():
    data = sampled(heat, axes(points=8, times=3))
    with pytest.raises(DataError, match="at least 4"):
        SolutionInterpolant(torch.from_numpy(data.read([0])[0]), data.axes, data.unknowns)
