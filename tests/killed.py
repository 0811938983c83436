"""Commands that are killed at any moment: forked from a process that has loaded the libraries, so that each takes
little, and compared with what they give when nothing happens to them."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from symgen import stopping, tensor_file
from symgen.hidden_file import HIDDEN

UNSTABLE = ("command", "seconds", "time", "started", "finished", "date")
"""Entries that differ between two runs, but for which their results are the same."""


@dataclass(frozen=True)
class Ended:
    code: int
    """Negative for the signal that ended it."""
    said: str
    seconds: float


class Running:
    """A command in a process of its own, forked from this one, in a folder with the cache in it.

    `first` is done in the process before anything else.
    """

    def __init__(self, words: str, folder: Path, first: Callable[[], object] = lambda: None) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self.began = time.monotonic()
        self.heard, said = os.pipe()
        ready, begun = os.pipe()
        self.process = os.fork()
        if not self.process:
            _command(words, folder, first, said, begun)
        os.close(said)
        os.close(begun)
        os.read(ready, 1)  # signals are its own from here on
        os.close(ready)

    def signal(self, number: signal.Signals, seconds: float) -> Running:
        """Send a signal so many seconds from now."""
        time.sleep(seconds)
        os.kill(self.process, number)
        return self

    def end(self) -> Ended:
        """What became of it."""
        with os.fdopen(self.heard) as said:
            text = said.read()
        _, status = os.waitpid(self.process, 0)
        return Ended(os.waitstatus_to_exitcode(status), text, time.monotonic() - self.began)


def run(words: str, folder: Path) -> Ended:
    return Running(words, folder).end()


def load(words: str, folder: Path) -> None:
    """Run a command in this process, so that those that are forked from it have its libraries."""
    from symgen.cli import main

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("SYMGEN_CACHE", str(folder / "cache"))
        with pytest.raises(SystemExit):
            main([*words.split(), "--quiet"])


def _command(words: str, folder: Path, first: Callable[[], object], said: int, begun: int) -> NoReturn:
    code: object = 99
    try:
        os.chdir(folder)
        os.environ["SYMGEN_CACHE"] = str(folder / "cache")
        os.dup2(said, 1)
        os.dup2(said, 2)
        sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
        from symgen.cli import main

        first()
        for name in stopping.NAMES:
            signal.signal(getattr(signal, name), signal.default_int_handler)
        stopping.listen()
        os.write(begun, b"x")
        main(words.split())
    except SystemExit as stopped:
        code = stopped.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 99)


def contents(folder: Path, but: tuple[str, ...] = ()) -> dict[str, str]:
    """A digest of every file that is not hidden, by its path; of generators without the time that they took."""
    return {
        str(path.relative_to(folder)): _digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(HIDDEN) and not any(part in str(path) for part in but)
    }


def hidden(folder: Path) -> list[Path]:
    return list(folder.rglob(f"{HIDDEN}*"))


def _digest(path: Path) -> str:
    if path.suffix == ".safetensors" and "checkpoint" not in path.name:
        text, tensors, _ = tensor_file.read(path, "")
        return tensor_file.digest(_stable(text), tensors)
    if path.suffix == ".md":  # where times stand in the text
        return re.sub(r"[\d.]+", "#", path.read_text())
    if path.suffix == ".json":
        return _stable(path.read_text())
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _stable(text: str) -> str:
    def cleaned(value):
        if isinstance(value, dict):
            return {name: cleaned(item) for name, item in value.items() if name not in UNSTABLE}
        return [cleaned(item) for item in value] if isinstance(value, list) else value

    try:
        return json.dumps(cleaned(json.loads(text)))
    except ValueError:
        return text
