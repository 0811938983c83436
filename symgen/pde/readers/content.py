"""What every reader returns, and what a user may choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from symgen.exceptions import DataError


@dataclass(frozen=True)
class Choice:
    """What a user says about a file that does not say it all."""

    u: str | None = None
    """Name of the array (field, channel, column) that is u."""
    x: str | None = None
    """Name of the array of x, a file that has it, or FROM:TO, its first and last point."""
    t: str | None = None


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
    parameters: dict[str, float | str] = field(default_factory=dict)
    elsewhere: tuple[int, ...] = ()
    """Samples on another grid than x and t."""
    without_grid: tuple[int, ...] = ()
    """Samples whose own grid is nothing but zeros, as that of a failed solve."""
    notes: tuple[str, ...] = ()
    """What was assumed or changed."""
    warnings: tuple[str, ...] = ()
    """What may make results wrong."""
    units: dict[str, str] = field(default_factory=dict)
    """Of x, t and u, where the file gives them."""
    reading: str | None = None
    """Which arrays are u, x and t, and the order of their axes, where the layout does not fix it."""
    alternative: Content | None = None
    """The same with the other of two orders of the axes, where the file does not tell which is right."""


def only(names: Sequence[str], chosen: str | None, what: str, where: object) -> tuple[str, tuple[str, ...]]:
    """The wanted one of several unknowns, or the only one, and a warning about the others.

    Raises DataError where there is no such one, or a choice.
    """
    if len(names) > 1 and chosen is None:
        raise DataError(several(where, f"{what}s", names))
    name = one_of(names, chosen, what, where)
    return name, left_out(name, [other for other in names if other != name])


def one_of(names: Sequence[str], chosen: str | None, what: str, where: object) -> str:
    """The wanted one of several sets of data, or the only one; DataError where there is no such one, or a choice."""
    if chosen is not None and chosen not in names:
        raise DataError(f"{where} has no {what} {chosen!r}. It has: {', '.join(names) or 'none'}.")
    if not names:
        raise DataError(f"{where} has no {what} (sample, time, x).")
    if chosen is None and len(names) > 1:
        raise DataError(f"{where} has several {what}s: {', '.join(names)}. Choose one with --u NAME.")
    return chosen or names[0]


def several(where: object, what: str, seen: Sequence[str]) -> str:
    """The refusal of a file with several unknowns."""
    return (
        f"{where} has several {what} that can be u: {', '.join(seen)}. Systems of several unknowns are not supported "
        "yet. If one of them has an equation of its own, choose it with --u NAME."
    )


def left_out(chosen: str, others: Sequence[str]) -> tuple[str, ...]:
    """The warning that one of several unknowns is looked at alone, if there are others."""
    if not others:
        return ()
    return (
        f"Of several unknowns only {chosen!r} is read; left out: {', '.join(others)}. If its equation needs them, what "
        "is found for it alone is wrong.",
    )
