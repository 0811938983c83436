"""Simulated data kept in the user's cache folder, keyed by what they are made from. Safe to delete."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import torch

from symgen import __version__
from symgen.cache import cache_folder, cached
from symgen.pde.simulate import SimulationSettings, simulate
from symgen.pde.trajectories import load_trajectories


def simulated(
    name: str,
    settings: SimulationSettings,
    device: str | torch.device = "cpu",
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """A trajectory file of these settings: from the cache if a sound one is there, else simulated into it."""
    content = f"{__version__} {name} {settings.model_dump_json(exclude={'batch'})} {torch.device(device).type}"
    key = hashlib.sha256(content.encode()).hexdigest()[:16]
    path = cache_folder() / "trajectories" / f"{name}-{key}.h5"
    cached(
        path,
        load_trajectories,
        lambda: simulate(name, settings, device, progress),
        lambda trajectories, path: trajectories.save(path, force=True),
    )
    return path
