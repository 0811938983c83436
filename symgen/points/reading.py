"""Points and their targets from a file, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from symgen.exceptions import DataError, UsageError
from symgen.pde.solutions_file import sha256_of
from symgen.points.inputs import InputChoice, Inputs, choose_inputs
from symgen.points.labels import Label, TargetColumns, as_targets, find_label
from symgen.points.names import identifier
from symgen.points.point_set import PointSet
from symgen.points.rows import Rows, read_rows

SHOWN = 5
"""Rows that are named."""
DEPENDENT = 1e-10
"""Least singular value of the coordinates in units of their deviation, over the largest."""


def read_points(
    source: str | Path | Rows,
    targets: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    inputs: Sequence[str] | None = None,
    shared: bool | None = None,
    particles: int | None = None,
    classes: bool | None = None,
    skip_bad: bool = False,
) -> tuple[PointSet, TargetColumns | None]:
    """The points of a file, or of rows in memory, and what its `targets` are at them; None without targets.

    A target is the name of an array or a column, or an expression of columns. The points are all other columns of
    numbers, or the one other array of as many rows, unless `inputs` or (of a table) `columns` name them; `columns`
    otherwise names the coordinates. Of arrays (n, k, d) one field acts on k particles, unless `shared` is False; rows
    of a flat table are divided into `particles`. `classes` says whether a target is the class of a point; text, truth
    values and few whole numbers are, if it is None. Rows with numbers that are not finite are left out if `skip_bad`.

    Raises UsageError for what is not there or does not fit, DataError for a file or data that cannot be used.
    """
    rows = _with_names(source if isinstance(source, Rows) else read_rows(Path(source)), columns)
    path = rows.path
    labels = [find_label(rows, text) for text in targets]
    count = _common_length(path, labels)
    taken = {name for label in labels for name in label.taken}
    found = choose_inputs(rows, taken, count, InputChoice(inputs, _picked(rows, columns, taken), shared, particles))
    twice = next((label.words for label in labels if not label.computed and label.taken[0] in found.arrays), None)
    if twice is not None:
        raise UsageError(f"{twice} is both an input and the target. Leave it out of one.")
    found, labels, skipped = _finite(path, found, labels, skip_bad)
    _check(path, found)
    targeted, assumed = as_targets(labels, classes) if labels else (None, [])
    clash = sorted(set(found.names) & set(targeted.names)) if targeted else []
    if targeted and clash:
        targeted = replace(targeted, names=tuple(f"{n}_out" if n in clash else n for n in targeted.names))
    notes = (*rows.notes, *found.notes, *skipped, *assumed)
    known = {"sha256": rows.sha256} if rows.sha256 else {"source": path.name, "sha256": sha256_of(path)}
    points = PointSet.from_array(found.values, found.names, notes=notes, **known)
    return points, targeted


def _with_names(rows: Rows, columns: Sequence[str] | None) -> Rows:
    """A table that has no names for its columns, with those that the user gives for all of them."""
    if not rows.unnamed or columns is None or len(columns) != len(rows.arrays) or set(columns) == set(rows.arrays):
        return rows
    own = [identifier(name) for name in columns]
    return replace(rows, arrays=dict(zip(own, rows.arrays.values(), strict=True)))


def _picked(rows: Rows, columns: Sequence[str] | None, taken: set[str]) -> Sequence[str] | None:
    """Columns that are inputs: where they name a whole table without names, those that are no targets."""
    if rows.unnamed and columns is not None and len(columns) == len(rows.arrays):
        return [name for name in rows.arrays if name not in taken]
    return columns


def _common_length(path: Path, labels: Sequence[Label]) -> int | None:
    lengths = {label.words: len(label.values) for label in labels}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise DataError(f"{path}: the targets differ in length: {said} rows.")
    return next(iter(lengths.values()), None)


def _finite(
    path: Path, found: Inputs, labels: Sequence[Label], skip_bad: bool
) -> tuple[Inputs, list[Label], tuple[str, ...]]:
    """Without rows that have numbers that are not finite, or no label; DataError where these are not to be left out."""
    n = len(found.values)
    bad_of = {name: ~np.isfinite(found.values[..., place]).all(1) for place, name in enumerate(found.names)}
    for label in labels:
        values = label.values.reshape(n, -1)
        bad_of[label.words] = ((values == "") if values.dtype.kind == "U" else ~np.isfinite(values)).any(1)
    bad = np.logical_or.reduce(list(bad_of.values()))
    if not bad.any():
        return found, list(labels), ()
    places = np.flatnonzero(bad) + 1
    where = ", ".join(map(str, places[:SHOWN])) + (" ..." if len(places) > SHOWN else "")
    which = ", ".join(f"{name} ({own.sum()})" for name, own in bad_of.items() if own.any())
    said = f"{len(places)} of {n} rows have numbers that are missing or not finite, in {which}: row {where}"
    if bad.all():
        raise DataError(f"{path}: {said}. None is left.")
    if not skip_bad:
        raise DataError(f"{path}: {said}. Use --skip-bad to leave them out.")
    kept = [replace(label, values=label.values[~bad]) for label in labels]
    return replace(found, values=found.values[~bad]), kept, (f"{said}. They are left out.",)


def _check(path: Path, found: Inputs) -> None:
    """Raise DataError for coordinates that are constant or copies of others, and for too few points."""
    n, k, d = found.values.shape
    if n <= k * d + 1:
        raise DataError(f"{path}: {n} points with {k * d} coordinates are too few. Give more rows.")
    flat = found.values.reshape(-1, d)
    for place, name in enumerate(found.names):
        column = flat[:, place]
        if not np.ptp(column) > 1e-12 * np.abs(column).max():
            raise DataError(
                f"{path}: {name} is {column[0]:g} at all points: nothing moves along it. Leave it out: name the others "
                "with --columns or --inputs."
            )
        twin = next((other for j, other in enumerate(found.names[:place]) if np.array_equal(flat[:, j], column)), None)
        if twin is not None:
            raise DataError(
                f"{path}: {twin} and {name} are the same column twice. Leave one out: name the others with --columns."
            )


def dependence(points: PointSet) -> str | None:
    """What to doubt where all points lie in a plane of fewer dimensions; None where they do not.

    There a function off the plane is anyone's guess, and so are fields that lead off it.
    """
    flat = points.values.flatten(1)
    centred = flat - flat.mean(0)
    scale = centred.square().mean(0).sqrt()
    if not bool((scale > 0).all()):
        return None
    values = np.linalg.svd((centred / scale).numpy(), compute_uv=False)
    free = int((values > DEPENDENT * values[0]).sum())
    if free == flat.shape[1]:
        return None
    return (
        f"The {flat.shape[1]} coordinates of a point depend on each other linearly: all points lie in a plane of "
        f"{free} dimensions, and what a fitted function does off it is no property of the data. Leave some out with "
        "--columns."
    )
