"""Every reader meets bytes that are nearly a file: it reads them or says in a sentence why not, and nothing else.

The cases are those of `fuzz_mutation`, on the files of `fuzz_seeds`, tried by `fuzz_worker` in processes with little
memory. More by hand: `python tests/fuzz_worker.py FOLDER SEED FIRST END [KIND...]`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fuzz_mutation import CHANGES, mutated
from fuzz_worker import MEMORY, SECONDS, seeds_of_all

WORKER = Path(__file__).with_name("fuzz_worker.py")
MOST_STARTS = 5

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory and time are Linux's")


def faults(folder, seed, first, end, *kinds):
    """What went wrong, a line for each case that did, and how many were tried."""
    found, tried = [], 0
    for _ in range(MOST_STARTS):
        words = [sys.executable, str(WORKER), str(folder), *map(str, (seed, first, end)), *kinds]
        path = os.pathsep.join([str(WORKER.parents[1]), os.environ.get("PYTHONPATH", "")])
        environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=3000)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        tried += sum("wrong" not in line for line in lines)
        found += [line for line in lines if "wrong" in line]
        if done.returncode == 0:
            return found, tried
        assert lines, done.stderr
        found.append(lines[-1] | {"wrong": f"ended with {done.returncode}: {done.stderr[-3000:]}"})
        first = lines[-1]["case"] + 1
    return found, tried


def test_some_hostile_files_of_each_kind(tmp_path):
    found, tried = faults(tmp_path, 11, 0, 200)
    assert not found
    assert tried == 200


@pytest.mark.slow
def test_ten_thousand_hostile_files(tmp_path):
    found, tried = faults(tmp_path, 12, 0, 10_000)
    assert not found
    assert tried == 10_000


def test_every_seed_is_read_as_it_is(tmp_path, monkeypatch):
    """Else nothing is known of what lies behind the first check."""
    import fuzz_worker

    refused, read, trying = [], [], ""

    def attempt(call):
        from symgen.exceptions import DataError, UsageError

        try:
            call()
            read.append(trying)
        except (DataError, UsageError) as error:
            refused.append((trying, str(error)))

    monkeypatch.setattr(fuzz_worker, "attempt", attempt)
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))
    refused_as_they_are = {"npz objects", "npy objects", "torch objects", "pickle", "zarr pickle", "image gif"}
    for place, (trying, files) in enumerate(seeds_of_all().items()):  # noqa: B007
        own = tmp_path / str(place)
        own.mkdir()
        monkeypatch.chdir(own)
        for name, content in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(content)
        reader, name = fuzz_worker.reader_of(files)
        reader(Path(name))
    assert set(seeds_of_all()) - set(read) <= refused_as_they_are, refused


def test_a_fault_is_noticed(tmp_path):
    """A crash, a hang, too much memory, another error and a canary: each is told with its case."""
    program = tmp_path / "worker.py"
    program.write_text(
        f"import sys; sys.path.insert(0, {str(WORKER.parent)!r})\n"
        "import os, fuzz_worker\n"
        "faults = [lambda: os.abort(), lambda: 1 / 0, lambda: bytearray(2**40), lambda: open('canary', 'w'), None]\n"
        "fuzz_worker.SECONDS = 1\n"
        "def hang():\n    while True: pass\n"
        "faults[-1] = hang\n"
        "def read(path):\n"
        "    fuzz_worker.attempt(faults[int(path.read_text())])\n"
        "fuzz_worker.reader_of = lambda files: (read, 'file.txt')\n"
        "os.chdir(sys.argv[1])\n"
        "fuzz_worker.limit()\n"
        "print(fuzz_worker.run('text', {'file.txt': sys.argv[2].encode()}))\n"
    )
    said = []
    for place in range(5):
        own = tmp_path / str(place)
        own.mkdir()
        words = [sys.executable, str(program), str(own), str(place)]
        environment = os.environ | {"PYTHONPATH": str(WORKER.parents[1])}
        done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=200)
        said.append((done.returncode, done.stdout.strip().splitlines()[-1:]))
    assert said[0] == (-6, [])
    assert said[1] == (0, ["ZeroDivisionError: division by zero"])
    assert said[2] == (0, ["MemoryError"])
    assert said[3] == (0, ["something in the file was executed"])
    assert said[4][0] == -27  # SIGPROF
    assert (MEMORY, SECONDS) == (2 * 2**30, 10)


def test_changes_are_the_same_for_the_same_seed_and_of_every_kind():
    seed = bytes(range(256)) + b"shape 12, 34"
    both = [[mutated(seed, np.random.default_rng([1, case])) for case in range(300)] for _ in range(2)]
    assert both[0] == both[1]
    assert len(set(both[0])) > 290
    assert mutated(b"", np.random.default_rng(0)) == b""
    assert len(set(CHANGES)) == 10
    assert any(len(each) < len(seed) // 2 for each in both[0])
    assert any(len(each) > 2 * len(seed) for each in both[0])
