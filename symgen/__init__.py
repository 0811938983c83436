"""symgen finds the continuous symmetries hidden in data.

`symgen.discover` does it in arrays, files, or what a name stands for, and gives `Generators`: `.formulas`, `.defects`,
`.status`, `.flow(points, s)`, `.save(path)`. `dir(symgen)` shows everything.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from symgen.api.discover import discover
    from symgen.api.generators import Generators, load
    from symgen.exceptions import DataError, SymgenError, SymgenWarning, UsageError
    from symgen.generators.artifact import Artifact
    from symgen.models.invariance import invariance_error
    from symgen.models.symmetries import symmetries_of
    from symgen.operators.equivariance import equivariance_error

__all__ = [
    "Artifact",
    "DataError",
    "Generators",
    "SymgenError",
    "SymgenWarning",
    "UsageError",
    "discover",
    "equivariance_error",
    "invariance_error",
    "load",
    "symmetries_of",
]

_HOMES = {
    "Artifact": "generators.artifact",
    "DataError": "exceptions",
    "Generators": "api.generators",
    "SymgenError": "exceptions",
    "SymgenWarning": "exceptions",
    "UsageError": "exceptions",
    "discover": "api.discover",
    "equivariance_error": "operators.equivariance",
    "invariance_error": "models.invariance",
    "load": "api.generators",
    "symmetries_of": "models.symmetries",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:  # torch takes seconds to import, so it waits until it is needed
        return getattr(import_module(f"symgen.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'symgen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
