"""What is no file: pipes, sockets, devices, files of the kernel and folders, wherever something is read."""

import os
import signal
import socket

import numpy as np
import pytest

from symgen.exceptions import DataError
from symgen.readable import require_readable

KINDS = ("pipe", "socket", "device", "link to a device", "kernel", "endless kernel file", "folder")
READERS = {
    "discover": ("discover", "PATH"),
    "data": ("discover", "--data", "PATH"),
    "data of a name": ("discover", "kdv", "--data", "PATH"),
    "data of images": ("discover", "mnist", "--data", "PATH"),
    "points": ("discover", "--points", "PATH", "--target", "y"),
    "x": ("discover", "--data", "u.npz", "--x", "PATH"),
    "config": ("discover", "kdv", "--config", "PATH"),
    "inspect": ("inspect", "PATH"),
    "inspect points": ("inspect", "--points", "PATH"),
    "inspect as generators": ("inspect", "PATH.safetensors"),
    "report": ("report", "PATH"),
    "augment": ("augment", "--data", "PATH", "-o", "o.h5"),
    "generators": ("augment", "--data", "u.npz", "--equation", "u_t + u_x", "--generators", "PATH", "-o", "o.h5"),
}


@pytest.fixture
def in_time():
    """What waits for a pipe's writer must fail, not hang the tests."""

    def late(*_):
        raise TimeoutError

    signal.signal(signal.SIGALRM, late)
    signal.alarm(60)
    yield
    signal.alarm(0)


def make(kind, path):
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "socket":
            own = socket.socket(socket.AF_UNIX)
            own.bind(str(path))
            own.close()
        case "folder":
            os.mkdir(path)
        case _:
            there = {"device": "/dev/zero", "link to a device": "/dev/full", "kernel": "/proc/version"}
            path.symlink_to(there.get(kind, "/proc/self/mem"))


@pytest.mark.skipif(not os.path.exists("/proc/version"), reason="needs Linux")
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_is_refused_wherever_a_file_is_read(kind, run, terminal, tmp_path, in_time):
    np.savez("u.npz", u=np.random.default_rng(0).normal(size=(24, 64)), t=np.arange(24.0), x=np.arange(64.0))
    make(kind, tmp_path / "odd")
    (tmp_path / "odd.safetensors").symlink_to("odd")
    for name, arguments in READERS.items():
        code, out, err = run(*(word.replace("PATH", "odd") for word in arguments))
        assert code == 3 or (code == 2 and kind == "folder"), (name, code, err)
        assert "odd" in err, name
        assert "bug" not in err, name
        assert (err.count("symgen: "), out) == (1, ""), (name, err)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_images_of_a_folder_are_files(kind, run, terminal, tmp_path, in_time):
    for name in ("a", "b"):
        (tmp_path / "images" / name).mkdir(parents=True)
        make(kind, tmp_path / "images" / name / "f.png")
    code, _, err = run("inspect", "images")
    assert code == 3
    assert f"f.png is a {kind}" in err


def test_what_can_be_read_or_is_not_there_is_left_to_the_caller(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("", "file", "link", "dangling", "nowhere", "file/under"):
        require_readable(tmp_path / name)


def test_names_that_cannot_be():
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(DataError, match=r"is no name|cannot be read"):
            require_readable(name)
