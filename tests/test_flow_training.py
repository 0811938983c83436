from __future__ import annotations

import math
import os
import subprocess
import sys
import textwrap

import pytest
import torch

from symgen.discovery.fitting import fit
from symgen.discovery.flow_objective import Moved
from symgen.discovery.flow_solutions import SolutionObjective
from symgen.discovery.flow_training import FlowTraining, train_flow
from symgen.discovery.pde_problem import PdeProblem
from symgen.discovery.problem import normalised_space
from symgen.discovery.settings import PdeFlowSettings
from symgen.exceptions import DataError, TrainingError
from symgen.flow import Flow, move_each
from symgen.generators.algebra import grassmann_distance
from symgen.generators.inner_product import field_matrix, norms
from symgen.generators.network import Heads, HeadsShape, NetworkGenerators, TrunkShape
from symgen.inspection.reference import closed_form
from symgen.pde.equation import Equation

EQUATION = Equation.from_string("u_t - 0.05*u_xx")
SMALL = {
    "n_generators": 2,
    "width": 8,
    "head_width": 4,
    "window": (16, 24),
    "accuracy": 4,
    "batch": 2,
    "steps": 8,
    "init": "random",
    "clamp": 1e-4,
    "periodic": True,
    "solve": False,
}


@pytest.fixture(scope="module")
def data(simulated):
    return simulated("heat")


def small(data, **changes):
    """The objective of a small training."""
    settings = PdeFlowSettings(**{**SMALL, **changes})
    return SolutionObjective(PdeProblem(data, EQUATION, settings), settings)


def make_network(space, count, width, head_width):
    trunk = TrunkShape(width=width, waves=(True, False, False))
    heads = Heads(space, trunk, HeadsShape(count=count, width=head_width), torch.Generator().manual_seed(0))
    return NetworkGenerators(space, heads)


def same(left, right):
    left, right = left.generators.state_dict(), right.generators.state_dict()
    return all(torch.equal(left[name], right[name]) for name in right)


def test_copies_are_moved_as_one_by_one(data):
    space = normalised_space(data.solutions)
    network = make_network(space, 3, 8, 4).requires_grad_(False)
    draw = torch.Generator().manual_seed(1)
    points = torch.rand(3, 20, 3, dtype=torch.float64, generator=draw)
    scales = torch.tensor([0.3, -0.2, 0.1], dtype=torch.float64)
    moved = move_each(network, points, scales, 6)
    for a in range(3):
        assert torch.allclose(moved[a], Flow(network, step=0.05)(points[a], float(scales[a]), a), atol=1e-7)
    each = torch.rand(3, 20, dtype=torch.float64, generator=draw)
    expected = Flow(network, step=0.05)(points[1], each[1], 1)
    assert torch.allclose(move_each(network, points, each, 20)[1], expected, atol=1e-7)
    single = move_each(network.float(), points, scales, 6)
    assert single.dtype == torch.float64
    assert torch.allclose(single, moved, atol=1e-5)


def test_fit_reaches_the_targets(data):
    space = normalised_space(data.solutions)
    targets = closed_form(space, [("1", "0", "0"), ("0", "1", "0"), ("0", "0", "u")])
    network = make_network(space, 4, 16, 8)
    points = small(data).points
    assert fit(network, targets, points) < 2e-3
    left, right = field_matrix(network, points).detach(), field_matrix(targets, points)
    assert grassmann_distance(left[:, :3], right) < 5e-3


def test_training_lowers_the_loss_and_gives_unit_fields(data):
    rows = []
    trained = train_flow(small(data, steps=60, learning_rate=1e-2), progress=lambda *row: rows.append(row))
    assert [row[:2] for row in rows] == [(step, 60) for step in range(1, 61)]
    assert all(len(values) == 60 for values in trained.history.values())
    assert rows[-1][2] == {name: values[-1] for name, values in trained.history.items()}
    first, last = (sum(trained.history["loss"][part]) / 10 for part in (slice(0, 10), slice(-10, None)))
    assert last < first - 1
    assert sum(trained.history["defect_1"][-10:]) < 0.2 * sum(trained.history["defect_1"][:10])
    assert {"loss", "symmetry", "orthonormality", "lipschitz", "sobolev", "sigma", "folds"} < set(trained.history)
    assert trained.history["sobolev"][0] == 0 < trained.history["sobolev"][-1]
    assert trained.history["defect_2"][-1] > 0
    points = small(data).points
    assert torch.allclose(norms(field_matrix(trained.generators, points)), torch.ones(2, dtype=torch.float64))
    assert trained.generators.norms.dtype == torch.float64
    assert 0 < trained.best_step <= 60


