"""Simulated data kept in the user's cache folder, keyed by what they are made from. Safe to delete."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch

from symgen import __version__
from symgen.cache import cache_folder, keep_or_spare
from symgen.catalog.simulate import SimulationSettings, simulate
from symgen.catalog.simulate_system import SystemSimulationSettings, simulate_system
from symgen.exceptions import DataError
from symgen.pde.solutions_file import load_solutions, save_solutions
from symgen.pde.trajectories import load_trajectories
from symgen.processes import gathered

Progress = Callable[[int, int], None]
T = TypeVar("T")


def simulated(
    name: str,
    settings: SimulationSettings,
    device: str | torch.device = "cpu",
    progress: Progress | None = None,
) -> Path:
    """A trajectory file of these settings: from the cache if a sound one is there, else simulated into it."""
    return _kept(
        _path(name, settings, device),
        load_trajectories,
        lambda: simulate(name, settings, device, progress),
        lambda trajectories, path: trajectories.save(path, force=True),
    )


def simulated_system(
    name: str,
    settings: SystemSimulationSettings,
    device: str | torch.device = "cpu",
    progress: Progress | None = None,
) -> Path:
    """A file of solutions of a system with these settings, in the same way."""
    return _kept(
        _path(name, settings, device),
        load_solutions,
        lambda: simulate_system(name, settings, device, progress),
        lambda solutions, path: save_solutions(solutions, path, force=True),
    )


def _kept(path: Path, load: Callable[[Path], object], make: Callable[[], T], save: Callable[[T, Path], object]) -> Path:
    """The file, if `load` can read it, or one made anew: elsewhere, for this process, where the cache takes none."""
    # where several processes work, of which one lacks the file, all make it: each does a share of that
    if all(gathered(partial(os.path.isfile, path))):
        with suppress(DataError, OSError):
            load(path)
            return path
    made = make()
    return keep_or_spare(path, lambda place: save(made, place))


def _path(name: str, settings: SimulationSettings | SystemSimulationSettings, device: str | torch.device) -> Path:
    content = f"{__version__} {name} {settings.model_dump_json(exclude={'batch'})} {torch.device(device).type}"
    key = hashlib.sha256(content.encode()).hexdigest()[:16]
    return cache_folder() / "trajectories" / f"{name}-{key}.h5"
