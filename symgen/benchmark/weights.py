"""Weights of the losses.

Flow training of four slots from random weights on kdv, fields periodic in x, with the default weights of the losses and
each of them times 0, 0.1 and 10. *Found*: principal angles of at most 10 degrees between the first three slots and the
three true symmetries.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from symgen.benchmark.catalog_data import of_equation
from symgen.benchmark.flow import periodic_symmetries, slot_angles
from symgen.benchmark.table import Case, Result
from symgen.discovery.flow_training import train_flow
from symgen.discovery.pde import flow_objective
from symgen.discovery.settings import PdeFlowSettings
from symgen.discovery.source import DEFAULT_SAMPLES
from symgen.exceptions import TrainingError

WEIGHTS = {"validity_weight": "w_sym", "orthonormality_weight": "w_ortho", "lipschitz_weight": "w_lips"}
OWN = {"init": "random", "periodic": True, "solve": False}


def cases(preset: str) -> Iterator[Case]:
    """The weights of a training, and each of them changed alone; with those of the first all are to be found."""
    name, samples, base = "kdv", DEFAULT_SAMPLES, PdeFlowSettings.model_validate({**OWN, "steps": 360, "batch": 1})
    if preset == "smoke":
        few = {**OWN, "steps": 4, "batch": 1, "width": 16, "n_generators": 3}
        name, samples, base = "burgers", 4, PdeFlowSettings.model_validate(few)
    elif preset == "paper":
        samples, base = 1024, PdeFlowSettings.paper()
    training = base.model_dump(mode="json", exclude={"seed"})
    chosen: list[tuple[str, str, float]] = [("default", "", 1.0)]
    chosen += [(short, long, factor) for long, short in WEIGHTS.items() for factor in (0.0, 0.1, 10.0)]
    for subject, long, factor in chosen[:2] if preset == "smoke" else chosen:
        own = {**training, **({long: factor * getattr(base, long)} if long else {})}
        name_of_case = f"{name}-{subject}x{factor:g}" if long else f"{name}-default"
        settings = {"name": name, "samples": samples, "training": own}
        wanted = {} if long or preset == "smoke" else {"found": 3.0}
        known = {short: own[key] for key, short in WEIGHTS.items()}
        yield Case(name_of_case, subject, "Symmetries found", measure, settings, wanted, known)


def measure(name: str, samples: int, training: dict[str, Any], seed: int, device: str) -> Result:
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
