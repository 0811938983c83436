"""Words that depend on numbers."""

from __future__ import annotations


def numbered(count: int, one: str, many: str | None = None) -> str:
    """`1 symmetry`, `4 symmetries`; the plural of most words is that with an s."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"
