"""Fractions of differentials: `du/dt`, `d^2u/dx^2`, `d2u/dx2`, `∂u/∂t`, `∂^2u/(∂x ∂t)`, `d/dx`."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

from symgen.equations.notation.tokens import CLOSE, LETTERS, OPEN, Token, closing

MOST = 99
_TOP = re.compile(r"d(\d*)(\w*)")
_BELOW = re.compile(r"(?:d[xyzt]\d*)+")
_ONE_BELOW = re.compile(r"d([xyzt])(\d*)")


@dataclass(frozen=True)
class Fraction:
    """A derivative that is written as a fraction."""

    numerator: list[Token] | None
    """What is differentiated; None for an operator such as d/dx."""
    order: int
    letters: str
    """The variables below, each as often as it is there."""
    end: int
    """The place of the first token behind it."""


def fraction_at(items: list[Token], start: int, known: Container[str]) -> Fraction | None:
    """The fraction of differentials that begins at a token, if one does; `known` names are no differentials."""
    if start >= len(items):
        return None
    first, place, order = items[start], start + 1, 1
    numerator: list[Token] | None = None
    if first.text == "∂":
        rest = ""
    elif first.kind == "name" and first.text not in known and (top := _TOP.fullmatch(first.text)):
        order, rest = int(top[1] or 1), top[2]
        if rest and not (rest[0].isalpha() or rest[0] == "_"):
            return None
    else:
        return None
    if rest:
        end = _behind_name(items, place)
        numerator = [Token("name", rest), *items[place:end]]
        place = end
    else:
        if (power := power_at(items, place)) is not None:
            order, place = power
        if place < len(items) and items[place].text != "/":
            if items[place].kind == "name":
                end = _behind_name(items, place + 1)
            elif items[place].text in OPEN:
                end = closing(items, place) + 1
            else:
                return None
            numerator = items[place:end]
            place = end
    if place >= len(items) or items[place].text != "/":
        return None
    below = _below(items, place + 1, first.text == "∂", known)
    return None if below is None else Fraction(numerator, order, *below)


def _behind_name(items: list[Token], place: int) -> int:
    """The place behind the index and arguments of a name."""
    while place < len(items) and (items[place].kind == "index" or items[place].text in ("(", "[")):
        place = closing(items, place) + 1 if items[place].text in OPEN else place + 1
    return place


def _below(items: list[Token], place: int, partial: bool, known: Container[str]) -> tuple[str, int] | None:
    """The letters of the differentials, and the place behind them."""
    bracket = place < len(items) and items[place].text in OPEN
    place += bracket
    letters = ""
    while place < len(items):
        token = items[place]
        if partial and token.text == "∂" and place + 1 < len(items) and items[place + 1].text in LETTERS:
            found, place = items[place + 1].text, place + 2
        elif not partial and token.kind == "name" and token.text not in known and _BELOW.fullmatch(token.text):
            found = "".join(letter * times(power or "1") for letter, power in _ONE_BELOW.findall(token.text))
            place += 1
        elif not partial and token.text == "d" and place + 1 < len(items) and items[place + 1].text in LETTERS:
            found, place = items[place + 1].text, place + 2
        else:
            break
        if (power := power_at(items, place)) is not None:
            found, place = found[:-1] + found[-1] * power[0], power[1]
        letters += found
    if bracket:
        if place >= len(items) or items[place].text not in CLOSE:
            return None
        place += 1
    return (letters, place) if letters else None


def times(text: str) -> int:
    """How often one differentiates by a whole number, cut where no grammar goes."""
    return int(text) if len(text) < 3 else MOST


def power_at(items: list[Token], place: int) -> tuple[int, int] | None:
    """A whole power that is written at a place, and the place behind it."""
    if place + 1 >= len(items) or items[place].text not in ("^", "**"):
        return None
    inside = items[place + 1 : place + 2]
    end = place + 2
    if inside[0].text in OPEN:
        end = closing(items, place + 1) + 1
        inside = items[place + 2 : end - 1]
    if len(inside) == 1 and inside[0].text.isdecimal() and 0 < int(inside[0].text) < 100:
        return int(inside[0].text), end
    return None
