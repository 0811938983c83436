"""Many files of data under one path: a glob such as 'folder/*.h5', a folder of HDF5 files, or a list."""

from __future__ import annotations

import os
from collections.abc import Sequence
from glob import glob, has_magic
from pathlib import Path

from symgen.exceptions import DataError

SUFFIXES = (".h5", ".hdf5")
MOST_IN_NAME = 4
"""Parts of a list that one file's name may take."""
SPLITS = ("train", "valid", "test")
"""Folders of The Well, in which a set of data is parted."""


def as_one(paths: Sequence[Path]) -> Path:
    """One path for several, as in the variable PATH; see `files_of`."""
    return Path(os.pathsep.join(map(str, paths)))


def files_of(path: Path) -> list[Path]:
    """The files that a glob, a folder or a list stands for, in order; none for what is one file or none.

    Raises DataError where one of a list is not there.
    """
    if os.path.isdir(path):  # of a long list Path.is_dir says that its name is too long
        return _in_folder(path)
    if os.path.exists(path):
        return []
    if os.pathsep in str(path):
        return [file for part in _parts(str(path)) for file in _of_part(part)]
    if not has_magic(str(path)):
        return []
    return [file for file in map(Path, sorted(glob(str(path), recursive=True))) if not file.is_dir()]


def is_there(path: Path) -> bool:
    """Whether there is a file or a folder, or any that a glob stands for."""
    return os.path.exists(path) or bool(files_of(path))


def stem_of(path: Path) -> str:
    """What results are named after: the file, or the folder of many."""
    if os.path.exists(path) or not (files := files_of(path)):
        return path.stem
    return files[0].resolve().parent.name or "data"


def _parts(paths: str) -> list[Path]:
    """Those of a list, of which a name such as run-12:30:00.h5 may have what stands between them."""
    words = paths.split(os.pathsep)
    found = []
    while words:
        whole = (os.pathsep.join(words[:count]) for count in range(1, min(len(words), MOST_IN_NAME) + 1))
        part = next((Path(text) for text in whole if os.path.exists(text) or (has_magic(text) and glob(text))), None)
        part = part or Path(words[0])
        found.append(part)
        del words[: 1 + str(part).count(os.pathsep)]
    return found


def _of_part(path: Path) -> list[Path]:
    found = files_of(path) or ([path] if path.exists() else [])
    if not found:
        raise DataError(f"{path}: no such file.")
    return found


def _in_folder(path: Path) -> list[Path]:
    """HDF5 files there, or in the folders of The Well's splits in it or in its folder data."""
    for root in (path, path / "data"):
        folders = (root, *(root / split for split in SPLITS))
        found = [file for folder in folders if folder.is_dir() for file in _sorted(folder)]
        if found:
            return found
    return []


def _sorted(folder: Path) -> list[Path]:
    """Without hidden ones, such as macOS leaves beside each on other disks (._a.h5)."""
    return sorted(f for f in folder.iterdir() if f.suffix in SUFFIXES and not f.name.startswith(".") and not f.is_dir())
