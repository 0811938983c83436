"""The same twice, to the bit: every training, on one kind of device and as many threads."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from symgen.devices import REPEATABLE, WORKSPACE, pick_device
from symgen.discovery.flow_points import PointObjective
from symgen.discovery.flow_solutions import SolutionObjective
from symgen.discovery.flow_training import train_flow
from symgen.discovery.pde_problem import PdeProblem
from symgen.discovery.point_problem import PointProblem
from symgen.discovery.point_settings import PointFlowSettings
from symgen.discovery.settings import PdeFlowSettings
from symgen.pde.equation import Equation
from symgen.points.point_set import PointSet
from symgen.points.target import Target
from symgen.surrogates.network import TrainingPlan, squared_error, train_ensemble
from symgen.validity.points import Invariance

SMALL = {"n_generators": 2, "width": 8, "head_width": 4, "batch": 4, "steps": 4, "init": "random"}


def plane():
    draw = torch.Generator().manual_seed(0)
    return PointSet.from_array(torch.randn(100, 2, dtype=torch.float64, generator=draw), ("x", "y"))


def on_solutions(simulated):
    more = {"window": (16, 24), "accuracy": 4, "clamp": 1e-4, "periodic": True}
    settings = PdeFlowSettings(**SMALL, **more)
    problem = PdeProblem(simulated("heat"), Equation.from_string("u_t - 0.05*u_xx"), settings)
    return train_flow(SolutionObjective(problem, settings)).generators.state_dict()


def on_points(simulated):
    validity = Invariance(Target(lambda z: z.square().sum((1, 2))[:, None], ("r",), "r"), plane())
    settings = PointFlowSettings(**SMALL)
    return train_flow(PointObjective(PointProblem(validity, settings), settings)).generators.state_dict()


def of_surrogates(simulated):
    z = plane().values[:, 0]
    parts = [torch.arange(50), torch.arange(50, 100)]
    plan = TrainingPlan(widths=(8,), steps=20)
    return train_ensemble(z, z[:, :1] ** 2, 1, parts, squared_error, plan).state_dict()


TRAININGS = {"flow of solutions": on_solutions, "flow of points": on_points, "surrogates": of_surrogates}
"""That of extractors: tests/test_extractor.py."""


@pytest.mark.parametrize("training", TRAININGS)
def test_twice(training, simulated):
    first, second = (TRAININGS[training](simulated) for _ in range(2))
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


class TestOnCuda:
    """What is asked of torch there; here nothing runs on it."""

    @pytest.fixture(autouse=True)
    def _one_device(self, monkeypatch):
        monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
        yield
        torch.use_deterministic_algorithms(False)

    @pytest.mark.parametrize("device", ["auto", "cuda", "cuda:0"])
    @pytest.mark.parametrize("workspace", [*REPEATABLE, None, ":0:0"])
    def test_deterministic_where_cublas_is(self, monkeypatch, device, workspace):
        monkeypatch.setenv(WORKSPACE, workspace) if workspace else monkeypatch.delenv(WORKSPACE, raising=False)
        assert pick_device(device).startswith("cuda")
        assert torch.are_deterministic_algorithms_enabled() == (workspace in REPEATABLE)
        assert not workspace or torch.is_deterministic_algorithms_warn_only_enabled() == (workspace in REPEATABLE)

    def test_not_on_a_processor(self, monkeypatch):
        monkeypatch.setenv(WORKSPACE, REPEATABLE[0])
        pick_device("cpu")
        assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize(("before", "after"), [(None, REPEATABLE[0]), (":16:8", ":16:8"), (":0:0", ":0:0")])
def test_the_command_line_asks_for_it_before_torch_is_there(before, after):
    script = (
        f"import os, sys\nos.environ.pop({WORKSPACE!r}, None)\n"
        f"if {before!r}: os.environ[{WORKSPACE!r}] = {before!r}\n"
        "from symgen.cli import main\n"
        "try: main(['catalog'])\nexcept SystemExit: pass\n"
        f"assert 'torch' not in sys.modules\nassert os.environ[{WORKSPACE!r}] == {after!r}"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=120)
