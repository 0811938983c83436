"""Files appear whole or not at all: written under a temporary name, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from symgen.exceptions import UsageError


@contextmanager
def atomic_write(path: str | Path, force: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` if the block succeeds, delete it otherwise.

    Raises UsageError if `path` exists and `force` is false, or if its folder does not exist.
    """
    path = Path(path)
    require_writable(path, force)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}. Choose another place.") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)  # mkstemp makes private files; these are ordinary results
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def require_writable(path: str | Path, force: bool = False) -> None:
    """Raise UsageError unless `path` can be written: call it before hours of work, not after."""
    path = Path(path)
    if path.parent.exists() and not path.parent.is_dir():
        raise UsageError(f"{path} cannot be written: {path.parent} is a file, not a folder.")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: the folder {path.parent} does not exist. Create it first.")
    if path.is_dir():
        raise UsageError(f"{path} is a folder. Give a file name.")
    if path.exists() and not force:
        raise UsageError(
            f"{path} exists already. Use --force (in Python force=True) to replace it, or write elsewhere."
        )
