"""Words that depend on numbers."""

from __future__ import annotations


def numbered(count: int, one: str, many: str | None = None) -> str:
    """`1 symmetry`, `4 symmetries`; the plural of most words is that with an s."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"


def in_bytes(size: float) -> str:
    """`2.0 GB`."""
    if abs(size) < 1000:
        return f"{size:.0f} bytes"
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if abs(size) < 1000:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} TB"
