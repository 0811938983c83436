"""symgen finds the continuous symmetries hidden in data.

`symgen.load(path)` reads a generators file: an object with `.metadata`, `.defects` and a call
`gens(points)`, from points (P, d) to components (n, P, d), in physical units. `symgen.equivariance_error` says how far
a model is from commuting with generators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Artifact", "equivariance_error", "load"]

if TYPE_CHECKING:
    from symgen.generators.artifact import Artifact, load
    from symgen.operators.equivariance import equivariance_error


def __getattr__(name: str) -> Any:
    # torch takes seconds to import, so it waits until it is needed
    if name == "equivariance_error":
        from symgen.operators import equivariance

        return equivariance.equivariance_error
    if name in __all__:
        from symgen.generators import artifact

        return getattr(artifact, name)
    raise AttributeError(f"module 'symgen' has no attribute {name!r}")
