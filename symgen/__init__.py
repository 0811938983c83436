"""symgen finds the continuous symmetries hidden in data.

`symgen.discover` does it in arrays, files, or what a name stands for, and gives `Generators`: `.formulas`, `.defects`,
`.status`, `.flow(points, s)`, `.save(path)`. `dir(symgen)` shows everything.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "1.0.0.dev0"

if TYPE_CHECKING:
    from symgen.api.algebra import Algebra, algebra
    from symgen.api.augment import augment
    from symgen.api.compare import compare
    from symgen.api.data import load_data, simulate
    from symgen.api.discover import discover
    from symgen.api.finder import SymmetryFinder
    from symgen.api.generators import Generators, load
    from symgen.api.regress import FoundEquations, regress
    from symgen.api.vector_field import VectorField
    from symgen.equations.system import System
    from symgen.exceptions import DataError, SymgenError, SymgenWarning, UsageError
    from symgen.generators.artifact import Artifact
    from symgen.models.invariance import invariance_error
    from symgen.models.symmetries import symmetries_of
    from symgen.operators.equivariance import equivariance_error
    from symgen.pde.solutions import Solutions

__all__ = [
    "Algebra",
    "Artifact",
    "DataError",
    "FoundEquations",
    "Generators",
    "Solutions",
    "SymgenError",
    "SymgenWarning",
    "SymmetryFinder",
    "System",
    "UsageError",
    "VectorField",
    "algebra",
    "augment",
    "compare",
    "discover",
    "equivariance_error",
    "invariance_error",
    "load",
    "load_data",
    "regress",
    "simulate",
    "symmetries_of",
]

_HOMES = {
    "Algebra": "api.algebra",
    "Artifact": "generators.artifact",
    "DataError": "exceptions",
    "FoundEquations": "api.regress",
    "Generators": "api.generators",
    "Solutions": "pde.solutions",
    "SymgenError": "exceptions",
    "SymgenWarning": "exceptions",
    "SymmetryFinder": "api.finder",
    "System": "equations.system",
    "UsageError": "exceptions",
    "VectorField": "api.vector_field",
    "algebra": "api.algebra",
    "augment": "api.augment",
    "compare": "api.compare",
    "discover": "api.discover",
    "equivariance_error": "operators.equivariance",
    "invariance_error": "models.invariance",
    "load": "api.generators",
    "load_data": "api.data",
    "regress": "api.regress",
    "simulate": "api.data",
    "symmetries_of": "models.symmetries",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:  # torch takes seconds to import, so it waits until it is needed
        return getattr(import_module(f"symgen.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'symgen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
