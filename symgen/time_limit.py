"""A limit of computing time for pure Python work that may take long, such as computer algebra."""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from symgen.exceptions import UsageError

PATIENCE = 60.0
"""Seconds for exact algebra that a discovery can do without."""
AGAIN = 1.0
"""Seconds after which work that went on is stopped again: a library may have caught what was raised in it."""
SHORTEST = 0.02
"""Seconds between two looks at the clock."""

MOST_TURNS = 100_000
"""Of a loop in which an exception of another thread arrives: at the first."""


class TooSlow(Exception):
    """The work took longer than it was given."""


class _Expired(BaseException):
    """Raised wherever the work is; no `except Exception` of a library keeps it. Each limit has its own subclass."""


class time_limit:
    """Raises TooSlow from a `with` block once this thread has computed for so many seconds in it.

    In any thread, one limit within another too. Time in which other processes or threads have the processor does not
    count, nor does waiting. A single long call of a library in C is stopped only once it returns.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._expired: type[BaseException] = type("Expired", (_Expired,), {})
        self._watch = _Watch(threading.get_ident(), self._seconds, self._expired)
        self._watch.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        try:
            try:
                self._watch.end()
            finally:  # again, if it expired within
                self._watch.end()
        except self._expired:
            kind = self._expired
        if kind is self._expired:
            raise TooSlow from None


class refused_after(time_limit):
    """A time limit that ends in a UsageError which says so."""

    def __init__(self, seconds: float, what: str, advice: str) -> None:
        """`what` takes longer; `advice` is what to do."""
        super().__init__(seconds)
        self._message = f"{what} takes more than {seconds:g} s of computing. {advice}"

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        try:
            super().__exit__(kind, error, trace)
        except TooSlow:
            raise UsageError(self._message) from None


class _Watch(threading.Thread):
    """Waits beside a thread, and raises an exception in it when its time is over."""

    def __init__(self, thread: int, seconds: float, expired: type[BaseException]) -> None:
        super().__init__(name="time limit", daemon=True)
        self._thread, self._expired = thread, expired
        self._clock = _clock_of(thread)
        self._stop_at = self._clock() + seconds
        self._ended, self._raising = threading.Event(), threading.Lock()
        self._raised = False

    def run(self) -> None:
        left = self._stop_at - self._clock()
        while not self._ended.wait(max(left, SHORTEST)):
            left = self._stop_at - self._clock()
            if left <= 0:
                with self._raising:
                    if not self._ended.is_set():
                        self._raised = True
                        _raise_in(self._thread, self._expired)
                left = AGAIN

    def end(self) -> None:
        """No exception comes afterwards; called in the thread that is watched."""
        self._ended.set()
        with self._raising:
            if self._raised:
                self._let_arrive()

    def _let_arrive(self) -> None:
        """Catch one in place of what was raised and may not have arrived.

        Taken back, as Python lets one, it would be looked for ever after, and Python 3.11 hangs in what is traced then,
        by a debugger or for coverage.
        """
        try:
            _raise_in(self._thread, self._expired)
            for _ in range(MOST_TURNS):
                pass
        except self._expired:
            pass


def _raise_in(thread: int, kind: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind))


def _clock_of(thread: int) -> Callable[[], float]:
    """The computing time of a thread in s; of the process, where systems do not tell that of one thread."""
    if sys.platform == "linux":
        clock = time.pthread_getcpuclockid(thread)
        return lambda: time.clock_gettime(clock)
    return time.process_time
