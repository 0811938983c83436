"""`python -O` leaves out assert statements: nothing may hang on them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from generators_files import KINDS, forge

SYMGEN = Path(__file__).parents[1] / "symgen"
PLAIN = (ast.Compare, ast.Name, ast.Attribute, ast.Constant, ast.Is, ast.IsNot, ast.Load, ast.BoolOp, ast.And)


def only_tells_types(test: ast.expr) -> bool:
    """Whether an assertion is `x is not None` or `isinstance(x, y)`, which tell a type checker what is known."""
    if isinstance(test, ast.Call):
        return isinstance(test.func, ast.Name) and test.func.id == "isinstance"
    operators = test.ops if isinstance(test, ast.Compare) else []
    told = all(isinstance(one, ast.Is | ast.IsNot) for one in operators) and bool(operators)
    return told and all(isinstance(node, PLAIN) for node in ast.walk(test))


@pytest.mark.parametrize("text", ["assert self.own", "assert len(x) == 2", "assert x > 0, 'no'", "assert f(x) is None"])
def test_what_is_no_word_for_a_type_checker(text):
    assert not only_tells_types(ast.parse(text).body[0].test)


def test_asserts_check_nothing_and_do_nothing():
    files = [path for path in SYMGEN.rglob("*.py") if "benchmark" not in path.parts]
    found = [
        f"{path.name}:{node.lineno}"
        for path in files
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assert) and not only_tells_types(node.test)
    ]
    assert len(files) > 100
    assert found == []


COMMANDS = """
import sys
assert False, "this is not -O"
from symgen.cli import main

codes = []
for line in sys.stdin.read().splitlines():
    try:
        main(line.split("|"))
    except SystemExit as stopped:
        codes.append(stopped.code)

import torch
from symgen.expressions import parse_field
from symgen.flow import Flow, FlowError
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.generators.space import Space

space = Space(names=("x",), origin=(0,), scale=(1,), lower=(-1,), upper=(1,), periodic=(False,))
generators = ClosedFormGenerators(space, [parse_field(["x^2"], ("x",))])
try:
    Flow(generators, "dopri5")(torch.full((1, 1), 0.5, dtype=torch.float64), 9.0, 0)
except FlowError:
    codes.append("ends")
print(*codes, file=sys.stderr)
"""


@pytest.mark.slow
def test_commands_without_asserts(tmp_path):
    good, bad = tmp_path / "good.safetensors", tmp_path / "bad.safetensors"
    KINDS["pde"]().save(good)
    KINDS["pde"]().save(bad)
    forge(bad, change_tensors=lambda tensors: tensors.update(points=tensors["points"][:, :2].contiguous()))
    lines = [
        "catalog",
        f"inspect|{good}",
        f"inspect|{bad}",
        "simulate|heat|-n|1|-o|heat.h5|--no-figures",
        "inspect|heat.h5",
        "discover|--data|heat.h5|-o|found.safetensors|--no-figures",
        "inspect|--equation|u_t = u_xx",
        "simulate|heat|-n|0",
        "augment|--data|heat.h5|--generators|found.safetensors|--copies|1|-o|more.h5",
    ]
    done = subprocess.run(
        [sys.executable, "-O", "-c", COMMANDS],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "0 0 3 0 0 0 0 2 0 ends", done.stderr
    assert "bug" not in done.stderr