def test_known_symmetries_stay(data):
    targets = closed_form(normalised_space(data.solutions), [("1", "0", "0"), ("0", "0", "u")])
    objective = small(data, init="spectral", steps=20, width=16, head_width=8, learning_rate=1e-3)
    trained = train_flow(objective, initial=targets)
    points = objective.points
    assert grassmann_distance(field_matrix(trained.generators, points), field_matrix(targets, points)) < 0.05
    assert max(trained.history["defect_1"][-5:]) < 0.1
    with pytest.raises(ValueError, match="needs initial"):
        train_flow(objective)


def test_resumed_training_is_the_same_bit_by_bit(data, tmp_path):
    path = tmp_path / "flow.ckpt"
    whole = train_flow(small(data), checkpoint=tmp_path / "other.ckpt")

    def interrupt(step, *_):
        if step == 5:
            raise KeyboardInterrupt

    stopped = train_flow(small(data), progress=interrupt, checkpoint=path)
    assert (stopped.steps, stopped.wanted, len(stopped.history["loss"])) == (5, 8, 5)
    assert stopped.best_step <= 5
    steps = []
    resumed = train_flow(small(data), progress=lambda step, *_: steps.append(step), checkpoint=path, resume=True)
    assert steps == [6, 7, 8]
    assert same(resumed, whole)
    assert resumed.history == whole.history
    assert resumed.best_step == whole.best_step
    assert same(train_flow(small(data), checkpoint=path, resume=True), whole)  # nothing left to do
    assert same(train_flow(small(data), checkpoint=path), whole)  # from the start
    assert list(tmp_path.glob(".*")) == []


def test_an_interrupt_within_a_step_is_as_one_before_it(data, tmp_path, monkeypatch):
    path = tmp_path / "flow.ckpt"
    whole = train_flow(small(data))
    moved, calls = SolutionObjective.moved, []

    def interrupted(self, *arguments):
        calls.append(1)
        if len(calls) == 9:
            raise KeyboardInterrupt
        return moved(self, *arguments)

    monkeypatch.setattr(SolutionObjective, "moved", interrupted)
    assert train_flow(small(data), checkpoint=path).steps == 2
    assert same(train_flow(small(data), checkpoint=path, resume=True), whole)


def test_an_interrupt_while_slots_are_compared_is_as_one_before_the_step(data, tmp_path, monkeypatch):
    path, calls = tmp_path / "flow.ckpt", []

    def swapped(self, network):
        calls.append(1)
        if len(calls) == interrupted:
            raise KeyboardInterrupt
        return torch.eye(network.count, dtype=torch.float64).flip(0)

    monkeypatch.setattr(SolutionObjective, "combinations", swapped)
    interrupted = 0
    whole = train_flow(small(data, reorder=True))
    calls.clear()
    interrupted = 3
    assert train_flow(small(data, reorder=True), checkpoint=path).steps == 3
    resumed = train_flow(small(data, reorder=True), checkpoint=path, resume=True)
    assert resumed.history == whole.history
    assert same(resumed, whole)


def test_foreign_and_damaged_checkpoints_are_refused(data, tmp_path):
    path = tmp_path / "flow.ckpt"
    train_flow(small(data, steps=2), checkpoint=path)
    with pytest.raises(DataError, match="other settings or data"):
        train_flow(small(data, steps=3), checkpoint=path, resume=True)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="damaged"):
        train_flow(small(data, steps=2), checkpoint=path, resume=True)


def test_slots_change_places_with_their_moments(data, monkeypatch):
    training = FlowTraining(small(data, n_generators=3))
    training.advance()
    heads, points = training.network.heads.weights[0], training.objective.points.float()
    before, fields = heads.detach().clone(), training.network(points).detach()
    moments = training.optimiser.state[heads]["exp_avg"].clone()
    # the most valid combination is mostly the third slot, the next one the first, though that holds more of the third
    combinations = torch.tensor([[0.1, 0.2, -0.97], [0.6, 0.3, 0.7], [0.0, 1.0, 0.0]], dtype=torch.float64)
    monkeypatch.setattr(training.objective, "combinations", lambda network: combinations)
    training.reorder()
    assert torch.equal(heads, before[[2, 0, 1]])
    assert torch.equal(training.optimiser.state[heads]["exp_avg"], moments[[2, 0, 1]])
    assert torch.allclose(training.network(points), fields[[2, 0, 1]])


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_slots_knows_nothing_of_the_sizes_of_heads(data, seed):
    fields = []
    for sizes in ((1, 1, 1), (0.02, 1, 50), (30, 0.1, 1)):
        training = FlowTraining(small(data, n_generators=3, seed=seed, precision="float64"))
        factors = torch.tensor(sizes, dtype=torch.float64)[:, None, None]
        for last in (training.network.heads.weights[-1], training.network.heads.biases[-1]):
            last.data *= factors
        training.compare()  # which makes them unit fields
        training.reorder()
        fields.append(training.network(training.objective.points).detach())
    torch.testing.assert_close(fields[1], fields[0])
    torch.testing.assert_close(fields[2], fields[0])


