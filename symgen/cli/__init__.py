"""The command line: `symgen COMMAND`. One file per command; thin, no mathematics."""

# ruff: noqa: E402 (the clock starts before the imports)

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
import warnings
from collections.abc import Sequence

_LOADED = time.perf_counter()

from symgen import stopping
from symgen.cli import augment as augment  # the commands register themselves
from symgen.cli import benchmark as benchmark
from symgen.cli import catalog as catalog
from symgen.cli import discover as discover
from symgen.cli import inspect as inspect
from symgen.cli import report as report
from symgen.cli import simulate as simulate
from symgen.cli.app import app
from symgen.cli.errors import INTERRUPTED, stop
from symgen.devices import REPEATABLE, WORKSPACE

__all__ = ["app", "main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `symgen` on `arguments`, or as a program of its own on those of the command line, and exit.

    Every error becomes a message and an exit code here, and nowhere else.
    """
    began = time.perf_counter()
    if arguments is None:
        began = _LOADED
        stopping.listen()
    line = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    # looked up here, since they must hold too for errors in parsing the rest
    as_json, debug = "--json" in line, "--debug" in line
    if not debug and not sys.warnoptions:
        warnings.simplefilter("ignore")  # those of libraries: what a user must know is said by `Output`
    # torch's idle threads spin otherwise, which slows small problems a hundredfold where cores are shared
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault(WORKSPACE, REPEATABLE[0])
    try:
        code = app(line, prog_name="symgen", standalone_mode=False, obj=began) or 0
        if code == INTERRUPTED:  # typer has caught it already
            raise KeyboardInterrupt
        stopping.end_at_once()
    except (Exception, KeyboardInterrupt) as error:
        stopping.end_at_once()
        code = stop(error, as_json, debug)
    if arguments is None:
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> None:
    """End this process at once: to take modules apart would last a second and more after torch and sympy."""
    if threading.active_count() > 1:
        return
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:  # nobody reads on, as with `| head`
        code = code or 1
    except OSError as error:
        code = code or stop(error, as_json=False, debug=False)
    os._exit(code)
