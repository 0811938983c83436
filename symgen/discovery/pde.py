"""Discovery of the symmetries of an equation in its data: from trajectories to an artifact."""

from __future__ import annotations

from pathlib import Path

import torch

from symgen.discovery.algebra_check import check_by_algebra
from symgen.discovery.condition import Family
from symgen.discovery.counting import count_symmetries
from symgen.discovery.doubts import KEPT, MOST_EXACT
from symgen.discovery.flow_pde import PdeObjective
from symgen.discovery.flow_training import Progress as FlowProgress
from symgen.discovery.flow_training import Trained, train_flow
from symgen.discovery.gap import FLOW, SPECTRAL, TRAINED, Rule, Status
from symgen.discovery.pde_artifact import pde_artifact
from symgen.discovery.problem import PdeProblem, Progress
from symgen.discovery.readable import Judge, readable_basis
from symgen.discovery.settings import NetworkSettings, PdeFlowSettings, SpectralSettings
from symgen.discovery.variable_projection import train_trunk
from symgen.exceptions import DataError
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.basis import Basis
from symgen.generators.features import Features
from symgen.generators.library import FeatureLibrary, LibraryGenerators, orthonormalised
from symgen.generators.network import TrunkShape
from symgen.generators.origin import window_origin
from symgen.pde.dictionary import formula_stages
from symgen.pde.equation import Equation
from symgen.pde.trajectories import Trajectories

POINTS_PER_FEATURE = 2
PAPER_COUNT = 4
"""Generators that are trained from random weights, if the settings don't say how many."""


def discover_spectral(
    data: Trajectories,
    equation: Equation,
    settings: SpectralSettings,
    device: str | torch.device = "cpu",
    progress: Progress | None = None,
) -> Artifact:
    """The generators of least linearised validity in a library of features, from an eigenproblem.

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
    return _found(problem, Family(library), SPECTRAL, progress, "spectral", kind="library", library=library.axes)


def discover_network(
    data: Trajectories,
    equation: Equation,
    settings: NetworkSettings,
    device: str | torch.device = "cpu",
    progress: Progress | None = None,
) -> Artifact:
    """The generators of least linearised validity among the linear heads of a network whose trunk is trained.

    The heads are solved for by the eigenproblem at every step (variable projection). Raises as `PdeProblem` does.
    """
    problem = PdeProblem(data, equation, settings, device)
    shape = TrunkShape(width=settings.width, waves=(settings.periodic, False, False))
    trunk = train_trunk(problem, shape, settings, progress)
    return _found(problem, Family(trunk), TRAINED, None, "network", kind="network", trunk=shape)


def discover_flow(
    data: Trajectories,
    equation: Equation,
    settings: PdeFlowSettings,
    device: str | torch.device = "cpu",
    progress: FlowProgress | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
) -> tuple[Artifact, Trained]:
    """Generator networks trained on the validity of data moved at finite scale (Ko, Kim and Lee 2024).

    With init="spectral" they start from the fields that the eigenproblem finds. What is returned is the most valid
    basis of the span of the trained fields; these themselves are in the `Trained`. Raises as `PdeProblem` and
    `train_flow` do.
    """
    objective, initial = flow_objective(data, equation, settings, device)
    trained = train_flow(objective, progress, initial, checkpoint, resume)
    network = trained.generators
    shape = {"trunk": network.heads.trunk.shape, "heads": network.heads.shape}
    family = Family(network.heads, network.coefficients)
    return _found(objective.problem, family, FLOW, None, "flow", kind="network", **shape), trained


def flow_objective(
    data: Trajectories, equation: Equation, settings: PdeFlowSettings, device: str | torch.device = "cpu"
) -> tuple[PdeObjective, Generators | None]:
    """What flow training minimises, and the orthonormal fields that it starts from (none from random weights)."""
    initial = None
    if settings.init == "spectral":
        shared = settings.model_dump(include={"periodic", "n_generators", "seed"})
        found = discover_spectral(data, equation, SpectralSettings.model_validate(shared), device)
        assert isinstance(found.generators, LibraryGenerators)
        initial = orthonormalised(found.generators, found.points)
    if settings.n_generators is None:
        settings = settings.model_copy(update={"n_generators": initial.count if initial else PAPER_COUNT})
    return PdeObjective(PdeProblem(data, equation, settings, device), settings), initial


def _found(
    problem: PdeProblem, family: Family, rule: Rule, progress: Progress | None, method: str, **arguments: object
) -> Artifact:
    features, free = family.features, problem.free
    with torch.no_grad():
        counted = count_symmetries(problem, family, rule, _enough(problem, features), progress)
        gap, fields = counted.gap, counted.fields
        many = gap.exact > MOST_EXACT
        count = problem.settings.n_generators or (KEPT if many else max(1, gap.exact + gap.approximate))
        if count > len(fields):
            raise DataError(f"{count} generators were asked for; {len(fields)} independent fields were found.")
        spread = problem.points if counted.ranked_on == "data" else free.sample.points
        other = Judge(problem.space, features, problem.points, spread, counted.ranking)
        exact = other if rule is FLOW else Judge(problem.space, features, problem.points, free.sample.points, free)
        judges: dict[Status, Judge] = {"exact": exact, "approximate": other, "none": other}
        stages = formula_stages(problem.equation, window_origin(problem.space))[: 1 if many else None]
        # fewer than the exact ones are taken from their readable basis: a part of any other has no meaning
        records, coefficients = readable_basis(judges, fields[: max(count, gap.exact)], gap, rule, stages)
        generators = LibraryGenerators(problem.space, features, coefficients[:count])
        algebra = None
        if isinstance(features, FeatureLibrary):
            found = LibraryGenerators(problem.space, features, fields[: gap.exact])
            algebra = check_by_algebra(problem, found, features)
    return pde_artifact(problem, generators, records[:count], counted, rule, method, algebra, **arguments)


def _enough(problem: PdeProblem, features: Features) -> bool:
    """Whether the data's own jets can rank fields: polynomials that vanish at all of them would blur these."""
    if len(problem.points) < POINTS_PER_FEATURE * features.size:
        return False
    if not isinstance(features, FeatureLibrary):
        return True
    in_x, in_t, _ = features.axes
    return in_t.degree < len(problem.data.t) and in_x.size <= len(problem.data.x)
