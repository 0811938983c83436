"""Coordinates of x and t: vectors, meshgrids, and what a user says in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from symgen.exceptions import DataError, UsageError
from symgen.pde.readers.blocks import blocks
from symgen.pde.readers.stored import Array, Stored

FEW = 8
"""Points that must increase or decrease for others to be looked at."""
SAME = 1e-9
"""Relative to the largest value: how equal the rows of a meshgrid are."""


@dataclass(frozen=True, eq=False)
class Coordinate:
    """Points (n,) of x or t, and where they come from; a range has no points before their number is known."""

    source: str
    """For people."""
    name: str | None = None
    """Of the array, if it is one of the same file."""
    values: np.ndarray | None = None
    ends: tuple[float, float] | None = None
    """First and last point of a range."""
    step: float | None = None
    """Of points from 0, where that is all that is known."""
    shape: tuple[int, ...] = ()
    """Of the array that a meshgrid came from, without axes of length one."""
    axis: int | None = None
    """Along which that meshgrid varies."""
    guessed: bool = False
    """Whether no name says that it is this coordinate."""

    def fits(self, shape: tuple[int, ...], axis: int) -> bool:
        """Whether it can belong to that axis of an array."""
        if self.values is None:
            return shape[axis] > 1
        if shape[axis] != len(self.values):
            return False
        before = len(shape) - len(self.shape)  # a meshgrid of space belongs to the last axes of (sample, t, x, y)
        return self.axis is None or self.shape != shape[max(before, 0) :] or before + self.axis == axis

    def points(self, count: int) -> np.ndarray:
        """Its points (count,), equally spaced for a range."""
        if self.values is not None:
            return self.values
        return np.linspace(*self.ends, count) if self.ends else (self.step or 1.0) * np.arange(count)


_known: WeakKeyDictionary[Stored, Coordinate | None] = WeakKeyDictionary()
"""What large arrays hold, which is asked often."""


def of_array(name: str, array: Array) -> Coordinate | None:
    """The coordinate that an array holds as a vector, (n, 1), (1, n) or meshgrid; None where it holds none.

    Of large arrays that are none it reads little.
    """
    if not isinstance(array, Stored):
        return _held(name, array)
    if array not in _known:
        _known[array] = _held(name, array)
    return _known[array]


def _held(name: str, array: Array) -> Coordinate | None:
    values = array.squeeze()
    if not values.ndim:
        return None
    if np.iscomplexobj(values):
        if any(np.any(block.imag) for (block,) in blocks(values)):
            return None
        values = values.real
    source = f"{name!r} {array.shape}" if array.ndim > 1 else f"{name!r}"
    if values.ndim == 1:
        return Coordinate(source, name, np.asarray(values, np.float64)) if values.size > 1 else None
    for axis in range(values.ndim) if values.ndim in (2, 3) else ():
        others = [other for other in range(values.ndim) if other != axis]
        rows = values.transpose(*others, axis)
        corner, far = (0,) * len(others), (-1,) * len(others)
        few: Any = (*corner, slice(FEW))
        if not monotone(rows[few].astype(np.float64)):
            continue
        first = rows[corner].astype(np.float64)
        size = np.abs(first).max(initial=0.0)
        if not isfinite(size) or not monotone(first) or np.abs(rows[far] - first).max() > SAME * size:
            continue
        same = (np.abs(row - first).max(initial=0.0) <= SAME * size for (block,) in blocks(rows) for row in block)
        if all(same):
            return Coordinate(f"meshgrid {source}", name, first, shape=values.shape, axis=axis)
    return None


def equally_spaced(values: np.ndarray, tolerance: float = 0.02) -> bool:
    """Whether points (n,) are those of a grid, increasing or decreasing, to that share of a step."""
    if not np.isfinite(values).all() or not monotone(values):
        return False
    steps = np.diff(values)
    return bool(np.abs(steps - steps.mean()).max() <= tolerance * abs(steps.mean()))


def of_range(text: str) -> Coordinate | None:
    """The coordinate of FROM:TO, its first and last point, such as 0:2*pi; None for another text."""
    parts = text.split(":")
    if len(parts) != 2:
        return None
    ends = [_number(part) for part in parts]
    if None in ends:
        return None
    first, last = float(ends[0] or 0), float(ends[1] or 0)
    if first == last:
        raise UsageError(f"{text}: the first point is the last. Give FROM:TO, such as 0:1.")
    return Coordinate(text, ends=(first, last))


def of_step(name: str, step: float) -> Coordinate:
    """The coordinate of which a file gives the step only; it begins at 0."""
    return Coordinate(f"from 0 in steps of {name!r}, {step:g}", step=step)


def find_name(name: str, names: Mapping[str, object]) -> str | None:
    """The name in a file that a user means: the very same, else the only one that differs in case, or ends in it."""
    if name in names:
        return name
    for same in (
        [other for other in names if other.lower() == name.lower()],
        [other for other in names if other.replace("/", ".").rsplit(".", 1)[-1].lower() == name.lower()],
    ):
        if len(same) == 1:
            return same[0]
        if len(same) > 1:
            raise DataError(f"{name!r} can be {', '.join(same)}. Give the whole name.")
    return None


def monotone(values: np.ndarray) -> bool:
    """Whether points (n,) increase or decrease throughout."""
    steps = np.diff(values)
    return bool(len(steps) and ((steps > 0).all() or (steps < 0).all()))


def _number(text: str) -> float | None:
    """The number that a text means, also one such as 2*pi; None where it means none."""
    try:
        value = float(text)
    except ValueError:
        from symgen.expressions import parse

        try:
            value = float(parse(text, lambda name: None, ()))
        except (UsageError, TypeError, ValueError):
            return None
    return value if isfinite(value) else None
