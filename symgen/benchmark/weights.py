"""The weights of flow training's losses: how many of the true symmetries land in the first slots."""

from __future__ import annotations

import time
from typing import Any

from symgen.benchmark.experiment import Case, Experiment, Result, Table, Target
from symgen.benchmark.flow import periodic_symmetries, slot_angles
from symgen.catalog.cache import simulated
from symgen.catalog.simulate import SimulationSettings
from symgen.discovery.flow_training import train_flow
from symgen.discovery.pde import flow_objective
from symgen.discovery.settings import PdeFlowSettings
from symgen.discovery.source import DEFAULT_SAMPLES
from symgen.exceptions import TrainingError
from symgen.pde.equation import Equation
from symgen.pde.trajectories import load_trajectories

TABLE = "Symmetries found, by the weights of the losses"
WITHIN = 10.0
"""Degrees: principal angles between the first slots and the true symmetries up to this count as a symmetry found."""
TRUE = 3.0
"""How many symmetries of kdv, and of burgers, are periodic in x."""
WEIGHTS = {"validity_weight": "w_sym", "orthonormality_weight": "w_ortho", "lipschitz_weight": "w_lips"}
FACTORS = (0.0, 0.1, 10.0)


def measure_weights(name: str, samples: int, training: dict[str, Any], seed: int, device: str) -> Result:
    """Train slots from random weights; compare the first as many as there are true symmetries with these.

    A training that breaks down has found none.
    """
    path = simulated(name, SimulationSettings.for_equation(name, n=samples, seed=seed), device)
    data = load_trajectories(path)
    equation = Equation.from_string(data.info.equation or "", data.info.parameters)
    settings = PdeFlowSettings.model_validate({**training, "seed": seed})
    start, cpu = time.perf_counter(), time.process_time()
    objective, _ = flow_objective(data, equation, settings, device)
    try:
        trained = train_flow(objective)
    except TrainingError:
        return {"found": 0.0, "finished": False}
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    angles = slot_angles(trained.generators, objective, periodic_symmetries(objective)).rad2deg().tolist()
    return {
        "found": float(sum(angle <= WITHIN for angle in angles)),
        "smallest": angles[0],
        "largest": angles[-1],
        "finished": True,
        "seconds": seconds,
        "cpu": cpu,
    }


def _cases(name: str, samples: int, base: PdeFlowSettings, target: bool = True) -> tuple[Case, ...]:
    """The weights of `base`, and each of them changed alone. With those, all symmetries are to be found."""
    training = base.model_dump(mode="json", exclude={"seed"})
    chosen: dict[str, dict[str, float]] = {"default": {}}
    for long, short in WEIGHTS.items():
        chosen |= {f"{short} x {factor:g}": {long: factor * getattr(base, long)} for factor in FACTORS}
    return tuple(
        Case(
            name=f"{name}-{label.replace(' ', '')}",
            subject=label.split()[0],
            label=label,
            measure=measure_weights,
            settings={"name": name, "samples": samples, "training": {**training, **weights}},
            tables=(TABLE,),
            known={short: weights.get(long, getattr(base, long)) for long, short in WEIGHTS.items()},
            targets={"found": Target(TRUE)} if target and label == "default" else {},
        )
        for label, weights in chosen.items()
    )


def _settings(**changes: Any) -> PdeFlowSettings:
    """From random weights, fields periodic in x, as they are trained; else the defaults and some changes."""
    return PdeFlowSettings.model_validate({"init": "random", "periodic": True, "solve": False, **changes})


EXPERIMENT = Experiment(
    name="weights",
    title="Weights of the losses",
    about=(
        "Flow training of four slots from random weights on kdv, fields periodic in x, with the default weights of the "
        "losses (w_sym 1, w_ortho 3, w_lips 1) and with each of them times 0, 0.1 and 10. *Found*: how many of the "
        "principal angles between the span of the first three slots and that of the three true symmetries (X, T, G) "
        f"are at most {WITHIN:g} degrees. Without w_sym nothing tells a symmetry from another field: that row says how "
        "many are found by chance. The preset smoke takes a few steps on burgers."
    ),
    presets={
        "smoke": _cases("burgers", 4, _settings(steps=4, batch=1, width=16, n_generators=3), target=False)[:2],
        "cpu": _cases("kdv", DEFAULT_SAMPLES, _settings(steps=360, batch=1)),
        "paper": _cases("kdv", 1024, PdeFlowSettings.paper()),
    },
    seeds={"smoke": (0,), "cpu": (0, 1, 2), "paper": (0, 1, 2)},
    tables={
        TABLE: Table(
            "weights",
            {
                **{short: short for short in WEIGHTS.values()},
                "found": "found, of 3",
                "smallest": "smallest angle (degrees)",
                "largest": "largest angle (degrees)",
                "finished": "finished",
                "seconds": "seconds",
                "cpu": "CPU (s)",
            },
        )
    },
)
