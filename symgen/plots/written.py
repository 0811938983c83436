"""Equations of a system as they were written, in mathtext."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import sympy
from matplotlib.mathtext import MathTextParser

LETTERS = "xyzt"
_NAME = re.compile(r"[^\W\d]\w*")
_UNARY = re.compile(r"(\d\.?[eE]|[-+*/^=(]|^)\s*$")
"""What stands before a sign that joins no terms."""
_TOKEN = re.compile(r"\s*([^\W\d]\w*|\d+\.?\d*(?:[eE][+-]?\d+)?|\*\*|==|.)")


def symbol_text(name: str) -> str:
    """A coordinate or an unknown in mathtext: `psi_r` with a Greek letter and an index."""
    return str(sympy.latex(sympy.Symbol(name)))


def equation_terms(text: str) -> list[str]:
    """An equation in mathtext (without dollar signs), cut before each plus, minus or equals sign outside brackets."""
    text = text.replace("==", "=") if "=" in text else f"{text} = 0"
    cuts, depth = [0], 0
    for place, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if not depth and letter in "+-=" and not _UNARY.search(text[:place]):
            cuts.append(place)
    first, *rest = (text[a:b] for a, b in pairwise([*cuts, len(text)]))
    return [_typeset(first), *(rf"{term[0]}\; {_typeset(term[1:])}" for term in rest)]


def expression_text(text: str) -> str:
    """A formula in mathtext (without dollar signs)."""
    return _typeset(text)


def parses(text: str) -> bool:
    """Whether matplotlib can set a text, which may hold anything that a user wrote."""
    try:
        MathTextParser("path").parse(text)
    except ValueError:
        return False
    return True


def _typeset(text: str) -> str:
    tokens = _TOKEN.findall(text.strip())
    found, rest = _sequence(tokens, 0, ())
    return found if rest == len(tokens) else text


def _sequence(tokens: Sequence[str], place: int, ends: tuple[str, ...]) -> tuple[str, int]:
    """Tokens up to one of the `ends`, set; and where that is."""
    parts: list[str] = []
    while place < len(tokens) and tokens[place] not in ends:
        token = tokens[place]
        if token in ("^", "**"):
            exponent, place = _item(tokens, place + 1)
            parts.append(rf"^{{{_bare(exponent)}}}")
            continue
        if token == "*":
            parts.append(r"\,")
        elif token in "+-=":
            parts.append(f" {token} " if parts else token)
        else:
            item, place = _item(tokens, place)
            parts.append(item)
            continue
        place += 1
    return "".join(parts), place


def _item(tokens: Sequence[str], place: int) -> tuple[str, int]:
    """A name, a number or a bracket with what it is applied to; and the place behind it."""
    if place >= len(tokens):
        return "", place
    token = tokens[place]
    if token == "-":
        item, place = _item(tokens, place + 1)
        return f"-{item}", place
    if token == "(":
        inside, place = _sequence(tokens, place + 1, (")",))
        return rf"({inside})", place + 1
    if not _NAME.fullmatch(token):
        return token, place + 1
    if place + 1 < len(tokens) and tokens[place + 1] == "(":
        inside, end = _sequence(tokens, place + 2, (")",))
        written = {
            "abs": rf"|{inside}|",
            "lap": rf"\Delta {inside}" if end == place + 3 else rf"\Delta({inside})",
            "sqrt": rf"\sqrt{{{inside}}}",
            "conj": rf"\overline{{{inside}}}",
        }
        return written.get(token, rf"\mathrm{{{token}}}({inside})"), end + 1
    return _name(token), place + 1


def _name(name: str) -> str:
    if name == "I":
        return "i"
    if name.startswith("_"):  # of a derivative of a bracket
        return rf"_{{{name[1:]}}}"
    unknown, _, letters = name.rpartition("_")
    if unknown and set(letters) <= set(LETTERS):
        stem = symbol_text(unknown)
        return f"{stem[:-1]},{letters}}}" if stem.endswith("}") and "_{" in stem else f"{stem}_{{{letters}}}"
    return symbol_text(name)


def _bare(text: str) -> str:
    """An exponent without the brackets around all of it."""
    inside = text[1:-1]
    return inside if text.startswith("(") and text.endswith(")") and "(" not in inside else text
