"""Flow training from the spectral solution and from random weights: what becomes of the slots."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from symgen.benchmark.catalog_data import of_equation, of_system
from symgen.benchmark.table import Case, Result, Wanted
from symgen.catalog import get, system
from symgen.discovery.flow_solutions import SolutionObjective
from symgen.discovery.flow_system import system_flow_objective
from symgen.discovery.flow_training import FlowTraining
from symgen.discovery.pde import flow_objective
from symgen.discovery.settings import PdeFlowSettings, SystemFlowSettings
from symgen.discovery.source import DEFAULT_SAMPLES
from symgen.discovery.system_source import system_of
from symgen.generators.algebra import principal_angles
from symgen.generators.base import Generators
from symgen.generators.inner_product import field_matrix
from symgen.inspection.reference import closed_form
from symgen.names import EQUATIONS
from symgen.pde.axis import grid_order
from symgen.validity.verification import judge_of, moved_scores, window

STEPS = {"kdv": 600, "ks": 600, "nls": 300, "reaction-diffusion": 150, "kepler": 600}
"""From the spectral solution; systems take twice as many from random weights."""


def cases(preset: str) -> Iterator[Case]:
    """Equations, then systems, from either start."""
    smoke = preset == "smoke"
    kinds = ((("kdv", "ks"), 1), (("nls", "reaction-diffusion", "kepler"), 2))
    for names, longer in ((("burgers", "kepler"), 1),) if smoke else kinds:
        for init in ("spectral",) if smoke else ("spectral", "random"):
            for name in names:
                equation, start = name in EQUATIONS, "the spectral solution" if init == "spectral" else "random"
                wanted: dict[str, Wanted] = {}
                if init == "spectral":
                    wanted = {"distance": "≤ 0.02", "ratio": "≤ 1"} if equation else {"distance": "≤ 0.1"}
                elif equation:
                    wanted = {"largest": "≤ 5"}  # degrees
                samples = 4 if smoke else DEFAULT_SAMPLES if equation else 16
                steps = 10 if smoke else STEPS[name] * (longer if init == "random" else 1)
                settings = {"name": name, "init": init, "samples": samples, "steps": steps}
                title = f"Flow training{'' if equation else ' of systems'} from {start}"
                yield Case(f"{name}-flow-{init}", "flow", title, measure, settings, wanted)


def measure(name: str, init: str, samples: int, steps: int, seed: int, device: str) -> Result:
    """Train slots, and compare the first as many as there are true symmetries with these.

    Fields for equations are periodic in x; systems have one slot more than symmetries from random weights. *Trained*:
    the largest angle before last layers are solved for.
    """
    own: dict[str, Any] = {"init": init, "steps": steps, "seed": seed}
    periods: dict[str, float] = {}
    objective: SolutionObjective
    if name in EQUATIONS:
        data, equation = of_equation(name, samples, seed, device)
        start = time.perf_counter()
        settings = PdeFlowSettings.model_validate({**own, "periodic": True})
        objective, initial = flow_objective(data, equation, settings, device)
        true, periods = periodic_symmetries(objective), {"x": data.info.length}
    else:
        solutions = of_system(name, samples, seed, device)
        start = time.perf_counter()
        own |= {"n_generators": len(system(name).symmetries) + 1} if init == "random" else {}
        given = system_of(solutions, [], {})
        objective, initial = system_flow_objective(solutions, given, SystemFlowSettings.model_validate(own), device)
        true = system(name).generators(objective.space, solutions.info.parameters)
    training = FlowTraining(objective, initial)
    training.compare()
    before = training.trained()
    training.run()
    alone = slot_angles(training.trained(), objective, true)
    after = training.result().generators
    seconds = time.perf_counter() - start
    angles = slot_angles(after, objective, true)
    moved_before, moved_after = (_moved(fields, objective, len(angles), periods) for fields in (before, after))
    return {
        "slots": after.count,
        "distance": float(angles.norm()),
        "largest": math.degrees(float(angles.max())),
        "trained": math.degrees(float(alone.max())),
        "before": moved_before,
        "after": moved_after,
        "ratio": moved_after / moved_before if moved_after and moved_before else None,
        "seconds": seconds,
    }


def periodic_symmetries(objective: SolutionObjective) -> Generators:
    """Those of the catalog that are periodic in x, for solutions of its equations."""
    info = objective.problem.solutions.info
    rows = [symmetry.components for symmetry in get(info.name or "").symmetries if symmetry.periodic]
    return closed_form(objective.space, rows, info.parameters)


def slot_angles(generators: Generators, objective: SolutionObjective, true: Generators) -> torch.Tensor:
    """Ascending principal angles (k,), in radians, between the span of the first k slots and the k true symmetries.

    Slots that depend on each other span less than they could: each dimension missing counts as a right angle.
    """
    points = objective.problem.points
    angles = principal_angles(field_matrix(generators, points)[:, : true.count], field_matrix(true, points))
    return torch.cat([angles, angles.new_full((true.count - len(angles),), math.pi / 2)])


def _moved(
    generators: Generators, objective: SolutionObjective, count: int, periods: Mapping[str, float]
) -> float | None:
    """Geometric mean of the residuals of a moved solution over the first slots and the scales; None where one folds."""
    data, own = objective.problem.solutions, objective.problem.system
    order = grid_order(own.space.independent)
    values = torch.from_numpy(data.only(*own.space.dependent).read([0])).to(objective.device)
    values = values.permute(0, *(1 + data.place(axis) for axis in order), values.ndim - 1)
    points = {axis: torch.from_numpy(data.axis(axis).points).to(objective.device) for axis in order}
    lengths = {axis.name: axis.length for axis in data.axes if axis.periodic}
    graph = window(values, points, lengths, periods, own.space.independent)
    judge = judge_of(own, graph, periods)
    scales = -0.4, -0.1, 0.1, 0.4
    scores = [score for a in range(count) for score in moved_scores(generators, a, judge, graph, scales, periods)]
    known = [score.residual for score in scores if score.residual is not None]
    return statistics.geometric_mean(known) if len(known) == len(scores) else None
