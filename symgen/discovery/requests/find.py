"""From a name or a path, with options, to a request of some kind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgen.devices import pick_device
from symgen.discovery.requests.request import COORDINATES, OF_POINTS, Request
from symgen.discovery.requests.subject import find_points, find_subject, is_system, points_mentioned
from symgen.exceptions import UsageError
from symgen.names import SYSTEMS

if TYPE_CHECKING:
    from symgen.pde.readers.content import Content

NOTHING = (
    "Name an equation of the catalog (`symgen catalog` lists them), or give a file of data with --data, or as in "
    "`symgen discover mine.h5`."
)


def find_request(
    name: str | None, data: Path | None, points: Path | None, options: Mapping[str, Any], device: str
) -> Request:
    """What is meant by a name or path, a file of data or of points, and all options, see `Request`.

    Files of solutions are read; `device` is as --device has it. What is wrong with names and paths is told first, and
    soon. Raises UsageError where nothing is meant, and as `find_points`, `find_subject` and `is_system` do.
    """
    asked = any(options.get(option) not in (None, []) for option in (*OF_POINTS, "library"))
    if (table := find_points(name, data, points, asked)) is not None:
        return Request("points", None, table, None, options, pick_device(device))
    if name is None and data is None:
        raise UsageError(NOTHING)
    name, data, images = find_subject(name, data)
    device = pick_device(device)
    if images:
        return Request("images", name, data, None, options, device)
    content = None if data is None else _read(data, options)
    formulas = options.get("equation") or []
    system = name in SYSTEMS if content is None else is_system(content, name, formulas)
    return Request("system" if system else "equation", name, data, content, options, device)


def _read(data: Path, options: Mapping[str, Any]) -> Content:
    """What is in the file of data, unchecked; DataError that speaks of points, too, where it may have these."""
    from symgen.pde.readers import Choice
    from symgen.pde.solutions_file import open_content

    with points_mentioned(data):
        return open_content(data, Choice(options.get("field"), **{axis: options.get(axis) for axis in COORDINATES}))
