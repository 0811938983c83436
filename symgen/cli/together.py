"""Commands that several processes run together, as torchrun starts them."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

from symgen.cli.output import Output

Function = Callable[..., None]


def together(function: Function) -> Function:
    """A command `function(out, device=..., ...)` whose processes form a group; the first alone says anything."""

    @functools.wraps(function)
    def run(out: Output, **options: Any) -> None:
        if os.environ.get("WORLD_SIZE", "1") == "1":
            return function(out, **options)
        from symgen.devices import pick_device
        from symgen.processes import process_group

        with process_group(pick_device(options["device"])) as place:
            function(Output("quiet") if place.rank else out, **{**options, "device": place.device})

    return run


def in_another_process() -> bool:
    """Whether this process is another than the first, which shows and writes what all have found."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1 and int(os.environ.get("RANK", "0")) > 0