def test_combinations_of_known_fields_are_sorted_out(data):
    objective = small(data, n_generators=3, width=24, head_width=12)
    rows = [("x*u", "0", "2*u"), ("1", "0", "2*u"), ("1", "0", "-u")]
    network = make_network(objective.space, 3, 24, 12)
    fit(network, closed_form(objective.space, rows), objective.points, iterations=1000)
    network.norms = objective.norms(network).detach()
    combinations = objective.combinations(network).detach()
    mixed = torch.einsum("mn,npi->mpi", combinations, network(objective.points).detach())
    truth = field_matrix(closed_form(objective.space, [("1", "0", "0"), ("0", "0", "u")]), objective.points)
    found = objective.space.normalise_fields(mixed).flatten(1).T
    assert grassmann_distance(found[:, :2], truth) < 0.02
    sizes = norms(found[:, :2]) / len(objective.points) ** 0.5  # over other points than those they are unit fields on
    assert torch.allclose(sizes, torch.ones(2, dtype=torch.float64), atol=0.01)


def test_persistent_folds_stop_with_the_figures(data, monkeypatch):
    objective = small(data, grow=False, sigma=2.0, learning_rate=1e-9, patience=3, steps=50)

    moved = SolutionObjective.moved

    def folded(self, *arguments):
        loss, squares, folds = moved(self, *arguments)
        return Moved(0 * loss.nan_to_num(), 0 * squares.nan_to_num(), torch.ones_like(folds))

    monkeypatch.setattr(SolutionObjective, "moved", folded)
    with pytest.raises(TrainingError, match=r"step 2: 100% of the moved samples are folded.*orthonormality.*Lower"):
        train_flow(objective)


def test_gradients_that_are_not_finite_are_left_out_and_stop_it(data):
    training = FlowTraining(small(data, patience=3))
    training.advance()
    before = [p.detach().clone() for p in training.parameters]

    class Broken:
        def __init__(self, validity):
            self.validity = validity

        def __call__(self, graph):
            return self.validity(graph * math.nan)

    training.objective.validity = Broken(training.objective.validity)
    training.advance()
    training.advance()
    assert all(torch.equal(a, b) for a, b in zip(before, training.parameters, strict=True))
    with pytest.raises(TrainingError, match="gradient is not finite"):
        training.advance()


WORKER = """
    import sys
    import torch
    from torch import distributed
    from symgen.discovery.flow_solutions import SolutionObjective
    from symgen.discovery.flow_training import train_flow
    from symgen.discovery.pde_problem import PdeProblem
    from symgen.discovery.settings import PdeFlowSettings
    from symgen.pde.equation import Equation
    from symgen.pde.trajectories import load_trajectories
    from symgen.processes import process_group

    data, place, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{out}.meet", rank=place, world_size=2)
    settings = PdeFlowSettings.model_validate_json(sys.argv[4])
    problem = PdeProblem(load_trajectories(data), Equation.from_string("u_t - 0.05*u_xx"), settings)
    with process_group("cpu"):
        trained = train_flow(SolutionObjective(problem, settings), checkpoint=f"{out}.ckpt")
    from safetensors.torch import save_file
    tensors = {k: v.contiguous() for k, v in trained.generators.state_dict().items()}
    save_file({**tensors, "loss": torch.tensor(trained.history["loss"])}, f"{out}.{place}")
    distributed.destroy_process_group()
"""


@pytest.mark.slow
def test_two_processes_are_as_one(data, tmp_path):
    from safetensors.torch import load_file

    data.save(tmp_path / "data.h5")
    objective = small(data, batch=3, precision="float64", steps=6)
    alone = train_flow(objective)
    script = tmp_path / "worker.py"
    script.write_text(textwrap.dedent(WORKER))
    command = [sys.executable, str(script), str(tmp_path / "data.h5")]
    rest = [str(tmp_path / "out"), objective.settings.model_dump_json()]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    workers = [subprocess.Popen([*command, str(i), *rest], env=environment) for i in (0, 1)]
    assert [worker.wait(120) for worker in workers] == [0, 0]
    for i in (0, 1):
        result = load_file(tmp_path / f"out.{i}")
        assert torch.allclose(result["loss"], torch.tensor(alone.history["loss"]), atol=1e-5)
        for name, tensor in alone.generators.state_dict().items():
            assert torch.allclose(result[name], tensor, atol=1e-5), name
    assert (tmp_path / "out.ckpt").exists()
