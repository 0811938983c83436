"""Flow training on systems, in one to three variables."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch

import symgen
from symgen.catalog.examples import EXAMPLES, example
from symgen.discovery.flow_solutions import SolutionObjective
from symgen.discovery.flow_system import SystemObjective, directions, discover_system_flow, system_flow_objective
from symgen.discovery.flow_training import FlowTraining, train_flow
from symgen.discovery.flow_windows import Windows
from symgen.discovery.pde_problem import PdeProblem
from symgen.discovery.settings import PdeFlowSettings, SystemFlowSettings
from symgen.discovery.system_problem import SystemProblem
from symgen.discovery.system_source import system_of
from symgen.exceptions import DataError
from symgen.generators.algebra import principal_angles
from symgen.generators.inner_product import field_matrix
from symgen.inspection.reference import closed_form
from symgen.pde.equation import Equation

TINY = {"n_generators": 2, "width": 8, "head_width": 4, "accuracy": 2, "flow_steps": 2, "steps": 4, "init": "random"}
GRIDS = {"kepler": (3, 25, 1), "lotka-volterra": (3, 25, 1), "nls": (3, 21, 32), "lambda-omega": (2, 15, 16)}


@pytest.fixture(scope="module")
def data():
    return {name: example(name, *grid, 0) for name, grid in GRIDS.items()}


def given(data, name):
    return system_of(data[name], EXAMPLES[name].equations, EXAMPLES[name].parameters)


def objective(data, name, **changes):
    settings = SystemFlowSettings(**{**TINY, **changes})
    return SystemObjective(SystemProblem(data[name], given(data, name), settings), settings)


@pytest.mark.parametrize("name", ["kepler", "nls", "lambda-omega"])
def test_windows_are_pieces_of_the_solutions(data, name):
    """Coordinates first, in their order; without refinement every point is one of the data."""
    one, space = data[name], given(data, name).system.space
    window = (7, 9, 6)[: len(one.axes)]
    for refine in (1, 2):
        settings = SystemFlowSettings(**TINY, batch=3, window=window, refine=refine)
        windows = Windows(one, space, settings, torch.device("cpu"))
        graphs = windows.draw(torch.Generator().manual_seed(1), 0.4).data
        assert graphs.shape == (3, *window, len(space.names))
        whole = one.read(range(len(one)))
        for graph in graphs.numpy():
            stored = graph[tuple(slice(None, None, refine if axis.periodic else 1) for axis in one.axes)]
            offset = [0] * len(one.axes)
            for place, axis in enumerate(one.axes):
                i = space.independent.index(axis.name)
                line = stored[(*(slice(None) if p == place else 0 for p in range(len(one.axes))), i)]
                if refine > 1 and axis.periodic and not np.isclose(axis.points, line[0]).any():
                    break  # it begins between two points
                offset[place] = int(np.abs(axis.points - line[0]).argmin())
                assert np.allclose(line, axis.points[offset[place] : offset[place] + len(line)])
            else:
                cut = tuple(slice(o, o + n) for o, n in zip(offset, stored.shape[:-1], strict=True))
                wanted = whole[(slice(None), *cut)]
                assert any(np.allclose(stored[..., len(one.axes) :], sample) for sample in wanted)


def test_lines_are_whole_periods(data):
    one = data["lambda-omega"]
    windows = Windows(one, given(data, "lambda-omega").system.space, SystemFlowSettings(**TINY), torch.device("cpu"))
    assert windows.periods == [1, 2]
    for place, i in ((1, 0), (2, 1)):
        lines = windows.lines(torch.Generator().manual_seed(2), place)
        assert lines.shape == (2, 16, 5)
        assert torch.allclose(lines[0, :, i], torch.as_tensor(one.axes[place].points))
        for other in {0, 1, 2} - {i}:
            assert (lines[:, :, other] == lines[:, :1, other]).all()
    assert (
        Windows(
            data["kepler"], given(data, "kepler").system.space, SystemFlowSettings(**TINY), torch.device("cpu")
        ).periods
        == []
    )


def test_one_equation_as_a_system_is_the_same_objective(simulated):
    trajectories = simulated("heat")
    changes = {**TINY, "window": (16, 24), "clamp": 1e-3}
    scalar = PdeFlowSettings(**changes)
    equation = Equation.from_string("u_t - 0.05*u_xx")
    first = SolutionObjective(PdeProblem(trajectories, equation, scalar), scalar)
    settings = SystemFlowSettings(**changes)
    one = system_of(trajectories.solutions, ["u_t = 0.05*u_xx"], {})
    second = SystemObjective(SystemProblem(trajectories.solutions, one, settings), settings)
    networks = [FlowTraining(objective).network for objective in (first, second)]
    batches = [objective.draw(torch.Generator().manual_seed(3), 0.3) for objective in (first, second)]
    assert torch.equal(batches[0].data, batches[1].data)
    moved = [o.moved(network, batch, 0) for o, network, batch in zip((first, second), networks, batches, strict=True)]
    assert torch.allclose(moved[0].loss, moved[1].loss)
    assert torch.allclose(moved[0].squares, moved[1].squares)


@pytest.mark.parametrize("name", ["kepler", "nls", "lambda-omega"])
def test_training_gives_unit_fields_in_any_number_of_variables(data, name):
    one = objective(data, name, window=(9,) * len(data[name].axes))
    trained = train_flow(one)
    assert trained.steps == 4
    assert all(map(math.isfinite, trained.history["loss"]))
    assert torch.allclose(one.norms(trained.generators), torch.ones(2, dtype=torch.float64))
    assert one.combinations(trained.generators).shape == (2, 2)


def test_known_symmetries_stay(data):
    """Fitted to the eigenproblem's fields, which move the data without a residual, and still there after some steps."""
    settings = SystemFlowSettings(width=24, head_width=12, steps=12, seed=1)
    one, initial = system_flow_objective(data["kepler"], given(data, "kepler"), settings)
    true = closed_form(one.space, [("1", "0", "0"), ("0", "q2", "-q1"), ("3*t", "2*q1", "2*q2")])
    training = FlowTraining(one, initial)
    training.run()
    fields = training.result().generators
    assert fields.count == 3
    angles = principal_angles(field_matrix(fields, one.problem.points), field_matrix(true, one.problem.points))
    assert math.degrees(float(angles.max())) < 1


