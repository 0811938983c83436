"""What a command says: results on stdout, everything else on stderr, in one of three modes.

human: tables, notes and a progress bar; json: one JSON document on stdout and nothing else; quiet: nothing.
Errors are the business of `symgen.cli.errors`; they appear in every mode.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment, Segments
from rich.text import Text

from symgen.cli.layout import Columns
from symgen.cli.progress import Bar
from symgen.exceptions import UsageError
from symgen.printable import in_json, printable

Mode = Literal["human", "json", "quiet"]
UNTOLD = 0.05
"""Share of the time that need not be accounted for."""
PIPE_WIDTH = 100  # columns where stdout is not a terminal and COLUMNS says nothing


class Output:
    """Where a command puts its result, its notes and its progress."""

    def __init__(self, mode: Mode = "human", began: float | None = None) -> None:
        """`began` is the time of `time.perf_counter()` when the command was started, now by default."""
        self.mode = mode
        self.warnings: list[str] = []
        self.spent: dict[str, float] = {}
        """Seconds by what they were spent on."""
        self._began = time.perf_counter() if began is None else began
        self._opening: Bar | None = None
        self._in_part = False

    @classmethod
    def choose(cls, json: bool, quiet: bool, began: float | None = None) -> Output:
        """The mode that the options --json and --quiet ask for; UsageError if they ask for both."""
        if json and quiet:
            raise UsageError("--json and --quiet exclude each other. Give one of them.")
        return cls("json" if json else "quiet" if quiet else "human", began)

    @property
    def _lively(self) -> bool:
        return self.mode == "human" and sys.stderr.isatty()

    @contextmanager
    def starting(self) -> Iterator[None]:
        """A word at once, on a terminal, until there is something to say: libraries take seconds to load."""
        if self._lively:
            self._opening = Bar("Starting", console(stderr=True))
        try:
            yield
        finally:
            self._opened()

    def _opened(self) -> None:
        if self._opening:
            self._opening.stop()
            self._opening = None

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count the time within as spent on `name`; what was before the first part as the start."""
        if self._in_part:
            yield
            return
        begin = time.perf_counter()
        if not self.spent:
            self.spent["start"] = begin - self._began
        self._in_part = True
        try:
            yield
        finally:
            self._in_part = False
            self.spent[name] = self.spent.get(name, 0.0) + time.perf_counter() - begin

    def time(self) -> dict[str, Any]:
        """Seconds since the command was started, and what they were spent on, for a document; see `time_text`."""
        return {"seconds": time.perf_counter() - self._began, "spent": dict(self.spent)}

    def result(self, document: Mapping[str, Any], render: Callable[[], RenderableType]) -> None:
        """Print what the command found, once: `document` and the warnings as JSON, or `render()`."""
        self._opened()
        if self.mode == "json":
            print_json({**document, "warnings": self.warnings})
        elif self.mode == "human":
            _print(render())

    def note(self, message: str) -> None:
        """Say what is going on, on stderr, to a person only."""
        self._opened()
        if self.mode == "human":
            console(stderr=True).print(Text(message), soft_wrap=True)

    def warning(self, message: str) -> None:
        """Warn on stderr; with --json, in the document's `warnings`."""
        self._opened()
        self.warnings.append(message)
        if self.mode == "human":
            say("warning", message, "yellow")

    @contextmanager
    def progress(self, what: str, part: str | None = None) -> Iterator[Callable[..., None]]:
        """A bar with the time that is left, on stderr if that is a terminal; its time is counted as spent on `part`.

        Yields `update(done, total, what=None)`; the last argument renames the bar.
        """
        self._opened()
        with self.part(part or what.lower()):
            if not self._lively:
                yield lambda done, total, what=None: None
                return
            bar = Bar(what, console(stderr=True))
            try:
                yield bar.update
            finally:
                bar.stop()


