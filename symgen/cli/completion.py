"""What the shell offers after a tab: names that symgen knows, and files; nothing heavy is imported for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from symgen.names import CATALOG, IMAGES

GENERATORS = (".safetensors",)
Complete = Callable[[str], list[str]]
"""From what has been typed of a word to the words that it may become."""


def equations(incomplete: str) -> list[str]:
    """Equations and systems of the catalog."""
    return _beginning(incomplete, CATALOG)


def subjects(incomplete: str) -> list[str]:
    """Whatever `symgen discover` takes: equations, systems, images, files and folders."""
    return _beginning(incomplete, (*CATALOG, *IMAGES)) + paths(incomplete)


def benchmarks(incomplete: str) -> list[str]:
    """Experiments."""
    from symgen.benchmark.experiments import EXPERIMENTS

    return _beginning(incomplete, list(EXPERIMENTS))


def devices(incomplete: str) -> list[str]:
    """Devices, whether the machine has them or not."""
    return _beginning(incomplete, ("auto", "cpu", "cuda"))


def names_or_generators(*names: str) -> Complete:
    """Those names, or files of generators."""
    return lambda incomplete: _beginning(incomplete, names) + _paths(incomplete, GENERATORS)


def paths(incomplete: str) -> list[str]:
    """Files and folders."""
    return _paths(incomplete)


def _paths(incomplete: str, suffixes: tuple[str, ...] = ()) -> list[str]:
    """Folders, and files, of those suffixes where some are given; hidden ones only when a dot is typed."""
    folder, begun = os.path.split(incomplete)
    try:
        found = sorted(Path(folder or ".").iterdir())
    except OSError:
        return []
    return [
        os.path.join(folder, path.name) + os.sep * path.is_dir()
        for path in found
        if path.name.startswith(begun)
        and (not path.name.startswith(".") or begun)
        and (path.is_dir() or not suffixes or path.suffix in suffixes)
    ]


def _beginning(incomplete: str, names: tuple[str, ...] | list[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
