"""What kind of thing a path is that is to be read: only files and folders are, and nothing that never ends or waits."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from symgen.exceptions import DataError

VIRTUAL = (Path("/proc"), Path("/sys"))
"""What lies here is made by the kernel while it is read: its size says nothing, and some of it waits or never ends."""
KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def kind_of(mode: int) -> str | None:
    """What is there besides files and folders, by its mode."""
    return next((name for is_one, name in KINDS if is_one(mode)), None)


def require_readable(path: str | Path) -> None:
    """Raise DataError for a path that is there, but neither a file nor a folder that can be read.

    What is not there is the caller's to say. Nothing is opened: to open a pipe would wait for its writer.
    """
    odd = oddity(path)
    if odd:
        raise DataError(f"{path} {odd}.")


def oddity(path: str | Path) -> str | None:
    """Why something is no file or folder that can be read, as the end of a sentence; None for one, or for nothing."""
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:  # a zero byte
        return "is no name of a file"
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG and os.pathsep in str(path):  # a list of files, see symgen.data_files
            return None
        return f"cannot be read: {error.strerror}"
    if kind := kind_of(mode):
        return f"is {kind}, not a file: symgen reads files more than once. Save what it gives into one"
    real = Path(os.path.realpath(path))
    if any(real.is_relative_to(folder) for folder in VIRTUAL):
        return "is no file on a disk, but made by the system while it is read. Give a file of data"
    if not os.access(path, os.R_OK):
        return "cannot be read: permission denied"
    return None
