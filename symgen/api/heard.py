"""What a discovery says on its way, in Python: warnings, log records, and a call for its progress."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

from symgen.api.words import in_python
from symgen.exceptions import SymgenWarning
from symgen.printable import printable

Progress = Callable[[str, int, int], None]
"""`progress(what, done, total)`."""
LOGGER = logging.getLogger("symgen")


@dataclass
class Heard:
    """Notes go to the logger `symgen` at level INFO, warnings are Python's, and both are kept."""

    progress_to: Progress | None = None
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def note(self, message: str) -> None:
        """Something was assumed, or is going on."""
        self.notes.append(in_python(printable(message)))
        LOGGER.info("%s", self.notes[-1])

    def warning(self, message: str) -> None:
        """Something may make the result wrong; the same is said once."""
        message = in_python(printable(message))
        if message not in self.warnings:
            self.warnings.append(message)
            warnings.warn(message, SymgenWarning, stacklevel=_depth())

    def part(self, name: str) -> AbstractContextManager[None]:
        """Programs measure their time themselves."""
        return nullcontext()

    @contextmanager
    def progress(self, what: str, part: str | None = None) -> Iterator[Callable[..., None]]:
        """Tell how far something is; `update(done, total, what=None)`."""
        named = what

        def update(done: int, total: int, what: str | None = None) -> None:
            nonlocal named
            named = what or named
            if self.progress_to is not None:
                self.progress_to(named, done, total)

        yield update


def _depth() -> int:
    """How many frames up the user's own line is, for `warnings.warn` as it is called here."""
    import sys

    depth, frame = 1, sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] in ("symgen", "contextlib"):
        frame, depth = frame.f_back, depth + 1  # type: ignore[assignment]
    return depth
