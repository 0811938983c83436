"""The user's cache folder: simulated data, images, downloads, extractors. Safe to delete."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from platformdirs import user_cache_path

from symgen.exceptions import DataError

T = TypeVar("T")


def cache_folder() -> Path:
    """The folder; the environment variable SYMGEN_CACHE moves it."""
    given = os.environ.get("SYMGEN_CACHE")
    return Path(given) if given else user_cache_path("symgen")


def cached(path: Path, load: Callable[[Path], T], make: Callable[[], T], save: Callable[[T, Path], object]) -> T:
    """What `load` reads from a file of the cache; where that is missing or damaged (DataError), it is made and saved.

    `save` replaces the file at once, so that several processes may do the same.
    """
    try:
        return load(path)
    except DataError:
        made = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        save(made, path)
        return made
