"""Generators that were loaded or discovered, as a user holds them."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, overload

import torch

from symgen.api.arrays import as_points, like
from symgen.api.heard import Heard
from symgen.api.html import html_of
from symgen.api.vector_field import VectorField
from symgen.api.words import in_python, python_words
from symgen.generators.artifact import Artifact
from symgen.generators.artifact import load as load_artifact


@dataclass(frozen=True, repr=False)
class Generators(Artifact):
    """Vector fields with everything that is known about them; a sequence of `VectorField`, the most valid first.

    Called on points (..., d), in physical units, it gives the components (n, ..., d) of all n generators: arrays of
    numpy or lists in, arrays out; tensors in, tensors out, of the same floating type and device. Printed, a table.

    >>> import symgen
    >>> gens = symgen.discover("kepler")
    >>> gens.formulas[0], gens.status[0]
    ('d/dt', 'exact')
    >>> gens([0.0, 1.0, 0.0]).shape
    (3, 3)
    """

    said: tuple[str, ...] = ()
    """What was warned of on the way that is not on file."""

    @classmethod
    def of(cls, artifact: Artifact, said: Sequence[str] = ()) -> Generators:
        """Those of an artifact."""
        own = {field.name: getattr(artifact, field.name) for field in fields(Artifact)}
        return cls(**own, said=(*said, *(artifact.said if isinstance(artifact, Generators) else ())))

    @property
    def formulas(self) -> tuple[str | None, ...]:
        """In the usual notation, such as `t d/dx + d/du`; None where none fits."""
        return tuple(one.formula for one in self)

    @property
    def bounds(self) -> tuple[float | None, ...]:
        """Upper bounds of the defects; None where none is known."""
        return tuple(one.bound for one in self)

    @property
    def status(self) -> tuple[str, ...]:
        """exact, approximate, trivial, undecided or no symmetry, of each."""
        return tuple(one.status for one in self)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What there is to doubt about the data and the result."""
        return tuple(dict.fromkeys([*self.said, *map(in_python, self.metadata.warnings)]))

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed about the data."""
        return tuple(map(in_python, self.metadata.data.notes))

    def __len__(self) -> int:
        return self.generators.count

    @overload
    def __getitem__(self, index: int) -> VectorField: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[VectorField, ...]: ...

    def __getitem__(self, index: int | slice) -> VectorField | tuple[VectorField, ...]:
        if isinstance(index, slice):
            return tuple(VectorField(self, place) for place in range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):
            raise IndexError(f"there are {len(self)} generators, none with the index {index}")
        return VectorField(self, index % len(self))

    def __iter__(self) -> Iterator[VectorField]:
        return (VectorField(self, place) for place in range(len(self)))

    @python_words()
    def __call__(self, points: Any) -> Any:
        """Points (..., d) -> components (n, ..., d), both in physical units."""
        tensor = as_points(points, self)
        found = self.generators(tensor.reshape(-1, tensor.shape[-1]))
        return like(points, found.reshape(len(self), *tensor.shape))

    @python_words()
    def flow(self, points: Any, s: Any) -> Any:
        """Points (..., d) moved: by every generator, exp(s V_a), with one number s -> (n, ..., d); or with s (n,) by
        their combination exp(sum_a s_a V_a) -> (..., d).

        Raises UsageError for shapes that do not fit, DataError where a flow leaves every bound.
        """
        from symgen.api.flows import combined

        return combined(self, points, s)

    def to(self, device: str | torch.device) -> Generators:
        """The same on a device."""
        moved = {name: tensor.to(device) for name, tensor in self.specimen.items()}
        return replace(
            self,
            generators=copy.deepcopy(self.generators).to(device),
            points=self.points.to(device),
            specimen=moved,
            weight=None if self.weight is None else self.weight.to(device),
        )

    @python_words()
    def report(
        self,
        path: str | Path,
        data: str | Path | None = None,
        *,
        against: str | Path | None = None,
        force: bool = False,
    ) -> Path:
        """Write a self-contained HTML page about them, and give its path; see `symgen.report.page.write_report`."""
        from symgen.report.page import write_report

        return write_report(self, path, data, against=against, force=force, warn=Heard().warning)

    def _repr_html_(self) -> str:
        return html_of(self.metadata)


@python_words()
def load(path: str | Path, device: str | torch.device = "cpu") -> Generators:
    """Read a generators file.

    Raises DataError for a file that is missing, truncated, damaged, foreign, of another schema version or with
    numbers that are not finite.
    """
    return Generators.of(load_artifact(path, device))
