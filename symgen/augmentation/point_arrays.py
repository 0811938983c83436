"""Which arrays of a file are the points that generators act on, and these with moved points in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from symgen.exceptions import DataError, UsageError
from symgen.generators.domains import PointsDomain
from symgen.points.inputs import InputChoice, Inputs, choose_inputs
from symgen.points.labels import find_label
from symgen.points.names import identifier
from symgen.points.rows import Rows, read_rows

OUT = "_out"
"""End of an output's name where a coordinate has its name, too."""


@dataclass(frozen=True)
class PointArrays:
    """A file's arrays, and those among them that hold the points and, under equivariance, their outputs."""

    rows: Rows
    inputs: Inputs
    targets: tuple[str, ...]
    """Names of the arrays of outputs, as far as the file has them."""
    moves: bool
    """Whether outputs move with the points, or stay as they are."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Arrays of outputs that move."""
        return self.targets if self.moves else ()

    @property
    def carried(self) -> dict[str, np.ndarray]:
        """Arrays with a row for every point that are copied as they are."""
        n, moving = len(self.points), {*self.inputs.arrays, *self.outputs}
        return {name: a for name, a in self.rows.arrays.items() if len(a) == n and name not in moving}

    @property
    def points(self) -> np.ndarray:
        """(n, k, d) float64"""
        return self.inputs.values

    @property
    def moving(self) -> np.ndarray | None:
        """Outputs (n, p) float64."""
        if not self.outputs:
            return None
        parts = [self.rows.arrays[name].astype(np.float64).reshape(len(self.points), -1) for name in self.outputs]
        return np.concatenate(parts, 1)

    def only(self, kept: np.ndarray) -> PointArrays:
        """Without some of the rows; `kept` (n,) are truth values."""
        n = len(self.points)
        arrays = {name: a[kept] if len(a) == n else a for name, a in self.rows.arrays.items()}
        inputs = replace(self.inputs, values=self.points[kept])
        return replace(self, rows=replace(self.rows, arrays=arrays), inputs=inputs)

    def replaced(self, points: np.ndarray, outputs: np.ndarray | None, source: np.ndarray) -> dict[str, np.ndarray]:
        """All arrays for moved points (m, k, d) and outputs (m, p) that come from the rows `source` (m,).

        Other arrays with a row for every point are taken from there, too; arrays of other lengths are as they were.
        """
        n = len(self.points)
        found = {name: a[source] if len(a) == n else a for name, a in self.rows.arrays.items()}
        found |= self._divided(self.inputs.arrays, points)
        if outputs is not None:
            found |= self._divided(self.outputs, outputs)
        return found

    def _divided(self, names: Sequence[str], values: np.ndarray) -> Mapping[str, np.ndarray]:
        """Numbers (m, ...) given back to the arrays that stand side by side in them, as real numbers."""
        old = [self.rows.arrays[name] for name in names]
        particles = old[0].shape[1] if old[0].ndim == 3 else 1
        widths = [array[0].size // particles for array in old]
        parts = np.split(values.reshape(len(values), particles, -1), np.cumsum(widths)[:-1], axis=2)
        return {
            name: part.reshape(len(values), *array.shape[1:]).astype(array.dtype if array.dtype.kind == "f" else float)
            for name, array, part in zip(names, old, parts, strict=True)
        }


def find_points(
    path: Path,
    domain: PointsDomain,
    targets: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    inputs: Sequence[str] | None = None,
) -> PointArrays:
    """The arrays of a file that hold what generators act on: by name, or those that have the coordinates or the shape.

    Raises UsageError where they have to be named, or those that are named do not fit; DataError for a file that cannot
    be read or has no such arrays.
    """
    rows = read_rows(path)
    outputs = _outputs(rows, domain, targets)
    taken = {*outputs, *(name for text in targets for name in find_label(rows, text).taken)}
    wanted = domain.particles, len(domain.columns)
    for choice in _choices(rows, domain, taken, columns, inputs):
        try:
            found = choose_inputs(rows, taken, None, choice)
        except (UsageError, DataError):
            if columns is not None or inputs is not None:
                raise
            continue
        if found.values.shape[1:] == wanted:
            return PointArrays(rows, found, outputs, domain.condition == "equivariance")
    each = f"{wanted[0]} particles with the coordinates" if wanted[0] > 1 else "the coordinates"
    raise UsageError(
        f"The generators act on {each} {', '.join(domain.columns)}. {path} has {rows.seen}. Say which of these they "
        "are with --inputs or --columns."
    )


def _choices(
    rows: Rows,
    domain: PointsDomain,
    taken: set[str],
    columns: Sequence[str] | None,
    inputs: Sequence[str] | None,
) -> list[InputChoice]:
    """Ways to read the points, the most telling first."""
    if columns is not None or inputs is not None:
        named = [InputChoice(inputs, columns)]
    else:
        known = {identifier(name) for name in rows.arrays}
        named = [InputChoice(columns=domain.columns)] if set(domain.columns) <= known else []
        named.append(InputChoice())
        shapes = {name: array.shape[1:] for name, array in rows.arrays.items() if name not in taken}
        d, k = len(domain.columns), domain.particles
        fitting = [name for name, shape in shapes.items() if shape in ((k, d), (k * d,)) and (k > 1 or d > 1)]
        named += [InputChoice(inputs=fitting)] if len(fitting) == 1 else []
    alike = [replace(choice, particles=domain.particles) for choice in named] if domain.particles > 1 else []
    return [*named, *alike, *(replace(choice, shared=False) for choice in named)]


def _outputs(rows: Rows, domain: PointsDomain, targets: Sequence[str]) -> tuple[str, ...]:
    """Arrays that hold the outputs, by the user's word or by name; UsageError where some that move are missing."""
    own = {identifier(name): name for name in rows.arrays}
    if targets:
        named = [find_label(rows, text) for text in targets]
        found = tuple(label.taken[0] for label in named if not label.computed)
    else:
        plain = [name.removesuffix(OUT) for name in domain.outputs]
        # of an array y with p columns they are y1 ... yp
        stems = dict.fromkeys(name if name in own else name.rstrip("0123456789") for name in plain)
        found = tuple(own[stem] for stem in stems if stem in own)
    if domain.condition != "equivariance":
        return found
    width = sum(rows.arrays[name][0].size for name in found)
    if width != len(domain.outputs):
        raise UsageError(
            f"The generators move {', '.join(domain.outputs)}, too. {rows.path} has {rows.seen}. Say which arrays "
            "these are with --target."
        )
    bad = [name for name in found if rows.arrays[name].dtype.kind not in "fiu"]
    if bad:
        raise DataError(f"{rows.path}: {bad[0]!r} has no numbers, and cannot be moved.")
    return found
