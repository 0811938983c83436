"""Commands go on without a cache that can be written, and say so."""

from __future__ import annotations

import errno
import os
import warnings

import pytest

from symgen.cache import cached, keep_or_spare
from symgen.catalog.cache import simulated
from symgen.catalog.simulate import SimulationSettings
from symgen.cli.heard import MATPLOTLIB, heard
from symgen.cli.output import Output
from symgen.exceptions import DataError, SymgenWarning
from symgen.pde.solutions_file import load_solutions


@pytest.fixture(params=["a file", "full"])
def unwritable(request, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    if request.param == "a file":
        cache.write_bytes(b"")
    else:
        opened = os.open

        def full(path, *more):
            if str(path).startswith(str(cache)):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return opened(path, *more)

        monkeypatch.setattr("os.open", full)
    monkeypatch.setenv("SYMGEN_CACHE", str(cache))
    return cache


def test_simulated_data_are_elsewhere(unwritable):
    settings = SimulationSettings.for_equation("heat", n=1, nx=32, nt=8, stored=4)
    with pytest.warns(SymgenWarning, match=r"cache folder .* cannot be written .*SYMGEN_CACHE"):
        path = simulated("heat", settings)
    assert unwritable not in path.parents
    assert len(load_solutions(path)) == 1


def test_what_is_made_is_given(unwritable):
    def load(path):
        raise DataError("there is none")

    def save(made, path):
        with open(os.open(path, os.O_CREAT | os.O_WRONLY), "w") as file:
            file.write(made)

    with pytest.warns(SymgenWarning, match="cannot be written"):
        assert cached(unwritable / "x", load, lambda: "made", save) == "made"


def test_no_room_anywhere(unwritable):
    def save(path):
        raise DataError("no room")

    with pytest.warns(SymgenWarning), pytest.raises(DataError, match="no room for x"):
        keep_or_spare(unwritable / "x", save)


def test_one_that_cannot_be_read_is_made_again(tmp_path):
    def load(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    assert cached(tmp_path / "x", load, lambda: "made", lambda made, path: path.write_text(made)) == "made"
    assert (tmp_path / "x").read_text() == "made"


@pytest.mark.parametrize("mode", ["human", "json", "quiet"])
def test_it_is_said_once_at_the_place_of_the_command(mode, capsys):
    import logging

    out = Output(mode)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as a command does
        with heard(out):
            for _ in range(2):
                warnings.warn("no cache", SymgenWarning, stacklevel=1)
                warnings.warn("of no interest", UserWarning, stacklevel=1)
                logging.getLogger("matplotlib").warning("mkdir -p failed for path %s: %s", "/x", "no")
                logging.getLogger("matplotlib").warning("... set the MPLCONFIGDIR environment variable ...")
    assert out.warnings == ["no cache", MATPLOTLIB]
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("warning") == (2 if mode == "human" else 0)
