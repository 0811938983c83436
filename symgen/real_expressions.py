"""Whether an expression is one that numbers can be put into: real, smooth, of numbers that a computer holds."""

from __future__ import annotations

import math
from collections.abc import Iterator

import sympy

from symgen.exceptions import UsageError

LARGEST = 1e300
"""Number that an expression may have, once those in it are multiplied; its inverse is the smallest but 0."""
MAX_TERMS = 2000  # once it is multiplied out
RECIPROCAL = (sympy.cot, sympy.sec, sympy.csc, sympy.coth, sympy.sech, sympy.csch)
SMOOTH = (sympy.exp, sympy.log, sympy.sin, sympy.cos, sympy.tan, sympy.sinh, sympy.cosh, sympy.tanh)


def require_real(expression: sympy.Expr, text: str) -> None:
    """Raise UsageError where an expression has no real value, is not smooth, or has too many terms.

    Its numbers must be of a size that floating point has: products of small ones may vanish there without a word, and
    so may differences of roots.
    """
    if expression.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo, sympy.I):
        raise _without_value(text)
    if expression.has(*RECIPROCAL):  # sympy's way to write tan(u + pi/2)
        raise UsageError(f"{text!r} has a function shifted by a quarter of its period. Write it with sin and cos.")
    if any(not isinstance(function, SMOOTH) for function in expression.atoms(sympy.Function)) or expression.has(
        sympy.Derivative
    ):
        raise UsageError(f"{text!r} has an absolute value (a root of an even power), which is not smooth.")
    if count_terms(expression) > MAX_TERMS:
        raise UsageError(f"The expression has more than {MAX_TERMS} terms when it is multiplied out.")
    for number in dict.fromkeys(_numbers(expression)):
        _require_size(number, text)


def count_terms(expression: sympy.Expr) -> int:
    """How many terms an expression has at most when it is multiplied out."""
    parts = [count_terms(argument) for argument in expression.args]
    if expression.is_Add:
        return sum(parts)
    if expression.is_Pow and expression.exp.is_Integer:
        power = abs(int(expression.exp))
        return math.comb(parts[0] + power - 1, power)
    return math.prod(parts)


def _numbers(expression: sympy.Expr) -> Iterator[sympy.Expr]:
    """The largest parts without a symbol, and the factors of products."""
    if expression.is_number:
        yield expression
        return
    parts = expression.args
    if expression.is_Mul:
        yield sympy.Mul(*(part for part in parts if part.is_number))
        parts = tuple(part for part in parts if not part.is_number)
    for part in parts:
        yield from _numbers(part)


def _require_size(number: sympy.Expr, text: str) -> None:
    if number.is_Rational:
        values = [(number, number)] if number else []
    else:
        values = [(part, sympy.N(part)) for part in (*number.atoms(sympy.Add), number)]
    for part, value in values:
        if value == 0 or (value.is_Float and not value.is_comparable):  # no digit of it is known
            raise UsageError(f"{text!r} has a number that is zero in disguise, {_shown(part, value)}. Leave it out.")
        if not value.is_comparable:
            raise _without_value(text)
    for size in ("large", "small") if values else ():
        if abs(value) > LARGEST if size == "large" else abs(value) * LARGEST < 1:
            raise UsageError(
                f"{text!r} has a number that is too {size}, {_shown(number, value)}: floating point would take it for "
                f"{'infinity' if size == 'large' else 'zero'}. Choose other units, or leave the term out."
            )


def _shown(number: sympy.Expr, value: sympy.Expr) -> str:
    written = str(number)
    return written if len(written) <= 30 else f"about {sympy.N(value, 3)}"


def _without_value(text: str) -> UsageError:
    return UsageError(f"{text!r} has a part without a real value, such as log(0) or sqrt(-1).")
