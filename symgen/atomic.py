"""Files appear whole or not at all: written under a temporary name, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from symgen.exceptions import UsageError


@contextmanager
def atomic_write(path: str | Path, force: bool = False, inputs: Iterable[str | Path | None] = ()) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` if the block succeeds, delete it otherwise.

    Raises UsageError as `require_writable` does.
    """
    path = Path(path)
    require_writable(path, force, inputs)
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


def require_writable(path: str | Path, force: bool = False, inputs: Iterable[str | Path | None] = ()) -> None:
    """Raise UsageError unless `path` can be written: call it before hours of work, not after.

    One that exists can be with `force`, but never one of the `inputs`, the files that the work reads; None is no file.
    """
    path = Path(path)
    require_no_input(path, inputs)
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


def require_no_input(path: str | Path, inputs: Iterable[str | Path | None]) -> None:
    """Raise UsageError if `path` is one of the files `inputs`, under whatever name: links and other spellings too."""
    for read in inputs:
        if read is not None and os.path.exists(path) and os.path.exists(read) and os.path.samefile(path, read):
            alias = "" if str(path) == str(read) else f" (as {read})"
            raise UsageError(f"{path} is read{alias}, so it cannot be written too: it would be lost. Write elsewhere.")
