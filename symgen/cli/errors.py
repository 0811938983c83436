"""From exceptions to messages and exit codes, in one place: 0 done, 1 internal error or a training that broke
down, 2 usage, 3 bad data or file, 4 a check did not hold, 130 interrupted, 143 terminated (129: terminal closed)."""

from __future__ import annotations

import os
import re
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

import typer

from symgen import stopping
from symgen.cli.output import print_json, say
from symgen.exceptions import (
    CheckFailed,
    DataError,
    Interrupted,
    ProcessLost,
    SymgenError,
    TrainingError,
    UsageError,
)
from symgen.printable import printable

INTERRUPTED = 130  # 128 + SIGINT, as shells have it
BUG = "This is a bug in symgen. Run the command again with --debug to see where."
NO_MEMORY = "Out of memory. Use smaller batches, fewer samples or a coarser grid."


@dataclass(frozen=True)
class Failure:
    """Why a command stopped: `kind` is internal, memory, process, training, usage, data, check or interrupted."""

    kind: str
    exit_code: int
    message: str

    def report(self, as_json: bool) -> None:
        """On stderr for a person, or `{"error": ...}` on stdout with --json.

        A check that does not hold goes to stderr always: on stdout is the result already, as one JSON document.
        """
        if as_json and self.kind != "check":
            error = {"kind": self.kind, "message": self.message, "exit_code": self.exit_code}
            print_json({"error": error})
        else:
            say("error", self.message, "bold red")


def failure(error: BaseException) -> Failure:
    """What to tell about `error`."""
    match error:
        case KeyboardInterrupt() | typer.Abort():
            return Failure("interrupted", stopping.exit_code(), stopping.words())
        case Interrupted():
            return Failure("interrupted", stopping.exit_code(), str(error))
        case TrainingError():
            return Failure("training", 1, str(error))
        case ProcessLost():
            return Failure("process", 1, str(error))
        case UsageError():
            return Failure("usage", 2, str(error))
        case DataError():
            return Failure("data", 3, str(error))
        case CheckFailed():
            return Failure("check", 4, str(error))
        case OSError(filename=str() as name, strerror=str() as reason):
            return Failure("data", 3, f"{name}: {reason}.")
        case OSError(strerror=str() as reason):
            return Failure("data", 3, f"A file, or the output, could not be read or written: {reason}.")
        case MemoryError():
            return Failure("memory", 1, NO_MEMORY)
    if hasattr(error, "format_message"):  # what typer raises for a command line that it cannot parse
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "symgen"
        message = error.format_message().strip().replace(": Value error, ", ": ")  # pydantic's words in typer's
        if extra := re.search(r"unexpected extra argument\(?s?\)? \((.*)\)", message):
            takes_data = context is not None and any("--data" in each.opts for each in context.command.params)
            given = " A file of data is given with --data." if takes_data and Path(extra[1]).exists() else ""
            message = f"One name too many: {extra[1]}. What has blanks in it needs quotes.{given}"
        end = "" if message.endswith((".", "?")) else "."
        return Failure("usage", 2, f"{message}{end} See `{command} --help`.")
    if type(error).__name__ == "OutOfMemoryError" or "DefaultCPUAllocator" in str(error):  # torch's
        return Failure("memory", 1, NO_MEMORY)
    return Failure("internal", 1, f"{type(error).__name__}: {error}. {BUG}")


def stop(error: BaseException, as_json: bool, debug: bool) -> int:
    """Report `error` and return the exit code; the traceback too with `debug`.

    What several processes of one run have met one of them reports; before they join, one of each machine.
    """
    if debug:
        print(printable("".join(traceback.format_exception(error))), end="", file=sys.stderr)
    if stopping.asked() and not isinstance(error, SymgenError):
        error = KeyboardInterrupt()  # what a library made of it: interrupted while it is loaded, it may raise anything
    reported = failure(error)
    if not getattr(error, "told", os.environ.get("LOCAL_RANK", "0") != "0"):
        reported.report(as_json)
    return reported.exit_code
