"""Discovery of the symmetries of an equation in its data: from trajectories to an artifact."""

from __future__ import annotations

from pathlib import Path

import torch

from symgen.discovery.condition import Family
from symgen.discovery.flow_found import trained_artifact
from symgen.discovery.flow_solutions import SolutionObjective
from symgen.discovery.flow_training import Progress as FlowProgress
from symgen.discovery.flow_training import Trained
from symgen.discovery.found import found
from symgen.discovery.gap import SPECTRAL, TRAINED
from symgen.discovery.pde_problem import PdeProblem
from symgen.discovery.problem import Progress
from symgen.discovery.settings import NetworkSettings, PdeFlowSettings, SpectralSettings
from symgen.discovery.variable_projection import train_trunk
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.basis import Basis
from symgen.generators.library import FeatureLibrary, LibraryGenerators, orthonormalised
from symgen.generators.network import TrunkShape
from symgen.pde.equation import Equation
from symgen.pde.trajectories import Trajectories

PAPER_COUNT = 4
"""Generators that are trained from random weights, if the settings don't say how many."""


def discover_spectral(
    data: Trajectories,
    equation: Equation,
    settings: SpectralSettings,
    device: str | torch.device = "cpu",
    progress: Progress | None = None,
) -> Artifact:
    """The generators of least linearised defect in a library of features, from an eigenproblem.

    Raises as `PdeProblem` does.
    """
    problem = PdeProblem(data, equation, settings, device)
    space = problem.space
    kinds = ("fourier" if settings.periodic else "chebyshev", "chebyshev", "chebyshev")
    library = FeatureLibrary(
        axes=tuple(
            Basis(kind=kind, degree=degree, lower=lower, upper=upper)  # type: ignore[arg-type]
            for kind, degree, lower, upper in zip(kinds, settings.degrees, space.lower, space.upper, strict=True)
        )
    )
    return found(problem, Family(library), SPECTRAL, progress, "spectral", kind="library", library=library.axes)


def discover_network(
    data: Trajectories,
    equation: Equation,
    settings: NetworkSettings,
    device: str | torch.device = "cpu",
    progress: Progress | None = None,
) -> Artifact:
    """The generators of least linearised defect among the linear heads of a network whose trunk is trained.

    The heads are solved for by the eigenproblem at every step (variable projection). Raises as `PdeProblem` does.
    """
    problem = PdeProblem(data, equation, settings, device)
    shape = TrunkShape(width=settings.width, waves=problem.waves)
    trunk = train_trunk(problem, shape, settings, progress)
    return found(problem, Family(trunk), TRAINED, None, "network", kind="network", trunk=shape)


def discover_flow(
    data: Trajectories,
    equation: Equation,
    settings: PdeFlowSettings,
    device: str | torch.device = "cpu",
    progress: FlowProgress | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
) -> tuple[Artifact, Trained]:
    """Generator networks trained on the defect of data moved at finite scale (Ko, Kim and Lee 2024).

    With init="spectral" they start from the fields that the eigenproblem finds; from random weights their last layers
    are solved for in the end (`settings.solve`). What is returned is the most valid
    basis of the span of the trained fields; these themselves are in the `Trained`. Raises as `PdeProblem` and
    `train_flow` do.
    """
    objective, initial = flow_objective(data, equation, settings, device)
    return trained_artifact(objective, initial, progress, checkpoint, resume)


def flow_objective(
    data: Trajectories, equation: Equation, settings: PdeFlowSettings, device: str | torch.device = "cpu"
) -> tuple[SolutionObjective, Generators | None]:
    """What flow training minimises, and the orthonormal fields that it starts from (none from random weights)."""
    initial = None
    if settings.init == "spectral":
        shared = settings.model_dump(include={"periodic", "n_generators", "seed"})
        start = discover_spectral(data, equation, SpectralSettings.model_validate(shared), device)
        assert isinstance(start.generators, LibraryGenerators)
        initial = orthonormalised(start.generators, start.points)
    if settings.n_generators is None:
        settings = settings.model_copy(update={"n_generators": initial.count if initial else PAPER_COUNT})
    return SolutionObjective(PdeProblem(data, equation, settings, device), settings), initial
