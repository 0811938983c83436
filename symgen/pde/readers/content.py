"""What every reader returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from symgen.exceptions import DataError


@dataclass(frozen=True)
class Samples:
    """Trajectories that stay on disk: `get(i)` reads one, (nt, nx)."""

    count: int
    get: Callable[[int], np.ndarray]

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> np.ndarray:
        if not -self.count <= index < self.count:
            raise IndexError(index)
        return self.get(index % self.count)


@dataclass(frozen=True)
class Content:
    """Trajectories u on grids x (nx,) and t (nt,) as a file has them, unchecked; or on a grid for every sample."""

    layout: str
    """Its name, for people."""
    u: Samples
    x: np.ndarray
    t: np.ndarray
    grids: tuple[str, str] = ("x", "t")
    """What the file calls x and t."""
    attribute: object = None
    """The root attribute `symgen`, if there is one."""
    periodic: bool | None = None
    """Whether the file says that u is periodic in x; None where it says nothing."""
    equation: str | None = None
    parameters: dict[str, float] = field(default_factory=dict)
    elsewhere: tuple[int, ...] = ()
    """Samples on another grid than x and t."""
    without_grid: tuple[int, ...] = ()
    """Samples whose own grid is nothing but zeros, as that of a failed solve."""
    notes: tuple[str, ...] = ()
    units: dict[str, str] = field(default_factory=dict)
    """Of x, t and u, where the file gives them."""


def only(names: Sequence[str], field: str | None, what: str, where: object) -> str:
    """The wanted one of several fields, or the only one; DataError where there is no such field, or a choice."""
    listed = ", ".join(names)
    if field is not None:
        if field not in names:
            raise DataError(f"{where} has no {what} {field!r}. It has: {listed or 'none'}.")
        return field
    if not names:
        raise DataError(f"{where} has no {what} (sample, time, x).")
    if len(names) > 1:
        raise DataError(
            f"{where} has several {what}s: {listed}. Systems are not supported; choose one with --field NAME."
        )
    return names[0]
