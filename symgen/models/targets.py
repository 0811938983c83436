"""A model of points as what is differentiated."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from symgen.exceptions import UsageError
from symgen.points.point_set import PointSet
from symgen.points.target import Target
from symgen.trained_model import Model, as_rows, called, require_function, rounding


def target_of(
    model: Model, points: PointSet, plain: bool, dtype: torch.dtype, names: Sequence[str] | None = None
) -> Target:
    """The model on points (B, k, d), or (B, d) if `plain`, in its own precision, whose rounding is the target's error.

    `names` are those of the outputs, by default y1, y2, ... Raises as `require_function` does, UsageError for names
    that do not fit.
    """

    def function(some: torch.Tensor) -> torch.Tensor:
        own = some[:, 0] if plain else some
        return as_rows(model(own.to(dtype)), len(some)).double()

    require_function(function, points.values)
    with torch.no_grad():
        count = function(points.values[:1]).shape[1]
    chosen = tuple(names) if names is not None else tuple(f"y{i}" for i in range(1, count + 1))
    if len(chosen) != count:
        raise UsageError(f"{len(chosen)} names ({', '.join(chosen)}) were given for {count} outputs of the model.")
    return Target(function, chosen, f"{called(model)} ({', '.join(chosen)})", error=rounding(dtype))
