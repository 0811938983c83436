"""The experiments, by name."""

from __future__ import annotations

from symgen.benchmark import alignment, approximate, images, noise, operators, resampling, speed
from symgen.benchmark.experiment import Experiment, pick

_EXPERIMENTS = {
    module.EXPERIMENT.name: module.EXPERIMENT
    for module in (alignment, approximate, images, noise, operators, resampling, speed)
}


def names() -> list[str]:
    """The names of all experiments."""
    return list(_EXPERIMENTS)


def get(name: str) -> Experiment:
    """The experiment of that name; UsageError, naming the nearest, if there is none."""
    return _EXPERIMENTS[pick("benchmark", name, _EXPERIMENTS)]
