"""HDF5 files that are being written when Ctrl-C comes."""

import os
import signal
import subprocess
import sys

import pytest

from symgen import stopping

SCRIPT = """
import os, signal, sys
import numpy as np
from symgen.pde.hdf5_output import Sink, hdf5_draft

place, count = int(sys.argv[1]), 0

def counted(method):
    def asked(self, *arguments):
        global count
        count += 1
        if count == place:
            signal.raise_signal(signal.SIGINT)
        return method(self, *arguments)
    return asked

for name in ("seek", "write", "readinto", "truncate"):
    setattr(Sink, name, counted(getattr(Sink, name)))
from symgen.pde import hdf5_output
hdf5_output.CALLED |= {counted(None).__code__}
signal.signal(signal.SIGINT, signal.default_int_handler)  # which what starts this may have ignored
before = signal.getsignal(signal.SIGINT)
try:
    with hdf5_draft("a.h5") as made:
        for number in range(4):
            made.file.create_dataset(f"d{number}", data=np.ones((40, 50)), chunks=(20, 50), compression="gzip")
            made.require_written()
except KeyboardInterrupt:
    print("interrupted")
assert signal.getsignal(signal.SIGINT) is before
print(count)
"""


@pytest.fixture
def heeded():
    """Ctrl-C is heeded, also where the tests run in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def asked(place, folder):
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(place)], capture_output=True, text=True, cwd=folder)
    return done.returncode, done.stdout.split(), done.stderr


def test_ctrl_c_never_breaks_into_hdf5(tmp_path):
    """It would crash the process: so it waits until HDF5 is done, at the first write, at the last and between."""
    code, said, wrong = asked(0, tmp_path)
    assert (code, wrong, os.listdir(tmp_path)) == (0, "", ["a.h5"])
    (tmp_path / "a.h5").unlink()
    last = int(said[0])
    for place in (1, last // 3, 2 * last // 3, last - 1, last):
        code, said, wrong = asked(place, tmp_path)
        assert (code, said[0], wrong) == (0, "interrupted", ""), place
        assert os.listdir(tmp_path) == []


def test_signals_wait_for_some_functions_only(heeded):
    def fragile():
        signal.raise_signal(signal.SIGINT)

    with stopping.not_within({fragile.__code__}) as answer:
        answer()
        fragile()
        with pytest.raises(KeyboardInterrupt):
            answer()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
