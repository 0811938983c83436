"""Delimited text: its rows, the delimiter, and what its cells are."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from symgen.exceptions import DataError
from symgen.pde.readers.size import Room

COMMENTS = ("#", "%", "//")
DELIMITERS = (";", "\t", ",", "|")
BLANK = " "
"""Stands for any white space."""
TEXT_IN_MEMORY = 8
"""Bytes in memory for each byte of text: its lines, their cells, and numbers of 8 bytes for cells of a few letters."""
MISSING = frozenset(("", "nan", "na", "n/a", "null", "none", "-"))


def rows_of(path: Path, comments_in_rows: bool = True) -> tuple[list[str], str | None]:
    """Rows without comments and empty lines, and the last comment before the first of them.

    With `comments_in_rows` what follows a blank and # or % in a row is a comment, too; labels could hold these.
    """
    Room(path).take("rows of text", TEXT_IN_MEMORY * path.stat().st_size)
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
            rows.append(re.split(r"\s[#%]", line)[0] if comments_in_rows else line)
    if not rows:
        raise DataError(f"{path} is empty.")
    return rows, comment


def delimiter_of(rows: Sequence[str]) -> str:
    """The one that is in the rows; BLANK if there is none."""
    sample = rows[min(1, len(rows) - 1)]
    return next((delimiter for delimiter in DELIMITERS if delimiter in sample), BLANK)


def has_decimal_commas(rows: Sequence[str], delimiter: str) -> bool:
    """Whether the numbers of rows after the first are written 0,5."""
    return delimiter == ";" and any("," in row for row in rows[1:50]) and not any("." in row for row in rows[1:50])


def cells_of(row: str, delimiter: str) -> list[str]:
    """What is between the delimiters."""
    if delimiter == BLANK:
        return row.split()
    return [cell.strip() for cell in next(csv.reader([row], delimiter=delimiter, skipinitialspace=True))]


def without_last_delimiter(rows: list[str], delimiter: str) -> list[str]:
    """The rows, where all end with a delimiter, without that."""
    if delimiter == BLANK or not all(row.rstrip().endswith(delimiter) for row in rows):
        return rows
    return [row.rstrip().removesuffix(delimiter) for row in rows]


def number(text: str) -> float | None:
    """The number of a cell, also with Fortran's D for E; None for something else."""
    try:
        return float(re.sub(r"(?<=\d|\.)[dD](?=[+-]?\d)", "e", text.strip().strip('"')))
    except ValueError:
        return None


def is_row(row: str, delimiter: str) -> bool:
    """Whether a line is of numbers and empty cells, with one number at least."""
    cells = [cell.lower() for cell in cells_of(row, delimiter)]
    numbers = [number(cell) is not None for cell in cells]
    return (
        any(numbers)
        and all(n or cell in MISSING for n, cell in zip(numbers, cells, strict=True))
        and not (cells[0] == "" and all(numbers[1:]))
    )
