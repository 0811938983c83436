"""Data that need not solve an equation, and discovery in them."""

from __future__ import annotations

import numpy as np

from symgen.discovery.pde import discover_spectral
from symgen.discovery.settings import SpectralSettings
from symgen.pde.equation import Equation
from symgen.pde.trajectories import Trajectories, TrajectoryInfo


def moving_waves() -> Trajectories:
    x, t = np.linspace(0, 1, 32, endpoint=False), np.linspace(0, 1, 16)
    phases = np.random.default_rng(0).uniform(0, 6, (3, 1, 1))
    u = 1 + sum(0.3 / k * np.sin(2 * np.pi * k * x + k * t[:, None] + phases) for k in (1, 2, 3))
    return Trajectories.from_arrays(u, x, t, TrajectoryInfo(length=1.0, periodic=True))


DATA = moving_waves()


def discovered(text: str):
    """By data that need not solve the equation."""
    return discover_spectral(DATA, Equation.from_string(text), SpectralSettings(points=256)).metadata
