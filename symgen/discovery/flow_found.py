"""From the objective of a flow training to an artifact, for one equation and for systems."""

from __future__ import annotations

from pathlib import Path

from symgen.discovery.condition import Family
from symgen.discovery.flow_solutions import SolutionObjective
from symgen.discovery.flow_training import Progress, Trained, train_flow
from symgen.discovery.found import found
from symgen.discovery.gap import FLOW
from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators


def trained_artifact(
    objective: SolutionObjective,
    initial: Generators | None,
    progress: Progress | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
) -> tuple[Artifact, Trained]:
    """The most valid basis of the span of the trained fields, and these themselves. Raises as `train_flow` does."""
    trained = train_flow(objective, progress, initial, checkpoint, resume)
    heads = trained.generators.heads
    family = Family(heads, trained.generators.coefficients)
    shape = {"trunk": heads.trunk.shape, "heads": heads.shape}
    return found(objective.problem, family, FLOW, None, "flow", kind="network", **shape), trained
