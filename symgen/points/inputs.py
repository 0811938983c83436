"""Which arrays of a file are the coordinates of its points, what these are called, and how many particles there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from symgen.exceptions import DataError, UsageError
from symgen.pde.readers.table import is_numeric
from symgen.points.names import distinct, identifier, nearest, shared_names
from symgen.points.rows import Rows

COUNTERS = frozenset(("id", "idx", "index", "row", "entry", "event", "number", "nr", "no", "unnamed_0", "column"))
"""Usual names of columns that count the rows."""
SHORT = 2
"""Letters of an array's name that its columns are called by; those of longer ones are x1, x2, ..."""


@dataclass(frozen=True)
class InputChoice:
    """What the user says about the inputs; None where nothing."""

    inputs: Sequence[str] | None = None
    columns: Sequence[str] | None = None
    shared: bool | None = None
    particles: int | None = None


@dataclass(frozen=True)
class Inputs:
    """Coordinates of points (n, k, d), the names of the d, and what was assumed."""

    values: np.ndarray
    names: tuple[str, ...]
    notes: tuple[str, ...]
    arrays: tuple[str, ...]
    """Of the file, that they are from."""


def choose_inputs(rows: Rows, taken: Collection[str], count: int | None, choice: InputChoice) -> Inputs:
    """The inputs beside the arrays `taken` by targets of `count` rows, None without targets.

    Raises UsageError where the choice does not fit or is to be made, DataError for arrays that cannot be inputs.
    """
    names, notes = _arrays_of_inputs(rows, taken, count, choice)
    parts = [_part(rows, name, count) for name in names]
    lengths = {name: len(part) for name, part in zip(names, parts, strict=True)}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise DataError(f"{rows.path}: the inputs differ in length: {said} rows. Choose some with --inputs.")
    if len({part.shape[1] for part in parts}) > 1:
        said = ", ".join(f"{name} {rows.arrays[name].shape}" for name in names)
        raise DataError(f"{rows.path}: the inputs {said} have different numbers of particles. Choose with --inputs.")
    values = np.concatenate(parts, axis=2)
    picked = choice.inputs is None and choice.columns is not None and list(choice.columns) == names
    columns, renamed = _columns(names, parts, None if picked else choice.columns)
    values, columns, about = _particles(values, columns, choice, names)
    return Inputs(values, columns, (*notes, *renamed, *about), tuple(names))


def _arrays_of_inputs(
    rows: Rows, taken: Collection[str], count: int | None, choice: InputChoice
) -> tuple[list[str], list[str]]:
    """Names of the arrays, and a note of those that were left out."""
    if choice.inputs is not None:
        return [_known(rows, name, "inputs", taken) for name in choice.inputs], []
    flat = all(array.ndim == 1 for array in rows.arrays.values())
    if choice.columns is not None and (flat or set(choice.columns) <= set(rows.arrays)):
        return [_known(rows, name, "columns", taken) for name in choice.columns], []
    fitting = {n: a for n, a in rows.arrays.items() if n not in taken and (count is None or len(a) == count)}
    counters = [name for name, array in fitting.items() if _counts_rows(name, array)]
    beside = {name: array for name, array in fitting.items() if name not in counters}
    usable = [name for name, array in beside.items() if array.dtype.kind in "iuf" or _is_spoilt(array)]
    wide = [name for name in usable if beside[name].ndim > 1]
    alike = len({len(beside[name]) for name in usable}) == 1
    if not usable:
        if any(array.dtype.kind == "c" for array in beside.values()):
            raise _complex(rows, next(name for name, array in beside.items() if array.dtype.kind == "c"))
        of_length = "" if count is None else f" with {count} rows, as the target has"
        raise DataError(f"{rows.path} has no array of numbers for inputs{of_length}. It has {rows.seen}.")
    if len(usable) > 1 and (wide or not alike):
        found = ", ".join(f"{name} {beside[name].shape}" for name in usable)
        hint = "" if count is not None else ", or name what depends on the others with --target"
        raise UsageError(f"{rows.path} has {found}. Say which are the points with --inputs NAME{hint}.")
    constant = [name for name in usable if beside[name].ndim == 1 and len(set(beside[name].tolist())) == 1]
    if len(constant) < len(usable):
        usable = [name for name in usable if name not in constant]
    else:
        constant = []
    others = [f"{name} ({_kind(array)})" for name, array in beside.items() if name not in (*usable, *constant)]
    notes = [f"Left out, as they are no numbers: {', '.join(others)}."] if others else []
    notes += [f"Left out, as it is the same in all rows: {name}." for name in constant]
    return usable, [*notes, *(f"Left out, as it counts the rows: {name}." for name in counters)]


def _known(rows: Rows, name: str, option: str, taken: Collection[str]) -> str:
    if name in rows.arrays:
        return name
    own = next((other for other in rows.arrays if identifier(other) == name), None)
    if own is not None:
        return own
    if name in rows.refused:
        raise DataError(f"{rows.path}: {name!r} cannot be an input: {rows.refused[name]}.")
    known = [other for other in rows.arrays if other not in taken]
    raise UsageError(f"--{option} {name}: {rows.path} has no {name!r}{nearest(name, known)} It has {rows.seen}.")


