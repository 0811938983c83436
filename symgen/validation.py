"""What pydantic finds wrong, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

LONGEST_VALUE, LONGEST_PLACE = 40, 120
"""Letters of a value and of a place that are told."""
BOUNDS = {
    "ge": "Input should be greater than or equal to",
    "gt": "Input should be greater than",
    "le": "Input should be less than or equal to",
    "lt": "Input should be less than",
}


def first_fault(error: ValidationError) -> str:
    """`at 'data.seed': Input should be a valid integer, and it is 'many'`."""
    first = error.errors()[0]
    place = shown(".".join(str(part) for part in first["loc"]), LONGEST_PLACE)
    why = reason(first)
    value = repr(first["input"])
    is_told = place and first["type"] not in ("missing", "extra_forbidden") and len(value) <= LONGEST_VALUE
    others = error.error_count() - 1
    more = f" (and {others} more)" if others else ""
    return (f"at {place!r}: " if place else "as a whole: ") + why + (f", and it is {value}" if is_told else "") + more


def reason(detail: Mapping[str, Any]) -> str:
    """Why one of pydantic's errors is one, without a full stop; bounds without a hundred digits."""
    for bound, words in BOUNDS.items():
        if bound in detail.get("ctx", {}):
            return f"{words} {detail['ctx'][bound]:g}"
    return shown(detail["msg"].removeprefix("Value error, ").rstrip("."), 500)


def shown(text: str, most: int) -> str:
    """A text from a file, cut to so many letters."""
    return text if len(text) <= most else f"{text[:most]}..."
