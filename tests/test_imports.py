"""What is imported, and when: what takes long waits until it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest


def imported_by(script: str, watched: set[str]) -> set[str]:
    """Which of the watched modules a fresh interpreter has imported after a script."""
    ending = f"\nimport sys\nsys.exit(' '.join(['imported:', *({watched!r} & set(sys.modules))]))"
    done = subprocess.run([sys.executable, "-c", script + ending], capture_output=True, text=True)
    *_, last = done.stderr.splitlines()
    assert last.startswith("imported:"), done.stderr
    return set(last.split()[1:])


HEAVY = {"torch", "sympy", "scipy", "h5py", "matplotlib", "safetensors"}
COMMAND = "from symgen.cli import main\ntry: main({})\nexcept SystemExit as stopped: assert stopped.code == {}"


@pytest.mark.parametrize(
    ("script", "watched"),
    [
        ("from symgen import catalog\nfor name in catalog.all_names(): catalog.find(name)", HEAVY),
        (COMMAND.format(["catalog"], 0), HEAVY),
        (COMMAND.format(["catalog", "kdvv"], 2), HEAVY),
        (COMMAND.format(["discover", "kdvv"], 2), HEAVY),
        ("import symgen.image.datasets, symgen.image.extractor", {"torchvision", "torch._dynamo", "scipy.stats"}),
        (
            "import symgen.discovery.pde, symgen.discovery.system, symgen.plots, symgen.validity.verification",
            {"torchvision", "torch._dynamo", "scipy.signal", "scipy.stats", "scipy.ndimage", "pandas"},
        ),
    ],
)
def test_nothing_that_takes_long_is_imported_for_nothing(script, watched):
    assert imported_by(script, watched) == set()
