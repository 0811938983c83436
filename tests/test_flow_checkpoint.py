"""A checkpoint that is not of this training changes nothing in it."""

from __future__ import annotations

import json
import math
from copy import deepcopy

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from symgen.discovery.flow_checkpoint import KEY, read_checkpoint, write_checkpoint
from symgen.discovery.flow_solutions import SolutionObjective
from symgen.discovery.flow_training import FlowTraining
from symgen.discovery.pde_problem import PdeProblem
from symgen.discovery.settings import PdeFlowSettings
from symgen.exceptions import DataError
from symgen.pde.equation import Equation

SMALL = {"n_generators": 2, "init": "random", "width": 8, "head_width": 4, "steps": 4, "batch": 1, "points": 512}
SMALL |= {"window": (20, 24), "flow_steps": 1, "solve": False}


@pytest.fixture(scope="module")
def objective(waves):
    settings = PdeFlowSettings.model_validate(SMALL)
    return SolutionObjective(PdeProblem(waves(), Equation.from_string("u_t + u*u_x + u_xxx"), settings), settings)


@pytest.fixture(scope="module")
def sound(objective, tmp_path_factory):
    """A checkpoint after two steps, and its parts."""
    training, path = FlowTraining(objective), tmp_path_factory.mktemp("checkpoint") / "sound.safetensors"
    for _ in range(2):
        training.advance()
    write_checkpoint(path, training)
    with safe_open(path, "pt") as file:
        return path, json.loads(file.metadata()[KEY]), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def state(training):
    """All that a checkpoint would change."""
    moments = [training.optimiser.state.get(one) for one in training.parameters]
    network = {name: tensor.clone() for name, tensor in training.network.state_dict().items()}
    counts = (training.step, training.bad, training.best_step, training.best_score)
    return deepcopy((network, training.best, counts, training.history, moments, training.random.get_state()))


def assert_same(one, two):
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, two)
    elif isinstance(one, dict):
        assert set(one) == set(two)
        for key in one:
            assert_same(one[key], two[key])
    elif isinstance(one, list | tuple):
        for pair in zip(one, two, strict=True):
            assert_same(*pair)
    else:
        assert one == two


def test_the_sound_one_is_taken(objective, sound):
    training = FlowTraining(objective)
    read_checkpoint(sound[0], training)
    assert training.step == 2
    assert len(training.history["loss"]) == 2
    assert_same(training.network.state_dict(), {k: sound[2][f"network.{k}"].float() for k in training.best})


def changes(header, tensors):
    """Headers and tensors that are no checkpoint of this training."""
    for name, value in tensors.items():
        yield header, {key: one for key, one in tensors.items() if key != name}
        yield header, {**tensors, name: value.new_ones((*value.shape, 3))}
        other = value.to(torch.int64 if value.is_floating_point() else torch.float64)
        yield header, {**tensors, name: other}
        if name.startswith(("network", "best", "adam")):
            yield header, {**tensors, name: torch.full_like(value, math.nan)}
    yield header, {**tensors, "random": torch.zeros_like(tensors["random"])}
    for key in header:
        yield {name: value for name, value in header.items() if name != key}, tensors
        for value in (None, -1, 10**30, 1.5, "2", [], {}, [1, 2]):
            yield {**header, key: value}, tensors


def test_all_others_are_refused_and_change_nothing(objective, sound, tmp_path):
    training, path = FlowTraining(objective), tmp_path / "changed.safetensors"
    before, count = state(training), 0
    for header, tensors in changes(*sound[1:]):
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, {KEY: json.dumps(header)})
        with pytest.raises(DataError, match=r"changed\.safetensors is"):
            read_checkpoint(path, training)
        assert_same(state(training), before)
        count += 1
    assert count > 100


@pytest.mark.parametrize("seed", [1, 2])
def test_data_in_memory_are_told_apart(waves, objective, sound, seed):
    """They have no checksum of a file."""
    settings, equation = objective.settings, Equation.from_string("u_t + u*u_x + u_xxx")
    other = SolutionObjective(PdeProblem(waves(seed=seed), equation, settings), settings)
    object.__setattr__(other.problem, "space", objective.space)
    training = FlowTraining(other)
    before = state(training)
    with pytest.raises(DataError, match="other settings or data"):
        read_checkpoint(sound[0], training)
    assert_same(state(training), before)
