"""Columns of text for a terminal of any width, in which no number is ever broken.

Where a table is too wide its headers wrap, then its text: formulas before their signs, and a derivation d/dx stays with
its coefficient. A table that is still too wide comes in parts, one below the other, that repeat the labels of its rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

GAP = 2
COMFORT = 18
"""Columns that text has at least before a table is split; no number is as long."""
BREAKS = (
    re.compile(r" +(?![=±]|d/d)(?<![+\-±] )"),
    re.compile(r" +"),
    re.compile(r"(?<=[*/,])(?![*])(?<!d/)"),
    re.compile(r"(?<=[^\d.eE+-])(?=.)|(?=[^\d.eE+-])(?<=.)"),
)
"""Where a line may end, from best to worst: between terms or words; at any space; after an operator; in a name."""


@dataclass(frozen=True)
class Column:
    """A header and the cells under it; `numeric` ones are aligned to the right and never wrapped."""

    header: Text
    cells: tuple[Text, ...]
    numeric: bool = False

    @property
    def natural(self) -> int:
        """The width that needs no wrapping."""
        return max(map(_width, (self.header, *self.cells)), default=0)

    @property
    def least(self) -> int:
        """The width to which it can be brought with comfort."""
        if not self.numeric:
            return min(self.natural, COMFORT)
        return max([*map(_width, self.cells), *map(cell_len, self.header.plain.split())], default=0)


@dataclass(frozen=True)
class Columns:
    """What rich prints: columns side by side, and under each other where they are too many."""

    columns: tuple[Column, ...]

    @classmethod
    def of(cls, header: Sequence[str], rows: Sequence[Sequence[Text]], numbers: Sequence[str] = ()) -> Columns:
        """A table with a header; short rows are filled up."""
        filled = [[*row, *[Text()] * (len(header) - len(row))] for row in rows]
        return cls(
            tuple(
                Column(Text(name, style="bold"), tuple(row[place] for row in filled), name in numbers)
                for place, name in enumerate(header)
            )
        )

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for place, part in enumerate(_parts(self.columns, options.max_width)):
            if place:
                yield Text()
            yield from _lines(part, options.max_width)


def _width(text: Text) -> int:
    return max(map(cell_len, text.plain.split("\n")))


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _parts(columns: Sequence[Column], width: int) -> list[Sequence[Column]]:
    """The columns in as few groups as fit, about equally wide; those after the first begin with the rows' labels."""
    groups = _groups(columns, width)
    for narrower in range(width):
        even = _groups(columns, narrower)
        if len(even) == len(groups):
            return even
    return groups


def _groups(columns: Sequence[Column], width: int) -> list[Sequence[Column]]:
    """As many columns as fit in every group."""
    count = len(columns)
    while count > 2 and _total([column.least for column in columns[:count]]) > width:
        count -= 1
    if count == len(columns):
        return [columns]
    cells = zip(*(column.cells for column in columns[:count]), strict=True)
    labels = tuple(next((cell for cell in row if cell.plain), Text()) for row in cells)
    return [columns[:count], *_groups([Column(columns[0].header, labels), *columns[count:]], width)]


def _widths(columns: Sequence[Column], width: int) -> list[int]:
    """Headers of numbers shrink first, then the widest text."""
    widths = [column.natural for column in columns]
    if _total(widths) > width:
        widths = [column.least if column.numeric else column.natural for column in columns]
    text = [place for place, column in enumerate(columns) if not column.numeric]
    while _total(widths) > width and (widest := max(text, key=lambda place: widths[place], default=None)) is not None:
        if widths[widest] == 1:
            break
        widths[widest] -= 1
    return widths


def _lines(columns: Sequence[Column], width: int) -> Iterator[Text]:
    widths = _widths(columns, width)
    headers = tuple(column.header for column in columns)
    rows = [headers, *zip(*(column.cells for column in columns), strict=True)]
    for row in rows[not any(header.plain for header in headers) :]:
        wrapped = [list(wrap(cell, size)) for cell, size in zip(row, widths, strict=True)]
        for pieces in zip_longest(*wrapped, fillvalue=Text()):
            line = Text()
            for piece, size, column in zip(pieces, widths, columns, strict=True):
                blanks = " " * (size - piece.cell_len)
                line = Text.assemble(line, *((blanks, piece) if column.numeric else (piece, blanks)), " " * GAP)
            line.rstrip()
            yield line


def wrap(text: Text, width: int) -> Iterator[Text]:
    """The lines of a text, none longer than `width` unless that would break a number."""
    for line in text.split("\n", allow_blank=True):
        start = end = 0
        for first, last in _pieces(line.plain, 0, len(line), width):
            if end and cell_len(line.plain[start:last]) > width:
                yield line[start:end]
                start = first
            end = last
        yield line[start:end]


def _pieces(text: str, start: int, end: int, width: int, level: int = 0) -> Iterator[tuple[int, int]]:
    """Where pieces begin and end that stay in one line, as large as fit."""
    if cell_len(text[start:end]) <= width or level == len(BREAKS):
        yield start, end
        return
    first = start
    for gap in BREAKS[level].finditer(text, start, end):
        if gap.start() > first:
            yield from _pieces(text, first, gap.start(), width, level + 1)
            first = gap.end()
    yield from _pieces(text, first, end, width, level + 1)
