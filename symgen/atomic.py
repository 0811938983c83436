"""Files appear whole or not at all: written under a hidden name beside their place, synchronised, then put there."""

from __future__ import annotations

import errno
import os
import stat
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from symgen.exceptions import DataError, SymgenWarning, UsageError
from symgen.hidden_file import begin, remove_orphans
from symgen.readable import kind_of

UNWRITABLE = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS))
"""What can happen to a file while it is written, though it could be begun."""

_free: set[str] = set()
"""Places that `require_writable` found free, until something is written there."""


@dataclass
class Draft:
    """A file that is being written."""

    path: Path
    """Where to write: a hidden file, which exists and is empty."""
    final: Path
    """Where it is to be found afterwards: known only then, see `draft`."""


@contextmanager
def atomic_write(path: str | Path, force: bool = False, inputs: Iterable[str | Path | None] = ()) -> Iterator[Path]:
    """Yield a hidden path beside `path`; if the block succeeds it becomes `path`, else it is deleted. See `draft`."""
    with draft(path, force, inputs) as made:
        yield made.path


@contextmanager
def draft(path: str | Path, force: bool = False, inputs: Iterable[str | Path | None] = ()) -> Iterator[Draft]:
    """A file that becomes `path`, whole and on the disk, if the block succeeds; else nothing is left of it.

    A link is followed: with `force` the file that it leads to is replaced. A file that is replaced passes its
    permissions on. What came to be under the name meanwhile, without `force`, is not replaced and nothing is lost: the
    draft gets the next free name (data-2.h5), which `final` tells, with a SymgenWarning. Meanwhile is since
    `require_writable` was called for it, if it was.

    Raises UsageError as `require_writable` does, DataError where the disk is full or fails.
    """
    path = Path(path)
    place = Path(os.path.realpath(path))
    _require_place(path, force or str(place) in _free, inputs)
    _free.discard(str(place))
    try:
        remove_orphans(place)
        handle, hidden = begin(place)
    except OSError as error:
        raise _unwritable(path, error) from error
    made = Draft(hidden, path)
    try:
        yield made
        if force:
            _require_file(path)
            _keep_permissions(handle, place)
        os.fsync(handle)
        if sys.platform == "win32":  # where no open file can be renamed
            os.close(handle)
        if force:
            os.replace(hidden, place)
        else:
            made.final = _put_without_replacing(hidden, path)
        _sync_folder(place.parent)
    except OSError as error:
        if error.errno in UNWRITABLE:
            raise _unwritable(path, error) from error
        raise
    finally:
        with suppress(PermissionError):
            hidden.unlink(missing_ok=True)
        with suppress(OSError):
            os.close(handle)
        hidden.unlink(missing_ok=True)  # where the open file could not be removed, as on Windows
    if made.final != path:
        warnings.warn(
            f"{path} was written by another program meanwhile and is kept; this went to {made.final}.",
            SymgenWarning,
            stacklevel=3,
        )


def require_writable(path: str | Path, force: bool = False, inputs: Iterable[str | Path | None] = ()) -> None:
    """Raise UsageError unless `path` can be written: call it before hours of work, not after.

    One that exists can be with `force`, but never one of the `inputs`, the files that the work reads; None is no file.
    Only files are replaced, also through links: never devices, pipes and sockets. A link that leads nowhere can be
    written through with `force` alone. A name that is free now will not be refused to the `draft` that follows.
    """
    place = os.path.realpath(path)
    _free.discard(place)  # as it was for work that failed
    _require_place(Path(path), force, inputs)
    if not force:
        _free.add(place)


def _require_place(path: Path, taken: bool, inputs: Iterable[str | Path | None]) -> None:
    """Raise UsageError unless a file can be written to `path`, which may be `taken` by another or not."""
    require_no_input(path, inputs)
    if os.path.exists(path.parent) and not os.path.isdir(path.parent):  # pathlib's raise for names that are too long
        raise UsageError(f"{path} cannot be written: {path.parent} is a file, not a folder.")
    if not os.path.isdir(path.parent):
        raise UsageError(f"{path}: the folder {path.parent} does not exist. Create it first.")
    exists = _require_file(path)
    if exists and not taken:
        raise UsageError(
            f"{path} exists already. Use --force (in Python force=True) to replace it, or write elsewhere."
        )
    target = Path(os.path.realpath(path))
    if path.is_symlink() and not exists and not (taken and target.parent.is_dir()):
        raise UsageError(f"{path} is a link to {target}, which does not exist. Remove the link, or write elsewhere.")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise UsageError(f"{path} cannot be written: {target.parent} is a folder that one may not write to.")


def require_no_input(path: str | Path, inputs: Iterable[str | Path | None]) -> None:
    """Raise UsageError if `path` is one of the files `inputs`, under whatever name: links and other spellings too."""
    for read in inputs:
        if read is not None and os.path.exists(path) and os.path.exists(read) and os.path.samefile(path, read):
            alias = "" if str(path) == str(read) else f" (as {read})"
            raise UsageError(f"{path} is read{alias}, so it cannot be written too: it would be lost. Write elsewhere.")


def _unwritable(path: Path, error: OSError) -> DataError | UsageError:
    """What to say where the disk does not take a file, and where the place does not."""
    if error.errno in UNWRITABLE:
        return DataError(
            f"{path} could not be written: {error.strerror}. Nothing is left of it. Make room, or write elsewhere."
        )
    return UsageError(f"{path} cannot be written: {error.strerror}. Choose another place.")


def _require_file(path: Path) -> bool:
    """Whether there is something at `path`, through links; UsageError where that is no file."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    except OSError as error:  # links in a circle, a name too long, a folder that one may not look into
        raise UsageError(f"{path} cannot be written: {error.strerror}. Choose another place.") from error
    if stat.S_ISDIR(mode):
        raise UsageError(f"{path} is a folder. Give a file name.")
    if kind := kind_of(mode):
        raise UsageError(f"{path} is {kind}, which no result can be written to. Give the name of a file.")
    return True


def _keep_permissions(handle: int, replaced: Path) -> None:
    """Give an open file those of the one that it replaces, and its owner and group where one may."""
    if sys.platform == "win32" or not replaced.exists():
        return
    old, new = os.stat(replaced), os.fstat(handle)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        with suppress(OSError):
            os.fchown(handle, old.st_uid, old.st_gid)
    os.fchmod(handle, stat.S_IMODE(old.st_mode) & 0o777)


def _put_without_replacing(hidden: Path, path: Path) -> Path:
    """Give a hidden file the name `path`, or the next one that is free, and say which."""
    for number in count(1):
        place = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        try:
            _link(hidden, place)
        except FileExistsError:
            continue
        return place
    raise AssertionError


def _link(hidden: Path, place: Path) -> None:
    """A second name for a file; FileExistsError where it is taken, also by another process at this moment."""
    try:
        os.link(hidden, place)
    except FileExistsError:
        raise
    except OSError:  # a file system without such names: take the name, then replace what is empty
        os.close(os.open(place, os.O_CREAT | os.O_EXCL, 0o666))
        os.replace(hidden, place)


def _sync_folder(folder: Path) -> None:
    """Make sure that a new name is on the disk too, where the file system knows of such a thing."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
