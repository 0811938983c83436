"""Messages that name options of the command line, in the words of Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from symgen.exceptions import SymgenError

NAMES = {"u": "field", "param": "parameters", "memory": "memory_limit", "samples": "samples"}
"""Options whose keywords have other names."""
SWITCHES = ("skip_bad", "to_rgb", "resume", "periodic", "shared", "classes", "allow_invalid", "force")
_WORDS = "periodic open plain all spectral network flow random lps exact cpu auto"
_NUMBER = r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?(?:[*/][\w]+)?"
_VALUE = rf"[A-Z]+(?::[A-Z]+)?|{_NUMBER}(?::{_NUMBER})?|{_WORDS.replace(' ', '|')}"
_OPTION = re.compile(rf"(?<![\w-])--(no-)?([a-z](?:[a-z-]*[a-z])?)(?: ({_VALUE})(?![\w/]|[.:]\w))?")


def in_python(message: str) -> str:
    """A message with keywords in place of options.

    >>> in_python("Use --skip-bad to leave them out, or choose one with --u NAME.")
    'Use skip_bad=True to leave them out, or choose one with field=NAME.'
    >>> in_python("Add --x FROM:TO with the first and the last point, such as --x 0:1.")
    'Add x=(FROM, TO) with the first and the last point, such as x=(0, 1).'
    >>> in_python("--degree 9: too large. Use --method flow.")
    'degree=9: too large. Use method="flow".'
    >>> in_python("--x-degree makes no sense for systems; say --boundary periodic.")
    'x_degree makes no sense for systems; say boundary="periodic".'
    """
    return _OPTION.sub(_keyword, message)


def _keyword(match: re.Match[str]) -> str:
    negated, option, value = match.groups()
    name = option.replace("-", "_")
    name = NAMES.get(name, name)
    if name in SWITCHES and not value:
        return f"{name}={not negated}"
    if value is None:
        return name
    if ":" in value:
        return f"{name}=({', '.join(value.split(':'))})"
    return f"{name}={value}" if value[0].isupper() or value[0] in "-.0123456789" else f'{name}="{value}"'


@contextmanager
def python_words() -> Iterator[None]:
    """Errors that are raised inside speak of keywords, not of options."""
    try:
        yield
    except SymgenError as error:
        error.args = (in_python(str(error)), *error.args[1:])
        raise
