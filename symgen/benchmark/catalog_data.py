"""Simulated data of the catalog, from the cache if they are there."""

from __future__ import annotations

from typing import Any

from symgen.catalog.cache import simulated, simulated_system
from symgen.catalog.simulate import SimulationSettings
from symgen.catalog.simulate_system import SystemSimulationSettings
from symgen.pde.equation import Equation
from symgen.pde.solutions import Solutions
from symgen.pde.solutions_file import load_solutions
from symgen.pde.trajectories import Trajectories, load_trajectories


def of_equation(name: str, samples: int, seed: int, device: str, **changes: Any) -> tuple[Trajectories, Equation]:
    """Trajectories of an equation by default settings, but for some changes, and the equation."""
    settings = SimulationSettings.for_equation(name, n=samples, seed=seed, **changes)
    data = load_trajectories(simulated(name, settings, device))
    return data, Equation.from_string(data.info.equation or "", data.info.parameters)


def of_system(name: str, samples: int, seed: int, device: str, **changes: Any) -> Solutions:
    """Solutions of a system in the same way."""
    settings = SystemSimulationSettings.for_system(name, n=samples, seed=seed, **changes)
    return load_solutions(simulated_system(name, settings, device))
