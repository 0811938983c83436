"""How a command is asked to stop: Ctrl-C, `kill`, a terminal that closes. All of them are a KeyboardInterrupt.

So files that are being written are removed, and a training keeps its checkpoint.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_asked: signal.Signals | None = None


def listen() -> None:
    """From now on signals stop this process in an orderly way, but for those that it is to ignore (nohup).

    Where torchrun ends several processes, the first alone has something to put in order: the others end at once, so
    that it does not wait for them.
    """
    first = os.environ.get("RANK", "0") == "0"
    for name in NAMES if first else NAMES[:1]:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
            signal.signal(number, _stop)


def end_at_once() -> None:
    """From now on signals end this process on the spot, as it is ending anyway."""
    for name in NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is _stop:
            signal.signal(number, signal.SIG_DFL)


def asked() -> bool:
    """Whether a signal has asked this process to stop."""
    return _asked is not None


def exit_code() -> int:
    """That of a process that was asked to stop, as shells have it: 130 after Ctrl-C, 143 after `kill`."""
    return 128 + (_asked or signal.SIGINT)


def words() -> str:
    """What has happened."""
    return "Interrupted." if _asked in (None, signal.SIGINT) else "Terminated."


@contextmanager
def not_within(functions: Collection[CodeType]) -> Iterator[Callable[[], None]]:
    """Within it signals that come while one of these functions runs wait until what this gives is called.

    So they raise nothing where a library that calls those functions could not bear it.
    """
    waiting: list[Callable[[], object]] = []

    def answer() -> None:
        while waiting:
            waiting.pop(0)()

    def patient(own: Callable[[int, FrameType | None], object]) -> Callable[[int, FrameType | None], object]:
        def handle(number: int, frame: FrameType | None) -> None:
            place = frame
            while place is not None and place.f_code not in functions:
                place = place.f_back
            if place is None:
                own(number, frame)
            else:
                waiting.append(lambda: own(number, None))

        return handle

    before: dict[int, Callable[[int, FrameType | None], object]] = {}
    try:
        if threading.current_thread() is threading.main_thread():  # no other one gets signals
            for number in (getattr(signal, name) for name in NAMES if hasattr(signal, name)):
                own = signal.getsignal(number)
                if callable(own):
                    before[number] = own
                    signal.signal(number, patient(own))
        yield answer
    finally:
        for number, own in before.items():
            signal.signal(number, own)


def _stop(number: int, frame: FrameType | None) -> None:
    global _asked
    _asked = signal.Signals(number)
    raise KeyboardInterrupt
