"""The experiments by name, so that a wrong name is told before anything heavy is imported."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from symgen.exceptions import UsageError
from symgen.names import EQUATIONS

ALL = ("smoke", "cpu", "paper")
SMALL = ("smoke", "cpu")
_SYSTEMS = (
    *("lambda-omega", "nls", "nls 2-d", "shallow water", "burgers 2-d", "zakharov-kuznetsov", "heat 2-d", "wave 2-d"),
    *("gray-scott", "fitzhugh-nagumo", "kepler", "lotka-volterra", "pendulum", "navier-stokes"),
)
_PEERS = ("potential-burgers", "wave", "schroedinger", "heat", "kdv", "reaction-diffusion")
_ARMS = ("none", "default", "random", "affine", "learned", "learned-default")
_POINTS = (
    *("lorentz", "synthetic", "discrete-fitted", "none-fitted", "square", "energy", "step", "discrete", "turned"),
    *("clusters", "none-affine", "none-quadratic", "regression", "digits"),
)


@dataclass(frozen=True)
class Experiment:
    """What can be asked of a module of this package."""

    module: str
    presets: tuple[str, ...]
    subjects: tuple[str, ...]
    """What `--only` takes, in any of the presets."""


EXPERIMENTS = {
    "approximate": Experiment("approximate", ALL, ("ckdv",)),
    "assume": Experiment("assume", SMALL, ("kdv", "ks", "burgers", "nls")),
    "certainty": Experiment("certainty.cases", ALL, ("pairs", "speed", "nearly", "ordinary", "catalog")),
    "classification": Experiment("classification", ALL, _ARMS),
    "digits": Experiment("digits", SMALL, ("none", "random", "learned", "rotation")),
    "flow": Experiment("flow", ALL, ("spectral", "random", "weights")),
    "images": Experiment("images", SMALL, ("flow", "spectral")),
    "operators": Experiment("operators", ALL, ("kdv", "ks", "nkdv", "ckdv", "reaction-diffusion")),
    "peers": Experiment("peers", ALL, (*_PEERS, "operator-kdv", "operator-heat", "operator-potential-burgers")),
    "points": Experiment("points", SMALL, _POINTS),
    "resampling": Experiment("resampling", ALL, ("kdv", "ks", "cost")),
    "speed": Experiment("speed", SMALL, (*EQUATIONS, "discover", "train")),
    "systems": Experiment("systems", ALL, _SYSTEMS),
}


def checked(name: str, preset: str, only: Sequence[str]) -> Experiment:
    """The experiment of that name; UsageError, naming the nearest, where it, its preset or a subject is unknown."""
    experiment = EXPERIMENTS[pick("benchmark", name, EXPERIMENTS)]
    pick(f"preset of {name}", preset, experiment.presets)
    for subject in only:
        pick(f"case of {name}", subject, experiment.subjects)
    return experiment


def pick(kind: str, name: str, known: Collection[str]) -> str:
    """`name` if it is known, else a UsageError that suggests the nearest."""
    if name in known:
        return name
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    raise UsageError(f"There is no {kind} called {name!r}.{guess} Known: {', '.join(known)}.")
