"""Solutions in many files, as if they were in one: a glob such as 'folder/*.h5', a folder of HDF5 files, or a list.

Headers are read first, and samples from a few open files at a time, so that memory does not grow with their number.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.content import Content, Grid, Samples

OPEN = 8
"""Files that are open at a time."""
SAME_GRID = 1e-5
"""Of the length of an axis: grids that differ by less are the same, in single precision."""
TOLD = ("name", "equation", "equations", "parameters", "length", "lengths", "periodic", "complex")
"""What symgen's own files say that all must say alike."""


def joined(paths: Sequence[Path], read: Callable[[Path], Content]) -> Content:
    """The samples of all files, one after the other; DataError where they do not go together."""
    first = read(paths[0])
    notes, warnings = dict.fromkeys(first.notes), dict.fromkeys(first.warnings)
    counts: list[int] = []
    elsewhere: list[int] = []
    without_grid: list[int] = []
    for path in paths:
        own = first if path is paths[0] else read(path)
        _require_alike(first, own, paths[0], path)
        before = sum(counts)
        elsewhere += [before + i for i in own.elsewhere]
        without_grid += [before + i for i in own.without_grid]
        counts.append(len(own.values))
        notes |= dict.fromkeys(own.notes)
        warnings |= dict.fromkeys(own.warnings)
    ends = list(accumulate(counts))
    opened = lru_cache(OPEN)(lambda place: read(paths[place]))

    def values_of(pick: Callable[[Content], Samples]) -> Samples:
        def get(i: int) -> np.ndarray:
            place = bisect_right(ends, i)
            return pick(opened(place))[i - ends[place] + counts[place]]

        return Samples(ends[-1], get)

    told = (f"{ends[-1]} samples of {len(paths)} files.", *notes)
    whole = replace(
        first,
        values=values_of(lambda content: content.values),
        elsewhere=tuple(elsewhere),
        without_grid=tuple(without_grid),
        notes=told,
        warnings=tuple(warnings),
        files=tuple(paths),
        alternative=None,
    )
    if first.alternative is None:
        return whole
    other = replace(whole, grids=first.alternative.grids, values=values_of(_alternative))
    return replace(whole, alternative=other)


def _alternative(content: Content) -> Samples:
    assert content.alternative is not None
    return content.alternative.values


def _require_alike(first: Content, other: Content, path: Path, own: Path) -> None:
    """Raise DataError where two files do not hold the same unknowns on one grid, or not of the same equations."""
    for what, one, two in (
        ("unknowns", first.unknowns, other.unknowns),
        ("coordinates", [g.name for g in first.grids], [g.name for g in other.grids]),
        ("equations", _said(first), _said(other)),
    ):
        if one != two:
            raise DataError(f"{own} and {path} have different {what}: {_words(two)} and {_words(one)}. {_APART}")
    grid = next((g for g, h in zip(first.grids, other.grids, strict=True) if not _same(g, h)), None)
    if grid is not None or (first.alternative is None) != (other.alternative is None):
        raise DataError(f"{own} and {path} are not on one grid{f' in {grid.name}' if grid else ''}. {_APART}")


_APART = "Give files that go together, or each by itself."


def _same(one: Grid, two: Grid) -> bool:
    if one.points.shape != two.points.shape or one.periodic != two.periodic:
        return False
    return not one.points.size or bool(np.abs(one.points - two.points).max() <= SAME_GRID * np.ptp(one.points))


def _said(content: Content) -> object:
    """What a file says that it solves."""
    text = content.attribute
    if not isinstance(text, str | bytes):
        return content.equation, content.parameters
    try:
        said = json.loads(text)
    except ValueError:
        return text
    return {name: said[name] for name in TOLD if name in said} if isinstance(said, dict) else text


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
