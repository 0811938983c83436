"""The settings of a method of discovery, from the options that were given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from symgen.exceptions import UsageError
from symgen.settings_errors import checked_options

OPTIONS = {"memory_limit": "--memory", "field": "--u", "points": "--n-points", "point_file": "--points"}
"""Fields of the settings whose options have other names."""


def option_name(field: str) -> str:
    """The option that sets a field."""
    return OPTIONS.get(field, f"--{field.replace('_', '-')}")


def refuse(what: str, options: Mapping[str, Any], why: str = "") -> None:
    """Raise UsageError for an option that was given (is neither None nor False), but makes no sense for `what`.

    Nothing that a user asks for is left unused in silence.
    """
    for field, value in options.items():
        if value is not None and value is not False and not (isinstance(value, list) and not value):
            raise UsageError(f"{option_name(field)} makes no sense for {what}{f': {why}' * bool(why)}.")


def method_settings(
    methods: Mapping[str, Any],
    method: str | None,
    preset: str | None,
    default: str,
    given: Mapping[str, Any],
    seed: int,
    what: str = "this kind of data",
) -> BaseModel:
    """Validated settings of `method`, or of `default`; UsageError for options of another one.

    `methods` are all of the domain, which is `what` for people; `preset` (paper) has the published settings of the
    method flow. Options that are None or False count as not given.
    """
    if method is not None and method not in methods:
        raise UsageError(f"--method {method} is not for {what}. There is {' and '.join(methods)}.")
    if preset and method not in (None, "flow"):
        raise UsageError(f"--preset {preset} has the settings of --method flow, not of {method}.")
    method = method or ("flow" if preset else default)
    options = {field: value for field, value in given.items() if value is not None and value is not False}
    for name in ("resume", "checkpoint"):
        if options.pop(name, None) is not None and method != "flow":
            raise UsageError(f"--{name} belongs to --method flow, not to {method}.")
    for field in options:
        if field not in methods[method].model_fields:
            owners = [f"--method {other}" for other, kind in methods.items() if field in kind.model_fields]
            if not owners:
                raise UsageError(f"{option_name(field)} makes no sense for {what}.")
            raise UsageError(f"{option_name(field)} belongs to {' and '.join(owners)}, not to {method}.")
    with checked_options(OPTIONS):
        if preset:
            return methods["flow"].paper(**options, seed=seed)
        return methods[method].model_validate({**options, "seed": seed})
