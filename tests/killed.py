"""Commands that are killed at any moment: forked from a process that has loaded the libraries, so that each takes
little, and compared with what they give when nothing happens to them."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

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


def start(arguments: list[str], folder: Path, listening: bool = False) -> int:
    """Run a command in a process of its own, in a folder, and give its number."""
    sys.stdout.flush()
    sys.stderr.flush()
    if child := os.fork():
        return child
    try:  # from here on, in the child
        os.chdir(folder)
        os.environ["SYMGEN_CACHE"] = str(folder / "cache")
        said = os.open(folder / "said.txt", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
        from symgen.cli import main

        if listening:
            for name in stopping.NAMES:
                signal.signal(getattr(signal, name), signal.default_int_handler)
            stopping.listen()
        main(arguments)
    except SystemExit as stopped:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(stopped.code or 0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(99)


def wait(child: int, folder: Path, began: float) -> Ended:
    """What became of it."""
    _, status = os.waitpid(child, 0)
    said = (folder / "said.txt").read_text()
    (folder / "said.txt").unlink()
    return Ended(os.waitstatus_to_exitcode(status), said, time.monotonic() - began)


def run(arguments: list[str], folder: Path) -> Ended:
    began = time.monotonic()
    return wait(start(arguments, folder), folder, began)


def stop_at(arguments: list[str], folder: Path, seconds: float, number: signal.Signals = signal.SIGKILL) -> Ended:
    """Send a signal so many seconds after the start."""
    began = time.monotonic()
    child = start(arguments, folder, listening=number != signal.SIGKILL)
    time.sleep(seconds)
    os.kill(child, number)
    return wait(child, folder, began)


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
    if path.suffix in (".json", ".html", ".md"):
        return hashlib.sha256(_stable(path.read_text()).encode()).hexdigest()
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
