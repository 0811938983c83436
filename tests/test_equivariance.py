"""How far models are from commuting with fields: solvers commute with symmetries, and others do not."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import symgen
from symgen.discovery.problem import normalised_space
from symgen.equations.system import System
from symgen.exceptions import DataError, UsageError
from symgen.expressions import parse_field
from symgen.generators.base import Generators
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.operators import equivariance
from symgen.operators.equivariance import equivariance_error
from symgen.operators.fourier import FourierNeuralOperator
from symgen.pde.axis import Axis
from symgen.pde.solutions import Solutions
from symgen.pde.trajectories import Trajectories
from symgen.simulation.exponential_steps import march
from symgen.simulation.spectral_form import SpectralForm

TIMES, POINTS, STEP = 16, 16, 0.05
HISTORY, FUTURE = 4, 4
SPACE = {1: (1,), 2: (1, 2)}


def laplacian(dimensions: int) -> torch.Tensor:
    """-|k|^2 of the modes of a grid of period 2 pi."""
    waves = torch.fft.fftfreq(POINTS, 1 / POINTS, dtype=torch.float64)
    return -sum(k**2 for k in torch.meshgrid(*[waves] * dimensions, indexing="ij"))


def heated(u: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
    """Solutions of the heat equation from u (B, *grid, unknown), after times (T,): (B, T, *grid, unknown)."""
    axes = tuple(range(1, u.ndim - 1))
    decay = torch.exp(times.reshape(-1, *(1,) * len(axes)) * laplacian(len(axes)))
    modes = torch.fft.fftn(u, dim=axes)
    return torch.fft.ifftn(decay[None, ..., None] * modes[:, None], dim=[axis + 1 for axis in axes]).real


def solver(history: torch.Tensor) -> torch.Tensor:
    return heated(history[:, -1].double(), STEP * torch.arange(1, FUTURE + 1).double()).to(history)


def heat(dimensions: int, unknowns: str, samples: int = 3) -> Solutions:
    draw = torch.Generator().manual_seed(0)
    low = laplacian(dimensions) > -5
    shape = (samples, *(POINTS,) * dimensions, len(unknowns))
    noise = torch.fft.fftn(torch.randn(shape, dtype=torch.float64, generator=draw), dim=SPACE[dimensions])
    smooth = torch.fft.ifftn(noise * low[None, ..., None], dim=SPACE[dimensions]).real
    values = heated(3 * smooth, STEP * torch.arange(TIMES).double()).numpy()
    points = np.arange(POINTS) * 2 * math.pi / POINTS
    axes = {"t": STEP * np.arange(TIMES), **dict.fromkeys("xy"[:dimensions], points)}
    return Solutions.from_arrays({name: values[..., i] for i, name in enumerate(unknowns)}, axes, periodic=True)


IN_X, IN_T, TURN = {"x": "1"}, {"t": "1"}, {"u": "v", "v": "-u"}


def fields(data: Solutions, *components: dict[str, str]) -> ClosedFormGenerators:
    space = normalised_space(data, [axis.name for axis in data.axes], data.unknowns)
    rows = [[one.get(name, "0") for name in space.names] for one in components]
    return ClosedFormGenerators(space, [parse_field(row, space.names) for row in rows])


def errors(model, data, *components, **options):
    options = {"dtype": torch.float64, **options}
    return equivariance_error(model, data, fields(data, *components), HISTORY, FUTURE, **options)


@pytest.mark.parametrize("dimensions", [1, 2])
def test_solvers_commute_with_symmetries_and_with_nothing_else(dimensions):
    symmetries = [IN_X, IN_T, TURN, {"u": "u", "v": "v"}, {"u": "cos(x)*exp(-t)"}]
    samples, controls = 3 - dimensions, 2
    found = errors(solver, heat(dimensions, "uv"), *symmetries, {"u": "u^2"}, samples=samples, controls=controls)
    assert [one.name for one in found.fields][:2] == ["d/dx", "d/dt"]
    for one in found.fields[:5]:
        assert one.error < 1e-5, one
        assert one.count == 2 * samples
    for one in (found.control, found.fields[-1]):
        assert one.error > 0.02, one
        assert one.spread > 0
    assert found.control.count == 2 * samples * controls
    assert found.unmoved < 1e-12
    assert found.fields[0].moved < 1e-6


def test_a_solver_of_burgers_equation_commutes_with_boosts():
    """They move places by the time, and the unknown with them."""
    x = Axis("x", np.arange(32) * 2 * math.pi / 32, periodic=True)
    system = System.from_strings(["u_t + u*u_x = nu*u_xx"], {"nu": 0.2}, ["x", "t"])
    form = SpectralForm(system, [x])

    def solved(start: torch.Tensor, times: int) -> torch.Tensor:
        frames = march(form, start.movedim(-1, 1), [STEP * k for k in range(times)], 0.0125)
        return torch.stack([form.unknowns(modes) for modes in frames], 1)

    start = torch.stack([torch.from_numpy(np.sin(x.points + phase) + phase)[:, None] for phase in (0.0, 1.0)])
    t = Axis("t", STEP * np.arange(12))
    values = solved(start, 12).numpy()
    data = Solutions.from_arrays({"u": values[..., 0]}, {"t": t, "x": x})
    space = normalised_space(data)
    boost, slide = parse_field(["t", "0", "1"], space.names), parse_field(["t", "0", "0"], space.names)
    found = equivariance_error(
        lambda history: solved(history[:, -1], FUTURE + 1)[:, 1:],
        data,
        ClosedFormGenerators(space, [boost, slide]),
        HISTORY,
        FUTURE,
        dtype=torch.float64,
    )
    assert found.fields[0].error < 1e-5
    assert found.fields[1].error > 0.02
    assert found.control.error > 0.02


def test_a_model_that_notices_nothing_is_as_wrong_as_the_move_is_far():
    data = heat(1, "uv")
    found = errors(lambda history: torch.ones(len(history), FUTURE, POINTS, 2), data, TURN, IN_X)
    assert found.fields[0].error == pytest.approx(1)
    assert found.fields[1].error is None, "a constant is moved nowhere"


def test_what_breaks_a_symmetry_is_seen_in_that_alone():
    """A prediction that is larger where sin x is, and one that mixes the unknowns."""
    x = torch.arange(POINTS) * 2 * math.pi / POINTS
    data = heat(1, "uv")
    by_place = errors(lambda h: solver(h) * (1 + 0.2 * torch.sin(x))[:, None], data, IN_X, TURN)
    assert by_place.fields[0].error > 0.05
    assert by_place.fields[1].error < 1e-7
    by_unknown = errors(lambda h: solver(h) * torch.tensor([1.2, 1.0]), data, IN_X, TURN)
    assert by_unknown.fields[0].error < 1e-5
    assert by_unknown.fields[1].error > 0.05
    assert by_unknown.fields[1].moved > 0.05


def test_what_is_not_consistent_in_time_does_not_commute_with_translations_in_time():
    """That the last time stays is a prediction that depends on when it is made."""
    found = errors(lambda h: h[:, -1:].expand(-1, FUTURE, *h.shape[2:]), heat(1, "uv"), IN_T, TURN)
    assert found.fields[0].error > 0.1
    assert found.fields[1].error < 1e-12


def test_fields_count_by_direction_alone():
    """They have norm 1 before the scale, and a prediction that is moved as far as that is long."""
    data, x = heat(1, "uv"), torch.arange(POINTS) * 2 * math.pi / POINTS

    def model(history):
        return solver(history) * (1 + 0.2 * torch.sin(x))[:, None]

    small, large = (errors(model, data, {"x": size}).fields[0] for size in ("1", "100"))
    assert large.error == pytest.approx(small.error)
    other = errors(model, data, IN_X, scale=0.01, seed=1)
    assert other.fields[0].error == pytest.approx(small.error, rel=0.1), "it hardly depends on how far it is"


def test_what_leaves_the_grid_or_has_no_window_is_left_out_with_the_reason():
    found = errors(solver, heat(1, "uv"), {"x": "x", "t": "2*t"}, {"t": "1 + sin(x)"}, TURN, names=("a", "b", "c"))
    assert [(one.name, one.error is None, one.count) for one in found.fields] == [
        ("a", True, 0),
        ("b", True, 0),
        ("c", False, 6),
    ]
    assert "period" in found.fields[0].left_out
    assert "moves t otherwise" in found.fields[1].left_out
    lines = str(found).splitlines()
    assert lines[0].split() == ["field", "error", "spread", "on", "moved", "data", "histories"]
    assert lines[1].endswith(found.fields[0].left_out)
    assert [line.split()[0] for line in lines[1:]] == ["a", "b", "c", "random", "the"]


def test_data_that_are_too_short_or_have_no_time_are_refused():
    data = heat(1, "uv")
    with pytest.raises(DataError, match="16 times, fewer than the 17"):
        equivariance_error(solver, data, fields(data, TURN), 13, FUTURE)
    still = Solutions.from_arrays(
        {"u": np.random.default_rng(0).random((1, 8, 8))}, {"x": np.arange(8), "y": np.arange(8)}
    )
    with pytest.raises(DataError, match="no axis t"):
        equivariance_error(solver, still, fields(still, {"u": "u"}), HISTORY, FUTURE)


def test_what_does_not_fit_is_refused():
    data = heat(1, "uv")
    turn = fields(data, TURN)
    with pytest.raises(UsageError, match="act on t, x, u, v; the data have t, x, u"):
        equivariance_error(solver, heat(1, "u"), fields(data, TURN), HISTORY, FUTURE)
    with pytest.raises(UsageError, match=r"not \(3, 4, 16, 2\)"):
        equivariance_error(lambda history: history[:, :3], data, turn, HISTORY, FUTURE)
    with pytest.raises(DataError, match="not finite"):
        equivariance_error(lambda history: history / 0, data, turn, HISTORY, FUTURE)
    with pytest.raises(UsageError, match="2 names for 1"):
        equivariance_error(solver, data, turn, HISTORY, FUTURE, names=("a", "b"))
    with pytest.raises(UsageError, match="scale is positive"):
        equivariance_error(solver, data, turn, HISTORY, FUTURE, scale=-1.0)


class Learned(Generators):
    """x d/dx and u d/du, with a parameter of single precision."""

    def __init__(self, data: Solutions) -> None:
        super().__init__(normalised_space(data), 2)
        self.size = torch.nn.Parameter(torch.ones(1))

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        field = torch.zeros(2, *points.shape, dtype=self.size.dtype)
        field[0, :, 0], field[1, :, 2] = points[:, 0], points[:, 2]
        return (self.size * field).to(points)


def test_learned_generators_are_used_and_left_as_they_are():
    data = heat(1, "u")
    learned = Learned(data)
    found = equivariance_error(solver, data, learned, HISTORY, FUTURE, dtype=torch.float64)
    assert [one.name for one in found.fields] == ["V1", "V2"]
    assert found.fields[0].error is None
    assert found.fields[1].error < 1e-6
    assert learned.size.dtype == torch.float32
    assert learned.size.requires_grad


def test_operators_are_seen_as_they_are_made():
    """They commute with translations along the grid and nearly with others; nothing tells them to with scalings."""
    torch.manual_seed(0)
    data = Trajectories.of(heat(1, "u"))
    operator, steps = FourierNeuralOperator(HISTORY, FUTURE, 8, 4, 2), torch.tensor([[0.4, 0.05]])
    found = equivariance_error(
        lambda history: operator(history, steps.expand(len(history), -1)),
        data,
        fields(data.solutions, IN_X, {"u": "u"}),
        HISTORY,
        FUTURE,
    )
    assert found.fields[0].error < 0.02
    assert found.fields[1].error > 0.1
    assert found.control.error > 0.1


def test_it_is_public():
    assert symgen.equivariance_error is equivariance.equivariance_error
