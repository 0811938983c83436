"""Functions that the user names, imported."""

from __future__ import annotations

import sys

import pytest
import torch

from symgen.exceptions import DataError, UsageError
from symgen.points.function import load_function


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_functions_are_loaded_from_the_current_folder(folder):
    (folder / "package_of_mine").mkdir()
    (folder / "package_of_mine" / "energies.py").write_text(
        "from torch import nn\nclass Model:\n    def energy(self, x):\n        return x.sum(-1)\nmodel = Model()\n"
        "number = 3\n"
    )
    function = load_function("package_of_mine.energies:model.energy")
    assert function(torch.ones(2, 3)).tolist() == [3, 3]
    assert load_function("math:hypot")(3, 4) == 5
    with pytest.raises(UsageError, match="is int, not a function"):
        load_function("package_of_mine.energies:number")
    with pytest.raises(UsageError, match="is a class"):
        load_function("package_of_mine.energies:Model")
    with pytest.raises(UsageError, match=r"energies\.py\) has no 'other'"):
        load_function("package_of_mine.energies:other")


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", DataError, None),
        ("1 / 0", DataError, "Importing broken_one raised ZeroDivisionError: division by zero"),
        ("import no_such_package", DataError, "raised ModuleNotFoundError: No module named 'no_such_package'"),
        ("def f(:", DataError, "raised SyntaxError"),
        ("raise SystemExit(2)", DataError, "raised SystemExit: 2"),
    ],
)
def test_modules_that_fail_say_why(folder, text, error, message):
    (folder / "broken_one.py").write_text(text + "\nf = abs\n")
    if message is None:
        assert load_function("broken_one:f") is abs
        return
    with pytest.raises(error, match=message):
        load_function("broken_one:f")


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("mine", "write package.module:name"),
        (":f", "write package.module:name"),
        ("mine:", "write package.module:name"),
        ("mine.py:f", "as in mine:f"),
        ("folder/mine.py:f", r"as in folder\.mine:f"),
        ("no_such_module_at_all:f", "There is no module 'no_such_module_at_all'"),
        ("math.no_such_part:f", r"no module 'math\.no_such_part'"),
        ("..mine:f", "write package.module:name"),
    ],
)
def test_names_that_lead_nowhere(folder, where, message):
    with pytest.raises(UsageError, match=message):
        load_function(where)
