"""Files of generators, of a trained model and of a training that was stopped, with sound checksums."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import torch
from fuzz_seeds import Files


@cache
def training():
    """Of small networks; what is read into it is of the same kind."""
    from symgen.discovery.flow_solutions import SolutionObjective
    from symgen.discovery.flow_training import FlowTraining
    from symgen.discovery.pde_problem import PdeProblem
    from symgen.discovery.settings import PdeFlowSettings
    from symgen.pde.equation import Equation
    from symgen.pde.trajectories import Trajectories, TrajectoryInfo

    x, t = np.arange(32) * (2 * np.pi / 32), np.linspace(0, 1, 32)[:, None]
    u = np.stack([np.sin(x - t), np.exp(np.cos(x - t))])
    info = TrajectoryInfo(equation="u_t + u_x", length=2 * np.pi, periodic=True)
    settings = PdeFlowSettings(
        n_generators=2, init="random", width=8, head_width=4, steps=4, batch=1, points=512, window=(20, 24), solve=False
    )
    data = Trajectories.from_arrays(u, x, t[:, 0], info)
    made = FlowTraining(SolutionObjective(PdeProblem(data, Equation.from_string("u_t + u_x"), settings), settings))
    made.advance()
    return made


def tensor_seeds() -> dict[str, Files]:
    from report_artifacts import particles, soliton

    from symgen.discovery.flow_checkpoint import write_checkpoint
    from symgen.image.extractor import Extractor, ExtractorInfo

    torch.manual_seed(0)
    info = ExtractorInfo(architecture="whitened", width=1, classes=("a", "b"), mean=(0.5,) * 3, std=(0.2,) * 3)
    things = {"generators": soliton(), "generators of points": particles(), "extractor": Extractor.untrained(info)}
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, thing in things.items():
            path = Path(folder) / "own.safetensors"
            thing.save(path, force=True)
            found[name] = {"own.safetensors": path.read_bytes()}
        write_checkpoint(path, training())
        found["checkpoint"] = {"checkpoint.safetensors": path.read_bytes()}
    return found
