"""From pydantic's errors about settings to a sentence that names the options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pydantic

from symgen.exceptions import UsageError
from symgen.validation import reason


@contextmanager
def checked_options(options: Mapping[str, str]) -> Iterator[None]:
    """Turn pydantic's errors about settings into a UsageError that names the options of the command line.

    `options` maps fields to options (`n` to `--samples`); other fields are options of the same name.
    """
    try:
        yield
    except (pydantic.ValidationError, UsageError) as error:
        invalid = error if isinstance(error, pydantic.ValidationError) else error.__cause__
        if not isinstance(invalid, pydantic.ValidationError):
            raise
        raise UsageError(" ".join(dict.fromkeys(_sentence(detail, options) for detail in invalid.errors()))) from error


def _sentence(detail: Mapping[str, Any], options: Mapping[str, str]) -> str:
    why = reason(detail)
    if not detail["loc"]:  # about several fields at once
        return f"{why[0].upper()}{why[1:]}."
    field = str(detail["loc"][0])
    option = options.get(field, f"--{field.replace('_', '-')}")
    return f"{option} {detail['input']}: {why[0].lower()}{why[1:]}."
