from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import symgen
from symgen.discovery.flow_training import FlowTraining

pytestmark = pytest.mark.usefixtures("terminal", "module_cache")

HEAT = ["discover", "heat", "-n", "2", "--n-points", "2048", "--device", "cpu"]
FLOW = [*HEAT, "--method", "flow", "--periodic", "--steps", "6", "--width", "16", "--no-figures"]
FILE, CHECKPOINT = "heat-generators.safetensors", "heat-generators.checkpoint.safetensors"


def files():
    return sorted(path.name for path in Path().iterdir())


def test_flow_training_from_the_command_line(run):
    code, out, _ = run(*FLOW[:-1], "--json")
    found = json.loads(out)
    assert code == 0
    assert files() == ["heat-figures", FILE]
    assert "training.png" in [path.name for path in Path("heat-figures").iterdir()]
    assert found["method"] == "flow"
    # the start, fitted to the four symmetries of heat that fit the box, is kept where six steps do not better it
    assert len(found["generators"]) == found["exact"] + found["approximate"] == 4
    assert max(score["residual"] for scores in found["moved"]["generators"] for score in scores) < 0.05
    artifact = symgen.load(FILE)
    assert artifact.metadata.heads.count == 4
    points = artifact.points[:5].clone().requires_grad_()
    assert artifact(points).shape == (4, 5, 3)
    code, out, _ = run("inspect", FILE, "--against", "lps")
    assert code == 0
    assert "flow, seed 0" in out


def test_fields_without_formula_say_so(run):
    short = ["--steps", "2", "--width", "8", "--batch", "1"]  # and nothing is solved for
    code, _, _ = run(*HEAT, "--preset", "paper", *short, "--no-figures")
    _, out, _ = run("inspect", FILE)
    assert code == 0
    assert "no closed form within 1%" in out


def test_symmetries_are_found_from_random_weights(run):
    code, out, _ = run(*FLOW, "--init", "random", "--n-generators", "2", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["exact"] == 2
    assert symgen.load(FILE).metadata.heads.width == 64  # both heads read the hidden units of both


def test_the_published_settings_are_a_preset(run):
    short = ["--steps", "2", "--width", "8", "--batch", "1"]
    code, out, _ = run(*HEAT, "--preset", "paper", *short, "--no-figures", "--json")
    settings = json.loads(out)["settings"]
    assert code == 0
    assert (settings["init"], settings["sigma"], settings["flow_steps"], settings["periodic"]) == (
        "random",
        0.4,
        10,
        True,
    )
    assert settings["orthonormality_form"] == "angle"
    assert (settings["steps"], settings["width"], settings["n_generators"]) == (2, 8, 4)
    code, _, err = run(*HEAT, "--preset", "paper", "--method", "network")
    assert code == 2
    assert "--method flow" in err


def interrupt_at(monkeypatch, step):
    advance = FlowTraining.advance

    def interrupted(self):
        if self.step == step:
            raise KeyboardInterrupt
        return advance(self)

    monkeypatch.setattr(FlowTraining, "advance", interrupted)


def test_ctrl_c_leaves_a_usable_file_and_resumes(run, monkeypatch):
    assert run(*FLOW, "-o", "whole.safetensors")[0] == 0
    with monkeypatch.context() as patch:
        interrupt_at(patch, 4)
        code, out, err = run(*FLOW)
    assert (code, out) == (130, "")
    assert "step 4 of 6" in err
    assert "--resume" in err
    assert files() == [CHECKPOINT, FILE, "whole.safetensors"]
    assert symgen.load(FILE).metadata.method == "flow"

    code, _, err = run(*FLOW, "-o", "heat-generators.safetensors")
    assert code == 2
    assert "--resume" in err
    assert run(*FLOW, "--resume")[0] == 0
    assert files() == [FILE, "whole.safetensors"]
    points = symgen.load(FILE).points
    assert torch.equal(symgen.load(FILE)(points), symgen.load("whole.safetensors")(points))

    code, _, err = run(*FLOW, "--resume")
    assert code == 2
    assert "no checkpoint" in err


def test_an_interrupt_before_the_first_step_leaves_nothing(run, monkeypatch):
    interrupt_at(monkeypatch, 0)
    assert run(*FLOW)[0] == 130
    assert files() == []


def test_a_checkpoint_of_other_settings_is_refused(run, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_at(patch, 4)
        run(*FLOW)
    code, _, err = run(*FLOW, "--seed", "1", "--resume")
    assert code == 3
    assert "other settings or data" in err
    assert files() == [CHECKPOINT, FILE]


def test_a_training_that_breaks_down_says_where(run, monkeypatch):
    advance = FlowTraining.advance

    def broken(self):
        with torch.no_grad():
            self.network.heads.biases[0].fill_(torch.nan)
        return advance(self)

    monkeypatch.setattr(FlowTraining, "advance", broken)
    code, _, err = run(*FLOW[:-1], "--steps", "60", "--no-figures")
    assert code == 1
    assert "broke down at step 49" in err
    assert "Lower the learning rate" in err
    assert "bug" not in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--method", "flow", "--x-degree", "1"], "--x-degree belongs to --method spectral, not to flow"),
        (["--init", "random"], "--init belongs to --method flow, not to spectral"),
        (["--width", "8"], "--width belongs to --method network and --method flow, not to spectral"),
        (["--resume"], "--resume belongs to --method flow, not to spectral"),
        (["--method", "flow", "--sigma", "-1"], "--sigma -1.0: input should be greater than 0"),
    ],
)
def test_options_of_other_methods_are_refused(run, options, message):
    code, _, err = run(*HEAT, *options)
    assert code == 2
    assert message in " ".join(err.split())
    assert files() == []


@pytest.mark.slow
def test_two_processes_give_the_result_of_one():
    command = ["-m", "symgen", *FLOW, "--init", "random", "--n-generators", "2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, *command, "-o", "one.safetensors"], check=True, env=environment)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*torchrun, *command, "-o", "two.safetensors", "--json"],
        check=True,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout)["file"] == "two.safetensors"  # one document, of one process
    one, two = symgen.load("one.safetensors"), symgen.load("two.safetensors")
    # what six steps in float32 make of sums taken in another order; one step moves the fields by a twentieth of them
    fields, others = one(one.points), two(one.points)
    assert float((fields - others).abs().max()) < 1e-4 * float(fields.abs().max())
