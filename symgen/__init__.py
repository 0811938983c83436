"""symgen finds the continuous symmetries hidden in data.

`symgen.load(path)` reads a generators file: an object with `.metadata`, `.defects` and a call
`gens(points)`, from points (P, d) to components (n, P, d), in physical units. `symgen.symmetries_of(model, inputs)`
finds those that a trained model has learned; `symgen.invariance_error` and, for solutions, `symgen.equivariance_error`
say how far a model is from keeping to given ones.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "1.0.0.dev0"
__all__ = ["Artifact", "equivariance_error", "invariance_error", "load", "symmetries_of"]

if TYPE_CHECKING:
    from symgen.generators.artifact import Artifact, load
    from symgen.models.invariance import invariance_error
    from symgen.models.symmetries import symmetries_of
    from symgen.operators.equivariance import equivariance_error


_HOMES = {
    "Artifact": "symgen.generators.artifact",
    "equivariance_error": "symgen.operators.equivariance",
    "invariance_error": "symgen.models.invariance",
    "load": "symgen.generators.artifact",
    "symmetries_of": "symgen.models.symmetries",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:  # torch takes seconds to import, so it waits until it is needed
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'symgen' has no attribute {name!r}")
