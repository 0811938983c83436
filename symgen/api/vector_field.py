"""One generator of several: its formula, what is known about it, its values and its flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symgen.api.arrays import as_points, like
from symgen.generators.artifact import Artifact
from symgen.generators.metadata import GeneratorRecord
from symgen.generators.text import components_text


@dataclass(frozen=True, repr=False)
class VectorField:
    """A unit vector field, in physical units: called on points (..., d) it gives its components (..., d)."""

    artifact: Artifact
    place: int
    """From 0."""

    @property
    def record(self) -> GeneratorRecord:
        """All that is known about it."""
        return self.artifact.metadata.generators[self.place]

    @property
    def formula(self) -> str | None:
        """In the usual notation, such as `t d/dx + d/du`; None where none fits. The field is this over `norm`."""
        record = self.record
        return components_text(record.formula, self.artifact.metadata.space.names) if record.formula else None

    @property
    def norm(self) -> float | None:
        """Of the formula's field in the data's inner product."""
        return self.record.norm

    @property
    def defect(self) -> float:
        """How far it is from a symmetry: 0 for one."""
        return self.record.defect

    @property
    def bound(self) -> float | None:
        """Upper bound of the defect that decides what it is called; None where none is known."""
        record = self.record
        return record.bound if record.relative_bound is None else record.relative_bound

    @property
    def status(self) -> str:
        """exact, approximate, trivial, undecided or no symmetry."""
        return self.record.verdict

    def __call__(self, points: Any) -> Any:
        """Components (..., d) at points (..., d), as an array of the same kind."""
        tensor = as_points(points, self.artifact)
        fields = self.artifact.generators(tensor.reshape(-1, tensor.shape[-1]))[self.place]
        return like(points, fields.reshape(tensor.shape))

    def flow(self, points: Any, s: Any) -> Any:
        """Points (..., d) moved by exp(s V), with s one number or one for each point -> (..., d)."""
        from symgen.api.flows import moved

        return moved(self.artifact, points, s, self.place)

    def __repr__(self) -> str:
        return f"<{self.formula or 'field without formula'}: {self.status}, defect {self.defect:.2e}>"
