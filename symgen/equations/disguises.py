"""Zeros and constants in disguise, such as sinh(u)^2 - cosh(u)^2 + 1, by their values at random points."""

from __future__ import annotations

from collections.abc import Iterable

import sympy

from symgen.equations.independence import independent_fields
from symgen.exceptions import UsageError


def require_denominators(expressions: Iterable[sympy.Expr], text: str) -> None:
    """Raise UsageError where something is divided by a zero in disguise, or its logarithm taken."""
    for expression in expressions:
        for part in sympy.preorder_traversal(expression):
            if part.is_Pow and part.exp.could_extract_minus_sign():
                _require_no_zero(part.base, text, "divides by")
            elif isinstance(part, sympy.log):
                _require_no_zero(part.args[0], text, "has the logarithm of")


def is_constant_in_disguise(expression: sympy.Expr) -> bool:
    """Whether an expression with variables has the same value at all points; False where it has none at any."""
    while isinstance(expression, sympy.exp):  # tiny at all points, it would look like 0
        expression = expression.args[0]
    try:
        return len(independent_fields([(sympy.S.One,), (expression,)])) == 1
    except UsageError:
        return False


def _require_no_zero(expression: sympy.Expr, text: str, does: str) -> None:
    """Sums can be zero in disguise, and functions of them but those that are positive."""
    for part in sympy.preorder_traversal(expression):
        is_function = isinstance(part, sympy.Function) and not isinstance(part, sympy.exp | sympy.cosh)
        if (part.is_Add or (is_function and part.has(sympy.Add))) and _vanishes(part):
            raise UsageError(f"{text} {does} {part}, which is zero in disguise.".replace("**", "^"))


def _vanishes(expression: sympy.Expr) -> bool:
    """False where it cannot be evaluated. Sums are judged beside one of their terms, as all of these may be tiny."""
    if expression.is_polynomial(*expression.free_symbols):
        return bool(sympy.expand(expression) == 0)
    try:
        beside = sympy.expand_mul(expression / expression.args[0]) if expression.is_Add else expression
        return not independent_fields([(beside,)])
    except UsageError:
        return False