def _print(renderable: RenderableType) -> None:
    """On stdout, without blanks at the ends of lines."""
    to = console()
    for line in to.render_lines(renderable, pad=False):
        while line and not line[-1].text.strip():
            line.pop()
        if line:
            line[-1] = Segment(line[-1].text.rstrip(), line[-1].style)
        to.print(Segments([*line, Segment.line()]), end="")


def facts(rows: Mapping[str, object]) -> Columns:
    """Names and values in two columns, without lines; rows whose value is None are left out."""
    shown = [(Text(name, style="bold"), _text(value)) for name, value in rows.items() if value is not None]
    return Columns.of(("", ""), shown)


def table(header: Sequence[str], rows: Iterable[Sequence[object]], numbers: Sequence[str] = ()) -> Columns:
    """A table under a header; the columns named in `numbers` are aligned to the right and never wrap."""
    return Columns.of(header, [list(map(_text, row)) for row in rows], numbers)


def _text(value: object) -> Text:
    return value if isinstance(value, Text) else Text(str(value))


def equation_text(equation: str, parameters: Mapping[str, float | str]) -> str:
    """An equation with the values of its parameters."""
    return ", ".join([f"{with_carets(equation)} = 0", *values_text(parameters)])


def equations_text(equations: Sequence[str], parameters: Mapping[str, float | str]) -> dict[str, str]:
    """The equations of a system in rows, and the values of their parameters."""
    one = len(equations) == 1
    rows = {
        "equation" if one else f"equation {place}": with_carets(text if "=" in text else f"{text} = 0")
        for place, text in enumerate(equations, 1)
    }
    return rows | ({"parameters": ", ".join(values_text(parameters))} if parameters else {})


def with_carets(formula: str) -> str:
    """A formula for a person: powers are written u^2 everywhere."""
    return formula.replace("**", "^")


def values_text(parameters: Mapping[str, float | str]) -> list[str]:
    """`nu = 0.02` for every parameter; constants such as 0.01/pi as they were written."""
    return [f"{name} = {v if isinstance(v, str) else f'{v:g}'}" for name, v in parameters.items()]


def time_text(document: Mapping[str, Any]) -> str:
    """What `Output.time` put into a document: `11.4 s: start 2.1, data 3.0, discovery 6.2`."""
    total, spent = document["seconds"], document["spent"]
    rest = total - sum(spent.values())
    shown = {**spent, "other": rest} if spent and rest > UNTOLD * total else spent
    each = ", ".join(f"{name} {seconds:.1f}" for name, seconds in shown.items() if seconds >= 0.05)
    return f"{total:.1f} s" + (f": {each}" if each else "")


def say(kind: str, message: str, style: str) -> None:
    """`symgen: kind: message` on one line of stderr; lines of the message itself are indented, as they are no more."""
    line = Text.assemble("symgen: ", (f"{kind}: ", style), re.sub(r"\n(?=\S)", "\n  ", message))
    console(stderr=True).print(line, soft_wrap=True)


def print_json(document: Mapping[str, Any]) -> None:
    """One JSON document on stdout; numbers that JSON lacks (NaN, infinities) become null."""
    typer.echo(in_json(json.dumps(_plain(document), indent=2, ensure_ascii=False, allow_nan=False)))


class SafeConsole(Console):
    """Shows text as it is, whatever file it is from: without markup, and without what controls a terminal."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Segments, of which those that are text are printable; the others are rich's own."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


def console(stderr: bool = False) -> Console:
    """A console without colour where the stream is not a terminal or NO_COLOR is set."""
    stream = sys.stderr if stderr else sys.stdout
    wide = None if stream.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    return SafeConsole(stderr=stderr, highlight=False, markup=False, emoji=False, width=wide, color_system=colours)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "model_dump"):  # pydantic
        return _plain(value.model_dump(mode="json"))
    return _plain(value.tolist()) if hasattr(value, "tolist") else value  # numpy and torch
