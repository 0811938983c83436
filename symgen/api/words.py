"""Messages that name options of the command line, in the words of Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from symgen.exceptions import SymgenError
from symgen.pde.readers.in_memory import WHERE

NAMES = {"u": "field", "param": "parameters", "memory": "memory_limit", "nx": "points", "nt": "times"}
"""Options whose keywords have other names."""
SWITCHES = ("skip_bad", "to_rgb", "resume", "periodic", "shared", "classes", "allow_invalid", "force")
_WORDS = "periodic open plain all spectral network flow random lps exact cpu auto"
_NUMBER = r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?(?:[*/][\w]+)?"
_VALUE = rf"[A-Z]+(?::[A-Z]+)?|{_NUMBER}(?::{_NUMBER})?|{_WORDS.replace(' ', '|')}"
_OPTION = re.compile(rf"(?<![\w-])--(no-)?([a-z](?:[a-z-]*[a-z])?)(?: ({_VALUE})(?![\w/]|[.:]\w))?")
_PARAMETER = re.compile(r"--param (\w+)=([\w./]+\w)")


def in_python(message: str) -> str:
    """A message with keywords in place of options, but for commands in backticks.

    >>> in_python("Use --skip-bad to leave them out, or choose one with --u NAME.")
    'Use skip_bad=True to leave them out, or choose one with field=NAME.'
    >>> in_python("Add --x FROM:TO with the first and the last point, such as --x 0:1.")
    'Add x=(FROM, TO) with the first and the last point, such as x=(0, 1).'
    >>> in_python("--degree 9: too large. Use --method flow, or `symgen discover --points`.")
    'degree=9: too large. Use method="flow", or `symgen discover --points`.'
    >>> in_python("--x-degree makes no sense for systems; say --boundary periodic, and --param nu=0.1.")
    '`x_degree` makes no sense for systems; say boundary="periodic", and parameters={"nu": 0.1}.'
    """
    parts = message.replace(" (in Python force=True)", "").split("`")  # what is between these is a command line
    parts[::2] = [_OPTION.sub(_keyword, _PARAMETER.sub(r'parameters={"\1": \2}', part)) for part in parts[::2]]
    text = "`".join(parts)
    return text[0].upper() + text[1:] if text.startswith(str(WHERE)) else text


def _keyword(match: re.Match[str]) -> str:
    negated, option, value = match.groups()
    name = option.replace("-", "_")
    name = NAMES.get(name, name)
    if value is None:
        return f"{name}={not negated}" if name in SWITCHES else f"`{name}`"
    if re.fullmatch(rf"FROM:TO|{_NUMBER}:{_NUMBER}", value):
        return f"{name}=({', '.join(value.split(':'))})"
    text = ":" in value or value[0].islower()
    return f'{name}="{value}"' if text else f"{name}={value}"


@contextmanager
def python_words() -> Iterator[None]:
    """Errors that are raised inside speak of keywords, not of options."""
    try:
        yield
    except SymgenError as error:
        error.args = (in_python(str(error)), *error.args[1:])
        raise
