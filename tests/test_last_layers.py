from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from symgen.discovery.flow_solutions import SolutionObjective
from symgen.discovery.flow_training import FlowTraining, train_flow
from symgen.discovery.last_layers import RIDGE, LastLayers, solve_last_layers
from symgen.discovery.pde_problem import PdeProblem
from symgen.discovery.settings import PdeFlowSettings
from symgen.generators.algebra import grassmann_distance
from symgen.generators.inner_product import field_matrix
from symgen.generators.network import Heads, HeadsShape, HiddenUnits, NetworkGenerators, TrunkShape
from symgen.inspection.reference import closed_form
from symgen.pde.equation import Equation

POINTS = 2048
ROWS = [("1", "0", "0"), ("0", "1", "0"), ("t", "0", "1")]
"""The symmetries of kdv and of burgers that are periodic in x."""


@pytest.fixture(scope="module")
def heat(simulated):
    return simulated("heat")


def small(data, **changes):
    """The objective of a small training from random weights."""
    shape = {"n_generators": 4, "width": 16, "head_width": 8, "window": (16, 24), "accuracy": 4, "steps": 8}
    settings = PdeFlowSettings.model_validate({"init": "random", "periodic": True, **shape, **changes})
    equation = Equation.from_string(data.info.equation, data.info.parameters)
    return SolutionObjective(PdeProblem(data, equation, settings), settings)


def random_network(objective, seed=0):
    """Unit fields of random weights, float64."""
    settings = objective.settings
    trunk = TrunkShape(width=settings.width, waves=objective.waves)
    shape = HeadsShape(count=settings.count, width=settings.head_width)
    heads = Heads(objective.space, trunk, shape, torch.Generator().manual_seed(seed))
    network = NetworkGenerators(objective.space, heads).requires_grad_(False)
    objective.normalise(network)
    return network


def span(network, objective):
    return field_matrix(network, objective.points).detach()


def truth(objective):
    return field_matrix(closed_form(objective.space, ROWS), objective.points)


def test_hidden_units_are_what_last_layers_combine(heat):
    heads = random_network(small(heat)).heads
    draw = torch.Generator().manual_seed(1)
    curve = torch.rand(3, 7, 3, dtype=torch.float64, generator=draw)
    units = HiddenUnits(heads)
    assert units.along(curve).shape == (3, 7, units.size)
    # the heads as they are: each combines its own units
    places = torch.zeros(4, 3, units.size, dtype=torch.float64)
    for head in range(4):
        places[head, :, 8 * head : 8 * head + 8] = heads.weights[-1][head].T
        places[head, :, -1] = heads.biases[-1][head, 0]
    torch.testing.assert_close(heads.combined(places).along(curve), heads.along(curve))
    # others, of any number
    coefficients = torch.randn(2, 3, units.size, dtype=torch.float64, generator=draw)
    combined = heads.combined(coefficients)
    expected = torch.einsum("mpk,ndk->mpnd", units.along(curve), coefficients).flatten(2)
    torch.testing.assert_close(combined.along(curve), expected)
    torch.testing.assert_close(combined.together(curve[0]).transpose(0, 1).flatten(1), expected[0])
    assert combined.shape == HeadsShape(count=2, width=32)


def test_large_weights_cost():
    """Eigenvalues of R'R + ridge^2 against N'N for each component, by Cholesky."""
    draw = torch.Generator().manual_seed(2)
    residual, values = (torch.randn(*shape, dtype=torch.float64, generator=draw) for shape in ((40, 15), (30, 5)))
    values[:, 4] = values[:, 3] + 1e-3 * values[:, 4]  # nearly the same: large weights could tell them apart
    residual[:, 4::5] = residual[:, 3::5]  # and nothing but their ridge is against it
    spectrum = LastLayers(None).solve(residual, values)
    quadratic = residual.T @ residual + RIDGE**2 * torch.eye(15)
    half = torch.linalg.inv(torch.linalg.cholesky(torch.block_diag(*[values.T @ values] * 3)))
    expected = torch.linalg.eigvalsh(half @ quadratic @ half.T).sqrt()
    torch.testing.assert_close(spectrum.singular_values, expected)
    best = spectrum.coefficients[0]
    assert float((values @ best.T).square().sum()) == pytest.approx(1)
    assert float(spectrum.singular_values[0]) > 0.1  # 0 without the ridge


@pytest.mark.parametrize("name", ["kdv", "burgers"])
def test_symmetries_are_solved_for(simulated, name):
    objective = small(simulated(name), width=32, head_width=16)
    network = random_network(objective)
    solved = solve_last_layers(objective.problem, network, POINTS)
    found = span(solved, objective)
    assert found.shape[1] == 4
    assert float((found.T @ found - torch.eye(4)).abs().max()) < 0.15  # orthonormal over other points of the data
    assert grassmann_distance(found[:, :3], truth(objective)) < 0.06
    assert grassmann_distance(span(network, objective)[:, :3], truth(objective)) > 0.4


def test_a_mixture_with_what_is_nearly_a_symmetry_is_separated(simulated):
    """A boost mixed with one that changes in time, as gradients leave it."""
    objective = small(simulated("kdv"), n_generators=1, width=32, head_width=24, solve=False)
    training = FlowTraining(objective, closed_form(objective.space, [("t + 0.02*t**2", "0", "1 + 0.04*t")]))
    mixture = training.trained()
    solved = solve_last_layers(objective.problem, mixture, POINTS)
    assert grassmann_distance(span(solved, objective), truth(objective)) < 0.03


def test_trainings_from_random_weights_end_with_it(heat):
    objective = small(heat)
    training = FlowTraining(objective)
    training.run()
    trained, result = training.trained(), training.result()
    assert result.solved
    assert result.generators.heads.shape == HeadsShape(count=4, width=32)
    assert training._score(result.generators) < training._score(trained)
    objective.normalise(result.generators)
    assert torch.allclose(objective.norms(result.generators), torch.ones(4, dtype=torch.float64))
    assert not any(parameter.requires_grad for parameter in result.generators.parameters())
    alone = train_flow(small(heat, solve=False))
    assert not alone.solved
    assert alone.history == training.history  # of the steps nothing is changed
    left, right = alone.generators.state_dict(), trained.state_dict()
    assert all(torch.equal(left[name], right[name]) for name in right)


def test_moved_data_decide(heat, monkeypatch):
    """Last layers of less linearised defect are left where data moved at finite scale are left with more."""
    objective = small(heat)
    training = FlowTraining(objective)
    training.run()
    worse = random_network(objective, seed=5)
    monkeypatch.setattr(objective, "solved", lambda network: worse)
    result = training.result()
    assert not result.solved
    assert result.generators.heads.shape == HeadsShape(count=4, width=8)


def test_where_it_is_done():
    four = {"n_generators": 4}
    assert PdeFlowSettings(init="random", **four).solving
    assert not PdeFlowSettings(init="random", solve=False, **four).solving
    assert not PdeFlowSettings(**four).solving
    assert PdeFlowSettings(solve=True, **four).solving
    assert not PdeFlowSettings.paper().solving
    assert not PdeFlowSettings(init="random", n_generators=64).solving  # 2048 hidden units
    with pytest.raises(ValidationError, match="1024 hidden units in all heads, not 2048"):
        PdeFlowSettings(solve=True, n_generators=64)
