"""`--open`: figures and reports in the viewer of the desktop."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from symgen.cli.output import Output

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
"""One of these is set where there is a screen, on Linux and its like."""
PATIENCE = 2.0
"""Seconds in which a viewer that does not start says so."""


def show(out: Output, paths: Sequence[Path]) -> None:
    """Open files with what the desktop has for them; where that cannot be, warn and say where they are."""
    if not paths:
        return
    why = _hindrance() or _opened([path.absolute() for path in paths])
    if why:
        them, where = ("it", paths[0]) if len(paths) == 1 else ("them", f"{paths[0].parent}/")
        out.warning(f"--open cannot show {them}: {why}. Look at {where}.")


def _hindrance() -> str | None:
    """Why nothing can be shown here."""
    if sys.platform in ("darwin", "win32"):
        return None
    if not any(os.environ.get(name) for name in DISPLAYS):
        return f"there is no display ({' and '.join(DISPLAYS)} are not set)"
    return None if shutil.which("xdg-open") else "there is no xdg-open, which shows files on a desktop"


def _opened(paths: Sequence[Path]) -> str | None:
    """Start the viewers, which outlive this process and print nothing here; why it failed, or None."""
    if sys.platform == "win32":
        for path in paths:
            os.startfile(path)
        return None
    opener, quiet = "open" if sys.platform == "darwin" else "xdg-open", subprocess.DEVNULL
    running = [
        subprocess.Popen([opener, str(path)], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
        for path in paths
    ]
    deadline = time.monotonic() + PATIENCE
    for process in running:
        try:
            if process.wait(max(0.0, deadline - time.monotonic())):
                return f"{opener} found no viewer"
        except subprocess.TimeoutExpired:  # it is the viewer itself, and at work
            continue
    return None
