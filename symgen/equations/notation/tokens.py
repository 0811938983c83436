"""The words and signs of an equation, as they are written."""

from __future__ import annotations

import re
from typing import NamedTuple

LETTERS = ("x", "y", "z", "t")
OPEN, CLOSE = ("(", "[", "{"), (")", "]", "}")
_TOKEN = re.compile(
    r"(?P<space>\s*)(?:"
    r"(?P<number>0[xXoObB][0-9a-fA-F]+(?!\w)|(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d_]\w*?(?=_\s*\{)|[^\W\d_]\w*)"
    r"|(?P<index>_\s*\{[^{}]*\}|_\w+)"
    r"|(?P<sign>\*\*|'+|\u02d9+|.))",
    re.DOTALL,
)


class Token(NamedTuple):
    """One of them."""

    kind: str
    """number, name, index (`_xx` or `_{xx}` that is in no name) or sign."""
    text: str
    space: str = ""
    """What stands before it."""

    def __bool__(self) -> bool:
        return bool(self.kind)


END = Token("", "")


def tokens(text: str) -> list[Token]:
    """All of a text, but space at its end."""
    matches = (m for m in _TOKEN.finditer(text.rstrip()))
    return [Token(m.lastgroup or "sign", m[m.lastgroup or "sign"], m["space"]) for m in matches]


def closing(items: list[Token], start: int) -> int:
    """The place of the bracket that closes the one at `start`; that after the end where there is none."""
    depth = 0
    for place in range(start, len(items)):
        depth += (items[place].text in OPEN) - (items[place].text in CLOSE) if items[place].kind == "sign" else 0
        if not depth:
            return place
    return len(items)


def index_letters(token: Token) -> str:
    """`xx` of `_{x x}` or `_xx`."""
    return re.sub(r"[_{}\s,]", "", token.text)
