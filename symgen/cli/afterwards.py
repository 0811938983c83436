"""What comes after a result is on the disk: where it goes wrong, the message says what is there and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from symgen import stopping
from symgen.exceptions import DataError, Interrupted, UsageError


@contextmanager
def afterwards(path: Path, missing: str = "") -> Iterator[None]:
    """Within it `path` is written, and `missing`, such as figures and report, may not be yet; nothing for nothing."""
    beside = f" The {missing} may be missing." if missing else ""
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(f"{stopping.words()} {path} is written and whole.{beside}") from error
    except (UsageError, DataError) as error:
        raise type(error)(f"{error} {path} is written and whole.{beside}") from error
    except OSError as error:
        raise DataError(f"{error.strerror or error}. {path} is written and whole.{beside}") from error
