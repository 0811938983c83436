"""Found generators against a reference: alignment, angles, what is missed and what is no symmetry."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from symgen.generators.algebra import added_angles, principal_angles
from symgen.generators.artifact import Artifact
from symgen.generators.domains import PointsDomain
from symgen.generators.inner_product import alignment, field_matrix, norms
from symgen.inspection.inputs import on_inputs
from symgen.inspection.reference import Reference

CLOSE = 0.01
"""A field within this angle (rad) of a span counts as in it."""
FITTED = 0.1
"""The same of symmetries of functions that are fitted to data, which are approximate."""

NOTHING = 1e-9
"""Norm of the part of a unit field that does nothing to the inputs, which rounding leaves."""


class Comparison(BaseModel):
    """All angles in radians, over the data's points and in the data's inner product."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    against: str
    names: tuple[str, ...]
    """Names of the reference generators."""
    alignment: tuple[tuple[float, ...], ...]
    """|<V_a, W_b>| of unit fields, a row for every generator found."""
    principal_angles: tuple[float, ...]
    """Between the span of those generators and that of the reference, ascending."""
    distance: float
    """Grassmann distance: norm of the principal angles."""
    compared: int
    """How many of the generators found took part in angles and distance: the exact ones (of images, and of points
    where none is exact, the approximate ones), or all if none is."""
    reference_angles: tuple[float, ...]
    """Of each reference generator to the span found, as seen by what it adds to those before it."""
    found_angles: tuple[float, ...]
    """Of each generator found to the span of the reference, likewise."""
    missed: tuple[str, ...]
    """Reference generators that are not in the span found: of points all of them, where no symmetry was found."""
    outside: tuple[int, ...]
    """Generators found (from 1) that are not in the span of the reference, which has no trivial ones; these are left
    out."""

    def __repr__(self) -> str:
        missed = f", with {', '.join(self.missed)} missed" if self.missed else ""
        return f"<Comparison of {self.compared} generators with {self.against}: {self.distance:.2g} rad apart{missed}>"

    __str__ = __repr__

    @property
    def full_distance(self) -> float:
        """The distance, or a quarter turn for every dimension that is missing from the span found."""
        return float((self.distance**2 + len(self.missed) * 1.5707963267948966**2) ** 0.5)


def compare(artifact: Artifact, reference: Reference) -> Comparison:
    """Compare the generators of an artifact with a reference."""
    metadata, weight = artifact.metadata, artifact.weight
    generators, points = on_inputs(artifact)
    found = field_matrix(generators, points, weight=weight)
    found = found.masked_fill(norms(found) < NOTHING, 0)
    true = field_matrix(reference.generators, points, generators.space, weight)
    symmetries = metadata.domain.found(metadata.exact - metadata.trivial, metadata.approximate)
    count = min(symmetries, found.shape[1]) or found.shape[1]
    exact = found[:, :count]
    angles = principal_angles(exact, true)
    of_points = isinstance(metadata.domain, PointsDomain)
    close = FITTED if of_points and not metadata.exact else CLOSE
    nothing = of_points and not symmetries
    reference_angles = added_angles(true, exact, close).tolist()
    found_angles = added_angles(found, true, close).tolist()
    return Comparison(
        against=reference.title,
        names=reference.names,
        alignment=tuple(tuple(row) for row in alignment(found, true).tolist()),
        principal_angles=tuple(angles.tolist()),
        distance=float(angles.norm()),
        compared=count,
        reference_angles=tuple(reference_angles),
        found_angles=tuple(found_angles),
        missed=tuple(
            name for name, angle in zip(reference.names, reference_angles, strict=True) if nothing or angle > close
        ),
        outside=tuple(
            place
            for place, (angle, record) in enumerate(zip(found_angles, metadata.generators, strict=True), 1)
            if angle > close and not record.trivial
        ),
    )
