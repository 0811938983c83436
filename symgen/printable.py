"""Text that may come from a file, made safe to show: nothing in it controls a terminal or turns the reading order."""

from __future__ import annotations

import html
import re

HOSTILE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and new line, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # what turns the reading order
    "\u2028\u2029\ufff9-\ufffb"  # separators of lines, annotations
    "\ud800-\udfff"  # bytes of a file's name that are no text
    "]"
)
DELETE = 0x7F
PICTURES = 0x2400
"""Where Unicode has a picture for each of the first 32 control characters, such as \N{SYMBOL FOR ESCAPE}."""


def printable(text: str) -> str:
    """The same text, each hostile character as its picture, or as \N{REPLACEMENT CHARACTER} where it has none."""
    return HOSTILE.sub(_picture, text)


def in_json(document: str) -> str:
    """JSON with its hostile characters, which stand in strings only, as escapes: the same document."""
    return HOSTILE.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def escape(text: str) -> str:
    """The same text as markup of HTML."""
    return html.escape(printable(text))


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(PICTURES + code)
    return "\N{SYMBOL FOR DELETE}" if code == DELETE else "\N{REPLACEMENT CHARACTER}"
