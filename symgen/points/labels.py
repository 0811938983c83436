"""What is said of every point: numbers, or the class that it belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sympy
import torch

from symgen.exceptions import DataError, UsageError
from symgen.expressions import CompiledExpressions, parse
from symgen.points.names import distinct, identifier, nearest
from symgen.points.rows import Rows

MOST_CLASSES = 10
"""Whole numbers of no more values are taken for classes, if every one of these has PER_CLASS points on average."""
PER_CLASS = 10
MOST_GIVEN = 200
"""Classes where the user says that they are some."""


@dataclass(frozen=True)
class TargetColumns:
    """Numbers or classes of n points."""

    names: tuple[str, ...]
    """Of the p components, as formulas can have them."""
    values: torch.Tensor
    """(n, p) float64; of classes (n,) int64, their places in `classes`."""
    words: tuple[str, ...]
    """The same as the user wrote them; of classes what they are the classes of."""
    classes: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Label:
    """One target as it stands in the file, or as it follows from columns."""

    words: str
    values: np.ndarray
    """(n,) or (n, p)."""
    taken: tuple[str, ...]
    """Arrays of the file that it is made of."""
    computed: bool = False


def find_label(rows: Rows, text: str) -> Label:
    """What `--target text` names: an array or column, or an expression of columns.

    Raises UsageError for something that is not there, DataError for what cannot be a target.
    """
    arrays = rows.arrays
    name = text.strip()
    if name not in arrays:
        name = next((own for own in arrays if identifier(own) == name), name)
    if name in arrays:
        return Label(text, _checked(rows, name, arrays[name]), (name,))
    if name in rows.refused:
        raise DataError(f"{rows.path}: {name!r} cannot be the target: {rows.refused[name]}.")
    if re.fullmatch(r"[\w.\[\]/ ]*[A-Za-z_\]]", name) and "(" not in name and "/" not in name:
        raise UsageError(
            f"--target {text}: {rows.path} has no {name!r}{nearest(name, list(arrays))} It has {rows.seen}."
        )
    return _computed(rows, text)


def _computed(rows: Rows, text: str) -> Label:
    """An expression of columns with one number for each row."""
    columns = {identifier(name): name for name, array in rows.arrays.items()}
    symbols = {name: sympy.Symbol(name, real=True) for name in columns}
    expression = parse(text, symbols.get, list(columns))
    used = sorted(str(symbol) for symbol in expression.free_symbols)
    if not used:
        raise DataError(f"--target {text}: it is constant, and so invariant under everything. Name a column.")
    values = []
    for name in used:
        array = _checked(rows, columns[name], rows.arrays[columns[name]])
        if array.ndim > 1 or array.dtype.kind == "U":
            what = "text" if array.dtype.kind == "U" else f"of shape {array.shape}"
            raise UsageError(f"--target {text}: {name} is {what}, and formulas take columns of numbers.")
        values.append(torch.from_numpy(array.astype(np.float64)))
    if len({len(value) for value in values}) > 1:
        lengths = ", ".join(f"{name} has {len(value)}" for name, value in zip(used, values, strict=True))
        raise DataError(f"--target {text}: its columns differ in length: {lengths} rows.")
    found = CompiledExpressions([symbols[name] for name in used], [expression])(values)[0].numpy()
    bad = np.isfinite(np.stack([v.numpy() for v in values])).all(0) & ~np.isfinite(found)
    if bad.any():
        raise DataError(
            f"--target {text}: it has no real value in {bad.sum()} of {len(bad)} rows, first in row "
            f"{bad.argmax() + 1}. Use another function of the columns."
        )
    return Label(text, found, tuple(columns[name] for name in used), computed=True)


def _checked(rows: Rows, name: str, array: np.ndarray) -> np.ndarray:
    kind = array.dtype.kind
    if kind == "c":
        raise DataError(f"{rows.path}: {name!r} is complex. Store its real and imaginary part as two arrays.")
    if kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    elif kind not in "iufbU":
        raise DataError(f"{rows.path}: {name!r} is {array.dtype}, and neither numbers nor text.")
    if array.ndim > 2:
        raise DataError(f"{rows.path}: {name!r} has the shape {array.shape}. A target has one row for each point.")
    return array


def as_targets(labels: Sequence[Label], classes: bool | None) -> tuple[TargetColumns, list[str]]:
    """Labels of equal length, without missing ones, as numbers or as classes; and what was assumed.

    `classes` is what the user says, None where nothing. Raises DataError for a target that is constant, or text where
    numbers are needed.
    """
    only = labels[0] if len(labels) == 1 else None
    if only is not None and only.values.ndim == 1 and classes is not False:
        guessed = _looks_like_classes(only)
        if classes or guessed:
            return _as_classes(only, "" if classes else guessed)
    if classes:
        raise UsageError("--classes takes one --target with one column: the class of every point.")
    numbers, names, words = [], [], []
    for label in labels:
        if label.values.dtype.kind == "U":
            hint = "one target of text is taken as classes" if classes is None else "leave --no-classes out"
            raise DataError(f"--target {label.words}: it is text, such as {label.values.ravel()[0]!r}; {hint}.")
        own = label.values.astype(np.float64).reshape(len(label.values), -1)
        name = identifier(label.words)
        several = [f"{name}{place}" for place in range(1, own.shape[1] + 1)]
        names += several if len(several) > 1 else [name]
        words += several if len(several) > 1 else [label.words]
        numbers.append(own)
    values = torch.from_numpy(np.concatenate(numbers, axis=1))
    named = distinct(names)
    for name, column in zip(words, values.T, strict=True):
        if not float(column.max() - column.min()) > 1e-12 * float(column.abs().max()):
            raise _constant(name, f"{float(column[0]):g}", len(column))
    return TargetColumns(named, values, tuple(words)), []


def _constant(name: str, value: str, count: int) -> DataError:
    return DataError(
        f"--target {name}: it is {value} at all {count} points. What is constant is invariant under everything, so "
        "that nothing can be learnt of it."
    )


def _looks_like_classes(label: Label) -> str:
    """Why numbers or labels are taken as classes; empty where they are not."""
    values = label.values
    if values.dtype.kind == "U":
        return "it is text"
    if values.dtype.kind == "b":
        return "it is true or false"
    if label.computed or not np.array_equal(values, np.round(values)):
        return ""
    count = len(np.unique(values))
    return f"it has only {count} whole numbers" if count <= min(MOST_CLASSES, len(values) // PER_CLASS) else ""


def _as_classes(label: Label, why: str) -> tuple[TargetColumns, list[str]]:
    found, places = np.unique(label.values, return_inverse=True)
    names = tuple(f"{value:g}" if found.dtype.kind == "f" else str(value) for value in found)
    if len(names) < 2:
        value = repr(names[0]) if found.dtype.kind == "U" else names[0]
        raise _constant(label.words, value, len(places))
    if len(names) > min(MOST_GIVEN, len(places) // 2):
        advice = "Name another column" if found.dtype.kind == "U" else "Use --no-classes, as they are numbers"
        raise DataError(
            f"--target {label.words}: {len(names)} different values at {len(places)} points are no classes. {advice}."
        )
    numbers = "; --no-classes takes it as a number" if label.values.dtype.kind != "U" else ""
    shown = ", ".join(names[:6]) + (" ..." if len(names) > 6 else "")
    notes = [f"{label.words} is taken as {len(names)} classes ({shown}), as {why}{numbers}."] if why else []
    columns = distinct([identifier(f"logit_{name}") for name in names])
    return TargetColumns(columns, torch.from_numpy(places.reshape(-1).astype(np.int64)), (label.words,), names), notes
