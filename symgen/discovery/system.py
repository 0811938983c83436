"""Discovery of the symmetries of a system in solutions of it, in any number of variables: from data to an artifact."""

from __future__ import annotations

from typing import Any

import torch

from symgen.discovery.condition import Family
from symgen.discovery.found import found
from symgen.discovery.gap import SPECTRAL, TRAINED
from symgen.discovery.problem import Progress
from symgen.discovery.settings import SystemNetworkSettings, SystemSettings
from symgen.discovery.system_problem import SystemProblem
from symgen.discovery.system_source import GivenSystem
from symgen.discovery.variable_projection import train_trunk
from symgen.exceptions import UsageError
from symgen.generators.artifact import Artifact
from symgen.generators.network import TrunkShape
from symgen.generators.total_degree import TotalDegreeLibrary
from symgen.pde.axis import TIME
from symgen.pde.solutions import Solutions


def discover_system(
    data: Solutions,
    given: GivenSystem,
    settings: SystemSettings | SystemNetworkSettings,
    device: str | torch.device = "cpu",
    progress: Progress | None = None,
) -> Artifact:
    """The vector fields of least linearised defect: polynomials, from an eigenproblem, or a trained network's.

    Raises DataError for data that do not solve the system, and as `SystemProblem` does.
    """
    problem = SystemProblem(data, given, settings, device)
    if isinstance(settings, SystemNetworkSettings):
        shape = TrunkShape(width=settings.width, waves=problem.waves)
        trunk = train_trunk(problem, shape, settings, progress)
        return found(problem, Family(trunk), TRAINED, None, "network", kind="network", trunk=shape)
    series = {}
    if settings.t_degree is not None:
        if TIME not in problem.space.names:
            raise UsageError("--t-degree makes no sense: the data have no t.")
        series[problem.space.names.index(TIME)] = settings.t_degree
    library = TotalDegreeLibrary.on(problem.space.lower, problem.space.upper, settings.degree, series)
    arguments: dict[str, Any] = {"library": library.axes, "total_degree": library.degree}
    return found(problem, Family(library), SPECTRAL, progress, "spectral", kind="library", **arguments)
