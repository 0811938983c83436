"""Points moved along generators."""

from __future__ import annotations

from typing import Any

import torch

from symgen.api.arrays import as_points, like
from symgen.exceptions import UsageError
from symgen.flow import Flow
from symgen.generators.artifact import Artifact
from symgen.generators.closed_form import ClosedFormGenerators

FINE = 1e-6
"""Distance of a field from its formula up to which flows go by the formula."""


def moved(artifact: Artifact, points: Any, s: Any, place: int) -> Any:
    """Points (..., d) by exp(s V) of one generator, with s one number or one for each point."""
    start = as_points(points, artifact)
    scales = torch.as_tensor(s, dtype=start.dtype, device=start.device)
    try:
        scales = scales.expand(start.shape[:-1])
    except RuntimeError as error:
        raise UsageError(
            f"s is one number, or one for each of the points {tuple(start.shape[:-1])}, not {tuple(scales.shape)}."
        ) from error
    closed = _by_formulas(artifact, [place])
    flow, place = (Flow(closed, "dopri5"), 0) if closed else (Flow(artifact.generators, "dopri5"), place)
    end = flow(start.reshape(-1, start.shape[-1]), scales.reshape(-1), place)
    return like(points, end.reshape(start.shape))


def combined(artifact: Artifact, points: Any, s: Any) -> Any:
    """Points (..., d) by exp(sum_a s_a V_a) with s (n,), or by each generator with one number s -> (n, ..., d)."""
    start = as_points(points, artifact)
    weights = torch.as_tensor(s, dtype=start.dtype, device=start.device)
    count = artifact.generators.count
    if not weights.ndim:
        each = [moved(artifact, start, weights, place) for place in range(count)]
        return like(points, torch.stack(each))
    if weights.shape != (count,):
        raise UsageError(f"s is one number, or one for each of the {count} generators, not {tuple(weights.shape)}.")
    flat, places = start.reshape(-1, start.shape[-1]), weights.nonzero().flatten().tolist()
    closed = _by_formulas(artifact, places)
    generators, weights = (closed, weights[places]) if closed else (artifact.generators, weights)
    return like(points, Flow(generators, "dopri5")(flat, 1.0, weights).reshape(start.shape))


def _by_formulas(artifact: Artifact, places: list[int]) -> ClosedFormGenerators | None:
    """Those generators by formulas that are as good as their fields: flows leave the data, where the rounding errors of
    a library's high powers are no longer small."""
    records = [artifact.metadata.generators[place] for place in places]
    return ClosedFormGenerators.of_records(artifact.metadata.space, records, FINE) if records else None
