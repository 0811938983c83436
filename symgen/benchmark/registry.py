"""The experiments, by name."""

from __future__ import annotations

from symgen.benchmark import (
    alignment,
    approximate,
    assume,
    classification,
    digits,
    extractors,
    images,
    noise,
    operators,
    peers,
    points,
    real,
    resampling,
    speed,
    systems,
    weights,
)
from symgen.benchmark.certainty import cases as certainty
from symgen.benchmark.experiment import Experiment, pick

_MODULES = (
    alignment,
    approximate,
    assume,
    certainty,
    classification,
    digits,
    extractors,
    images,
    noise,
    operators,
    peers,
    points,
    real,
    resampling,
    speed,
    systems,
    weights,
)
_EXPERIMENTS = {module.EXPERIMENT.name: module.EXPERIMENT for module in _MODULES}


def names() -> list[str]:
    """The names of all experiments."""
    return list(_EXPERIMENTS)


def get(name: str) -> Experiment:
    """The experiment of that name; UsageError, naming the nearest, if there is none."""
    return _EXPERIMENTS[pick("benchmark", name, _EXPERIMENTS)]
