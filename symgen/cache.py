"""The user's cache folder: simulated data, images, downloads, extractors. Safe to delete."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from platformdirs import user_cache_path

from symgen.exceptions import DataError, SymgenWarning, UsageError

T = TypeVar("T")


def cache_folder() -> Path:
    """The folder; the environment variable SYMGEN_CACHE moves it."""
    given = os.environ.get("SYMGEN_CACHE")
    return Path(given) if given else user_cache_path("symgen")


def cached(path: Path, load: Callable[[Path], T], make: Callable[[], T], save: Callable[[T, Path], object]) -> T:
    """What `load` reads from a file of the cache; where that is missing or damaged (DataError), it is made and saved.

    `save` replaces the file at once, so that several processes may do the same. Without a cache that can be written the
    work goes on, see `keep`.
    """
    try:
        return load(path)
    except (DataError, OSError):
        made = make()
        keep(path, lambda path: save(made, path))
        return made


def keep(path: Path, save: Callable[[Path], object]) -> bool:
    """Save a file into the cache; where its folder cannot be written, or is full, say so (SymgenWarning) -> whether."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save(path)
    except (OSError, DataError, UsageError) as error:
        why = error.__cause__ if isinstance(error.__cause__, OSError) else error
        reason = why.strerror if isinstance(why, OSError) and why.strerror else str(error).rstrip(".")
        warnings.warn(
            f"The cache folder {cache_folder()} cannot be written ({reason}), so what takes long is made anew every "
            "time. The environment variable SYMGEN_CACHE names another.",
            SymgenWarning,
            stacklevel=2,
        )
        return False
    return True


def keep_or_spare(path: Path, save: Callable[[Path], object]) -> Path:
    """Save a file into the cache or, where that cannot be, into a folder that is deleted when this process ends.

    Raises DataError where there is no place for it at all.
    """
    if keep(path, save):
        return path
    for place in (tempfile.gettempdir(), "/dev/shm"):
        try:
            folder = Path(tempfile.mkdtemp(prefix="symgen-", dir=place))
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            save(folder / path.name)
        except (OSError, DataError, UsageError):
            continue
        return folder / path.name
    raise DataError(f"There is no room for {path.name}, neither in {path.parent} nor in {tempfile.gettempdir()}.")
