"""Values of an equation's parameters: floats, or text for constants that are no decimals, as `0.01/pi` and `-4/3`."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated

import sympy
from pydantic import AfterValidator

from symgen.bounds import Finite
from symgen.exceptions import UsageError
from symgen.expressions import LARGEST, parse
from symgen.symbolic import Parameter

SHOWN = 40
"""Characters of a value in a message."""
Given = float | str | None
"""A value, or None for a parameter that is left as a symbol."""


def exact_value(value: float | str) -> sympy.Expr:
    """The number that a value stands for; a float counts as the shortest decimal that gives it.

    Fractions, decimals and numbers of numpy and sympy are taken as well; UsageError for what is no finite number, and
    for those that are too large or too small.
    """
    if isinstance(value, str):
        return _constant(value)
    if isinstance(value, sympy.Expr):
        return _constant(str(value))
    try:
        exact = sympy.Rational(str(value))
    except (TypeError, ValueError):
        raise UsageError(f"{value!r} is no finite number.") from None
    if exact and not 1 / LARGEST < abs(exact) < LARGEST:
        size = "large" if abs(exact) > 1 else "small"
        raise UsageError(f"{sympy.N(exact, 3)} is a number that is too {size}: choose other units.")
    return exact


def exact_values(parameters: Mapping[str, Given] | None) -> dict[str, sympy.Expr]:
    """The numbers of all parameters, and symbols for those that are None; UsageError for one that is not finite."""
    found: dict[str, sympy.Expr] = {}
    for name, value in (parameters or {}).items():
        try:
            found[name] = Parameter(name) if value is None else exact_value(value)
        except UsageError as error:
            raise UsageError(f"The parameter {name} is {str(value)[:SHOWN]}. {error}") from None
    return found


def float_value(value: float | str) -> float:
    """A value as a float."""
    return float(exact_value(value)) if isinstance(value, str) else value


def read_value(text: str) -> float | str:
    """A value from a formula without names: a float where this loses nothing, else the text itself.

    Raises UsageError that says what is wrong with it.
    """
    if re.fullmatch(r"[+-]?(inf|infinity|nan)", text.strip().lower()):
        raise UsageError(f"{text.strip()} is no finite number.")
    exact = _constant(text)
    if exact.is_Rational and exact == sympy.Rational(str(float(exact))):
        return float(exact)
    return text.strip()


def require_values(parameters: Mapping[str, Given], what: str) -> None:
    """Raise UsageError for a parameter that is left as a symbol, for `what` numbers are needed for."""
    for name, value in parameters.items():
        if value is None:
            raise UsageError(
                f"{what} needs a number for the parameter {name}: give --param {name}=VALUE. Symbols are for the "
                "algebra of equations, `symgen inspect --equation` without a file."
            )


def require_used(formula: str, names: Iterable[str]) -> None:
    """Raise UsageError for a parameter that does not occur in a formula."""
    words = set(re.findall(r"(?<!\w)[^\W\d]\w*", formula))
    for name in names:
        if name not in words:
            near = difflib.get_close_matches(name, sorted(words), 1)
            other = f", or write it for {near[0]!r} in the equation" if near else ""
            raise UsageError(f"The equation {formula} has no parameter {name!r}: leave out --param {name}{other}.")


def _constant(text: str) -> sympy.Expr:
    if "=" in text:
        raise UsageError(f"{text!r} is no number.")
    value = parse(text, lambda _: None, ["exp", "sqrt"])
    if not math.isfinite(float(value)):
        raise UsageError(f"{text.strip()} is no finite number.")
    return value


def _checked(text: str) -> str:
    try:
        _constant(text)
    except UsageError as error:
        raise ValueError(str(error)) from error
    return text


ConstantText = Annotated[str, AfterValidator(_checked)]
ParameterValue = Finite | ConstantText
"""For models: a value as it is written in files."""
