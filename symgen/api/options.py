"""Keywords of Python as options of the command line, which are the same but for few."""

from __future__ import annotations

from collections.abc import Mapping
from os import fspath
from typing import TYPE_CHECKING, Any

from symgen.discovery.requests.request import (
    COORDINATES,
    OF_EQUATIONS,
    OF_IMAGES,
    OF_POINTS,
    SETTINGS,
)
from symgen.exceptions import UsageError

if TYPE_CHECKING:
    import torch

RENAMED = {"parameters": "param", "n_points": "points"}
"""Keywords whose options have other names."""
OPTIONS = (
    *(name for name in OF_EQUATIONS if name != "param"),
    *(name for name in OF_POINTS if name != "point_file"),
    *OF_IMAGES,
    *(name for name in SETTINGS if name != "points"),
    "method",
    "preset",
    "seed",
)
KEYWORDS = (*OPTIONS, *RENAMED, "labels", "data", "settings", "device", "progress")
SEVERAL = ("equation", "assume")
"""Options that may be repeated."""


def as_options(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Options by the names of the command line, from keywords; UsageError for settings that are none."""
    more = dict(arguments.get("settings") or {})
    for name in more:
        if name not in OPTIONS or name in arguments:
            raise UsageError(
                f"settings has {name!r}, which is "
                + ("a keyword of its own." if name in arguments else "no option of `symgen discover`.")
            )
    options = {name: arguments.get(name, more.get(name)) for name in OPTIONS}
    options |= {option: arguments.get(name) for name, option in RENAMED.items()}
    if isinstance(options["target"], str):
        options["target"] = [options["target"]]
    for name in SEVERAL:
        if options[name] is not None:
            options[name] = [options[name]] if isinstance(options[name], str) else list(options[name])
    if options["extractor"] is not None:
        options["extractor"] = fspath(options["extractor"])
    options["param"] = dict(options["param"]) if options["param"] else None
    for axis in COORDINATES:
        if isinstance(options[axis], list):
            options[axis] = tuple(options[axis]) if len(options[axis]) == 2 else options[axis]
    return options


def place_of(device: str | torch.device) -> str:
    """The device that is meant by `auto`, or by that name; UsageError where this machine does not have it."""
    from symgen.devices import pick_device

    return pick_device(str(device))
