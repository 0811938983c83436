"""What is compared of generators: of equivariances how they act on the inputs."""

from __future__ import annotations

import torch

from symgen.generators.artifact import Artifact
from symgen.generators.base import Generators
from symgen.generators.domains import PointsDomain
from symgen.generators.part import PartGenerators


def on_inputs(artifact: Artifact, found: bool = False) -> tuple[Generators, torch.Tensor]:
    """The generators and the points (P, d), on the columns only if there are outputs beside; with `found`, only those
    that are called symmetries, or all if none is.
    """
    metadata, generators, points = artifact.metadata, artifact.generators, artifact.points
    domain, d = metadata.domain, metadata.space.dimension
    if isinstance(domain, PointsDomain):
        d = len(domain.columns)
    count = generators.count
    if found:
        count = min(domain.found(metadata.exact - metadata.trivial, metadata.approximate), count) or count
    if d == metadata.space.dimension and count == generators.count:
        return generators, points
    return PartGenerators(generators, count, d), points[:, :d]
