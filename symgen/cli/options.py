"""Options that several commands share, as types: `seed: Seed = 0`."""

from __future__ import annotations

import difflib
import inspect
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from symgen.bounds import LARGEST_WHOLE
from symgen.cli.completion import devices, names_or_generators
from symgen.cli.figure_files import FigureFormat
from symgen.devices import PATTERN
from symgen.exceptions import DataError, UsageError
from symgen.literals import held_float
from symgen.names import REFERENCES
from symgen.readable import require_readable

PANEL = "Settings and output"
READING = "How a file of data is read"


def _device(text: str) -> str:
    if not re.fullmatch(PATTERN, text):
        raise typer.BadParameter(f"{text!r} is not a device: give auto, cpu, cuda or cuda:k")
    return text


def _config(context: typer.Context, path: Path | None) -> Path | None:
    if path is not None:
        context.default_map = {**(context.default_map or {}), **_settings(context, path)}
    return path


def _settings(context: typer.Context, path: Path) -> dict[str, Any]:
    """The table of a TOML file that is for this command, keyed by parameter."""
    require_readable(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file. --config takes a TOML file with settings.")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=held_float)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as TOML: {error}.") from error
    command = context.command
    table = table.get(command.name or "", table)
    own = {
        flag.removeprefix("--"): parameter
        for parameter in command.params
        for flag in parameter.opts
        if flag.startswith("--") and parameter.name not in COMMON
    }
    settings: dict[str, Any] = {}
    for key, value in table.items():
        parameter = own.get(key.replace("_", "-"))
        if parameter is None:
            nearest = difflib.get_close_matches(key, own, n=1)
            hint = f"Did you mean '{nearest[0]}'?" if nearest else f"It has {', '.join(sorted(own))}."
            raise UsageError(f"{path}: `symgen {command.name}` has no setting '{key}'. {hint}")
        if isinstance(value, dict):  # [param] nu = 0.02 means --param nu=0.02
            value = [f"{left}={right}" for left, right in value.items()]
        elif parameter.multiple and isinstance(value, str):
            value = [value]
        settings[parameter.name or key] = value
    return settings


def parameters(values: list[str]) -> dict[str, float | str]:
    """`["nu=0.02", "c=1/3"]` -> `{"nu": 0.02, "c": "1/3"}`; see `symgen.pde.parameters`."""
    found = parameters_and_symbols(values)
    if symbols := [name for name, value in found.items() if value is None]:
        name = symbols[0]
        raise typer.BadParameter(
            f"{name!r} is not of the form NAME=NUMBER, e.g. {name}=0.02. A parameter without a number is kept as a "
            "symbol by `symgen inspect --equation` alone, without a file of data."
        )
    return {name: value for name, value in found.items() if value is not None}


def parameters_and_symbols(values: list[str]) -> dict[str, float | str | None]:
    """The same, with None for a name that stands alone: a parameter that is left as a symbol."""
    result: dict[str, float | str | None] = {}
    for text in values:
        from symgen.pde.parameters import read_value  # here, as it takes long

        name, equals, number = (part.strip() for part in text.partition("="))
        if name in result:
            raise typer.BadParameter(f"{name} is given twice")
        if not equals and name.isidentifier():
            result[name] = None
            continue
        if not equals or not name:
            raise typer.BadParameter(f"{text!r} is not of the form NAME=NUMBER, e.g. nu=0.02")
        try:
            result[name] = read_value(number)
        except UsageError as error:
            raise typer.BadParameter(
                f"{text!r} is not of the form NAME=NUMBER, e.g. nu=0.02 or nu=0.01/pi. {error}"
            ) from error
    return result


def against_option(help: str) -> Any:
    """--against: what generators are compared with, a known one or a file."""
    return typer.Option(
        metavar="|".join((*REFERENCES, "FILE")), autocompletion=names_or_generators(*REFERENCES), help=help
    )


def _check_parameters(values: list[str] | None) -> list[str] | None:
    parameters(values or [])
    return values


def _check_symbols(values: list[str] | None) -> list[str] | None:
    parameters_and_symbols(values or [])
    return values


Equation = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FORMULA",
        help="The data's equation, an expression that equals zero. Repeat it for a system: one for each unknown.",
    ),
]
ParamOrSymbol = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME[=NUMBER]",
        callback=_check_symbols,
        help="A parameter of the equation; repeatable. Without a number it is kept as a symbol (--equation alone), and "
        "the values at which there are more symmetries are sought.",
    ),
]
Param = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=NUMBER", callback=_check_parameters, help="A parameter of the equation; repeatable."),
]
Seed = Annotated[
    int,
    typer.Option(
        rich_help_panel=PANEL, help="The same seed gives the same result on the same device.", min=0, max=LARGEST_WHOLE
    ),
]
Device = Annotated[
    str,
    typer.Option(
        callback=_device,
        rich_help_panel=PANEL,
        metavar="auto|cpu|cuda[:k]",
        autocompletion=devices,
        help="Where to compute.",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that exist already.")]
Format = Annotated[
    FigureFormat | None,
    typer.Option("--format", help="Format of figures.", show_default="png, or what a FILE for one ends in"),
]
Open = Annotated[bool, typer.Option("--open", help="Show the figures with the viewer of the desktop.")]

Field = Annotated[
    str | None,
    typer.Option(
        "--u",
        "--field",
        rich_help_panel=READING,
        metavar="NAME",
        help="Which array (field, channel, column) of the data is u.",
    ),
]
_GRID = "its name in the file, a file that has it, or its first and last point."
GridX = Annotated[
    str | None, typer.Option("--x", rich_help_panel=READING, metavar="NAME|FILE|FROM:TO", help=f"Where x is: {_GRID}")
]
GridY = Annotated[
    str | None, typer.Option("--y", rich_help_panel=READING, metavar="NAME|FILE|FROM:TO", help=f"Where y is: {_GRID}")
]
GridZ = Annotated[
    str | None, typer.Option("--z", rich_help_panel=READING, metavar="NAME|FILE|FROM:TO", help=f"Where z is: {_GRID}")
]
GridT = Annotated[
    str | None, typer.Option("--t", rich_help_panel=READING, metavar="NAME|FILE|FROM:TO", help=f"Where t is: {_GRID}")
]
Boundary = Annotated[
    Literal["periodic", "open"] | None,
    typer.Option(
        rich_help_panel=READING,
        help="Whether the data are periodic in x.",
        show_default="what their file says, or as measured if it is silent",
    ),
]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", rich_help_panel=READING, help="Leave out bad samples of the data.")
]

Config = Annotated[
    Path | None,
    typer.Option(
        callback=_config,
        is_eager=True,
        rich_help_panel=PANEL,
        metavar="FILE.toml",
        help="Read settings from a table named like the options; options given here win.",
    ),
]
Json = Annotated[bool, typer.Option("--json", rich_help_panel=PANEL, help="Print one JSON document and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", rich_help_panel=PANEL, help="Print errors only.")]
Debug = Annotated[bool, typer.Option("--debug", rich_help_panel=PANEL, help="Show a traceback on errors.")]

COMMON = {
    name: inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
    for name, annotation, default in (
        ("config", Config, None),
        ("json", Json, False),
        ("quiet", Quiet, False),
        ("debug", Debug, False),
    )
}
"""The options that every command has; `symgen.cli.app.command` adds them."""
