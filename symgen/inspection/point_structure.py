"""What the symmetries of points make: their matrices, the algebra and the quadratic forms that they leave alone."""

from __future__ import annotations

from symgen.generators.artifact import Artifact
from symgen.generators.part import PartGenerators
from symgen.inspection.inputs import on_inputs
from symgen.inspection.lie_algebra import LieAlgebra, lie_algebra_of
from symgen.inspection.linear_parts import AffineParts, affine_parts
from symgen.inspection.quadratic_form import INVARIANT, InvariantForms, invariant_forms


def matrices_of(artifact: Artifact, found: bool = False) -> AffineParts | None:
    """A and b of the generators on the columns, in physical units; with `found` of those that are called symmetries
    only. None unless all of these are affine.
    """
    return affine_parts(*on_inputs(artifact, found))


def algebra_of_points(artifact: Artifact) -> LieAlgebra | None:
    """Of the generators that are called symmetries; None where there are none."""
    count = _count(artifact)
    if not count:
        return None
    parts = matrices_of(artifact, found=True)
    chosen = PartGenerators(artifact.generators, count)
    return lie_algebra_of(chosen, artifact.points, artifact.weight, parts.maps if parts else None)


def forms_of_points(artifact: Artifact, algebra: LieAlgebra | None) -> InvariantForms | None:
    """What affine symmetries leave alone, within the error that their algebra shows; None where there are none."""
    parts = matrices_of(artifact, found=True)
    if algebra is None or parts is None:
        return None
    space = on_inputs(artifact)[0].space
    return invariant_forms(parts, space, max(INVARIANT, algebra.closure_error if algebra.closes else 0.0))


def _count(artifact: Artifact) -> int:
    metadata = artifact.metadata
    found = metadata.domain.found(metadata.exact - metadata.trivial, metadata.approximate)
    return min(found, artifact.generators.count)
