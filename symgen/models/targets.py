"""A model of points as what is differentiated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch

from symgen.exceptions import DataError, UsageError
from symgen.points.function import as_target
from symgen.points.point_set import PointSet
from symgen.points.target import Target
from symgen.trained_model import Model, as_rows, called, require_function, rounding

CONSTANT = 1e-12
"""Deviation over size of an output that is rounding."""


def target_of(
    model: Model, points: PointSet, plain: bool, dtype: torch.dtype, names: Sequence[str] | None = None
) -> Target:
    """The model on points (B, k, d), or (B, d) if `plain`, in its own precision, whose rounding is the target's error.

    `names` are those of the outputs, by default y1, y2, ...; outputs that are the same at all points are left out.
    Raises as `require_function` does, DataError where all are, UsageError for names that do not fit.
    """

    def function(some: torch.Tensor) -> torch.Tensor:
        own = some[:, 0] if plain else some
        return as_rows(model(own.to(dtype, copy=True)), len(some)).double()  # which the model may change

    require_function(function, points.values)
    values = Target(function, (), "").values(points.values)
    chosen = _names(names, values.shape[1])
    varied = values.std(0, correction=0) > max(CONSTANT, rounding(dtype)) * values.abs().amax(0)
    if not varied.any():
        raise DataError("The outputs of the model are the same for all the inputs: anything is a symmetry of that.")
    kept = varied.nonzero().flatten()
    chosen = tuple(chosen[i] for i in kept.tolist())
    return Target(lambda some: function(some)[:, kept], chosen, f"{called(model)} ({_listed(chosen)})", rounding(dtype))


def target_of_arrays(function: Callable[[Any], Any], points: PointSet, names: Sequence[str] | None = None) -> Target:
    """A function on arrays of numpy, with differences for its gradients; raises as `as_target` does."""
    target = as_target(function, points, called(function))
    return replace(target, names=_names(names, len(target.names)))


def _names(names: Sequence[str] | None, count: int) -> tuple[str, ...]:
    chosen = tuple(names) if names is not None else tuple(f"y{i}" for i in range(1, count + 1))
    if len(chosen) != count:
        raise UsageError(f"{len(chosen)} names ({', '.join(chosen)}) were given for {count} outputs.")
    return chosen


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 6 else f"{len(names)} outputs"
