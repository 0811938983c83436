"""What pydantic finds wrong, in words."""

from __future__ import annotations

from pydantic import ValidationError

LONGEST_VALUE = 40
"""Letters of a value that is told."""


def first_fault(error: ValidationError) -> str:
    """`at 'data.seed': Input should be a valid integer, and it is 'many'`."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    why = first["msg"].removeprefix("Value error, ").rstrip(".")
    value = repr(first["input"])
    is_told = place and first["type"] not in ("missing", "extra_forbidden") and len(value) <= LONGEST_VALUE
    others = error.error_count() - 1
    more = f" (and {others} more)" if others else ""
    return (f"at {place!r}: " if place else "as a whole: ") + why + (f", and it is {value}" if is_told else "") + more
