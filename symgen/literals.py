"""Numbers as they are written in JSON and TOML."""

from __future__ import annotations

import math
import re


def held_float(text: str) -> float:
    """A number; ValueError for one that floating point would take for zero or for infinity, such as 1e-400."""
    value = float(text)
    if not re.search("[0-9]", text):  # inf and nan, which are meant
        return value
    if math.isinf(value):
        raise ValueError(f"the number {text} is too large")
    if not value and re.search("[1-9]", re.split("[eE]", text)[0]):
        raise ValueError(f"the number {text} is too small")
    return value
