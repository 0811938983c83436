"""The command that runs, as it can be typed again to get the same result."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import typer

LEFT_OUT = frozenset(
    (
        *("output", "figures", "no_figures", "format", "open", "report", "report_file", "force", "resume"),
        *("config", "json", "quiet", "debug"),
    )
)
"""Options that say where results go or how they are shown, or whose values are options themselves."""
_running: ContextVar[str | None] = ContextVar("running", default=None)


def invocation() -> str | None:
    """The command that runs, with options from --config written out; None outside the command line."""
    return _running.get()


@contextmanager
def running(context: typer.Context) -> Iterator[None]:
    """Within it `invocation` is the command of this context."""
    token = _running.set(_words(context))
    try:
        yield
    finally:
        _running.reset(token)


def _words(context: typer.Context) -> str:
    words = ["symgen", context.info_name or ""]
    arguments, options = [], []
    for parameter in context.command.params:
        name = parameter.name or ""
        value = context.params.get(name)
        source = context.get_parameter_source(name)
        if name in LEFT_OUT or value is None or source is None or source.name == "DEFAULT":
            continue
        if parameter.param_type_name == "argument":
            arguments.append(str(value))
        elif isinstance(value, bool):
            flags = parameter.opts if value else parameter.secondary_opts
            options += flags[:1]
        else:
            each = value if isinstance(value, list | tuple) else [value]
            options += [word for one in each for word in (parameter.opts[0], str(one))]
    return shlex.join([*words, *arguments, *options])
