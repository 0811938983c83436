"""Several processes of one run, as torchrun starts them, but forked, so that what takes long to import is there."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

SECONDS = 240
"""After which processes hang."""


class Ended(NamedTuple):
    """How a process ended; the code is less than 0 where a signal ended it."""

    code: int
    out: str
    err: str


def together(folder: Path, count: int, body: Callable[[], int | None]) -> list[Ended]:
    """Run `body` in `count` processes that find each other, and return how each has ended, in their order."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sys.stdout.flush()
    sys.stderr.flush()
    children = [_forked(folder, rank, count, port, body) for rank in range(count)]
    codes: dict[int, int] = {}
    end = time.monotonic() + SECONDS
    while len(codes) < count and time.monotonic() < end:
        for rank, child in enumerate(children):
            if rank not in codes and (status := os.waitpid(child, os.WNOHANG))[0]:
                codes[rank] = os.waitstatus_to_exitcode(status[1])
        time.sleep(0.02)
    for rank, child in enumerate(children):
        if rank not in codes:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    assert len(codes) == count, f"hang: all but {sorted(codes)}"
    said = [[(folder / f"{name}.{rank}").read_text() for name in ("out", "err")] for rank in range(count)]
    return [Ended(codes[rank], *own) for rank, own in enumerate(said)]


def _forked(folder: Path, rank: int, count: int, port: int, body: Callable[[], int | None]) -> int:
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        for number, name in enumerate(("out", "err"), 1):
            os.dup2(os.open(folder / f"{name}.{rank}", os.O_CREAT | os.O_WRONLY | os.O_TRUNC), number)
        sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
        meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count)}
        os.environ.update({**meeting, "RANK": str(rank), "LOCAL_RANK": str(rank)})
        code = body() or 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)
