"""The user's cache folder: simulated data, images, downloads, extractors. Safe to delete."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """The folder; the environment variable SYMGEN_CACHE moves it."""
    given = os.environ.get("SYMGEN_CACHE")
    return Path(given) if given else user_cache_path("symgen")
