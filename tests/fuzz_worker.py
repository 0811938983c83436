"""Reads hostile files, one after the other, in a process of its own with little memory and a limit of time for each.

`python fuzz_worker.py FOLDER SEED FIRST END KIND...`: the kinds take turns. Each case is told before it is tried, so
that whoever started this knows which one a crash belongs to; what goes wrong is told as a line of JSON.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import resource
import shutil
import signal
import sys
import traceback
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from fuzz_mutation import mutated
from fuzz_seeds import Files, repacked, seeds

MEMORY = 2 * 2**30
"""Bytes beyond what the imports need."""
SECONDS = 10
"""Of computing, for one case; after WAITED of waiting it hangs."""
WAITED = 100


def change(files: Files, draw: np.random.Generator) -> Files:
    """The same files, of which one is changed; the members of archives within these, too."""
    names = sorted(files)
    chosen = names[int(draw.integers(len(names)))]
    content = files[chosen]
    if content.startswith(b"PK\x03\x04") and draw.random() < 0.7:

        def inside(members: Files) -> Files:
            return change(members, draw)

        return files | {chosen: repacked(content, inside)}
    return files | {chosen: mutated(content, draw)}


def read_data(path: Path) -> None:
    from symgen.pde.solutions_file import load_solutions
    from symgen.points.reading import read_points

    attempt(lambda: load_solutions(path, x="0:1", t="0:1"))
    attempt(lambda: load_solutions(path, skip_bad=True))
    attempt(lambda: read_points(path, skip_bad=True))


def read_images(path: Path) -> None:
    from symgen.image.datasets import load_images

    attempt(lambda: load_images(path))


def read_tensors(path: Path) -> None:
    from symgen.generators.artifact import load
    from symgen.image.extractor import load_extractor

    attempt(lambda: load(path))
    attempt(lambda: load_extractor(path))


def read_config(path: Path) -> None:
    import typer

    from symgen.cli import app
    from symgen.cli.options import _settings

    command = typer.main.get_command(app).commands["discover"]
    with typer.Context(command) as context:
        attempt(lambda: _settings(context, path))


def read_equation(path: Path) -> None:
    """Text as a user types it, in the notations that there are, with a parameter a; nothing is solved."""
    from symgen.equations.notation import plain
    from symgen.equations.system import System

    texts = path.read_bytes().decode("utf-8", "replace").split("\n")

    def call():
        unknowns = ["u", "v"][: len(texts)]
        read = plain(texts, {"a": 0.1}, ["x", "t"], unknowns)
        System.from_strings(read.texts, {"a": 0.1}, ["x", "t"], unknowns)

    attempt(call)


def read_checkpoint(path: Path) -> None:
    from fuzz_tensors import training

    from symgen.discovery import flow_checkpoint

    attempt(lambda: flow_checkpoint.read_checkpoint(path, training()))


def attempt(call) -> None:
    """Errors that are meant for a person are fine."""
    from symgen.exceptions import DataError, UsageError

    with contextlib.suppress(DataError, UsageError):
        call()


def reader_of(files: Files):
    name = next(iter(files)).split("/")[0]
    if name == "config.toml":
        return read_config, name
    if name == "equation.txt":
        return read_equation, name
    if name == "checkpoint.safetensors":
        return read_checkpoint, name
    if name.endswith(".safetensors"):
        return read_tensors, name
    if name.startswith("file"):
        return read_data, name
    return read_images, ""


def limit() -> None:
    """Less memory, from here on; a case that computes for too long ends the process by a signal."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.enable()


def run(kind: str, files: Files) -> str | None:
    """What goes wrong with these files in the current folder."""
    for name, content in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    read, name = reader_of(files)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    faulthandler.dump_traceback_later(WAITED, exit=True)
    wrong = None
    try:
        read(Path(name))
    except Exception:
        wrong = traceback.format_exc()
    signal.setitimer(signal.ITIMER_PROF, 0)
    faulthandler.cancel_dump_traceback_later()
    if Path("canary").exists():
        wrong = "something in the file was executed"
    return wrong


def main(folder: str, seed: int, first: int, end: int, *kinds: str) -> None:
    from symgen.pde.readers import stored

    warnings.simplefilter("ignore")
    os.environ["SYMGEN_CACHE"] = f"{folder}/cache"
    every = seeds_of_all()
    chosen = kinds or sorted(every)
    limited, large = False, stored.LARGE
    for case in range(first, end):
        kind = chosen[case % len(chosen)]
        draw = np.random.default_rng([seed, case])
        files = change(every[kind], draw) if case >= len(chosen) else every[kind]
        own = Path(folder) / "case"
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir()
        os.chdir(own)
        if not limited:
            for each in chosen:  # imports
                shutil.rmtree(own, ignore_errors=True)
                own.mkdir()
                os.chdir(own)
                with contextlib.suppress(Exception):
                    run(each, every[each])
            shutil.rmtree(own)
            own.mkdir()
            os.chdir(own)
            limit()
            limited = True
        print(json.dumps({"case": case, "kind": kind}), flush=True)
        stored.LARGE = 0 if case // len(chosen) % 2 else large  # every other time nothing is read at once
        wrong = run(kind, files)
        if wrong:
            print(json.dumps({"case": case, "kind": kind, "wrong": wrong}), flush=True)


def seeds_of_all() -> dict[str, Files]:
    from fuzz_tensors import tensor_seeds

    return seeds() | tensor_seeds()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]), *sys.argv[5:])
