"""Text: a matrix u, or columns x, t and u, with any usual delimiter, with or without a header and comments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.coordinates import equally_spaced
from symgen.pde.readers.delimited import (
    BLANK,
    MISSING,
    cells_of,
    delimiter_of,
    has_decimal_commas,
    is_row,
    number,
    rows_of,
    without_last_delimiter,
)
from symgen.pde.readers.long_form import long_columns
from symgen.pde.readers.table import Table, has_role

LEAST = 4
EXACTLY = 1e-6
"""Of a step: how equal the steps of a first row and column are that are no values of u, if the corner is a number."""


def read(path: Path) -> Table:
    """Columns by their names, or a matrix as u; DataError for text that is no table of numbers."""
    lines, comment = rows_of(path)
    delimiter = delimiter_of(lines)
    if has_decimal_commas(lines, delimiter):
        lines = [line.replace(",", ".") for line in lines]
    header = None
    if not is_row(lines[0], delimiter):
        header = cells_of(lines[0], delimiter)
        lines = lines[1:]
    if not lines:
        raise DataError(f"{path} is text, but has no rows of numbers.")
    values = _numbers(path, lines, delimiter)
    if header is None and comment is not None:
        labels = cells_of(comment, delimiter) if delimiter in comment or delimiter == BLANK else comment.split()
        header = labels if len(labels) == values.shape[1] and not any(map(number, labels)) else None
    return Table(path, "text", _arrays(path, header, values))


def _arrays(path: Path, header: Sequence[str] | None, values: np.ndarray) -> dict[str, np.ndarray]:
    """What the rows and columns of a table are."""
    if values.shape[1] == 1:
        return {(header or ["u"])[0]: values[:, 0]}
    if header is None:
        columns = long_columns(values)
        return dict(columns) if columns else _matrix(values)
    names = [name.strip() for name in header]
    if len(names) == values.shape[1] - 1:
        names = ["", *names]
    if len(names) != values.shape[1]:
        raise DataError(f"{path}: its header has {len(names)} names, but its rows have {values.shape[1]} numbers.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"{path}: two columns have the same name {twice[0]!r}. Rename one of them.")
    numbers = [number(name) for name in names[1:]]
    if None not in numbers:
        return _labelled(names[0], np.array(numbers, dtype=np.float64), values)
    if any(has_role(name, "x") or has_role(name, "t") for name in names) or long_columns(values):
        return {name or "index": values[:, place] for place, name in enumerate(names)}
    return _matrix(values)


def _matrix(values: np.ndarray) -> dict[str, np.ndarray]:
    """A matrix without header; with coordinates in its first row and column, if these are grids."""
    tolerance = 0.02 if np.isnan(values[0, 0]) else EXACTLY
    if min(values.shape) > LEAST and all(equally_spaced(edge, tolerance) for edge in (values[0, 1:], values[1:, 0])):
        return _labelled("", values[0, 1:], values[1:])
    return {"u": values}


def _labelled(corner: str, across: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
    """A table whose header and first column are coordinates; the corner can name that of the column."""
    if not equally_spaced(across) or np.array_equal(across, np.arange(len(across))):
        return {"u": values}
    down = "t" if has_role(corner, "t") else "x" if has_role(corner, "x") else "first column"
    along = {"t": "x", "x": "t"}.get(down, "first row")
    return {along: across, down: values[:, 0], "u": values[:, 1:]}


def _numbers(path: Path, lines: list[str], delimiter: str) -> np.ndarray:
    """Rows of numbers (rows, columns); DataError that names the first row that is none."""
    lines = without_last_delimiter(lines, delimiter)
    try:
        return np.loadtxt(lines, delimiter=None if delimiter == BLANK else delimiter, comments=None, ndmin=2)
    except ValueError:
        pass
    rows = [cells_of(line, delimiter) for line in lines]
    width = len(rows[0])
    for place, row in enumerate(rows, 1):
        if len(row) != width:
            raise DataError(
                f"{path} is text, but no table of numbers: row {place} has {len(row)} entries, the first one {width}."
            )
        wrong = [cell for cell in row if number(cell) is None and cell.lower() not in MISSING]
        if wrong:
            raise DataError(f"{path} is text, but no table of numbers: row {place} has {wrong[0][:40]!r}.")
    return np.array([[_or_nan(cell) for cell in row] for row in rows])


def _or_nan(cell: str) -> float:
    value = number(cell)
    return np.nan if value is None else value
