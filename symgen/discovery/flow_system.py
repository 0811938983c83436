"""Flow training on solutions of a system: from data to an artifact."""

from __future__ import annotations

from pathlib import Path

import torch

from symgen.discovery.flow_found import trained_artifact
from symgen.discovery.flow_solutions import SolutionObjective
from symgen.discovery.flow_training import Progress, Trained
from symgen.discovery.settings import SystemFlowSettings, SystemSettings
from symgen.discovery.system import discover_system
from symgen.discovery.system_problem import SystemProblem
from symgen.discovery.system_source import GivenSystem
from symgen.expressions import CompiledExpressions
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.library import LibraryGenerators, orthonormalised
from symgen.generators.network import NetworkGenerators
from symgen.jets.space import Jet
from symgen.pde.solutions import Solutions

DEFAULT_COUNT = 4
"""Generators that are trained from random weights, if the settings don't say how many."""


class SystemObjective(SolutionObjective):
    """That of systems, in which fields along the solutions themselves count as nothing.

    Of ordinary equations q' = f(t, q) every multiple of T = d/dt + f d/dq is a symmetry that moves each solution along
    itself. Norms and overlaps are those of what a field has across T: a slot that held such a multiple alone would have
    no size, and what is added of it to another field changes nothing.
    """

    problem: SystemProblem

    def __init__(self, problem: SystemProblem, settings: SystemFlowSettings) -> None:
        super().__init__(problem, settings)
        self.along = directions(problem, self.points)

    def weighted(self, network: NetworkGenerators) -> torch.Tensor:
        """Fields at the points (n, P, d), without their part along the solutions."""
        values = super().weighted(network)
        if self.along is None:
            return values
        along = self.along.to(values)
        return values - (values * along).sum(-1, keepdim=True) * along

    def solved(self, network: NetworkGenerators) -> NetworkGenerators | None:
        """Not where fields along the solutions, which have no defect, would come first."""
        return super().solved(network) if self.along is None else None


def directions(problem: SystemProblem, points: torch.Tensor) -> torch.Tensor | None:
    """Unit vectors (P, d), normalised, along the solutions of ordinary equations q' = f(t, q); None for others."""
    system = problem.system
    space = system.space
    if len(space.independent) > 1 or not all(system.leading(Jet(name, (1,))) for name in space.dependent):
        return None
    slopes = [system.reduce(Jet(name, (1,))) for name in space.dependent]
    values = CompiledExpressions(space.coordinates, slopes)(points.unbind(-1))
    vectors = problem.space.normalise_fields(torch.stack([torch.ones_like(values[0]), *values], -1))
    return vectors / vectors.norm(dim=-1, keepdim=True)


def discover_system_flow(
    data: Solutions,
    given: GivenSystem,
    settings: SystemFlowSettings,
    device: str | torch.device = "cpu",
    progress: Progress | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
) -> tuple[Artifact, Trained]:
    """Generator networks trained on the defect of solutions moved at finite scale, see `discover_flow`.

    Raises as `SystemProblem` and `train_flow` do.
    """
    objective, initial = system_flow_objective(data, given, settings, device)
    return trained_artifact(objective, initial, progress, checkpoint, resume)


def system_flow_objective(
    data: Solutions, given: GivenSystem, settings: SystemFlowSettings, device: str | torch.device = "cpu"
) -> tuple[SystemObjective, Generators | None]:
    """What flow training minimises, and the orthonormal fields that it starts from (none from random weights).

    These are the eigenproblem's, without those that move every solution along itself.
    """
    initial = None
    if settings.init == "spectral":
        shared = settings.model_dump(include={"n_generators", "seed"})
        start = discover_system(data, given, SystemSettings.model_validate(shared), device)
        assert isinstance(start.generators, LibraryGenerators)
        telling = [place for place, record in enumerate(start.metadata.generators) if not record.trivial]
        fields = start.generators
        if telling:
            fields = LibraryGenerators(fields.space, fields.library, fields.coefficients[telling])
        initial = orthonormalised(fields, start.points)
    if settings.n_generators is None:
        settings = settings.model_copy(update={"n_generators": initial.count if initial else DEFAULT_COUNT})
    return SystemObjective(SystemProblem(data, given, settings, device), settings), initial
