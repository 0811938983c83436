"""Text: a matrix u, or columns x, t and u, with any usual delimiter, with or without a header and comments."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.coordinates import equally_spaced
from symgen.pde.readers.long_form import long_columns
from symgen.pde.readers.table import Table, has_role

COMMENTS = ("#", "%", "//")
DELIMITERS = (";", "\t", ",", "|")
LEAST = 4
EXACTLY = 1e-6
"""Of a step: how equal the steps of a first row and column are that are no values of u, if the corner is a number."""
MISSING = frozenset(("", "nan", "na", "n/a", "null", "none", "-"))


def read(path: Path) -> Table:
    """Columns by their names, or a matrix as u; DataError for text that is no table of numbers."""
    lines, comment = _lines(path)
    delimiter = _delimiter(lines)
    if delimiter == ";" and any("," in line for line in lines[1:50]) and not any("." in line for line in lines[1:50]):
        lines = [line.replace(",", ".") for line in lines]
    header = None
    if not _is_row(lines[0], delimiter):
        header = _split(lines[0], delimiter)
        lines = lines[1:]
    if not lines:
        raise DataError(f"{path} has a header, but no rows of numbers.")
    values = _numbers(path, lines, delimiter)
    if header is None and comment is not None:
        labels = _split(comment, delimiter) if delimiter in comment or delimiter == " " else comment.split()
        header = labels if len(labels) == values.shape[1] and not any(map(_number, labels)) else None
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
    numbers = [_number(name) for name in names[1:]]
    if all(number is not None for number in numbers):
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


def _lines(path: Path) -> tuple[list[str], str | None]:
    """Rows without comments and empty lines, and the last comment before the first of them."""
    raw = path.read_bytes()
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    rows: list[str] = []
    comment = None
    for line in text.splitlines():
        line = line.strip(" \r\f\x1a")
        if line.startswith(COMMENTS):
            comment = line.lstrip("#%/ ") if not rows else comment
        elif line.strip():
            rows.append(re.split(r"\s[#%]", line)[0])
    if not rows:
        raise DataError(f"{path} is empty.")
    return rows, comment


def _delimiter(lines: Sequence[str]) -> str:
    """The one that is in the rows; blank stands for any white space."""
    sample = lines[min(1, len(lines) - 1)]
    return next((delimiter for delimiter in DELIMITERS if delimiter in sample), " ")


def _split(line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))]


def _is_row(line: str, delimiter: str) -> bool:
    """Whether a line is of numbers and empty cells, with one number at least."""
    cells = [cell.lower() for cell in _split(line, delimiter)]
    numbers = [_number(cell) is not None for cell in cells]
    return (
        any(numbers)
        and all(n or cell in MISSING for n, cell in zip(numbers, cells, strict=True))
        and not (cells[0] == "" and all(numbers[1:]))
    )


def _numbers(path: Path, lines: Sequence[str], delimiter: str) -> np.ndarray:
    """Rows of numbers (rows, columns); DataError that names the first row that is none."""
    trailing = delimiter != " " and all(line.rstrip().endswith(delimiter) for line in lines)
    if trailing:
        lines = [line.rstrip().removesuffix(delimiter) for line in lines]
    try:
        return np.loadtxt(lines, delimiter=None if delimiter == " " else delimiter, comments=None, ndmin=2)
    except ValueError:
        pass
    rows = [_split(line, delimiter) for line in lines]
    width = len(rows[0])
    for place, row in enumerate(rows, 1):
        if len(row) != width:
            raise DataError(
                f"{path} is text, but no table of numbers: row {place} has {len(row)} entries, the first one {width}."
            )
        wrong = [cell for cell in row if _number(cell) is None and cell.lower() not in MISSING]
        if wrong:
            raise DataError(f"{path} is text, but no table of numbers: row {place} has {wrong[0][:40]!r}.")
    return np.array([[_or_nan(cell) for cell in row] for row in rows])


def _number(text: str) -> float | None:
    """The number of a cell, also with Fortran's D for E."""
    try:
        return float(re.sub(r"(?<=\d|\.)[dD](?=[+-]?\d)", "e", text.strip().strip('"')))
    except ValueError:
        return None


def _or_nan(cell: str) -> float:
    value = _number(cell)
    return np.nan if value is None else value
