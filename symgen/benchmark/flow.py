"""Flow training.

What becomes of slots, from the spectral solution and from random weights; those of equations are periodic in x. Angles
are principal ones of the first slots, as many as there are true symmetries, to these: *distance* is their norm in
radians, *trained* the largest in degrees before last layers are solved for. *Before* and *after* the training:
residual of a moved solution, geometric mean over slots and scales. *Weights*: four slots on kdv from random weights,
with the default weights of the losses and each of them times 0, 0.1 and 10; *found*: angles of at most 10 degrees.
"""

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
from symgen.discovery.flow_training import FlowTraining, train_flow
from symgen.discovery.pde import flow_objective
from symgen.discovery.settings import PdeFlowSettings, SystemFlowSettings
from symgen.discovery.source import DEFAULT_SAMPLES
from symgen.discovery.system_source import system_of
from symgen.exceptions import TrainingError
from symgen.generators.algebra import full_angles
from symgen.generators.base import Generators
from symgen.generators.inner_product import field_matrix
from symgen.inspection.reference import closed_form
from symgen.names import EQUATIONS
from symgen.pde.axis import grid_order
from symgen.validity.verification import judge_of, moved_scores, window

STEPS = {"kdv": 600, "ks": 600, "nls": 300, "reaction-diffusion": 150, "kepler": 600}
"""From the spectral solution; systems take twice as many from random weights."""
WEIGHTS = {"validity_weight": "w_sym", "orthonormality_weight": "w_ortho", "lipschitz_weight": "w_lips"}


def cases(preset: str) -> Iterator[Case]:
    """Equations, then systems, from either start; then the weights of the losses, alone in the published size."""
    if preset == "smoke":
        yield from (_slots(name, "spectral", 4, 10) for name in ("burgers", "kepler"))
        few = {"steps": 4, "batch": 1, "width": 16, "n_generators": 3}
        yield from list(_weights("burgers", 4, few))[:2]
    elif preset == "cpu":
        for init, longer in (("spectral", 1), ("random", 2)):
            for name, steps in STEPS.items():
                yield _slots(name, init, DEFAULT_SAMPLES, steps * (1 if name in EQUATIONS else longer))
        yield from _weights("kdv", DEFAULT_SAMPLES, {"steps": 360, "batch": 1})
    else:
        yield from _weights("kdv", 1024, PdeFlowSettings.paper().model_dump(mode="json", exclude={"seed"}))


def _slots(name: str, init: str, samples: int, steps: int) -> Case:
    wanted: dict[str, Wanted] = {}
    if init == "spectral":
        wanted = {"distance": "≤ 0.02", "ratio": "≤ 1"} if name in EQUATIONS else {"distance": "≤ 0.1"}
    elif name in EQUATIONS:
        wanted = {"largest": "≤ 5"}  # degrees
    start = "the spectral solution" if init == "spectral" else "random weights"
    settings = {"name": name, "init": init, "samples": samples, "steps": steps}
    return Case(f"{name}-flow-{init}", init, f"From {start}", measure, settings, wanted)


def _weights(name: str, samples: int, given: dict[str, Any]) -> Iterator[Case]:
    """The weights of a training, and each of them changed alone; with those of the first all are to be found."""
    base = {"init": "random", "periodic": True, "solve": False, **given}
    default = PdeFlowSettings.model_validate(base).model_dump(mode="json", exclude={"seed"})
    changes = [(weight, factor) for weight in WEIGHTS for factor in (0.0, 0.1, 10.0)]
    for weight, factor in [("", 1.0), *changes]:
        training = default | ({weight: factor * default[weight]} if weight else {})
        label = f"{name}-{WEIGHTS[weight]}x{factor:g}" if weight else f"{name}-default"
        wanted = {} if weight or name != "kdv" else {"found": 3.0}
        settings = {"name": name, "samples": samples, "training": training}
        known = {short: training[long] for long, short in WEIGHTS.items()}
        yield Case(label, "weights", "Weights of the losses", measure_weights, settings, wanted, known)


def measure(name: str, init: str, samples: int, steps: int, seed: int, device: str) -> Result:
    """Train slots, from random weights on systems one more than there are symmetries; compare them with these."""
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


def measure_weights(name: str, samples: int, training: dict[str, Any], seed: int, device: str) -> Result:
    """Train slots; compare the first ones with the true symmetries. A training that breaks down has found none."""
    data, equation = of_equation(name, samples, seed, device)
    start, cpu = time.perf_counter(), time.process_time()
    objective, _ = flow_objective(data, equation, PdeFlowSettings.model_validate({**training, "seed": seed}), device)
    try:
        trained = train_flow(objective)
    except TrainingError:
        return {"found": 0.0, "finished": False}
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    angles = slot_angles(trained.generators, objective, periodic_symmetries(objective)).rad2deg().tolist()
    return {
        "found": float(sum(angle <= 10 for angle in angles)),
        "smallest": angles[0],
        "largest": angles[-1],
        "finished": True,
        "seconds": seconds,
        "cpu": cpu,
    }


def periodic_symmetries(objective: SolutionObjective) -> Generators:
    """Those of the catalog that are periodic in x, for solutions of its equations."""
    info = objective.problem.solutions.info
    rows = [symmetry.components for symmetry in get(info.name or "").symmetries if symmetry.periodic]
    return closed_form(objective.space, rows, info.parameters)


def slot_angles(generators: Generators, objective: SolutionObjective, true: Generators) -> torch.Tensor:
    """Ascending angles (k,), in radians, between the span of the first k slots and the k true symmetries.

    Slots that depend on each other span less than they could: each dimension missing counts as a right angle.
    """
    points = objective.problem.points
    return full_angles(field_matrix(generators, points)[:, : true.count], field_matrix(true, points))


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
