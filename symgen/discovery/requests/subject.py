"""What a discovery is about: images, one unknown u(x, t), or a system; by a name or by what is in a file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from symgen.data_files import files_of, is_there
from symgen.exceptions import DataError, UsageError
from symgen.names import CATALOG, IMAGES, SYSTEMS, unknown
from symgen.readable import require_readable

if TYPE_CHECKING:
    from symgen.pde.readers.content import Content


def find_points(name: str | None, data: Path | None, points: Path | None, asked: bool) -> Path | None:
    """The file of points: that of --points, or the path given in another way where `asked` for what only points have.

    None where something else is studied. Raises UsageError for more than one file, DataError where there is none.
    """
    if points is None:
        if not asked or name in (*CATALOG, *IMAGES):
            return None
        if name is None and data is None:
            raise UsageError("Where are the points? Give --points FILE.")
        if name is not None and data is not None:
            raise UsageError(f"{name} and --data {data} are two. Give one file, with --points.")
        points = _path(name) if name is not None else data
        assert points is not None
    elif (name is not None and Path(name) != points) or data is not None:
        other = name if name is not None else f"--data {data}"
        raise UsageError(f"--points {points} and {other} are two kinds of data. Give one of them.")
    require_readable(points)
    if not points.exists():
        if str(points).isdigit():
            raise UsageError(
                f"--points {points}: it takes a file of points. How many points of the data are used is --n-points."
            )
        raise DataError(f"{points}: no such file.")
    if points.suffix == ".safetensors":
        raise UsageError(f"{points} is a generators file: look at it with `symgen inspect {points}`.")
    if points.is_dir():
        from symgen.pde.readers import is_data

        if not is_data(points):
            raise DataError(f"{points} is a folder. Give a file with a row for every point.")
    return points


@contextmanager
def points_mentioned(path: Path) -> Iterator[None]:
    """Let a DataError about solutions in a file say how its rows are read as points, where they may be some."""
    try:
        yield
    except DataError as error:
        if not _may_be_points(path):
            raise
        hint = f"If its rows are points, not times: symgen discover --points {path} --target NAME."
        raise DataError(f"{error} {hint}") from error


def _may_be_points(path: Path) -> bool:
    """Whether a file has arrays or columns with as many rows as another, or one with a row for each point; no times."""
    from symgen.pde.readers.table import has_role
    from symgen.points.rows import read_rows

    try:
        arrays = read_rows(path, values=False).arrays if os.path.isfile(path) else {}
    except DataError:
        return False
    if any(has_role(name, "t") for name in arrays):
        return False
    rows = [len(array) for array in arrays.values() if array.ndim <= 3]
    return len(rows) > len(set(rows)) or any(array.ndim == 2 for array in arrays.values())


def find_subject(name: str | None, data: Path | None) -> tuple[str | None, Path | None, bool]:
    """The name, the data (whose path may be given as the name), and whether they are images.

    Raises DataError for a path where nothing is, UsageError for a name that is unknown or does not go with the data.
    """
    if name is not None and name not in (*CATALOG, *IMAGES):
        path = _path(name)
        if data is not None:
            kind = "folder" if path.is_dir() else "file"
            raise UsageError(f"{name} is a {kind}. Give one {kind} of data, or the name of what is in it and --data.")
        name, data = None, path
    if data is None or name in IMAGES:
        return name, data, name in IMAGES
    require_readable(data)
    if not is_there(data):
        named = f" It is a name: symgen discover {data}." if str(data) in (*CATALOG, *IMAGES) else ""
        raise DataError(f"{data}: no such file.{named}")
    images = holds_images(data)
    if name is not None and images and not data.is_dir():
        raise UsageError(f"{data} holds images, and {name} is an equation. Give the path alone.")
    return name, data, images and name is None


def holds_images(path: Path) -> bool:
    """Whether a file or folder is one of images, not of solutions (a zarr store is a folder, too)."""
    from symgen.image.datasets import is_images  # here, as it takes long
    from symgen.pde.readers import is_data

    if not os.path.exists(path) and files_of(path):
        return False
    return is_images(path) and not (path.is_dir() and is_data(path))


def _path(name: str) -> Path:
    """What is there under a name that is none of symgen's; raises as `find_subject` does."""
    path = Path(name)
    require_readable(path)
    if path.is_file() and path.suffix == ".safetensors":
        raise UsageError(f"{name} is a generators file: look at it with `symgen inspect {name}`.")
    if is_there(path):
        return path
    if path.suffix or "/" in name or "\\" in name:
        raise DataError(f"{name}: no such file.")
    raise UsageError(f"{unknown(name, IMAGES)} Images: {', '.join(IMAGES)}, or a path to others.")


def is_system(content: Content, name: str | None, equations: Sequence[str]) -> bool:
    """Whether data, or the equations for them, are of more than one u(x, t); UsageError where that cannot be."""
    from symgen.pde.readers.content import is_scalar

    return of_several(is_scalar(content), content.unknowns, [grid.name for grid in content.grids], name, equations)


def of_several(
    scalar: bool, unknowns: Sequence[str], axes: Sequence[str], name: str | None, equations: Sequence[str]
) -> bool:
    """The same of data with these unknowns and axes, which are `scalar` where they are one u(x, t)."""
    if name in SYSTEMS:
        return True
    if name is not None and not scalar:
        holds = f"{', '.join(unknowns)} of {', '.join(axes)}"
        raise UsageError(f"The data hold {holds}, and {name} is an equation for u(x, t). Give --equation instead.")
    if name is not None and len(equations) > 1:
        raise UsageError(f"Give either the name {name} or --equation, not both.")
    return not scalar or len(equations) > 1 or _names_it(unknowns[0], equations)


def _names_it(unknown: str, equations: Sequence[str]) -> bool:
    """Whether equations are about the one unknown by its own name, and not as u."""
    words = {word.partition("_")[0] for word in re.findall(r"[^\W\d]\w*", ", ".join(equations))}
    return unknown in words and "u" not in words
