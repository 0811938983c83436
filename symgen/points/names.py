"""Names of columns as formulas can have them."""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Sequence

from symgen.expressions import FUNCTIONS

RESERVED = {*FUNCTIONS, "pi"}
"""Names that mean something else in formulas."""


POWERS = {2: "squared", 3: "cubed"}


def identifier(text: str) -> str:
    """`pt [GeV]` -> `pt_GeV`, `m**2` -> `m_squared`: letters, digits and underscores, and no word with another meaning.

    It does not start with a digit.
    """
    for power, word in POWERS.items():
        text = re.sub(rf"(\*\*|\^)\s*{power}(?![\d.])", f"_{word}", text)
    name = re.sub(r"\W+", "_", text.strip()).strip("_") or "column"
    if name[0].isdigit():
        name = f"c{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in RESERVED else name


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, with numbers after those that were there before."""
    found: list[str] = []
    for name in names:
        own, count = name, 1
        while own in found:
            count += 1
            own = f"{name}_{count}"
        found.append(own)
    return tuple(found)


def shared_names(groups: Sequence[Sequence[str]]) -> tuple[str, ...] | None:
    """What k groups of d names have in common: `E1, p1` and `E2, p2` give `E, p`; None where that names nothing."""
    found = []
    for names in zip(*groups, strict=True):
        start = _common_start(names)
        end = _common_start([name[len(start) :][::-1] for name in names])[::-1]
        between = {name[len(start) : len(name) - len(end)] for name in names}
        if len(between) < len(names):
            return None
        found.append(re.sub(r"_+", "_", f"{start}{end}").strip("_"))
    sound = all(name.isidentifier() and name == identifier(name) for name in found)
    return tuple(found) if sound and len(set(found)) == len(found) else None


def _common_start(names: Sequence[str]) -> str:
    ends = (place for place, letters in enumerate(zip(*names, strict=False)) if len(set(letters)) > 1)
    return names[0][: next(ends, min(map(len, names)))]


def nearest(name: str, known: Sequence[str]) -> str:
    """The end of a sentence: `; did you mean 'mass'?`, or a full stop."""
    close = difflib.get_close_matches(name, known, 1) or [k for k in known if k.lower() == name.lower()]
    return f"; did you mean {close[0]!r}?" if close else "."
