"""Hidden files that are being written: what a killed process left of one is told from what is in use, and removed."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import socket
import sys
from contextlib import suppress
from pathlib import Path

HIDDEN = ".symgen-"
"""How their names begin."""


def begin(place: Path) -> tuple[int, Path]:
    """A new hidden file beside `place`, open and locked: as permissive as the user's umask has it."""
    while True:
        hidden = place.parent / f"{HIDDEN}{_token(place)}-{secrets.token_hex(4)}"
        try:
            handle = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            continue
        with suppress(OSError):  # not all file systems have locks
            _lock(handle)
        if os.fstat(handle).st_nlink:  # else another process took it for an orphan before it was locked
            return handle, hidden
        os.close(handle)


def remove_orphans(place: Path) -> None:
    """Remove what processes left that were killed while they wrote to `place`, on this machine.

    Each holds a lock on its hidden file, which the system frees when it ends, however it ends.
    """
    for hidden in place.parent.glob(f"{HIDDEN}{_token(place)}-*"):
        with suppress(OSError):
            handle = os.open(hidden, os.O_RDWR)
            try:
                _lock(handle, wait=False)
                hidden.unlink()
            finally:
                os.close(handle)


def _token(place: Path) -> str:
    """Of a file on this machine: locks of another one may be invisible here."""
    return hashlib.sha256(f"{socket.gethostname()}/{place.name}".encode()).hexdigest()[:12]


def _lock(handle: int, wait: bool = True) -> None:
    """Lock an open file for this process alone; OSError where it is locked already, if that is not waited for."""
    if sys.platform == "win32":
        raise OSError(errno.ENOTSUP, "no such locks here")
    import fcntl

    fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
