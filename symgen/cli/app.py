"""The application and the decorator that registers a command on it."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Annotated, Any

import typer

from symgen import __version__
from symgen.atomic import require_no_input
from symgen.bounds import LARGEST_WHOLE
from symgen.cli.heard import heard
from symgen.cli.invocation import running
from symgen.cli.options import COMMON
from symgen.cli.output import Output
from symgen.exceptions import UsageError

Function = Callable[..., None]
CONTEXT = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
"""What typer gives a command to know how it was called; its object is when that was."""


def _examples(*lines: str) -> str:
    """An epilog; four spaces keep the lines apart in a terminal and make them code in Markdown."""
    return "Examples:\n\n" + "\n".join(f"    $ {line}" for line in lines)


def _flowing(text: str) -> str:
    """Paragraphs in one line each, for a terminal of any width."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))


def _require_numbers(context: typer.Context) -> None:
    """Raise UsageError for an option that is no finite number, or a whole one beyond 64 bits."""
    for parameter in context.command.params:
        value, option = context.params.get(parameter.name or ""), max(parameter.opts, key=len)
        if isinstance(value, float) and not math.isfinite(value):
            raise UsageError(f"{option} {value}: give a finite number.")
        if isinstance(value, int) and abs(value) > LARGEST_WHOLE:
            raise UsageError(f"{option} {value}: the number is too large.")


ENVIRONMENT = (
    "SYMGEN_CACHE names the folder where simulated data, downloaded images and trained extractors are kept (by default "
    "the user's cache folder; it can be deleted at any time). NO_COLOR turns colours off."
)
app = typer.Typer(
    help="Find the continuous symmetries hidden in data, as vector fields.",
    epilog=_examples("symgen discover kdv", "symgen discover --help") + f"\n\nEnvironment: {ENVIRONMENT}",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"symgen {__version__}")
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def command(*examples: str) -> Callable[[Function], Function]:
    """Register `function(out, options...)` as a subcommand whose help ends with `examples`.

    The command gets the options that all have (--config, --json, --quiet, --debug); `out` is the `Output`
    that they ask for. The function itself is returned unchanged.
    """

    def register(function: Function) -> Function:
        _, *own = inspect.signature(function, eval_str=True).parameters.values()
        parameters = [CONTEXT, *(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own), *COMMON.values()]

        @functools.wraps(function)
        def run(context: typer.Context, **options: Any) -> None:
            _require_numbers(context)
            common = {name: options.pop(name) for name in COMMON}
            if options.get("output") is not None:
                require_no_input(options["output"], [common["config"]])
            out = Output.choose(common["json"], common["quiet"], context.obj)
            with out.starting(), heard(out), running(context):
                function(out, **options)

        # typer reads the signature, so that is where the shared options go
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        summary = (function.__doc__ or "").strip().split("\n")[0]
        app.command(help=_flowing(function.__doc__ or ""), short_help=summary, epilog=_examples(*examples))(run)
        return function

    return register
