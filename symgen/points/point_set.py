"""Points to move: vectors, or sets of particles that share their coordinates."""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from symgen.exceptions import DataError, UsageError
from symgen.generators.space import Space

LEAST = 4
"""Points that anything can be said of."""


@dataclass(frozen=True)
class PointSet:
    """n data of k particles each, which have d coordinates; k is 1 for plain vectors."""

    values: torch.Tensor
    """(n, k, d) float64, in physical units."""
    names: tuple[str, ...]
    """Of the d coordinates."""
    source: str | None = None
    """Name of what they were read from."""
    sha256: str | None = None
    notes: tuple[str, ...] = ()
    """What was assumed about their file."""

    @classmethod
    def from_array(
        cls, values: Any, names: Sequence[str] | None = None, source: str | None = None, **more: Any
    ) -> PointSet:
        """From numbers (n, d) or (n, k, d); `names` are by default x1, x2, ...

        Raises DataError for numbers that are not real or not finite, too few points, or a coordinate that is constant,
        UsageError for names that do not fit.
        """
        array = values.detach() if isinstance(values, torch.Tensor) else torch.as_tensor(_real(np.asarray(values)))
        if array.is_complex():
            raise DataError("The points have complex numbers. Give real and imaginary parts as coordinates.")
        array = array.double()
        if array.ndim == 2:
            array = array[:, None]
        if array.ndim != 3 or 0 in array.shape:
            raise DataError(f"Points have the shape (n, d) or (n, k, d), not {tuple(np.shape(values))}.")
        n, _, d = array.shape
        if n < LEAST:
            raise DataError(f"There are {n} points: too few. Give at least {LEAST}, and many more than unknowns.")
        bad = ~array.isfinite().flatten(1).all(1)
        if bad.any():
            first = int(bad.nonzero()[0])
            raise DataError(
                f"{int(bad.sum())} of {n} points have numbers that are not finite, the first is number {first}. "
                "Remove them."
            )
        chosen = tuple(names) if names is not None else tuple(f"x{i}" for i in range(1, d + 1))
        _check_names(chosen, d)
        flat = array.flatten(0, 1)
        for name, low, high in zip(chosen, flat.amin(0).tolist(), flat.amax(0).tolist(), strict=True):
            if not high - low > 1e-12 * max(abs(low), abs(high)):
                raise DataError(f"{name} is constant over all the points: nothing moves along it. Leave it out.")
        return cls(array.contiguous(), chosen, source, **more)

    @property
    def count(self) -> int:
        """n."""
        return len(self.values)

    @property
    def particles(self) -> int:
        """k."""
        return self.values.shape[1]

    @property
    def dimension(self) -> int:
        """d."""
        return self.values.shape[2]

    def to(self, device: str | torch.device) -> PointSet:
        """The same on a device."""
        return replace(self, values=self.values.to(device))

    @cached_property
    def space(self) -> Space:
        """The space of one particle; units of its coordinates are their deviations."""
        return space_of(self.values.flatten(0, 1), self.names)


def space_of(points: torch.Tensor, names: Sequence[str]) -> Space:
    """The space that points (P, d) are on, in units of their deviation."""
    return Space(
        names=tuple(names),
        origin=tuple(points.mean(0).tolist()),
        scale=tuple(points.std(0, correction=0).tolist()),
        lower=tuple(points.amin(0).tolist()),
        upper=tuple(points.amax(0).tolist()),
        periodic=(False,) * points.shape[1],
    )


def _real(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "fiubc":
        raise DataError(f"The points are of {array.dtype}. Give numbers.")
    return array


def _check_names(names: tuple[str, ...], d: int) -> None:
    if len(names) != d:
        raise UsageError(f"{len(names)} names ({', '.join(names)}) were given for {d} coordinates.")
    for name in names:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise UsageError(f"{name!r} cannot be the name of a coordinate: use letters, digits and underscores.")
    if len(set(names)) != len(names):
        raise UsageError(f"Two coordinates have the same name: {', '.join(names)}.")
