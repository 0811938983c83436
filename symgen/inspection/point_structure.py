"""What the symmetries of points make: their matrices, the algebra and the quadratic forms that they leave alone."""

from __future__ import annotations

from symgen.expressions import parse_field
from symgen.generators.artifact import Artifact
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.part import PartGenerators
from symgen.inspection.inputs import on_inputs
from symgen.inspection.lie_algebra import LieAlgebra, lie_algebra_of
from symgen.inspection.linear_parts import AffineParts, affine_parts
from symgen.inspection.quadratic_form import INVARIANT, InvariantForms, invariant_forms

CHANGE = 2.0
"""Relative change of A^T Q + Q A, at most, by an angle of fields."""


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
    parts = _of_formulas(artifact) or matrices_of(artifact, found=True)
    chosen = PartGenerators(artifact.generators, count)
    return lie_algebra_of(chosen, artifact.points, artifact.weight, parts.maps if parts else None)


def forms_of_points(artifact: Artifact, algebra: LieAlgebra | None) -> InvariantForms | None:
    """What affine symmetries leave alone, as far as their error tells it; None where there are none.

    That is the error that their algebra shows, or their formulas, or of those without any their spectrum.
    """
    parts = matrices_of(artifact, found=True)
    if algebra is None or parts is None:
        return None
    records = artifact.metadata.generators[: _count(artifact)]
    spectral = _error_of_span(artifact)
    fields = max(spectral if record.formula_error is None else record.formula_error for record in records)
    error = max(CHANGE * fields, algebra.closure_error if algebra.closes else 0.0)
    return invariant_forms(parts, on_inputs(artifact)[0].space, max(INVARIANT, error))


def _of_formulas(artifact: Artifact) -> AffineParts | None:
    """As `matrices_of` the symmetries, from their formulas; None unless all of these have one that is affine."""
    records, names = artifact.metadata.generators[: _count(artifact)], artifact.metadata.space.names
    if any(record.formula is None for record in records):
        return None
    rows = [parse_field(record.formula, names) for record in records if record.formula]
    points = on_inputs(artifact)[1]
    closed = ClosedFormGenerators(artifact.metadata.space, rows)
    parts = affine_parts(PartGenerators(closed, dimension=points.shape[1]), points)
    norms = points.new_tensor([record.norm or 1.0 for record in records]).double()
    return parts and AffineParts(parts.maps / norms[:, None, None], parts.shifts / norms[:, None])


def _error_of_span(artifact: Artifact) -> float:
    """Angle (rad) by which the span of the symmetries may be off: what disturbs the conditions over the next defect."""
    metadata = artifact.metadata
    count = metadata.exact + metadata.approximate
    following = metadata.spectrum[count] if count < len(metadata.spectrum) else 1.0
    return max(metadata.spectrum[count - 1], metadata.rounding) / max(following, 1e-300)


def _count(artifact: Artifact) -> int:
    metadata = artifact.metadata
    found = metadata.domain.found(metadata.exact - metadata.trivial, metadata.approximate)
    return min(found, artifact.generators.count)
