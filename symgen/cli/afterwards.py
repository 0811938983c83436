"""What comes after a result is on the disk: where it goes wrong, the message says what is there and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from symgen import stopping
from symgen.exceptions import DataError, Interrupted, UsageError


@dataclass
class Result:
    """Where a result is to be; where it is, once that is known."""

    path: Path


@contextmanager
def afterwards(path: Path, missing: str = "") -> Iterator[Result]:
    """Within it a result is written to `path`, and then what may be `missing`, such as figures; nothing for nothing.

    Whether the result is there is asked of the disk, so that it is told too when a signal comes just after it.
    """
    before, result = _identity(path), Result(path)
    beside = f" The {missing} may be missing." if missing else ""

    def told() -> str | None:
        there = result.path != path or _identity(path) not in (before, None)
        return f"{result.path} is written and whole.{beside}" if there else None

    try:
        yield result
    except KeyboardInterrupt as error:
        if words := told():
            raise Interrupted(f"{stopping.words()} {words}") from error
        raise
    except (UsageError, DataError) as error:
        if words := told():
            raise type(error)(f"{error} {words}") from error
        raise
    except OSError as error:
        if words := told():
            raise DataError(f"{error.strerror or error}. {words}") from error
        raise


def _identity(path: Path) -> tuple[int, int] | None:
    """By which a file is told from another of the same name."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
