"""A table as text: columns of numbers or labels, with or without a header."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from symgen.exceptions import DataError
from symgen.pde.readers.delimited import (
    BLANK,
    MISSING,
    cells_of,
    delimiter_of,
    has_decimal_commas,
    number,
    rows_of,
    without_last_delimiter,
)

INDEX = "index"


def read_columns(path: Path) -> tuple[dict[str, np.ndarray], bool, tuple[str, ...]]:
    """Columns (n,) by name, whether the file has no names for them, and what was left out.

    A column is of text if any of its cells is; missing numbers are NaN. Raises DataError for rows of different length
    or columns of the same name.
    """
    lines, comment = rows_of(path, comments_in_rows=False)
    delimiter = delimiter_of(lines)
    if delimiter == BLANK:
        lines, comment = rows_of(path)
    if has_decimal_commas(lines, delimiter):
        lines = [line.replace(",", ".") for line in lines]
    names, lines = _header(lines, delimiter, comment)
    if not lines:
        raise DataError(f"{path} is empty: it has a header, but no rows.")
    columns = _columns(path, lines, delimiter)
    if names and len(names) == len(columns) - 1:  # as R writes names of rows
        names = ["", *names]
    if names and len(names) != len(columns):
        raise DataError(f"{path}: its header has {len(names)} names, but its rows have {len(columns)} entries.")
    if not names:
        return {f"x{place}": column for place, column in enumerate(columns, 1)}, True, ()
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"{path}: two columns have the same name {twice[0]!r}. Rename one of them.")
    found = {name or INDEX: column for name, column in zip(names, columns, strict=True)}
    if "" in names and _counts(found[INDEX]):
        del found[INDEX]
        return found, False, ("The first column, which has no name, counts the rows and is left out.",)
    return found, False, ()


def _header(lines: list[str], delimiter: str, comment: str | None) -> tuple[list[str], list[str]]:
    """Names of the columns, none where there are none, and the rows after them."""
    first = cells_of(lines[0], delimiter)
    numbers = [number(cell) for cell in first]
    if len(first) > 1 and numbers == list(range(len(first))):  # as pandas calls columns without names
        return [], lines[1:]
    second = cells_of(lines[1], delimiter) if len(lines) > 1 else []
    over_numbers = any(
        above is None and cell.lower() not in MISSING and _is_number(below)
        for above, cell, below in zip(numbers, first, second, strict=False)
    )
    if over_numbers or all(value is None for value in numbers):
        return first, lines[1:]
    if comment is not None:
        labels = cells_of(comment, delimiter) if delimiter in comment else comment.split()
        if len(labels) == len(first) and not any(number(label) is not None for label in labels):
            return labels, lines
    return [], lines


def _columns(path: Path, lines: list[str], delimiter: str) -> list[np.ndarray]:
    lines = without_last_delimiter(lines, delimiter)
    try:
        values = np.loadtxt(lines, delimiter=None if delimiter == BLANK else delimiter, comments=None, ndmin=2)
        return list(values.T)
    except ValueError:
        pass
    rows = [cells_of(line, delimiter) for line in lines]
    for place, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise DataError(
                f"{path} is no table: row {place} has {len(row)} entries, the first one {len(rows[0])}. Text that "
                f"has the delimiter {delimiter!r} in it needs quotes."
            )
    return [_column(cells) for cells in zip(*rows, strict=True)]


def _column(cells: Sequence[str]) -> np.ndarray:
    """Numbers if all cells are, or are missing; else text."""
    if all(_is_number(cell) for cell in cells):
        return np.array([np.nan if (value := number(cell)) is None else value for cell in cells])
    return np.array(["" if cell.lower() in MISSING else cell for cell in cells])


def _is_number(cell: str) -> bool:
    return number(cell) is not None or cell.lower() in MISSING


def _counts(column: np.ndarray) -> bool:
    """Whether it is 0, 1, 2, ... or 1, 2, 3, ..., as an index of rows."""
    return column.dtype.kind != "U" and len(column) > 1 and np.array_equal(column, column[0] + np.arange(len(column)))
