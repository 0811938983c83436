"""What libraries say on their own while a command runs, in the words and at the place of the command."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from symgen.cli.output import Output
from symgen.exceptions import SymgenWarning

MATPLOTLIB = (
    "The cache folder of matplotlib cannot be written, so figures take longer. The environment variable MPLCONFIGDIR "
    "names another."
)


@contextmanager
def heard(out: Output) -> Iterator[None]:
    """Within it every SymgenWarning is a warning of the command, said once, and so is what matplotlib lacks."""
    others = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if not issubclass(category, SymgenWarning):
            others(message, category, *where, **more)
        elif str(message) not in out.warnings:
            out.warning(str(message))

    def no_cache(record: logging.LogRecord) -> bool:
        said = record.getMessage()
        about = record.levelno >= logging.WARNING and any(
            words in said for words in ("MPLCONFIGDIR", "mkdir -p failed", "font_manager cache")
        )
        if about and MATPLOTLIB not in out.warnings:
            out.warning(MATPLOTLIB)
        return not about

    loggers = [logging.getLogger(name) for name in ("matplotlib", "matplotlib.font_manager")]
    with warnings.catch_warnings():
        warnings.simplefilter("always", SymgenWarning)
        warnings.showwarning = show
        for logger in loggers:
            logger.addFilter(no_cache)
        try:
            yield
        finally:
            for logger in loggers:
                logger.removeFilter(no_cache)
