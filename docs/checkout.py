"""The environment of programs that the docs run: they use this checkout and this Python, wherever they are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def environment(*places: str) -> dict[str, str]:
    """That of this process with this Python and this checkout first; modules are sought in `places`, too."""
    own = os.environ
    return {
        **own,
        "PATH": _joined(str(Path(sys.executable).parent), own.get("PATH", "")),
        "PYTHONPATH": _joined(str(ROOT), own.get("PYTHONPATH", ""), *places),
    }


def _joined(*places: str) -> str:
    return os.pathsep.join(filter(None, places))
