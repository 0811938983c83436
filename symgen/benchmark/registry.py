"""The experiments, by name; each is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module

from symgen.benchmark.experiment import Experiment, pick

_MODULES = {
    "alignment": "alignment",
    "approximate": "approximate",
    "assume": "assume",
    "certainty": "certainty.cases",
    "classification": "classification",
    "digits": "digits",
    "extractor": "extractors",
    "images": "images",
    "noise": "noise",
    "operators": "operators",
    "peers": "peers",
    "points": "points",
    "real": "real",
    "resampling": "resampling",
    "speed": "speed",
    "systems": "systems",
    "weights": "weights",
}
_EXPERIMENTS: dict[str, Experiment] = {}
"""Those that have been asked for."""


def names() -> list[str]:
    """The names of all experiments."""
    return list(dict.fromkeys((*_MODULES, *_EXPERIMENTS)))


def get(name: str) -> Experiment:
    """The experiment of that name; UsageError, naming the nearest, if there is none."""
    pick("benchmark", name, names())
    if name not in _EXPERIMENTS:
        _EXPERIMENTS[name] = import_module(f"symgen.benchmark.{_MODULES[name]}").EXPERIMENT
    return _EXPERIMENTS[name]
