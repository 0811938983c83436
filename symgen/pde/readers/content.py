"""What every reader returns, and what a user may choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from symgen.exceptions import DataError


@dataclass(frozen=True)
class Choice:
    """What a user says about a file that does not say it all."""

    u: str | None = None
    """Name of the array (field, channel, column) that is u."""
    x: str | None = None
    """Name of the array of x, a file that has it, or FROM:TO, its first and last point."""
    y: str | None = None
    z: str | None = None
    t: str | None = None

    @property
    def coordinates(self) -> Mapping[str, str]:
        """What is said about coordinates, by t, x, y and z."""
        return {role: given for role in "txyz" if (given := getattr(self, role)) is not None}


@dataclass(frozen=True)
class Samples:
    """Samples that stay on disk: `get(i)` reads one."""

    count: int
    get: Callable[[int], np.ndarray]

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> np.ndarray:
        if not -self.count <= index < self.count:
            raise IndexError(index)
        return self.get(index % self.count)


def samples_at(samples: Samples | np.ndarray, places: np.ndarray) -> np.ndarray:
    """Samples at these places, (len(places), ...) float64, read in the order of the file: they may share chunks."""
    found = {i: np.asarray(samples[i], np.float64) for i in np.unique(places).tolist()}
    return np.stack([found[i] for i in places.tolist()])


def side_by_side(unknowns: Sequence[np.ndarray]) -> np.ndarray:
    """Arrays (*grid) as one (*grid, unknown); of one without a copy."""
    return unknowns[0][..., None] if len(unknowns) == 1 else np.stack(unknowns, axis=-1)


@dataclass(frozen=True, eq=False)
class Grid:
    """Points of an independent variable as a file has them: (n,), or (sample, n) where each sample has its own."""

    name: str
    """t, x, y, z, or another name of the file's own."""
    points: np.ndarray
    label: str
    """What the file calls it."""
    periodic: bool | None = None
    """Whether the file says that the solutions are periodic in it; None where it says nothing."""


@dataclass(frozen=True)
class Content:
    """Solutions as a file has them, unchecked."""

    layout: str
    """Its name, for people."""
    values: Samples
    """Each sample (*grid, unknown)."""
    grids: tuple[Grid, ...]
    """That of t first."""
    unknowns: tuple[str, ...] = ("u",)
    """Names that can stand in a formula."""
    labels: tuple[str, ...] = ()
    """The same, as the file calls them and for people."""
    what: str = "arrays"
    """What the file has one of for each unknown."""
    seen: str = ""
    """Everything in it, for people."""
    complex: tuple[str, ...] = ()
    """Complex unknowns, of which `unknowns` has the real and the imaginary parts."""
    attribute: object = None
    """The root attribute `symgen`, if there is one."""
    equation: str | None = None
    parameters: dict[str, float] = field(default_factory=dict)
    elsewhere: tuple[int, ...] = ()
    """Samples on another grid than the first."""
    without_grid: tuple[int, ...] = ()
    """Samples whose own grid is nothing but zeros, as that of a failed solve."""
    notes: tuple[str, ...] = ()
    """What was assumed or changed."""
    warnings: tuple[str, ...] = ()
    """What may make results wrong."""
    units: dict[str, str] = field(default_factory=dict)
    """Of axes and unknowns, where the file gives them."""
    reading: str | None = None
    """Which arrays are unknowns and coordinates, and the order of their axes, where the layout does not fix it."""
    files: tuple[Path, ...] = ()
    """Those that the samples are in, where they are many."""
    alternative: Content | None = None
    """The same with the other of two orders of the axes, where the file does not tell which is right."""

    @property
    def described(self) -> str:
        """Its unknowns and what they are functions of."""
        return f"{', '.join(self.unknowns)} of ({', '.join(['sample', *(grid.name for grid in self.grids)])})"


def is_scalar(content: Content) -> bool:
    """Whether the file holds one unknown of x and t."""
    return len(content.unknowns) == 1 and [grid.name for grid in content.grids] == ["t", "x"]


ONE = "Here one unknown u(x, t) is needed; `symgen discover` takes systems, other variables and ordinary equations."


def require_scalar(content: Content, path: object) -> None:
    """Raise DataError, which says what the file holds instead, unless it holds one unknown of x and t."""
    names = [grid.name for grid in content.grids]
    if is_scalar(content):
        return
    shown = f"`symgen inspect {path}` shows what it holds."
    if names == ["t"]:
        raise DataError(
            f"{path} holds {content.described}: trajectories of an ordinary differential equation. {ONE} {shown}"
        )
    first = quoted(content.labels[0])
    if names != ["t", "x"]:
        space = [name for name in names if name != "t"]
        raise DataError(
            f"{path}: {first} has two or more dimensions of space: the file holds {content.described}, with "
            f"{len(space)} space dimensions ({', '.join(space)}). {ONE} {shown}"
            + (f" The file has {content.seen}." if content.seen else "")
        )
    if content.complex and len(content.unknowns) == 2:
        raise DataError(
            f"{path}: {first} is complex, which is a system of two real unknowns. {ONE} If one of its parts, "
            f"{' and '.join(content.unknowns)}, has an equation of its own, choose it with --u NAME. {shown}"
        )
    raise DataError(f"{several(path, content.what, content.labels)} {shown}")


def quoted(label: str) -> str:
    """`'u' (3, 4)` for `u (3, 4)`."""
    name, bracket, shape = label.partition(" (")
    return f"{name!r}{bracket}{shape}"


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
    own = "If one of them has an equation of its own, choose it with --u NAME."
    return f"{where} has several {what} that can be u: {', '.join(seen)}. {ONE} {own}"


def left_out(chosen: str, others: Sequence[str]) -> tuple[str, ...]:
    """The warning that one of several unknowns is looked at alone, if there are others."""
    if not others:
        return ()
    return (
        f"Of several unknowns only {chosen!r} is read; left out: {', '.join(others)}. If its equation needs them, what "
        "is found for it alone is wrong.",
    )
