"""The program `symgen`, also as `python -m symgen`."""

from __future__ import annotations

import json
import os
import sys

from symgen import stopping


def main() -> None:
    """Load the command line, which takes a moment, and run it; Ctrl-C has its answer from the first moment on."""
    stopping.listen()
    try:
        from symgen.cli import main as run
    except BaseException:  # a library that is interrupted while it is loaded may say anything
        if not stopping.asked():
            raise
    if stopping.asked():  # also where one has said nothing
        _stopped()
    run()


def _stopped() -> None:
    """As `symgen.cli.errors` tells it."""
    message, code = stopping.words(), stopping.exit_code()
    if "--json" in sys.argv:
        error = {"kind": "interrupted", "message": message, "exit_code": code}
        print(json.dumps({"error": error}, indent=2), flush=True)
    else:
        print(f"symgen: error: {message}", file=sys.stderr, flush=True)
    os._exit(code)


if __name__ == "__main__":
    main()
