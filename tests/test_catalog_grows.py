"""One more equation in the catalog breaks nothing that counts them."""

from __future__ import annotations

import subprocess
import sys

import pytest

MORE = """
import sys
from dataclasses import replace
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType

from symgen import names

names.EQUATIONS += ("fisher",)
names.CATALOG = (*names.EQUATIONS, *names.SYSTEMS)

import symgen
from symgen.catalog import heat

module = ModuleType("symgen.catalog.fisher")
module.ENTRY = replace(heat.ENTRY, name="fisher")
sys.modules["symgen.catalog.fisher"] = module

for found in walk_packages(symgen.__path__, "symgen."):
    if not found.name.endswith("__main__") and ".benchmark" not in found.name:
        import_module(found.name)

from symgen.cli import main
from symgen.cli.completion import equations, subjects

assert equations("fi") == ["fisher"] and "fisher" in subjects("fish")
for line in sys.stdin.read().splitlines():
    try:
        main(line.split())
    except SystemExit as stopped:
        print(stopped.code, file=sys.stderr)
"""


@pytest.mark.slow
def test_a_seventh_equation(tmp_path):
    lines = [
        "catalog",
        "catalog --json",
        "catalog fisher",
        "simulate fisher -n 2 --no-figures -o fisher.h5 --quiet",
        "simulate fishr -n 2",
    ]
    done = subprocess.run(
        [sys.executable, "-c", MORE],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    codes = [line for line in done.stderr.splitlines() if line.isdigit()]
    assert codes == ["0", "0", "0", "0", "2"], done.stderr
    assert "Did you mean 'fisher'?" in " ".join(done.stderr.split())
    assert done.stdout.count("fisher") >= 3
    assert (tmp_path / "fisher.h5").exists()
