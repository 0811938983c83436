"""Flow training from the spectral solution and from random weights: what becomes of the slots."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping

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
from symgen.pde.axis import grid_order
from symgen.validity.verification import judge_of, moved_scores, window

SCALES = (-0.4, -0.1, 0.1, 0.4)
WITHIN = 5.0
"""Degrees between the span of the first slots and the true one, within which the symmetries have taken them."""
STEPS = {"kdv": 600, "ks": 600, "nls": 300, "reaction-diffusion": 150, "kepler": 600}
"""From the spectral solution; systems take twice as many from random weights."""


def cases(preset: str) -> Iterator[Case]:
    """Equations, then systems, from either start."""
    if preset == "smoke":
        yield from (_case("burgers", "spectral", 4, 10), _case("kepler", "spectral", 4, 10))
        return
    for names, samples, longer in (
        (("kdv", "ks"), DEFAULT_SAMPLES, 1),
        (("nls", "reaction-diffusion", "kepler"), 16, 2),
    ):
        for init, factor in (("spectral", 1), ("random", longer)):
            yield from (_case(name, init, samples, factor * STEPS[name]) for name in names)


def _case(name: str, init: str, samples: int, steps: int) -> Case:
    equation, spectral = name in ("kdv", "ks", "burgers"), init == "spectral"
    wanted: dict[str, Wanted] = {}
    if equation:
        wanted = {"distance": "≤ 0.02", "ratio": "≤ 1"} if spectral else {"largest": f"≤ {WITHIN:g}"}
    elif spectral:
        wanted = {"distance": "≤ 0.1"}
    settings = {"name": name, "init": init, "samples": samples, "steps": steps}
    title = f"Flow training{'' if equation else ' of systems'} from {'the spectral solution' if spectral else 'random'}"
    measure = measure_flow if equation else measure_system_flow
    return Case(f"{name}-flow-{init}", "flow", title, measure, settings, wanted)


def measure_flow(name: str, init: str, samples: int, steps: int, seed: int, device: str) -> Result:
    """Train slots for fields periodic in x; compare the first as many as there are true ones with these."""
    data, equation = of_equation(name, samples, seed, device)
    wanted = {"init": init, "steps": steps, "periodic": True, "seed": seed}
    start = time.perf_counter()
    objective, initial = flow_objective(data, equation, PdeFlowSettings.model_validate(wanted), device)
    return trained_slots(objective, initial, start, periodic_symmetries(objective), {"x": data.info.length})


def measure_system_flow(name: str, init: str, samples: int, steps: int, seed: int, device: str) -> Result:
    """The same for a system; from random weights with one slot more than it has symmetries."""
    data = of_system(name, samples, seed, device)
    wanted = {"init": init, "steps": steps, "seed": seed}
    if init == "random":
        wanted["n_generators"] = len(system(name).symmetries) + 1
    start = time.perf_counter()
    settings = SystemFlowSettings.model_validate(wanted)
    objective, initial = system_flow_objective(data, system_of(data, [], {}), settings, device)
    return trained_slots(objective, initial, start, system(name).generators(objective.space, data.info.parameters), {})


def periodic_symmetries(objective: SolutionObjective) -> Generators:
    """Those of the catalog that are periodic in x, for solutions of its equations."""
    info = objective.problem.solutions.info
    rows = [symmetry.components for symmetry in get(info.name or "").symmetries if symmetry.periodic]
    return closed_form(objective.space, rows, info.parameters)


def trained_slots(
    objective: SolutionObjective,
    initial: Generators | None,
    start: float,
    true: Generators,
    periods: Mapping[str, float],
) -> Result:
    """Train slots, and compare the first as many as there are `true` symmetries with these.

    Seconds count from `start`; `periods` are of the axes along which the fields are periodic. *Trained*: the largest
    angle before last layers are solved for.
    """
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
    data, own_system = objective.problem.solutions, objective.problem.system
    order = grid_order(own_system.space.independent)
    values = torch.from_numpy(data.only(*own_system.space.dependent).read([0])).to(objective.device)
    values = values.permute(0, *(1 + data.place(axis) for axis in order), values.ndim - 1)
    points = {axis: torch.from_numpy(data.axis(axis).points).to(objective.device) for axis in order}
    own = {axis.name: axis.length for axis in data.axes if axis.periodic}
    graph = window(values, points, own, periods, own_system.space.independent)
    judge = judge_of(own_system, graph, periods)
    scores = [moved_scores(generators, a, judge, graph, SCALES, periods) for a in range(count)]
    residuals = [score.residual for row in scores for score in row]
    known = [residual for residual in residuals if residual is not None]
    return math.exp(sum(map(math.log, known)) / len(known)) if len(known) == len(residuals) else None