def _part(rows: Rows, name: str, count: int | None) -> np.ndarray:
    """An array as (n, k, d) float64."""
    array = rows.arrays[name]
    if array.dtype.kind == "c":
        raise _complex(rows, name)
    if not is_numeric(array.dtype):
        raise DataError(
            f"{rows.path}: the input {name!r} is {_text_of(array)}. Choose others with --columns or --inputs."
        )
    if count is not None and len(array) != count:
        raise DataError(
            f"{rows.path}: the target has {count} rows, the input {name!r} has {len(array)}. Each point needs one."
        )
    if array.ndim > 3:
        raise DataError(
            f"{rows.path}: {name!r} has the shape {array.shape}. Points are (n, d), or (n, k, d) of k particles."
        )
    if array.ndim == 3 and array.dtype == np.uint8:
        raise UsageError(
            f"{rows.path}: {name!r} has bytes of shape {array.shape}, as images are. Find symmetries of images with "
            f"`symgen discover {rows.path}`; particles are stored as floating-point numbers."
        )
    array = array.astype(np.float64)
    return array.reshape(len(array), array.shape[1] if array.ndim == 3 else 1, -1)


def _complex(rows: Rows, name: str) -> DataError:
    return DataError(f"{rows.path}: {name!r} has complex numbers. Store real and imaginary parts as two arrays.")


def _kind(array: np.ndarray) -> str:
    return {"U": "text", "S": "text", "b": "true or false", "c": "complex"}.get(array.dtype.kind, str(array.dtype))


def _counts_rows(name: str, array: np.ndarray) -> bool:
    """Whether it is called like an index, and goes up by one from row to row."""
    if identifier(name).lower() not in COUNTERS or array.ndim > 1 or array.dtype.kind not in "iuf":
        return False
    return len(array) > 1 and bool((np.diff(array) == 1).all())


def _is_spoilt(array: np.ndarray) -> bool:
    """Whether it is a column of numbers, most of it, with some text in it."""
    return array.dtype.kind == "U" and array.ndim == 1 and 2 * _text_in(array).sum() < len(array)


def _text_in(array: np.ndarray) -> np.ndarray:
    return np.array([not _reads_as_number(cell) for cell in array])


def _text_of(array: np.ndarray) -> str:
    """What an array that is no numbers has, and where, if it is text."""
    if array.dtype.kind != "U" or array.ndim > 1:
        return f"{_kind(array)}, not numbers"
    bad = _text_in(array)
    first = bad.argmax()
    return f"text in {bad.sum()} of {len(array)} rows, first {str(array[first])!r} in row {first + 1}"


def _reads_as_number(cell: str) -> bool:
    try:
        float(cell or "nan")
    except ValueError:
        return False
    return True


def _columns(
    names: Sequence[str], parts: Sequence[np.ndarray], given: Sequence[str] | None
) -> tuple[tuple[str, ...], list[str]]:
    """Names of the coordinates, and a note where they are not as in the file."""
    d = sum(part.shape[2] for part in parts)
    if given is not None:
        if len(given) != d:
            raise UsageError(
                f"--columns {','.join(given)}: the number of names is {len(given)}, but points have {d} coordinates."
            )
        own = [identifier(name) for name in given]
        if len(set(own)) < len(own):
            raise UsageError(f"--columns {','.join(given)}: two coordinates have the same name.")
        return tuple(own), []
    wanted: list[str] = []
    for name, part in zip(names, parts, strict=True):
        size = part.shape[2]
        stem = identifier(name) if len(name) <= SHORT or len(parts) > 1 else "x"
        wanted += [identifier(name)] if size == 1 and part.shape[1] == 1 else [f"{stem}{i}" for i in range(1, size + 1)]
    own = list(distinct(wanted))
    if len(parts) == d and own != list(names):
        changed = [f"{name!r} {new}" for name, new in zip(names, own, strict=True) if name != new]
        return tuple(own), [f"Formulas call {', '.join(changed)}."]
    return tuple(own), []


def _particles(
    values: np.ndarray, columns: tuple[str, ...], choice: InputChoice, arrays: Sequence[str]
) -> tuple[np.ndarray, tuple[str, ...], list[str]]:
    """Points (n, k, d) as the user wants them: a field that all particles share, or one on all their coordinates."""
    n, k, d = values.shape
    if k > 1:
        if choice.particles not in (None, 1, k):
            raise UsageError(f"--particles {choice.particles}: {arrays[0]} has {k} particles with {d} coordinates.")
        if choice.shared is False or (choice.particles == 1 and choice.shared is None):
            names = tuple(f"{name}_{place}" for place in range(1, k + 1) for name in columns)
            return values.reshape(n, 1, k * d), names, []
        about = (
            f"{', '.join(arrays)}: {n} points of {k} particles with the coordinates {', '.join(columns)}. One field "
            f"acts on all particles alike; --no-shared has one on all {k * d} coordinates."
        )
        return values, columns, [about]
    wanted = choice.particles
    if choice.shared and wanted is None:
        raise UsageError(
            f"--shared: {', '.join(arrays)} does not say how many particles there are in a row of {d} numbers. Give "
            "--particles K."
        )
    if wanted is None or wanted == 1 or choice.shared is False:
        return values, columns, []
    if d % wanted:
        raise UsageError(f"--particles {wanted}: {d} coordinates ({', '.join(columns)}) cannot be divided evenly.")
    each = d // wanted
    groups = [columns[place : place + each] for place in range(0, d, each)]
    common = shared_names(groups) or tuple(f"x{place}" for place in range(1, each + 1))
    said = "; ".join(", ".join(group) for group in groups)
    return values.reshape(n, wanted, each), common, [f"{', '.join(common)} are the coordinates of particles: {said}."]
