"""What a command says: results on stdout, everything else on stderr, in one of three modes.

human: tables, notes and a progress bar; json: one JSON document on stdout and nothing else; quiet: nothing.
Errors are the business of `symgen.cli.errors`; they appear in every mode.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import typer
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from symgen.cli.layout import Columns
from symgen.exceptions import UsageError

Mode = Literal["human", "json", "quiet"]
PIPE_WIDTH = 100  # columns where stdout is not a terminal and COLUMNS says nothing


class Output:
    """Where a command puts its result, its notes and its progress."""

    def __init__(self, mode: Mode = "human") -> None:
        self.mode = mode
        self.warnings: list[str] = []
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since the command was started."""
        return time.perf_counter() - self._start

    @classmethod
    def choose(cls, json: bool, quiet: bool) -> Output:
        """The mode that the options --json and --quiet ask for; UsageError if they ask for both."""
        if json and quiet:
            raise UsageError("--json and --quiet exclude each other. Give one of them.")
        return cls("json" if json else "quiet" if quiet else "human")

    def result(self, document: Mapping[str, Any], render: Callable[[], RenderableType]) -> None:
        """Print what the command found, once: `document` and the warnings as JSON, or `render()`."""
        if self.mode == "json":
            print_json({**document, "warnings": self.warnings})
        elif self.mode == "human":
            console().print(render())

    def note(self, message: str) -> None:
        """Say what is going on, on stderr, to a person only."""
        if self.mode == "human":
            console(stderr=True).print(Text(message), soft_wrap=True)

    def warning(self, message: str) -> None:
        """Warn on stderr; with --json, in the document's `warnings`."""
        self.warnings.append(message)
        if self.mode == "human":
            say("warning", message, "yellow")

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[..., None]]:
        """A bar with the time that is left, on stderr if that is a terminal.

        Yields `update(done, total, what=None)`; the last argument renames the bar.
        """
        if self.mode != "human" or not sys.stderr.isatty():
            yield lambda done, total, what=None: None
            return
        left = TextColumn("{task.description}")
        columns = (left, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(elapsed_when_finished=True))
        with Progress(*columns, console=console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=None)

            def update(done: int, total: int, what: str | None = None) -> None:
                bar.update(task, completed=done, total=total, description=what)

            yield update


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
    return ", ".join([f"{equation} = 0", *values_text(parameters)])


def equations_text(equations: Sequence[str], parameters: Mapping[str, float | str]) -> dict[str, str]:
    """The equations of a system in rows, and the values of their parameters."""
    one = len(equations) == 1
    rows = {
        "equation" if one else f"equation {place}": text if "=" in text else f"{text} = 0"
        for place, text in enumerate(equations, 1)
    }
    return rows | ({"parameters": ", ".join(values_text(parameters))} if parameters else {})


def values_text(parameters: Mapping[str, float | str]) -> list[str]:
    """`nu = 0.02` for every parameter; constants such as 0.01/pi as they were written."""
    return [f"{name} = {v if isinstance(v, str) else f'{v:g}'}" for name, v in parameters.items()]


def say(kind: str, message: str, style: str) -> None:
    """`symgen: kind: message` on one line of stderr."""
    line = Text.assemble("symgen: ", (f"{kind}: ", style), message)
    console(stderr=True).print(line, soft_wrap=True)


def print_json(document: Mapping[str, Any]) -> None:
    """One JSON document on stdout; numbers that JSON lacks (NaN, infinities) become null."""
    typer.echo(json.dumps(_plain(document), indent=2, ensure_ascii=False, allow_nan=False))


def console(stderr: bool = False) -> Console:
    """A console without colour where the stream is not a terminal or NO_COLOR is set."""
    stream = sys.stderr if stderr else sys.stdout
    wide = None if stream.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    return Console(stderr=stderr, highlight=False, width=wide, color_system=colours)


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