@pytest.mark.slow
def test_from_random_weights_the_first_slots_take_the_symmetries(data):
    """Time, rotation and scaling of Kepler's problem, in the first three of four slots."""
    settings = SystemFlowSettings(init="random", n_generators=4, steps=200)
    one, initial = system_flow_objective(data["kepler"], given(data, "kepler"), settings)
    assert initial is None
    true = closed_form(one.space, [("1", "0", "0"), ("0", "q2", "-q1"), ("3*t", "2*q1", "2*q2")])
    fields = field_matrix(train_flow(one).generators, one.problem.points)
    angles = principal_angles(fields[:, :3], field_matrix(true, one.problem.points))
    assert math.degrees(float(angles.max())) < 10


def test_along_solutions_fields_have_no_size(data):
    """Of q' = f: the direction (1, f), normalised; second-order equations have none, and none of a plane has."""
    one = objective(data, "lotka-volterra")
    points = one.points
    u, v = points[:, 1:].T
    expected = one.space.normalise_fields(torch.stack([torch.ones_like(u), u - u * v, u * v - v], -1))
    assert torch.allclose(one.along, expected / expected.norm(dim=-1, keepdim=True))
    network = FlowTraining(one).network
    assert (one.weighted(network) * one.along).sum(-1).abs().max() < 1e-6
    assert directions(objective(data, "kepler").problem, points) is None
    assert directions(objective(data, "lambda-omega").problem, points) is None


def test_trivial_fields_are_not_started_from(data):
    settings = SystemFlowSettings(width=8, head_width=4, steps=1)
    one, initial = system_flow_objective(data["lotka-volterra"], given(data, "lotka-volterra"), settings)
    values = one.space.normalise_fields(initial(one.points))
    across = values - (values * one.along).sum(-1, keepdim=True) * one.along
    assert (across.square().sum(-1).mean(-1) > 0.01).all()
    assert one.settings.n_generators == initial.count


def test_short_solutions_get_differences_that_fit():
    """9 times: differences of order 6 of a second derivative lose 12 of them, those of order 4 lose 8."""
    short = {"kepler": example("kepler", 2, 9, 1, 0)}
    assert objective(short, "kepler", accuracy=None).validity.accuracy == 4
    with pytest.raises(DataError, match="9 times"):
        objective(short, "kepler", accuracy=6)


def test_equations_without_terms(data, monkeypatch):
    monkeypatch.setattr("symgen.discovery.flow_solutions.ROUNDING", 1e9)
    with pytest.raises(DataError, match="All terms"):
        objective(data, "kepler")


def test_resumed_training_is_the_same_bit_by_bit(data, tmp_path):
    whole = FlowTraining(objective(data, "nls", window=(9, 9)))
    whole.run()
    part = FlowTraining(objective(data, "nls", window=(9, 9)))
    part.compare()
    for _ in range(2):
        part.advance()
        part.compare()
        part.reorder()
    part.save(tmp_path / "a")
    other = FlowTraining(objective(data, "nls", window=(9, 9)))
    other.restore(tmp_path / "a")
    assert other.step == 2
    other.run()
    for name, weights in whole.network.state_dict().items():
        assert torch.equal(weights, other.network.state_dict()[name]), name
    with pytest.raises(DataError, match="other settings or data"):
        FlowTraining(objective(data, "nls", window=(9, 9), sigma=0.3)).restore(tmp_path / "a")


def test_an_artifact_with_a_formula(data, tmp_path):
    settings = SystemFlowSettings(width=24, head_width=12, steps=2)
    artifact, trained = discover_system_flow(data["kepler"], given(data, "kepler"), settings)
    assert trained.steps == 2
    artifact.save(tmp_path / "a.safetensors")
    again = symgen.load(tmp_path / "a.safetensors")
    assert again.metadata.method == "flow"
    assert torch.allclose(again(artifact.points[:9]), artifact(artifact.points[:9]))
    assert any(record.formula is not None for record in again.metadata.generators)


def test_from_the_command_line(run, terminal, data):
    one = data["kepler"]
    values = np.moveaxis(one.read(range(len(one))), -1, 0)
    np.savez("a.npz", **dict(zip(one.unknowns, values, strict=True)), t=one.axis("t").points)
    equations = [part for text in EXAMPLES["kepler"].equations for part in ("--equation", text)]
    small = ("--width", "8", "--steps", "3", "--init", "random", "--n-generators", "2", "--device", "cpu")
    code, out, err = run("discover", "a.npz", *equations, "--method", "flow", *small, "--no-figures", "--json")
    assert code == 0, err
    document = json.loads(out)
    assert document["method"] == "flow"
    assert len(document["moved"]["generators"]) == 2
    assert document["settings"]["init"] == "random"
    paper = ("--preset", "paper", "--width", "8", "--steps", "2", "--batch", "1", "--n-generators", "1")
    code, out, err = run("discover", "a.npz", *equations, *paper, "--device", "cpu", "-o", "b.safetensors", "--json")
    assert code == 0, err
    document = json.loads(out)
    assert document["settings"]["orthonormality_form"] == "angle"
    assert {path.rsplit("/")[-1] for path in document["figures"]} >= {"training.png", "moved.png"}
